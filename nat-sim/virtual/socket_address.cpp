#include "nat-sim/virtual/socket_address.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace portolan::sim {

std::optional<SocketAddress> read_sockaddr(const sockaddr* address, socklen_t length) {
    if (address == nullptr || length < sizeof(sa_family_t)) return std::nullopt;
    const auto parsed = TransportAddress::from_sockaddr(address, length);
    if (!parsed) return std::nullopt;
    SocketAddress out{*parsed, 0, false};
    if (address->sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, address, sizeof v6);
        out.scope_id = v6.sin6_scope_id;
        out.was_v4_mapped = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) != 0;
    }
    return out;
}

void write_sockaddr(int domain, const TransportAddress& value, std::uint32_t scope_id,
                    sockaddr* address, socklen_t* length) {
    sockaddr_storage storage{};
    socklen_t size = 0;
    if (domain == AF_INET || value.family() == AddressFamily::IPv6) {
        size = value.to_sockaddr(storage);
        if (domain == AF_INET6) {
            auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
            v6->sin6_scope_id = scope_id;
        }
    } else {
        auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(value.port);
        v6->sin6_addr.s6_addr[10] = v6->sin6_addr.s6_addr[11] = 0xFF;
        std::memcpy(&v6->sin6_addr.s6_addr[12], value.ip.octets().data(), 4);
        size = sizeof *v6;
    }
    if (address != nullptr) std::memcpy(address, &storage, std::min(*length, size));
    *length = size;
}

TransportAddress any_address(int domain, std::uint16_t port) {
    const auto family = domain == AF_INET ? AddressFamily::IPv4 : AddressFamily::IPv6;
    return {IpAddress::any(family), port};
}

}  // namespace portolan::sim
