#include "probe/transport/local_addresses.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <memory>

#include "probe/transport/fault.hpp"
#include "probe/transport/socket.hpp"

namespace portolan::transport {
namespace {

// The kernel's and the usual programs' names for devices that carry packets inside others.
constexpr std::string_view kTunnelPrefixes[] = {
    "tun",    "tap",  "wg",   "ppp",       "ipsec", "vti",      "gre",    "sit",
    "ip6tnl", "utun", "xfrm", "tailscale", "zt",    "nordlynx", "proton", "cscotun",
};

std::optional<IpAddress> ip_of(const sockaddr* address) {
    if (address == nullptr) return std::nullopt;
    const std::size_t length =
        address->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    const auto parsed = TransportAddress::from_sockaddr(address, length);
    return parsed ? std::optional(parsed->ip) : std::nullopt;
}

// Read from the structures themselves: as an IpAddress some IPv6 masks would look IPv4-mapped.
unsigned prefix_bits_of(const sockaddr* mask) {
    if (mask == nullptr) return 0;
    if (mask->sa_family == AF_INET) {
        return static_cast<unsigned>(
            std::popcount(reinterpret_cast<const sockaddr_in*>(mask)->sin_addr.s_addr));
    }
    unsigned bits = 0;
    for (const std::uint8_t octet :
         reinterpret_cast<const sockaddr_in6*>(mask)->sin6_addr.s6_addr) {
        bits += static_cast<unsigned>(std::popcount(octet));
    }
    return bits;
}

LocalInterface describe(const ifaddrs& entry) {
    const unsigned flags = entry.ifa_flags;
    LocalInterface out;
    out.name = entry.ifa_name;
    out.is_up = (flags & IFF_UP) != 0 && (flags & IFF_RUNNING) != 0;
    out.is_loopback = (flags & IFF_LOOPBACK) != 0;
    out.is_point_to_point = (flags & IFF_POINTOPOINT) != 0;
    out.is_likely_tunnel = out.is_point_to_point || is_tunnel_name(out.name);
    return out;
}

}  // namespace

Result<std::vector<LocalInterface>> local_interfaces() {
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) {
        return Error{.culprit = Culprit::Environment,
                     .code = "transport.interfaces",
                     .message = "cannot list the network interfaces: " + errno_text(errno)};
    }
    const InterfaceList owner(list);
    std::vector<LocalInterface> out;
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        auto known =
            std::ranges::find(out, std::string_view(entry->ifa_name), &LocalInterface::name);
        if (known == out.end()) known = out.insert(out.end(), describe(*entry));
        if (const auto ip = ip_of(entry->ifa_addr)) {
            known->addresses.push_back({*ip, prefix_bits_of(entry->ifa_netmask)});
        }
    }
    return out;
}

bool is_tunnel_name(std::string_view interface_name) {
    return std::ranges::any_of(kTunnelPrefixes, [&](std::string_view prefix) {
        return interface_name.starts_with(prefix);
    });
}

Result<IpAddress> source_address_for(const TransportAddress& destination,
                                     const std::string& interface) {
    auto fd = open_socket(destination.family(), SOCK_DGRAM, interface);
    if (!fd) return std::move(fd).error();
    sockaddr_storage storage{};
    const unsigned length =
        to_scoped_sockaddr(destination, scope_id(std::nullopt, interface), storage);
    if (::connect(fd->get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0) {
        return Error{
            .culprit = Culprit::Environment,
            .code = errno == ENETUNREACH ? "transport.no-route" : "transport.route-forbids",
            .message = "no route to " + destination.ip.to_string() + ": " + errno_text(errno)};
    }
    const auto local = bound_address(fd->get());
    if (!local) {
        return Error{.culprit = Culprit::Environment,
                     .code = "transport.socket",
                     .message = "cannot learn the address of a socket: " + errno_text(errno)};
    }
    return local->ip;
}

}  // namespace portolan::transport
