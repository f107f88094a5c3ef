#include "nat-sim/virtual/datagram_socket.hpp"

#include <linux/errqueue.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "nat-sim/virtual/icmp_errno.hpp"
#include "nat-sim/virtual/message_buffers.hpp"

namespace portolan::sim {
namespace {

// What a datagram costs of the receive buffer beyond its octets: the kernel counts whole buffers
// (truesize).
constexpr std::size_t kBufferOverheadBytes = 576;

in_addr to_in_addr(const IpAddress& ip) {
    in_addr out{};
    std::memcpy(&out, ip.octets().data(), sizeof out);
    return out;
}

in6_addr to_in6_addr(const IpAddress& ip) {
    in6_addr out{};
    if (ip.family() == AddressFamily::IPv6) {
        std::memcpy(&out, ip.octets().data(), sizeof out);
    } else {
        out.s6_addr[10] = out.s6_addr[11] = 0xFF;
        std::memcpy(&out.s6_addr[12], ip.octets().data(), 4);
    }
    return out;
}

bool is_link_local_v6(const IpAddress& ip) {
    return ip.family() == AddressFamily::IPv6 && ip.address_class() == AddressClass::LinkLocal;
}

bool is_broadcast(const IpAddress& ip) {
    return ip.family() == AddressFamily::IPv4 &&
           std::ranges::all_of(ip.octets(), [](std::uint8_t octet) { return octet == 255; });
}

IpAddress loopback(AddressFamily family) {
    if (family == AddressFamily::IPv4) return IpAddress::v4({127, 0, 0, 1});
    return IpAddress::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
}

}  // namespace

DatagramSocket::DatagramSocket(Process& process, int domain) : Socket(process, domain, SOCK_DGRAM) {
    binding().family = family();
    binding().is_dual_stack = domain == AF_INET6;
}

DatagramSocket::~DatagramSocket() {
    orphan();
}

void DatagramSocket::orphan() {
    if (is_orphan()) return;
    if (binding().port != 0) process().host().udp().unbind(*this);
    Socket::orphan();
}

const Interface* DatagramSocket::interface_of(std::uint32_t index) const {
    for (const auto& item : process().host().interfaces()) {
        if (item->index() == index) return item.get();
    }
    return nullptr;
}

int DatagramSocket::bind(const sockaddr* address, socklen_t length) {
    if (is_orphan()) return -EBADF;
    const socklen_t least = domain() == AF_INET ? sizeof(sockaddr_in) : 24;
    if (length < least) return -EINVAL;
    if (address->sa_family != domain()) return -EAFNOSUPPORT;
    const auto wanted = read_sockaddr(address, length);
    if (!wanted) return -EINVAL;
    if (binding().port != 0) return -EINVAL;
    if (wanted->was_v4_mapped && options_.is_v6_only) return -EINVAL;
    return bind_to(*wanted);
}

int DatagramSocket::bind_to(const SocketAddress& wanted) {
    const IpAddress& ip = wanted.address.ip;
    if (is_link_local_v6(ip)) {
        const Interface* scope =
            wanted.scope_id != 0 ? interface_of(wanted.scope_id) : binding().interface;
        if (scope == nullptr) return wanted.scope_id != 0 ? -ENODEV : -EINVAL;
        binding().interface = scope;
    }
    const int failed = process().host().udp().bind(
        *this, ip.is_unspecified() ? std::nullopt : std::optional(ip), wanted.address.port);
    if (failed == 0 && wanted.address.port != 0) was_bound_by_user_ = true;
    return -failed;
}

int DatagramSocket::bind_if_needed() {
    return binding().port != 0 ? 0 : bind_to({any_address(domain(), 0), 0, false});
}

int DatagramSocket::connect(const sockaddr* address, socklen_t length) {
    if (is_orphan()) return -EBADF;
    if (length < sizeof(sa_family_t)) return -EINVAL;
    if (address->sa_family == AF_UNSPEC) {
        // connect(2): dissolves the association. What only the association had chosen goes too.
        binding().peer.reset();
        if (connected_source_) {
            binding().ip.reset();
            connected_source_.reset();
        }
        return 0;
    }
    const auto wanted = read_sockaddr(address, length);
    if (!wanted) return length < sizeof(sockaddr_in) ? -EINVAL : -EAFNOSUPPORT;
    if (domain() == AF_INET && address->sa_family != AF_INET) return -EAFNOSUPPORT;
    TransportAddress peer = wanted->address;
    if (peer.family() == AddressFamily::IPv4 && domain() == AF_INET6 && options_.is_v6_only) {
        return -ENETUNREACH;
    }
    // Linux takes the wildcard for this host itself.
    if (peer.ip.is_unspecified()) peer.ip = loopback(peer.family());
    if (is_broadcast(peer.ip) && !options_.broadcast) return -EACCES;
    const Interface* scope = binding().interface;
    if (is_link_local_v6(peer.ip)) {
        if (wanted->scope_id != 0) scope = interface_of(wanted->scope_id);
        if (scope == nullptr) return -EINVAL;
        binding().interface = scope;
    }
    Host& host = process().host();
    if (!binding().ip || connected_source_) {
        const auto source = host.is_local(peer.ip) ? std::optional(peer.ip)
                                                   : host.source_for(peer.ip, {.interface = scope});
        if (!source) return -ENETUNREACH;
        if (const int failed = bind_if_needed(); failed != 0) return failed;
        binding().ip = source;
        connected_source_ = source;
    } else if (!host.is_local(peer.ip) && !host.route_to(peer.ip, {.interface = scope})) {
        return -ENETUNREACH;
    }
    binding().peer = peer;
    return 0;
}

int DatagramSocket::local_name(sockaddr* address, socklen_t* length) {
    if (is_orphan()) return -EBADF;
    TransportAddress name = any_address(domain(), binding().port);
    if (binding().ip) name.ip = *binding().ip;
    const std::uint32_t scope = is_link_local_v6(name.ip) && binding().interface != nullptr
                                    ? binding().interface->index()
                                    : 0;
    write_sockaddr(domain(), name, scope, address, length);
    return 0;
}

int DatagramSocket::peer_name(sockaddr* address, socklen_t* length) {
    if (is_orphan()) return -EBADF;
    if (!binding().peer) return -ENOTCONN;
    write_sockaddr(domain(), *binding().peer, 0, address, length);
    return 0;
}

int DatagramSocket::read_send_control(const msghdr& message, Destination& out) const {
    if (message.msg_control == nullptr || message.msg_controllen < sizeof(cmsghdr)) return 0;
    auto& readable = const_cast<msghdr&>(message);  // CMSG_NXTHDR does not change it
    for (cmsghdr* item = CMSG_FIRSTHDR(&readable); item != nullptr;
         item = CMSG_NXTHDR(&readable, item)) {
        unsigned index = 0;
        if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_PKTINFO) {
            in_pktinfo info{};
            if (item->cmsg_len < CMSG_LEN(sizeof info)) return -EINVAL;
            std::memcpy(&info, CMSG_DATA(item), sizeof info);
            index = static_cast<unsigned>(info.ipi_ifindex);
            std::array<std::uint8_t, 4> octets{};
            std::memcpy(octets.data(), &info.ipi_spec_dst, octets.size());
            if (const IpAddress ip = IpAddress::v4(octets); !ip.is_unspecified()) out.source = ip;
        } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info{};
            if (item->cmsg_len < CMSG_LEN(sizeof info)) return -EINVAL;
            std::memcpy(&info, CMSG_DATA(item), sizeof info);
            index = info.ipi6_ifindex;
            std::array<std::uint8_t, 16> octets{};
            std::memcpy(octets.data(), &info.ipi6_addr, octets.size());
            if (const IpAddress ip = IpAddress::v6(octets); !ip.is_unspecified()) out.source = ip;
        } else {
            continue;
        }
        if (out.source && !process().host().is_local(*out.source)) return -EINVAL;
        if (index != 0) {
            out.interface = interface_of(index);
            if (out.interface == nullptr && index != 1) return -ENODEV;
        }
    }
    return 0;
}

int DatagramSocket::find_destination(const msghdr& message, Destination& out) const {
    const Binding& bound = UdpEndpoint::binding;
    out.interface = bound.interface;
    if (message.msg_name == nullptr || message.msg_namelen == 0) {
        if (!bound.peer) return -EDESTADDRREQ;
        out.to = *bound.peer;
        return read_send_control(message, out);
    }
    const auto* address = static_cast<const sockaddr*>(message.msg_name);
    if (message.msg_namelen < sizeof(sockaddr_in)) return -EINVAL;
    const auto to = read_sockaddr(address, message.msg_namelen);
    if (!to) return address->sa_family == AF_INET6 ? -EINVAL : -EAFNOSUPPORT;
    if (domain() == AF_INET && address->sa_family != AF_INET) return -EAFNOSUPPORT;
    out.to = to->address;
    if (out.to.family() == AddressFamily::IPv4 && domain() == AF_INET6) {
        if (options_.is_v6_only) return -ENETUNREACH;
        if (bound.ip && bound.ip->family() == AddressFamily::IPv6) return -ENETUNREACH;
    }
    if (out.to.port == 0) return -EINVAL;
    if (out.to.ip.is_unspecified()) out.to.ip = loopback(out.to.family());
    if (is_broadcast(out.to.ip) && !options_.broadcast) {
        const bool has_way = out.interface != nullptr || process().host().route_to(out.to.ip);
        return has_way ? -EACCES : -ENETUNREACH;
    }
    if (to->scope_id != 0 && is_link_local_v6(out.to.ip)) {
        out.interface = interface_of(to->scope_id);
        if (out.interface == nullptr) return -ENODEV;
    }
    if (is_link_local_v6(out.to.ip) && out.interface == nullptr) return -EINVAL;
    return read_send_control(message, out);
}

int DatagramSocket::transmit(const Destination& destination, std::span<const std::byte> data) {
    Host& host = process().host();
    const TransportAddress& to = destination.to;
    std::optional<IpAddress> source = destination.source;
    if (!source) source = binding().ip;
    // A socket keeps the address that its interface has lost; the kernel's routing does not.
    if (source && !host.is_local(*source)) return -EINVAL;
    if (source && source->family() != to.family()) return -ENETUNREACH;
    if (!source) {
        source = host.is_local(to.ip)
                     ? std::optional(to.ip)
                     : host.source_for(to.ip, {.interface = destination.interface});
    }
    if (!source) return -ENETUNREACH;
    SendOptions options = send_options();
    options.interface = destination.interface;
    const int failed = host.udp().send({*source, binding().port}, to, data, options);
    if (failed == EMSGSIZE && options_.receive_error && !host.is_local(to.ip)) {
        // ip_local_error(): the error queue hears of it as well, with the MTU to use.
        queue_error({.error_number = EMSGSIZE,
                     .origin = SO_EE_ORIGIN_LOCAL,
                     .info = static_cast<std::uint32_t>(host.path_mtu_bytes(to.ip)),
                     .destination = to});
        pending_error_ = 0;  // returned by this very call
    }
    return -failed;
}

ssize_t DatagramSocket::send(const msghdr& message, int flags) {
    if (is_orphan()) return -EBADF;
    if ((flags & MSG_OOB) != 0) return -EOPNOTSUPP;
    if (is_write_shut_) return -EPIPE;
    Destination destination;
    if (const int failed = find_destination(message, destination); failed != 0) return failed;
    if (pending_error_ != 0) return -std::exchange(pending_error_, 0);
    if (const int failed = bind_if_needed(); failed != 0)
        return failed == -EADDRINUSE ? -EAGAIN : failed;
    gather(message, send_buffer_);
    if (const int failed = transmit(destination, send_buffer_); failed != 0) return failed;
    return static_cast<ssize_t>(send_buffer_.size());
}

bool DatagramSocket::deliver(const Arrival& arrival, const TransportAddress& from,
                             std::span<const std::byte> data) {
    if (is_read_shut_) return true;
    const std::size_t cost = data.size() + kBufferOverheadBytes;
    if (received_bytes_ + cost > static_cast<std::size_t>(options_.receive_buffer_bytes)) {
        return false;
    }
    received_bytes_ += cost;
    received_.push_back({.from = from,
                         .to = arrival.destination,
                         .interface_index = arrival.in != nullptr ? arrival.in->index() : 1,
                         .ttl = arrival.ttl,
                         .tos = arrival.tos,
                         .data = {data.begin(), data.end()}});
    process().wake();
    return true;
}

// __udp4_lib_err() and __udp6_lib_err() of the kernel.
void DatagramSocket::report(const IcmpArrival& icmp, const TransportAddress& destination,
                            std::span<const std::byte> data) {
    const AddressFamily kind = destination.family();
    IcmpErrno meaning = icmp_errno(kind, icmp.type, icmp.code);
    if (meaning.error_number == 0) return;
    if (meaning.error_number == EMSGSIZE) {
        if (options_.mtu_discover == IP_PMTUDISC_DONT) return;
        meaning.is_fatal = true;
    }
    if (!options_.receive_error) {
        if (!meaning.is_fatal || !binding().peer) return;
        pending_error_ = meaning.error_number;
        return process().wake();
    }
    queue_error({.error_number = meaning.error_number,
                 .origin = static_cast<std::uint8_t>(
                     kind == AddressFamily::IPv4 ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6),
                 .type = icmp.type,
                 .code = icmp.code,
                 .info = meaning.error_number == EMSGSIZE ? icmp.info : 0,
                 .offender = icmp.reported_by,
                 .destination = destination,
                 .data = {data.begin(), data.end()}});
}

void DatagramSocket::queue_error(QueuedError error) {
    constexpr std::size_t kMaxErrors = 256;
    pending_error_ = error.error_number;
    if (errors_.size() < kMaxErrors) errors_.push_back(std::move(error));
    process().wake();
}

ssize_t DatagramSocket::receive_error_message(msghdr& message) {
    if (errors_.empty()) return -EAGAIN;
    const QueuedError error = std::move(errors_.front());
    errors_.pop_front();
    // sock_dequeue_err_skb(): what is pending is what the next entry says.
    pending_error_ = errors_.empty() ? 0 : errors_.front().error_number;

    const std::size_t copied = scatter(error.data, message);
    message.msg_flags = MSG_ERRQUEUE | (copied < error.data.size() ? MSG_TRUNC : 0);
    if (message.msg_name != nullptr) {
        write_sockaddr(domain(), error.destination, 0, static_cast<sockaddr*>(message.msg_name),
                       &message.msg_namelen);
    }
    struct {
        sock_extended_err error;
        sockaddr_storage offender;
    } content{};
    content.error.ee_errno = static_cast<std::uint32_t>(error.error_number);
    content.error.ee_origin = error.origin;
    content.error.ee_type = error.type;
    content.error.ee_code = error.code;
    content.error.ee_info = error.info;
    socklen_t offender_size = sizeof content.offender;
    if (error.offender) {
        write_sockaddr(domain(), {*error.offender, 0}, 0,
                       reinterpret_cast<sockaddr*>(&content.offender), &offender_size);
    } else {
        offender_size = domain() == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    }
    ControlWriter control(message);
    const bool is_v4_socket = domain() == AF_INET;
    control.add(is_v4_socket ? IPPROTO_IP : IPPROTO_IPV6, is_v4_socket ? IP_RECVERR : IPV6_RECVERR,
                &content, sizeof content.error + offender_size);
    control.finish();
    return static_cast<ssize_t>(copied);
}

void DatagramSocket::write_control(msghdr& message, const Received& received) const {
    ControlWriter control(message);
    const bool is_v4 = received.to.family() == AddressFamily::IPv4;
    if (domain() == AF_INET && options_.packet_info) {
        in_pktinfo info{};
        info.ipi_ifindex = static_cast<int>(received.interface_index);
        info.ipi_spec_dst = to_in_addr(received.to);
        info.ipi_addr = to_in_addr(received.to);
        control.add(IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    } else if (options_.packet_info) {
        in6_pktinfo info{};
        info.ipi6_ifindex = received.interface_index;
        info.ipi6_addr = to_in6_addr(received.to);
        control.add(IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
    }
    if (options_.receive_ttl) {
        const int ttl = received.ttl;
        if (domain() == AF_INET) control.add(IPPROTO_IP, IP_TTL, &ttl, sizeof ttl);
        if (domain() == AF_INET6) control.add(IPPROTO_IPV6, IPV6_HOPLIMIT, &ttl, sizeof ttl);
    }
    if (options_.receive_tos) {
        if (domain() == AF_INET) control.add(IPPROTO_IP, IP_TOS, &received.tos, 1);
        const int traffic_class = received.tos;
        if (domain() == AF_INET6 && !is_v4) {
            control.add(IPPROTO_IPV6, IPV6_TCLASS, &traffic_class, sizeof traffic_class);
        }
    }
    control.finish();
}

ssize_t DatagramSocket::receive(msghdr& message, int flags) {
    if (is_orphan()) return -EBADF;
    if ((flags & MSG_ERRQUEUE) != 0) return receive_error_message(message);
    if (pending_error_ != 0) return -std::exchange(pending_error_, 0);
    if (received_.empty()) {
        if (is_read_shut_) return 0;
        if (!wait_for(POLLIN, flags)) return -EAGAIN;
        if (pending_error_ != 0) return -std::exchange(pending_error_, 0);
        if (received_.empty()) return is_read_shut_ ? 0 : -EAGAIN;
    }
    const Received& front = received_.front();
    const std::size_t size = front.data.size();
    const std::size_t copied = scatter(front.data, message);
    message.msg_flags = copied < size ? MSG_TRUNC : 0;
    if (message.msg_name != nullptr) {
        const std::uint32_t scope = is_link_local_v6(front.from.ip) ? front.interface_index : 0;
        write_sockaddr(domain(), front.from, scope, static_cast<sockaddr*>(message.msg_name),
                       &message.msg_namelen);
    }
    write_control(message, front);
    if ((flags & MSG_PEEK) == 0) {
        received_bytes_ -= size + kBufferOverheadBytes;
        received_.pop_front();
    }
    return static_cast<ssize_t>((flags & MSG_TRUNC) != 0 ? size : copied);
}

int DatagramSocket::shutdown(int how) {
    if (is_orphan()) return -EBADF;
    if (how < SHUT_RD || how > SHUT_RDWR) return -EINVAL;
    if (how != SHUT_WR) is_read_shut_ = true;
    if (how != SHUT_RD) is_write_shut_ = true;
    process().wake();
    // inet_shutdown(): takes effect on an unconnected socket too, and says so.
    return binding().peer ? 0 : -ENOTCONN;
}

int DatagramSocket::readable_bytes() {
    return received_.empty() ? 0 : static_cast<int>(received_.front().data.size());
}

short DatagramSocket::ready() {
    if (is_orphan()) return POLLNVAL;
    short out = POLLOUT | POLLWRNORM;
    if (!received_.empty()) out |= POLLIN | POLLRDNORM;
    if (is_read_shut_) out |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (is_read_shut_ && is_write_shut_) out |= POLLHUP;
    if (pending_error_ != 0 || !errors_.empty()) out |= POLLERR;
    return out;
}

}  // namespace portolan::sim
