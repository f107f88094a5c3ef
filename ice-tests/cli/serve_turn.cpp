#include "ice-tests/cli/serve_turn.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "ice-tests/turn/third_party.hpp"
#include "reports/cli/secrets.hpp"
#include "reports/cli/values.hpp"
#include "reports/model/usage_error.hpp"

namespace portolan::ice_test {
namespace {

using std::chrono::seconds;

constexpr std::string_view kNear = "near";

cli::OptionSpec lifetime_option(const char* name, const char* help, const char* fallback) {
    return {.name = name,
            .help = help,
            .kind = cli::Duration{.min = seconds(1)},
            .default_value = fallback};
}

// "NAME", "NAME=file:PATH" or "NAME=env:VARIABLE".
Result<server::TurnUser> read_user(const std::string& text) {
    const auto with = [](std::string_view name,
                         Result<cli::Secret> password) -> Result<server::TurnUser> {
        if (!password) return std::move(password).error();
        return server::TurnUser{std::string(name), std::move(*password)};
    };
    for (const std::string_view mark : {"=file:", "=env:"}) {
        const std::size_t at = text.find(mark);
        if (at == std::string::npos) continue;
        const std::string source = text.substr(at + mark.size());
        return with(std::string_view(text).substr(0, at),
                    mark == "=file:" ? cli::secret_from_file(source)
                                     : cli::secret_from_environment(source));
    }
    if (text.find('=') != std::string::npos) {
        // Without what stands behind it: it may be the password.
        return usage_error("value",
                           "--user " + text.substr(0, text.find('=')) +
                               "=...: the name is followed by neither =file: nor =env:",
                           "NAME=file:PATH, NAME=env:VARIABLE, or NAME alone for $" +
                               std::string(kPasswordVariable));
    }
    return with(text, cli::secret_from_environment(kPasswordVariable));
}

Result<void> read_credentials(const cli::Arguments& arguments, server::TurnServerOptions& out) {
    for (const std::string& text : arguments.texts("user")) {
        auto user = read_user(text);
        if (!user) return std::move(user).error();
        out.users.push_back(std::move(*user));
    }
    if (arguments.has("turn-secret-file")) {
        auto secret = cli::secret_from_file(arguments.text("turn-secret-file"));
        if (!secret) return std::move(secret).error();
        out.shared_secret = std::move(*secret);
    }
    if (arguments.has("oauth-key")) {
        auto key = turn::read_third_party_key(arguments.text("oauth-key"));
        if (!key) return std::move(key).error();
        out.third_party = server::ThirdPartyKey{
            .kid = key->kid,
            .key = key->key.clone(),
            .server_name = key->server_name.empty() ? out.realm : key->server_name};
    }
    if (out.users.empty() && !out.shared_secret && !out.third_party) {
        return usage_error("conflict",
                           "--turn needs --user NAME, --turn-secret-file FILE or --oauth-key FILE",
                           std::string("for example ") + kPasswordVariable +
                               "=... ice-test serve --turn --user alice");
    }
    return {};
}

Result<void> read_relays(const cli::Arguments& arguments, server::TurnServerOptions& out) {
    for (const std::string& text : arguments.texts("relay-address")) {
        const auto ip = IpAddress::parse(text);
        if (!ip)
            return usage_error("value", "--relay-address: \"" + text + "\" is not an IP address");
        out.relay_addresses.push_back(*ip);
    }
    const std::string text = arguments.text("relay-ports");
    const std::size_t dash = text.find('-');
    const auto first = cli::parse_count("--relay-ports", text.substr(0, dash), 1024, 65535);
    const auto last = cli::parse_count(
        "--relay-ports", dash == std::string::npos ? "" : text.substr(dash + 1), 1024, 65535);
    if (!first || !last || *first > *last) {
        return usage_error(
            "value", "--relay-ports: \"" + text + "\" is not a range of ports from 1024 to 65535",
            "for example --relay-ports 50000-50999");
    }
    out.relay_port_min = static_cast<std::uint16_t>(*first);
    out.relay_port_max = static_cast<std::uint16_t>(*last);
    return {};
}

Result<void> read_peers(const cli::Arguments& arguments, server::PeerPolicy& out) {
    for (const char* name : {"allow-peer", "deny-peer"}) {
        auto& ranges = name == std::string_view("allow-peer") ? out.allowed : out.denied;
        for (const std::string& text : arguments.texts(name)) {
            if (text == kNear) {
                std::ranges::move(server::near_ranges(), std::back_inserter(ranges));
                continue;
            }
            auto range = server::IpRange::parse(text);
            if (!range) {
                return usage_error("value", std::string("--") + name + ": " + range.error().message,
                                   range.error().hint);
            }
            ranges.push_back(*range);
        }
    }
    if (arguments.has("allow-loopback-peers")) out.loopback = true;
    return {};
}

Result<void> read_lifetimes(const cli::Arguments& arguments, server::TurnLifetimes& out) {
    const std::pair<const char*, seconds*> rows[] = {
        {"allocation-lifetime", &out.default_allocation},
        {"max-allocation-lifetime", &out.max_allocation},
        {"permission-lifetime", &out.permission},
        {"channel-lifetime", &out.channel},
        {"nonce-lifetime", &out.nonce},
        {"credential-lifetime", &out.max_credential},
    };
    for (const auto& [name, lifetime] : rows) {
        const auto given = arguments.duration(name);
        if (!given) continue;
        *lifetime = std::chrono::duration_cast<seconds>(*given);
        if (*lifetime == *given) continue;
        return usage_error("value", std::string("--") + name + ": \"" + arguments.text(name) +
                                        "\" is not a whole number of seconds");
    }
    if (out.max_allocation < out.default_allocation) {
        return usage_error("conflict",
                           "--max-allocation-lifetime is shorter than --allocation-lifetime");
    }
    return {};
}

Result<std::vector<TransportAddress>> read_alternates(const cli::Arguments& arguments,
                                                      const std::string& option) {
    std::vector<TransportAddress> out;
    for (const std::string& text : arguments.texts(option)) {
        const auto address = TransportAddress::parse(text);
        if (!address || address->port == 0) {
            return usage_error("value",
                               std::string("--").append(option).append(": \"").append(text).append(
                                   "\" is no address with a port, like 192.0.2.1:3478"));
        }
        for (const TransportAddress& other : out) {
            if (other.family() != address->family()) continue;
            return usage_error("value", "--" + option + ": there are two of one address family");
        }
        out.push_back(*address);
    }
    return out;
}

Result<void> check_is_wanted(const cli::Arguments& arguments) {
    for (const cli::OptionSpec& option : turn_option_specs()) {
        if (!arguments.has(option.name)) continue;
        return usage_error("conflict", "--" + option.name + " needs --turn");
    }
    for (const std::string& name : arguments.texts("fault")) {
        const auto fault = server::parse_fault(name);
        if (fault && server::scope_of(*fault) == server::FaultScope::Turn) {
            return usage_error("conflict", "--fault " + name + " needs --turn");
        }
    }
    return {};
}

}  // namespace

std::vector<cli::OptionSpec> turn_option_specs() {
    return {
        {.name = "turn", .help = "Be a TURN server too (RFC 8656), on the same ports."},
        {.name = "realm",
         .help = "The realm of the credentials.",
         .kind = cli::Text{"REALM"},
         .default_value = "portolan"},
        {.name = "user",
         .help = "A user: NAME=file:PATH has the password in a file, NAME=env:VARIABLE in the "
                 "environment, and plain NAME in $PORTOLAN_TURN_PASSWORD.",
         .kind = cli::Text{"NAME"},
         .repeatable = true},
        {.name = "turn-secret-file",
         .help = "File with the shared secret of time-limited credentials: users are "
                 "\"expiry:name\", the expiry in seconds since 1970, and the password is "
                 "base64(HMAC-SHA1(secret, user)).",
         .kind = cli::Text{"FILE"}},
        {.name = "oauth-key",
         .help = "Take access tokens (RFC 7635). File with the key shared with the authorization "
                 "server, as JSON: \"kid\", \"k\" in base64, \"enc\" (A256GCM or A128GCM) and "
                 "\"server_name\", by default the realm.",
         .kind = cli::Text{"FILE"}},
        {.name = "show-credentials",
         .help = "Print the password of the first user beside the turn: URIs, so that the line of "
                 "JSON can be used as it is."},
        {.name = "relay-address",
         .help = "Where relays are opened, one address of each family; without any, the first "
                 "--address of each.",
         .kind = cli::Text{"IP"},
         .repeatable = true},
        {.name = "relay-ports",
         .help = "The ports of relays.",
         .kind = cli::Text{"FIRST-LAST"},
         .default_value = "49152-65535"},
        {.name = "max-allocations",
         .help = "More than this many at once are refused: 508.",
         .kind = cli::Count{1, 60000},
         .default_value = "4096"},
        {.name = "max-user-allocations",
         .help = "More than this many of one user are refused: 486.",
         .kind = cli::Count{1, 60000},
         .default_value = "4096"},
        {.name = "challenge-limit",
         .help = "Answer no more than so many requests without valid credentials a second from one "
                 "address over UDP and DTLS; 0 for all of them.",
         .kind = cli::Count{0, 1000000},
         .default_value = "0"},
        lifetime_option("allocation-lifetime", "The lifetime that clients get without asking.",
                        "600s"),
        lifetime_option("max-allocation-lifetime", "The longest lifetime that clients get.",
                        "3600s"),
        lifetime_option("permission-lifetime", "How long a permission lasts.", "300s"),
        lifetime_option("channel-lifetime", "How long a channel lasts.", "600s"),
        lifetime_option("nonce-lifetime", "How long a nonce is good.", "600s"),
        lifetime_option("credential-lifetime",
                        "How far ahead a time-limited credential may expire.", "24h"),
        {.name = "rfc5766-channels",
         .help = "Also take the channel numbers 0x5000 to 0x7FFF of RFC 5766, which RFC 8656 took "
                 "away: for old clients, coturn's turnutils_uclient among them."},
        {.name = "alternate-server",
         .help =
             "Send clients over UDP and TCP on to this server (error 300, RFC 8489 s10); at most "
             "one of each family.",
         .kind = cli::Text{"IP:PORT"},
         .repeatable = true},
        {.name = "tls-alternate-server",
         .help = "The same for clients over TLS and DTLS.",
         .kind = cli::Text{"IP:PORT"},
         .repeatable = true},
        {.name = "alternate-domain",
         .help = "Whom the certificate of --tls-alternate-server is for, if it is another one.",
         .kind = cli::Text{"NAME"}},
        {.name = "no-mobility", .help = "Give no mobility tickets (RFC 8016): 405."},
        {.name = "no-tcp-relay", .help = "Give no TCP allocations (RFC 6062): 442."},
        {.name = "deny-peer",
         .help =
             "Refuse to relay to these addresses: 192.0.2.0/24; near are all that are not on the "
             "internet, this host's own among them.",
         .kind = cli::Text{"RANGE"},
         .repeatable = true},
        {.name = "allow-peer",
         .help = "But relay to these, whatever --deny-peer says.",
         .kind = cli::Text{"RANGE"},
         .repeatable = true},
        {.name = "allow-loopback-peers",
         .help = "Relay to loopback addresses. This is so anyway when the server itself answers "
                 "on one."},
    };
}

Result<std::optional<server::TurnServerOptions>> read_turn_options(
    const cli::Arguments& arguments) {
    using Options = std::optional<server::TurnServerOptions>;
    if (!arguments.has("turn")) {
        if (auto checked = check_is_wanted(arguments); !checked) return checked.error();
        return Options();
    }
    server::TurnServerOptions out;
    out.realm = arguments.text("realm");
    if (auto read = read_credentials(arguments, out); !read) return read.error();
    if (auto read = read_relays(arguments, out); !read) return read.error();
    if (auto read = read_peers(arguments, out.peers); !read) return read.error();
    if (auto read = read_lifetimes(arguments, out.lifetimes); !read) return read.error();
    out.rfc5766_channels = arguments.has("rfc5766-channels");
    auto alternates = read_alternates(arguments, "alternate-server");
    if (!alternates) return std::move(alternates).error();
    out.alternates = std::move(*alternates);
    auto secure_alternates = read_alternates(arguments, "tls-alternate-server");
    if (!secure_alternates) return std::move(secure_alternates).error();
    out.secure_alternates = std::move(*secure_alternates);
    out.alternate_domain = arguments.text("alternate-domain");
    out.mobility = !arguments.has("no-mobility");
    out.tcp_relays = !arguments.has("no-tcp-relay");
    out.quotas.allocation_count =
        static_cast<std::size_t>(arguments.count("max-allocations").value_or(4096));
    out.quotas.user_allocation_count =
        static_cast<std::size_t>(arguments.count("max-user-allocations").value_or(4096));
    out.quotas.challenge_count =
        static_cast<std::size_t>(arguments.count("challenge-limit").value_or(0));
    return Options(std::move(out));
}

}  // namespace portolan::ice_test
