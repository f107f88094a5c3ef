#pragma once

#include <memory>

namespace portolan::sim {

class Process;
class Socket;

/// 0 or -errno. `type` is without SOCK_NONBLOCK and SOCK_CLOEXEC.
int new_socket(Process& process, int domain, int type, int protocol,
               std::unique_ptr<Socket>& created);

/// The SIOCGIF... requests of netdevice(7).
int interface_ioctl(Socket& socket, unsigned long request, void* argument);

}  // namespace portolan::sim
