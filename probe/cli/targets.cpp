#include "probe/cli/targets.hpp"

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "probe/transport/ice_servers.hpp"
#include "reports/cli/files.hpp"
#include "reports/model/usage_error.hpp"

namespace portolan::nat_probe {

namespace {

constexpr std::size_t kMaxListBytes = std::size_t{1} << 20;

Result<NamedServer> parse_server(const std::string& text, const std::string& where) {
    auto uri = transport::ServerUri::parse(text);
    if (!uri) {
        Error error = std::move(uri).error();
        error.message = where + ": " + error.message;
        return error;
    }
    return NamedServer{uri->to_string(), *uri};
}

/// Asked over UDP in the clear: TURN servers answer Binding requests too.
bool can_be_asked(const transport::ServerUri& uri) {
    return !uri.is_secure() && uri.transport == transport::ServerTransport::Udp;
}

void add_distinct(std::vector<NamedServer>& servers, NamedServer server) {
    for (const NamedServer& known : servers) {
        if (known.uri.host == server.uri.host && known.uri.port == server.uri.port) return;
    }
    servers.push_back(std::move(server));
}

}  // namespace

std::string public_servers_path() {
    if (const char* path = std::getenv("PORTOLAN_PUBLIC_SERVERS")) return path;
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    return (self.parent_path().parent_path() / "share/portolan/public-stun-servers.txt").string();
}

Result<std::vector<NamedServer>> read_public_servers(const std::string& path) {
    auto text = cli::read_file(path, kMaxListBytes, "public-servers.file");
    if (!text) {
        Error error = std::move(text).error();
        error.message = "the list of public servers: " + error.message;
        return error;
    }
    std::istringstream in(*std::move(text));
    std::vector<NamedServer> servers;
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        line.erase(std::min(line.find('#'), line.size()));
        const auto first = line.find_first_not_of(" \t\r");
        if (first == std::string::npos) continue;
        line = line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
        auto server = parse_server(line, path + ":" + std::to_string(number));
        if (!server) return std::move(server).error();
        add_distinct(servers, std::move(*server));
    }
    if (servers.empty()) {
        return usage_error("public-servers.file",
                           "the list of public servers \"" + path + "\" names no server");
    }
    return servers;
}

Result<NamedServers> servers_from(const cli::Arguments& arguments) {
    NamedServers named;
    bool given = false;
    const auto add = [&](NamedServer server) {
        if (can_be_asked(server.uri)) {
            add_distinct(named.servers, std::move(server));
        } else {
            named.unasked.push_back(
                {server.name, "a NAT is classified with STUN over UDP, which it does not offer"});
        }
    };
    for (const std::string& text : arguments.texts("stun")) {
        given = true;
        auto server = parse_server(text, "--stun");
        if (!server) return std::move(server).error();
        add(std::move(*server));
    }
    if (arguments.has("ice-servers")) {
        given = true;
        const auto list = transport::read_ice_servers(arguments.text("ice-servers"));
        if (!list) return list.error();
        for (const transport::IceServer& entry : *list) {
            for (const transport::ServerUri& uri : entry.urls)
                add({uri.to_string(), uri});
        }
    }
    if (arguments.has("public")) {
        given = true;
        auto list = read_public_servers(public_servers_path());
        if (!list) return std::move(list).error();
        for (NamedServer& server : *list)
            add(std::move(server));
    }
    if (given && named.servers.empty()) {
        return Error{Culprit::Usage, "servers.none",
                     named.unasked.empty()
                         ? std::string("no server was named")
                         : "a NAT is classified with STUN over UDP, which " +
                               named.unasked.back().name +
                               " does not offer: name a stun: or turn: server too"};
    }
    return named;
}

}  // namespace portolan::nat_probe
