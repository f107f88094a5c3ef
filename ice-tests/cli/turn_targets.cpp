#include "ice-tests/cli/turn_targets.hpp"

#include <glib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <memory>
#include <utility>

#include "ice-tests/cli/gate_options.hpp"
#include "ice-tests/cli/session.hpp"
#include "ice-tests/turn/client.hpp"
#include "probe/transport/ice_servers.hpp"
#include "probe/transport/local_addresses.hpp"
#include "probe/transport/tls_connection.hpp"
#include "reports/cli/files.hpp"
#include "reports/cli/secrets.hpp"
#include "reports/model/usage_error.hpp"

namespace portolan::ice_test {
namespace {

using conformance::Target;
using transport::IceServer;
using transport::ServerUri;

// As it stands in files.
cli::Secret to_base64(const cli::Secret& secret) {
    const std::string_view bytes = secret.reveal();
    const std::unique_ptr<gchar, decltype(&g_free)> text(
        g_base64_encode(reinterpret_cast<const guchar*>(bytes.data()), bytes.size()), g_free);
    return cli::Secret(text.get());
}

/// One URI with everybody who may use it, in the order of the file.
struct Named {
    ServerUri uri;
    std::vector<conformance::OtherUser> users;
    std::string declared_in = "command-line";
    std::uint64_t declared_line = 1;
};

/// The line of the first string in the JSON text that is this URI, from 1. A URI with escapes is
/// not found, which leaves its server on line 1.
std::uint64_t line_of(std::string_view json, const ServerUri& uri) {
    std::uint64_t line = 1;
    std::size_t opened_at = 0;
    std::uint64_t opened_on = 0;
    bool is_inside = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        if (json[i] == '\n') ++line;
        if (is_inside && json[i] == '\\') ++i;
        if (i >= json.size() || json[i] != '"') continue;
        if (is_inside) {
            const std::string_view text = json.substr(opened_at, i - opened_at);
            const bool may_be = text.starts_with("turn") || text.starts_with("TURN");
            const auto parsed = may_be ? ServerUri::parse(text) : ServerUri::parse("");
            if (parsed && *parsed == uri) return opened_on;
        }
        is_inside = !is_inside;
        opened_at = i + 1;
        opened_on = line;
    }
    return 1;
}

/// Nothing of what cannot be read twice, as a pipe.
std::string text_again(const std::string& path) {
    std::error_code none;
    if (!std::filesystem::is_regular_file(path, none)) return {};
    auto text = cli::read_file(path);
    return text ? std::move(*text) : std::string();
}

turn::Credentials user_of(const IceServer& server) {
    turn::Credentials out;
    out.username = *server.username;
    if (server.credential) out.password = server.credential->clone();
    if (server.oauth) {
        out.grant =
            turn::AccessGrant{server.oauth->access_token.clone(), server.oauth->mac_key.clone()};
    }
    return out;
}

std::vector<Named> named_servers(const std::vector<IceServer>& servers, cli::Context& context) {
    std::vector<Named> out;
    for (const IceServer& server : servers) {
        if (server.credential) context.redactor.add_unless_common(*server.credential);
        if (server.oauth) {
            for (const auto* secret : {&server.oauth->access_token, &server.oauth->mac_key}) {
                context.redactor.add(*secret);
                context.redactor.add(to_base64(*secret));
            }
        }
    }
    for (const transport::DistinctUrl& url : transport::distinct_urls(servers)) {
        if (!url.uri.is_turn()) continue;
        Named& named = out.emplace_back(Named{url.uri, {}});
        for (const std::size_t entry : url.entries)
            named.users.push_back({transport::entry_pointer(entry), user_of(servers[entry])});
    }
    return out;
}

Result<std::vector<Named>> read_servers(cli::Context& context) {
    const cli::Arguments& arguments = context.arguments;
    std::vector<IceServer> servers;
    if (arguments.has("ice-servers")) {
        auto read = transport::read_ice_servers(arguments.text("ice-servers"));
        if (!read) return std::move(read).error();
        servers = std::move(*read);
    }
    auto out = named_servers(servers, context);
    if (!out.empty()) {
        const std::string path = arguments.text("ice-servers");
        const std::string json = text_again(path);
        for (Named& server : out) {
            server.declared_in = path;
            server.declared_line = line_of(json, server.uri);
        }
    }
    for (const std::string& text : arguments.texts("url")) {
        auto uri = ServerUri::parse(text);
        if (!uri) return std::move(uri).error();
        if (!uri->is_turn()) return usage_error("uri.scheme", "--url takes turn: and turns: URIs");
        out.push_back({*uri, {}});
    }
    if (out.empty()) {
        return usage_error("servers.none", "no turn: or turns: URI to test",
                           "name a file with --ice-servers, or a server with --url");
    }
    return out;
}

// Credentials may share a user name, as access tokens a kid: that is one user to the server.
void add_users(Target& target, const Named& named, const std::optional<cli::Secret>& secret) {
    for (const auto& [entry, user] : named.users) {
        if (!target.user) {
            target.user = user.clone();
            continue;
        }
        target.other_users.push_back({entry, user.clone()});
        const bool is_second = !target.second_user && user.username != target.user->username;
        if (is_second) target.second_user = user.clone();
    }
    if (!secret) return;
    const auto expires_at = unix_time() + std::chrono::hours(1);
    target.shared_secret = secret->clone();
    if (!target.user) target.user = turn::time_limited(*secret, "portolan", expires_at);
    if (!target.second_user) {
        target.second_user = turn::time_limited(*secret, "portolan-2", expires_at);
    }
}

Result<std::shared_ptr<const transport::TlsCredentials>> trust_for(
    const cli::Arguments& arguments) {
    return arguments.has("ca-file")
               ? transport::TlsCredentials::trust_file(arguments.text("ca-file"))
               : transport::TlsCredentials::system_trust();
}

bool is_wanted(const IpAddress& ip, const std::string& family) {
    return family == "both" || (family == "4") == (ip.family() == AddressFamily::IPv4);
}

}  // namespace

std::vector<cli::OptionSpec> with_target_options(std::vector<cli::OptionSpec> own) {
    std::vector<cli::OptionSpec> out = {
        {.name = "ice-servers",
         .help = "A file with {\"iceServers\": [...]}, as for RTCPeerConnection: URIs, "
                 "usernames and credentials.",
         .kind = cli::Text{"FILE"}},
        {.name = "url",
         .help = "A turn: or turns: URI, without credentials but those of "
                 "--turn-secret-file.",
         .kind = cli::Text{"URI"},
         .repeatable = true},
        {.name = "turn-secret-file",
         .help = "File with the shared secret of time-limited credentials: users are made "
                 "from it.",
         .kind = cli::Text{"FILE"}},
        {.name = "ca-file",
         .help = "Certificate authorities in PEM, instead of the system's.",
         .kind = cli::Text{"FILE"}},
        {.name = "family",
         .help = "Address family of the servers.",
         .kind = cli::Choice{{"4", "6", "both"}},
         .default_value = "both"},
    };
    std::ranges::move(own, std::back_inserter(out));
    return out;
}

cli::OptionSpec oauth_key_option() {
    return {.name = "oauth-key",
            .help =
                "File with the key that the server shares with its authorization server, as "
                "JSON like {\"kid\": \"...\", \"k\": \"base64\", \"enc\": \"A256GCM\"}: access "
                "tokens (RFC 7635) are made with it.",
            .kind = cli::Text{"FILE"}};
}

Result<void> take_oauth_key(cli::Context& context, std::vector<Target>& targets) {
    if (!context.arguments.has("oauth-key")) return {};
    const auto key = turn::read_third_party_key(context.arguments.text("oauth-key"));
    if (!key) return key.error();
    context.redactor.add(key->key);
    context.redactor.add(to_base64(key->key));
    for (Target& target : targets)
        target.third_party = key->clone();
    return {};
}

Result<std::vector<Target>> targets_from(cli::Context& context, Session& session) {
    const cli::Arguments& arguments = context.arguments;
    auto named = read_servers(context);
    if (!named) return std::move(named).error();
    std::optional<cli::Secret> secret;
    if (arguments.has("turn-secret-file")) {
        auto read = cli::secret_from_file(arguments.text("turn-secret-file"));
        if (!read) return std::move(read).error();
        context.redactor.add_unless_common(*read);
        secret = std::move(*read);
    }
    std::shared_ptr<const transport::TlsCredentials> trust;
    const auto ports = std::make_shared<turn::PortSequence>(session.where().now());
    std::vector<Target> out;
    std::vector<Target> unfound;
    std::vector<ServerUri> uris;
    for (const Named& server : *named)
        uris.push_back(server.uri);
    auto discoveries = session.locate(uris, (*session.where().random)());
    if (!discoveries) return std::move(discoveries).error();
    for (std::size_t i = 0; i < named->size(); ++i) {
        Named& server = (*named)[i];
        transport::Discovery& found = (*discoveries)[i];
        if (found.error) {
            // The others are tested all the same.
            unfound.push_back({.uri = server.uri.to_string(),
                               .declared_in = server.declared_in,
                               .declared_line = server.declared_line,
                               .not_found = std::move(found.error),
                               .endpoint = {.transport = transport::carrier_of(server.uri)},
                               .user = {},
                               .second_user = {},
                               .shared_secret = {},
                               .path = std::make_shared<turn::PathEstimate>()});
            continue;
        }
        std::erase_if(found.locations, [&](const transport::Location& location) {
            return !is_wanted(location.address.ip, arguments.text("family"));
        });
        bool is_first = true;
        for (const transport::Location& location : found.locations) {
            if (turn::is_secure(location.carrier) && !trust) {
                auto read = trust_for(arguments);
                if (!read) return std::move(read).error();
                trust = std::move(*read);
            }
            Target target{.uri = server.uri.to_string(),
                          .declared_in = server.declared_in,
                          .declared_line = server.declared_line,
                          .found_by = location.found_by,
                          .has_records = location.has_records,
                          .remarks = is_first ? found.remarks : std::vector<transport::Remark>{},
                          .endpoint = {.transport = location.carrier,
                                       .server = location.address,
                                       .ports = ports,
                                       .server_name = server.uri.host,
                                       .trust = trust},
                          .user = {},
                          .second_user = {},
                          .shared_secret = {},
                          .path = std::make_shared<turn::PathEstimate>()};
            is_first = false;
            const auto source = transport::source_address_for(target.endpoint.server);
            if (source) target.endpoint.bind_ip = *source;
            add_users(target, server, secret);
            for (const auto* user : {&target.user, &target.second_user}) {
                if (*user) context.redactor.add_unless_common((*user)->password);
            }
            out.push_back(std::move(target));
        }
    }
    if (!trust && arguments.has("ca-file")) {
        // A file that is not there is no less wrong because nobody needs it today.
        auto read = trust_for(arguments);
        if (!read) return std::move(read).error();
        context.warn("no server is reached over TLS or DTLS: --ca-file is not needed");
    }
    if (out.empty() && !unfound.empty()) return *std::move(unfound.front().not_found);
    if (out.empty()) {
        return usage_error("servers.none",
                           "no server has an address of the family that --family wants");
    }
    std::ranges::move(unfound, std::back_inserter(out));
    return out;
}

report::Report begin_report(const cli::Context& context, std::uint64_t seed) {
    report::Report out;
    out.tool = {context.tool.name, context.tool.version};
    out.started_at =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    out.parameters = context.arguments.parameters();
    out.parameters["seed"] = std::to_string(seed);
    out.subject["servers"] = report::Json::array();
    return out;
}

std::string run_id(std::size_t index, const Target& target) {
    return std::to_string(index + 1) + '-' +
           std::string(turn::to_string(target.endpoint.transport));
}

}  // namespace portolan::ice_test
