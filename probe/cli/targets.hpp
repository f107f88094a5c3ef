#pragma once

#include <string>
#include <vector>

#include "probe/transport/server_uri.hpp"
#include "reports/cli/main_guard.hpp"
#include "reports/model/result.hpp"

namespace portolan::nat_probe {

/// What the command line says about servers, before names are resolved.
struct NamedServer {
    std::string name;  ///< as given
    transport::ServerUri uri;
};

/// A server that was named and is not asked.
struct UnaskedServer {
    std::string name;
    std::string why;
};

struct NamedServers {
    std::vector<NamedServer> servers;
    std::vector<UnaskedServer> unasked;  ///< named, but not to be asked over UDP in the clear
};

/// From --stun, --ice-servers and --public; empty when none of them was given. Errors: usage errors
/// with the option and what is wrong; usage.servers.none when what was given holds no server that
/// can be asked over UDP.
Result<NamedServers> servers_from(const cli::Arguments& arguments);

/// One URI a line, '#' starts a comment. Errors: usage.public-servers.file, uri.* with the line.
Result<std::vector<NamedServer>> read_public_servers(const std::string& path);

/// share/portolan/public-stun-servers.txt beside this executable's folder, or what
/// PORTOLAN_PUBLIC_SERVERS names.
std::string public_servers_path();

}  // namespace portolan::nat_probe
