#include "probe/transport/socket.hpp"

#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "probe/transport/fault.hpp"

namespace portolan::transport {
namespace {

Error environment(std::string code, std::string message, std::string hint = {}) {
    return {.culprit = Culprit::Environment,
            .code = std::move(code),
            .message = std::move(message),
            .hint = std::move(hint)};
}

Error interface_error(int error_number, const std::string& interface) {
    if (error_number == ENODEV || error_number == EINVAL) {
        return {.culprit = Culprit::Usage,
                .code = "transport.interface",
                .message = "there is no network interface \"" + interface + '"'};
    }
    if (error_number == EPERM) {
        return environment("transport.bind-to-device",
                           "not permitted to bind a socket to interface \"" + interface + '"',
                           "run as root or with CAP_NET_RAW, or choose a local address instead");
    }
    return environment(
        "transport.bind-to-device",
        "cannot bind a socket to interface \"" + interface + "\": " + errno_text(error_number));
}

bool is_link_local_v6(const IpAddress& ip) {
    return ip.family() == AddressFamily::IPv6 && ip.address_class() == AddressClass::LinkLocal;
}

}  // namespace

void FreeInterfaceList::operator()(ifaddrs* list) const {
    freeifaddrs(list);
}

void FileDescriptor::reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<FileDescriptor> open_socket(AddressFamily family, int type, const std::string& interface,
                                   int* error_number) {
    int ignored = 0;
    int& failed = error_number != nullptr ? *error_number : ignored;
    const int domain = family == AddressFamily::IPv4 ? AF_INET : AF_INET6;
    FileDescriptor fd(::socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) {
        failed = errno;
        const bool is_out_of_sockets =
            failed == EMFILE || failed == ENFILE || failed == ENOBUFS || failed == ENOMEM;
        return environment(is_out_of_sockets ? "transport.no-sockets-left" : "transport.socket",
                           "cannot create an " + std::string(to_string(family)) +
                               " socket: " + errno_text(failed));
    }
    if (family == AddressFamily::IPv6) {
        const int on = 1;
        if (::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) {
            failed = errno;
            return environment("transport.socket", "cannot set IPV6_V6ONLY: " + errno_text(failed));
        }
    }
    if (!interface.empty()) {
        if (interface.size() >= IFNAMSIZ) {
            failed = ENODEV;
            return interface_error(failed, interface);
        }
        if (::setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(),
                         static_cast<socklen_t>(interface.size() + 1)) != 0) {
            failed = errno;
            return interface_error(failed, interface);
        }
    }
    return fd;
}

std::uint32_t scope_id(const std::optional<IpAddress>& local_ip, const std::string& interface) {
    if (!interface.empty()) return if_nametoindex(interface.c_str());
    if (!local_ip || !is_link_local_v6(*local_ip)) return 0;
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return 0;
    const InterfaceList owner(list);
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET6) continue;
        const auto address = TransportAddress::from_sockaddr(entry->ifa_addr, sizeof(sockaddr_in6));
        if (address && address->ip == *local_ip) return if_nametoindex(entry->ifa_name);
    }
    return 0;
}

unsigned to_scoped_sockaddr(const TransportAddress& address, std::uint32_t scope_id,
                            ::sockaddr_storage& out) {
    const unsigned length = address.to_sockaddr(out);
    if (scope_id != 0 && is_link_local_v6(address.ip)) {
        std::memcpy(reinterpret_cast<char*>(&out) + offsetof(sockaddr_in6, sin6_scope_id),
                    &scope_id, sizeof scope_id);
    }
    return length;
}

int bind_socket(int fd, const TransportAddress& address, std::uint32_t scope_id) {
    sockaddr_storage storage{};
    const unsigned length = to_scoped_sockaddr(address, scope_id, storage);
    return ::bind(fd, reinterpret_cast<const sockaddr*>(&storage), length) == 0 ? 0 : errno;
}

std::optional<TransportAddress> bound_address(int fd) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return std::nullopt;
    return TransportAddress::from_sockaddr(reinterpret_cast<const sockaddr*>(&storage), length);
}

Error bind_error(int error_number, const TransportAddress& address) {
    const std::string where = address.to_string();
    switch (error_number) {
        case EADDRINUSE:
            return environment("transport.port-in-use", where + " is in use by another program",
                               "choose another port, or stop what uses it");
        case EADDRNOTAVAIL:
            return environment("transport.address-not-local",
                               address.ip.to_string() + " is not an address of this machine",
                               "\"ip address\" lists the addresses that are");
        case EACCES:
            return environment("transport.bind", "not permitted to use " + where,
                               "ports below 1024 need root or CAP_NET_BIND_SERVICE");
        default:
            return environment("transport.bind",
                               "cannot use " + where + ": " + errno_text(error_number));
    }
}

}  // namespace portolan::transport
