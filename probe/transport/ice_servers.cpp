#include "probe/transport/ice_servers.hpp"

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

    void read_credential(const JsonReader& reader, IceServer& server) {
        if (const auto type = reader.find("credentialType"); type && type->ok()) {
            if (type->string() != "password" && !error) {
                return fail(usage("credential-type",
                                  type->pointer() + ": only \"password\" is understood"));
            }
        }
        if (const auto username = reader.find("username")) server.username = username->string();
        if (const auto credential = reader.find("credential")) {
            server.credential = cli::Secret(credential->string());
        }
    }

    void check_turn(const JsonReader& reader, const IceServer& server) {
        if (server.username && server.credential) return;
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
