#include "probe/transport/ice_servers.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "reports/cli/files.hpp"
#include "reports/model/json_reader.hpp"

namespace portolan::transport {
namespace {

using report::JsonReader;

Error usage(std::string code, std::string message, std::string hint = {}) {
    return {.culprit = Culprit::Usage,
            .code = "ice-servers." + std::move(code),
            .message = std::move(message),
            .hint = std::move(hint)};
}

std::string_view text_of(const std::optional<cli::Secret>& secret) {
    return secret ? secret->reveal() : std::string_view();
}

bool have_same_credentials(const IceServer& a, const IceServer& b) {
    if (a.username != b.username || text_of(a.credential) != text_of(b.credential) ||
        a.oauth.has_value() != b.oauth.has_value()) {
        return false;
    }
    return !a.oauth || (a.oauth->access_token.reveal() == b.oauth->access_token.reveal() &&
                        a.oauth->mac_key.reveal() == b.oauth->mac_key.reveal());
}

// Collects servers until the first error, JSON's or ours.
struct Decoder {
    std::optional<Error> error;
    std::vector<IceServer> servers;
    std::size_t url_count = 0;

    void fail(Error its_error) {
        if (!error) error = std::move(its_error);
    }

    void read_url(const JsonReader& reader, IceServer& server) {
        const std::string text = reader.string();
        if (error) return;
        if (++url_count > kMaxIceServerUrlCount) {
            return fail(usage("too-many", reader.pointer() + ": more than " +
                                              std::to_string(kMaxIceServerUrlCount) + " URLs"));
        }
        auto uri = ServerUri::parse(text);
        if (!uri) {
            Error wrong = std::move(uri).error();
            wrong.message = reader.pointer() + ": " + wrong.message;
            return fail(std::move(wrong));
        }
        server.urls.push_back(std::move(*uri));
    }

    void read_urls(const JsonReader& reader, IceServer& server) {
        if (reader.raw().is_string()) return read_url(reader, server);
        if (!reader.raw().is_array()) return reader.fail("must be a string or an array of strings");
        reader.each([&](const JsonReader& element) { read_url(element, server); });
        if (!error && server.urls.empty()) fail(usage("empty", reader.pointer() + ": no URL"));
    }

    std::optional<cli::Secret> read_base64(const JsonReader& reader) {
        const std::string text = reader.non_empty_string();
        if (error) return std::nullopt;
        auto out = decode_base64(text);
        if (!out) fail(usage("base64", reader.pointer() + ": this is no base64"));
        return out;
    }

    void read_oauth(const JsonReader& reader, IceServer& server) {
        auto mac_key = read_base64(reader.member("macKey"));
        auto token = read_base64(reader.member("accessToken"));
        if (mac_key && token)
            server.oauth = OAuthCredential{std::move(*token), std::move(*mac_key)};
    }

    void read_credential(const JsonReader& reader, IceServer& server) {
        bool is_oauth = false;
        if (const auto type = reader.find("credentialType"); type && type->ok()) {
            const std::string word = type->string();
            is_oauth = word == "oauth";
            if (!is_oauth && word != "password" && !error) {
                return fail(
                    usage("credential-type",
                          type->pointer() + ": only \"password\" and \"oauth\" are understood"));
            }
        }
        if (const auto username = reader.find("username")) server.username = username->string();
        if (const auto credential = reader.find("credential")) {
            if (is_oauth) return read_oauth(*credential, server);
            server.credential = cli::Secret(credential->string());
        }
    }

    void check_turn(const JsonReader& reader, const IceServer& server) {
        if (server.username && (server.credential || server.oauth)) return;
        for (const ServerUri& uri : server.urls) {
            if (!uri.is_turn()) continue;
            const char* missing = server.username ? "credential" : "username";
            return fail(usage("credentials",
                              reader.pointer() + ": a TURN server needs \"" + missing + '"'));
        }
    }

    void read_server(const JsonReader& reader) {
        IceServer server;
        read_urls(reader.member("urls"), server);
        if (!error) read_credential(reader, server);
        if (!error) check_turn(reader, server);
        if (!error) servers.push_back(std::move(server));
    }
};

}  // namespace

std::optional<cli::Secret> decode_base64(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    unsigned bit_count = 0;
    for (int i = 0; i < 2 && text.ends_with('='); ++i)
        text.remove_suffix(1);
    if (text.empty() || text.size() % 4 == 1) return std::nullopt;
    for (const char c : text) {
        std::uint32_t digit = 0;
        if (c >= 'A' && c <= 'Z') {
            digit = static_cast<std::uint32_t>(c - 'A');
        } else if (c >= 'a' && c <= 'z') {
            digit = static_cast<std::uint32_t>(c - 'a' + 26);
        } else if (c >= '0' && c <= '9') {
            digit = static_cast<std::uint32_t>(c - '0' + 52);
        } else if (c == '+' || c == '-') {
            digit = 62;
        } else if (c == '/' || c == '_') {
            digit = 63;
        } else {
            return std::nullopt;
        }
        bits = bits << 6 | digit;
        bit_count += 6;
        if (bit_count < 8) continue;
        bit_count -= 8;
        out.push_back(static_cast<char>(bits >> bit_count & 0xFF));
    }
    cli::Secret secret(out);
    std::ranges::fill(out, '\0');
    return secret;
}

Result<std::vector<IceServer>> parse_ice_servers(std::string_view json) {
    const auto document = report::parse_json(
        json, {.max_bytes = kMaxIceServersBytes, .max_depth_count = 16, .max_value_count = 20'000});
    if (!document) return document.error();
    Decoder decoder;
    const JsonReader root(*document, decoder.error);
    root.member("iceServers").each([&](const JsonReader& element) {
        decoder.read_server(element);
    });
    if (!decoder.error && decoder.servers.empty()) {
        decoder.fail(usage("empty", "/iceServers: no server"));
    }
    if (decoder.error) return *std::move(decoder.error);
    return std::move(decoder.servers);
}

std::vector<DistinctUrl> distinct_urls(const std::vector<IceServer>& servers) {
    std::vector<DistinctUrl> out;
    for (std::size_t i = 0; i < servers.size(); ++i) {
        for (const ServerUri& uri : servers[i].urls) {
            const auto known = std::ranges::find(out, uri, &DistinctUrl::uri);
            if (known == out.end()) {
                out.push_back({uri, {i}});
                continue;
            }
            const bool is_new = std::ranges::none_of(known->entries, [&](std::size_t entry) {
                return have_same_credentials(servers[entry], servers[i]);
            });
            if (uri.is_turn() && is_new) known->entries.push_back(i);
        }
    }
    return out;
}

std::string entry_pointer(std::size_t position) {
    return "/iceServers/" + std::to_string(position);
}

Result<std::vector<IceServer>> read_ice_servers(const std::string& path) {
    auto text = cli::read_file(path, kMaxIceServersBytes, "ice-servers.file");
    if (!text) return std::move(text).error();
    auto servers = parse_ice_servers(*text);
    if (servers) return servers;
    Error error = std::move(servers).error();
    error.message = '"' + path + "\": " + error.message;
    return error;
}

}  // namespace portolan::transport
