#include "probe/transport/udp_message.hpp"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "probe/transport/socket.hpp"

namespace portolan::transport {
namespace {

// Ancillary data of an error with its offender's address and the packet information beside it.
constexpr std::size_t kControlBytes = 512;

template <typename T>
std::optional<T> payload_of(const cmsghdr& header) {
    if (header.cmsg_len < CMSG_LEN(sizeof(T))) return std::nullopt;
    T value;
    std::memcpy(&value, CMSG_DATA(&header), sizeof value);
    return value;
}

std::optional<IpAddress> ip_of(const in_addr& address) {
    std::array<std::uint8_t, 4> octets{};
    std::memcpy(octets.data(), &address, octets.size());
    return IpAddress::v4(octets);
}

std::optional<IpAddress> ip_of(const in6_addr& address) {
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), &address, octets.size());
    return IpAddress::v6(octets);
}

// The offender's address follows the sock_extended_err (SO_EE_OFFENDER, ip(7)).
std::optional<IpAddress> offender_of(const cmsghdr& header) {
    constexpr std::size_t kOffset = sizeof(sock_extended_err);
    const std::size_t length = header.cmsg_len - CMSG_LEN(0);
    if (header.cmsg_len < CMSG_LEN(kOffset) || length <= kOffset) return std::nullopt;
    sockaddr_storage storage{};
    const std::size_t address_bytes = std::min(length - kOffset, sizeof storage);
    std::memcpy(&storage, CMSG_DATA(&header) + kOffset, address_bytes);
    const auto address =
        TransportAddress::from_sockaddr(reinterpret_cast<const sockaddr*>(&storage), address_bytes);
    return address ? std::optional(address->ip) : std::nullopt;
}

std::optional<FaultReport> fault_of(const cmsghdr& header,
                                    const std::optional<TransportAddress>& destination) {
    const auto error = payload_of<sock_extended_err>(header);
    if (!error) return std::nullopt;
    const bool is_v4 = error->ee_origin == SO_EE_ORIGIN_ICMP;
    const bool is_v6 = error->ee_origin == SO_EE_ORIGIN_ICMP6;
    const int error_number = static_cast<int>(error->ee_errno);
    if (!is_v4 && !is_v6) return local_fault(error_number, destination);
    // ICMP 3/4 (RFC 792) and ICMPv6 2 (RFC 4443 s3.2): where ee_info is the MTU (ip(7)).
    const bool is_too_big = error->ee_errno == EMSGSIZE;
    return icmp_fault({.family = is_v4 ? AddressFamily::IPv4 : AddressFamily::IPv6,
                       .type = error->ee_type,
                       .code = error->ee_code,
                       .reported_by = offender_of(header),
                       .mtu_bytes = is_too_big ? error->ee_info : 0},
                      error_number, destination);
}

void read_control(const cmsghdr& header, ReceivedMessage& out) {
    const bool v4 = header.cmsg_level == IPPROTO_IP;
    const bool v6 = header.cmsg_level == IPPROTO_IPV6;
    if (v4 && header.cmsg_type == IP_PKTINFO) {
        // ipi_addr is the destination in the packet's header, ipi_spec_dst the local address
        // (ip(7)).
        if (const auto info = payload_of<in_pktinfo>(header)) out.local_ip = ip_of(info->ipi_addr);
    } else if (v6 && header.cmsg_type == IPV6_PKTINFO) {
        if (const auto info = payload_of<in6_pktinfo>(header)) {
            out.local_ip = ip_of(info->ipi6_addr);
        }
    } else if (v4 && header.cmsg_type == IP_TOS) {
        out.traffic_class = payload_of<std::uint8_t>(header);
    } else if (v6 && header.cmsg_type == IPV6_TCLASS) {
        if (const auto value = payload_of<int>(header)) {
            out.traffic_class = static_cast<std::uint8_t>(*value);
        }
    } else if ((v4 && header.cmsg_type == IP_RECVERR) || (v6 && header.cmsg_type == IPV6_RECVERR)) {
        out.fault = fault_of(header, out.source);
    }
}

}  // namespace

ReceivedMessage receive_message(int fd, std::span<std::byte> buffer, int flags) {
    alignas(cmsghdr) std::array<std::byte, kControlBytes> control{};
    sockaddr_storage source{};
    iovec vector{.iov_base = buffer.data(), .iov_len = buffer.size()};
    msghdr header{};
    header.msg_name = &source;
    header.msg_namelen = sizeof source;
    header.msg_iov = &vector;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();

    // MSG_TRUNC as an input flag asks for the datagram's real length (recv(2)).
    const ssize_t received = ::recvmsg(fd, &header, flags | MSG_TRUNC | MSG_DONTWAIT);
    ReceivedMessage out;
    if (received < 0) {
        out.error_number = errno;
        return out;
    }
    out.size_bytes = static_cast<std::size_t>(received);
    out.is_truncated = (header.msg_flags & MSG_TRUNC) != 0 || out.size_bytes > buffer.size();
    out.source = TransportAddress::from_sockaddr(reinterpret_cast<const sockaddr*>(&source),
                                                 header.msg_namelen);
    for (cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr;
         item = CMSG_NXTHDR(&header, item)) {
        read_control(*item, out);
    }
    return out;
}

int send_message(int fd, const TransportAddress& to, std::uint32_t scope_id, Bytes bytes) {
    sockaddr_storage destination{};
    const unsigned length = to_scoped_sockaddr(to, scope_id, destination);
    const ssize_t sent = ::sendto(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                                  reinterpret_cast<const sockaddr*>(&destination), length);
    return sent < 0 ? errno : 0;
}

}  // namespace portolan::transport
