#include "nat-sim/virtual/new_socket.hpp"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "nat-sim/virtual/datagram_socket.hpp"
#include "nat-sim/virtual/stream_socket.hpp"

namespace portolan::sim {

int new_socket(Process& process, int domain, int type, int protocol,
               std::unique_ptr<Socket>& created) {
    if (type == SOCK_RAW) return -EPERM;  // as for anybody without CAP_NET_RAW
    if (type == SOCK_DGRAM && (protocol == 0 || protocol == IPPROTO_UDP)) {
        created = std::make_unique<DatagramSocket>(process, domain);
        return 0;
    }
    if (type == SOCK_STREAM && (protocol == 0 || protocol == IPPROTO_TCP)) {
        created = std::make_unique<StreamSocket>(process, domain);
        return 0;
    }
    return type == SOCK_DGRAM || type == SOCK_STREAM ? -EPROTONOSUPPORT : -ESOCKTNOSUPPORT;
}

int interface_ioctl(Socket& socket, unsigned long request, void* argument) {
    if (socket.is_orphan()) return -EBADF;
    const Host& host = socket.process().host();
    auto* wanted = static_cast<ifreq*>(argument);
    if (request == SIOCGIFNAME) {
        if (wanted->ifr_ifindex == 1) {
            std::strncpy(wanted->ifr_name, "lo", IFNAMSIZ);
            return 0;
        }
        for (const auto& item : host.interfaces()) {
            if (static_cast<int>(item->index()) != wanted->ifr_ifindex) continue;
            std::strncpy(wanted->ifr_name, item->name().c_str(), IFNAMSIZ - 1);
            return 0;
        }
        return -ENODEV;
    }
    const std::string_view name(wanted->ifr_name, strnlen(wanted->ifr_name, IFNAMSIZ));
    const bool is_loopback = name == "lo";
    const Interface* found = host.interface(name);
    if (found == nullptr && !is_loopback) return -ENODEV;
    switch (request) {
        case SIOCGIFINDEX:
            wanted->ifr_ifindex = is_loopback ? 1 : static_cast<int>(found->index());
            return 0;
        case SIOCGIFFLAGS:
            wanted->ifr_flags = IFF_UP | IFF_RUNNING;
            if (is_loopback) wanted->ifr_flags |= IFF_LOOPBACK;
            if (!is_loopback && !found->is_up()) wanted->ifr_flags = 0;
            return 0;
        case SIOCGIFMTU:
            wanted->ifr_mtu = is_loopback ? 65536 : static_cast<int>(found->mtu_bytes());
            return 0;
        case SIOCGIFADDR: {
            sockaddr_in address{};
            address.sin_family = AF_INET;
            if (is_loopback) {
                address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
                std::memcpy(&wanted->ifr_addr, &address, sizeof address);
                return 0;
            }
            for (const InterfaceAddress& item : found->addresses()) {
                if (item.ip.family() != AddressFamily::IPv4) continue;
                std::memcpy(&address.sin_addr, item.ip.octets().data(), 4);
                std::memcpy(&wanted->ifr_addr, &address, sizeof address);
                return 0;
            }
            return -EADDRNOTAVAIL;
        }
        default:
            return -ENOTTY;
    }
}

}  // namespace portolan::sim
