#include "nat-sim/network/udp_host.hpp"

#include <algorithm>
#include <cerrno>

#include "nat-sim/network/ip.hpp"

namespace portolan::sim {

bool UdpHost::is_free(const Binding& binding) const {
    const auto found = by_port_.find(binding.port);
    if (found == by_port_.end()) return true;
    return std::ranges::none_of(found->second, [&](const UdpEndpoint* other) {
        const bool may_share = (binding.reuse_address && other->binding.reuse_address) ||
                               (binding.reuse_port && other->binding.reuse_port);
        return !may_share && binding.overlaps(other->binding);
    });
}

int UdpHost::bind(UdpEndpoint& endpoint, const std::optional<IpAddress>& ip, std::uint16_t port) {
    if (ip && !host_.is_local(*ip)) return EADDRNOTAVAIL;
    Binding wanted = endpoint.binding;
    wanted.ip = ip;
    wanted.port = port;
    if (port == 0) {
        // The kernel's own choice shares with nobody.
        Binding alone = wanted;
        alone.reuse_address = alone.reuse_port = false;
        wanted.port = host_.ephemeral_port([&](std::uint16_t candidate) {
            alone.port = candidate;
            return is_free(alone);
        });
        if (wanted.port == 0) return EADDRINUSE;
    } else if (!is_free(wanted)) {
        return EADDRINUSE;
    }
    endpoint.binding = wanted;
    by_port_[wanted.port].push_back(&endpoint);
    return 0;
}

void UdpHost::unbind(UdpEndpoint& endpoint) {
    const auto found = by_port_.find(endpoint.binding.port);
    if (found == by_port_.end()) return;
    std::erase(found->second, &endpoint);
    if (found->second.empty()) by_port_.erase(found);
    endpoint.binding.port = 0;
}

int UdpHost::send(const TransportAddress& from, const TransportAddress& to,
                  std::span<const std::byte> data, const SendOptions& options) {
    constexpr std::size_t kMaxDatagramBytes = 65535 - kUdpHeaderBytes;
    const std::size_t most =
        kMaxDatagramBytes - (to.family() == AddressFamily::IPv4 ? kIpv4HeaderBytes : 0);
    if (data.size() > most) return EMSGSIZE;
    buffer_.resize(kUdpHeaderBytes);
    write_u16(buffer_, 0, from.port);
    write_u16(buffer_, 2, to.port);
    write_u16(buffer_, 4, static_cast<std::uint16_t>(kUdpHeaderBytes + data.size()));
    write_u16(buffer_, 6, 0);
    buffer_.insert(buffer_.end(), data.begin(), data.end());
    std::uint16_t checksum = transport_checksum(from.ip, to.ip, kProtocolUdp, buffer_);
    // RFC 768: zero means "none", so a zero sum is sent as all ones.
    if (checksum == 0) checksum = 0xFFFF;
    write_u16(buffer_, 6, checksum);
    return host_.send(from.ip, to.ip, kProtocolUdp, buffer_, options);
}

// As Linux scores sockets (compute_score): connected to this peer, bound to this address, to this
// interface; among equals the one bound last.
UdpEndpoint* UdpHost::find(const IpAddress& local, std::uint16_t port, const TransportAddress& peer,
                           const Interface* in) const {
    const auto found = by_port_.find(port);
    if (found == by_port_.end()) return nullptr;
    UdpEndpoint* best = nullptr;
    int best_score = -1;
    for (UdpEndpoint* endpoint : found->second) {
        const Binding& binding = endpoint->binding;
        if (binding.ip ? *binding.ip != local : !binding.takes(local.family())) continue;
        if (binding.peer && *binding.peer != peer) continue;
        if (binding.interface != nullptr && binding.interface != in) continue;
        const int score = (binding.peer ? 8 : 0) + (binding.ip ? 4 : 0) +
                          (binding.interface != nullptr ? 4 : 0) +
                          (binding.family == local.family() ? 1 : 0);
        if (score >= best_score) {
            best = endpoint;
            best_score = score;
        }
    }
    return best;
}

void UdpHost::receive(const Arrival& arrival) {
    const ByteSpan datagram = arrival.payload;
    if (datagram.size() < kUdpHeaderBytes) return host_.dropped(arrival, DropReason::Malformed);
    const std::size_t length = read_u16(datagram, 4);
    if (length < kUdpHeaderBytes || length > datagram.size()) {
        return host_.dropped(arrival, DropReason::Malformed);
    }
    const bool has_checksum = read_u16(datagram, 6) != 0;
    // RFC 8200 s8.1: zero is no checksum in IPv4 only.
    const bool may_lack = arrival.source.family() == AddressFamily::IPv4;
    if (has_checksum ? transport_checksum(arrival.source, arrival.destination, kProtocolUdp,
                                          datagram.first(length)) != 0
                     : !may_lack) {
        return host_.dropped(arrival, DropReason::BadChecksum);
    }
    const TransportAddress from{arrival.source, read_u16(datagram, 0)};
    UdpEndpoint* endpoint = find(arrival.destination, read_u16(datagram, 2), from, arrival.in);
    if (endpoint == nullptr) {
        host_.dropped(arrival, DropReason::NoListener);
        return host_.refuse(arrival);
    }
    const ByteSpan data = datagram.subspan(kUdpHeaderBytes, length - kUdpHeaderBytes);
    if (!endpoint->deliver(arrival, from, data)) {
        return host_.dropped(arrival, DropReason::SocketQueueFull);
    }
    host_.delivered(arrival);
}

void UdpHost::report(const IcmpArrival& icmp) {
    if (icmp.payload.size() < 4) return;
    const TransportAddress destination{icmp.destination, read_u16(icmp.payload, 2)};
    UdpEndpoint* endpoint = find(icmp.source, read_u16(icmp.payload, 0), destination, icmp.in);
    if (endpoint == nullptr) return;
    endpoint->report(icmp, destination,
                     icmp.payload.subspan(std::min(kUdpHeaderBytes, icmp.payload.size())));
}

}  // namespace portolan::sim
