#include "nat-sim/network/tcp_host.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "nat-sim/network/ip.hpp"

namespace portolan::sim {
namespace {

constexpr std::size_t kTcpHeaderBytes = 20;
constexpr std::size_t kMaxTcpOptionBytes = 40;
constexpr std::size_t kChecksumAt = 16;
// What loopback and jumbo links are cut down to: an IPv4 datagram has 16 bits for its length.
constexpr std::size_t kMaxSegmentBytes = 32768;

}  // namespace

TcpAddress to_tcp(const TransportAddress& address) {
    TcpAddress out;
    out.is_v6 = address.family() == AddressFamily::IPv6;
    std::ranges::copy(address.ip.octets(), out.octets.begin());
    out.port = address.port;
    return out;
}

TransportAddress from_tcp(const TcpAddress& address) {
    if (address.is_v6) return {IpAddress::v6(address.octets), address.port};
    const auto& octets = address.octets;
    return {IpAddress::v4({octets[0], octets[1], octets[2], octets[3]}), address.port};
}

TcpHost::TcpHost(Host& host)
    : host_(host),
      stack_([this](const TcpAddress& from, const TcpAddress& to, const std::uint8_t* bytes,
                    std::size_t count) { send(from_tcp(from), from_tcp(to), bytes, count); }) {}

TcpHost::~TcpHost() = default;

// Ports are in the segment: the addresses come without.
void TcpHost::send(const TransportAddress& from, const TransportAddress& to,
                   const std::uint8_t* bytes, std::size_t count) {
    const auto segment = std::as_bytes(std::span(bytes, count));
    if (segment.size() < kTcpHeaderBytes) return;
    buffer_.assign(segment.begin(), segment.end());
    write_u16(buffer_, kChecksumAt, 0);
    write_u16(buffer_, kChecksumAt, transport_checksum(from.ip, to.ip, kProtocolTcp, buffer_));
    SendOptions options;
    const TcpEndpoint* endpoint =
        find({from.ip, read_u16(buffer_, 0)}, {to.ip, read_u16(buffer_, 2)});
    if (endpoint != nullptr) {
        options = endpoint->segment_options;
        options.interface = endpoint->binding.interface;
    }
    // ns-3's TCP does not learn path MTUs: its segments may be fragmented, or "black holes" would
    // appear that real hosts do not have.
    options.dont_fragment = false;
    options.may_fragment = true;
    // What cannot be sent is lost, as on a real host; TCP repeats it.
    (void)host_.send(from.ip, to.ip, kProtocolTcp, buffer_, options);
}

std::size_t TcpHost::segment_bytes(const IpAddress& destination) const {
    const std::size_t header =
        destination.family() == AddressFamily::IPv4 ? kIpv4HeaderBytes : kIpv6HeaderBytes;
    const std::size_t room = host_.path_mtu_bytes(destination);
    return std::min(room - header - kTcpHeaderBytes - kMaxTcpOptionBytes, kMaxSegmentBytes);
}

bool TcpHost::is_free(const TcpEndpoint& endpoint, const Binding& binding) const {
    if (stack_.is_lingering(binding.port, binding.reuse_address)) return false;
    const auto found = by_port_.find(binding.port);
    if (found == by_port_.end()) return true;
    return std::ranges::none_of(found->second, [&](const TcpEndpoint* other) {
        if (other == &endpoint) return false;
        // inet_csk_bind_conflict(): SO_REUSEADDR helps only while none of the two listens.
        const bool may_share = (binding.reuse_address && other->binding.reuse_address &&
                                !other->is_listening && !endpoint.is_listening) ||
                               (binding.reuse_port && other->binding.reuse_port);
        return !may_share && binding.overlaps(other->binding);
    });
}

int TcpHost::bind(TcpEndpoint& endpoint, const std::optional<IpAddress>& ip, std::uint16_t port) {
    if (ip && !host_.is_local(*ip)) return EADDRNOTAVAIL;
    Binding wanted = endpoint.binding;
    wanted.ip = ip;
    wanted.port = port;
    if (port == 0) {
        Binding alone = wanted;
        alone.reuse_address = alone.reuse_port = false;
        wanted.port = host_.ephemeral_port([&](std::uint16_t candidate) {
            alone.port = candidate;
            return is_free(endpoint, alone);
        });
        if (wanted.port == 0) return EADDRINUSE;
    } else if (!is_free(endpoint, wanted)) {
        return EADDRINUSE;
    }
    endpoint.binding = wanted;
    by_port_[wanted.port].push_back(&endpoint);
    return 0;
}

void TcpHost::adopt(TcpEndpoint& endpoint) {
    by_port_[endpoint.binding.port].push_back(&endpoint);
}

int TcpHost::check_listen(const TcpEndpoint& endpoint) const {
    const auto found = by_port_.find(endpoint.binding.port);
    if (found == by_port_.end()) return 0;
    const bool is_taken = std::ranges::any_of(found->second, [&](const TcpEndpoint* other) {
        return other != &endpoint && other->is_listening &&
               endpoint.binding.overlaps(other->binding) &&
               !(endpoint.binding.reuse_port && other->binding.reuse_port);
    });
    return is_taken ? EADDRINUSE : 0;
}

void TcpHost::unbind(TcpEndpoint& endpoint) {
    const auto found = by_port_.find(endpoint.binding.port);
    if (found == by_port_.end()) return;
    std::erase(found->second, &endpoint);
    if (found->second.empty()) by_port_.erase(found);
    endpoint.binding.port = 0;
}

TcpEndpoint* TcpHost::find(const TransportAddress& local, const TransportAddress& peer) const {
    const auto found = by_port_.find(local.port);
    if (found == by_port_.end()) return nullptr;
    for (TcpEndpoint* endpoint : found->second) {
        const Binding& binding = endpoint->binding;
        if (binding.peer && *binding.peer == peer && binding.ip && *binding.ip == local.ip) {
            return endpoint;
        }
    }
    return nullptr;
}

void TcpHost::receive(const Arrival& arrival) {
    if (arrival.payload.size() < kTcpHeaderBytes) {
        return host_.dropped(arrival, DropReason::Malformed);
    }
    if (transport_checksum(arrival.source, arrival.destination, kProtocolTcp, arrival.payload) !=
        0) {
        return host_.dropped(arrival, DropReason::BadChecksum);
    }
    std::vector<std::uint8_t> bytes(arrival.payload.size());
    std::memcpy(bytes.data(), arrival.payload.data(), bytes.size());
    const TransportAddress from{arrival.source, read_u16(arrival.payload, 0)};
    const TransportAddress to{arrival.destination, read_u16(arrival.payload, 2)};
    if (stack_.receive(to_tcp(from), to_tcp(to), bytes.data(), bytes.size())) {
        return host_.delivered(arrival);
    }
    host_.dropped(arrival, DropReason::NoListener);
}

void TcpHost::report(const IcmpArrival& icmp) {
    if (icmp.payload.size() < 4) return;
    TcpEndpoint* endpoint = find({icmp.source, read_u16(icmp.payload, 0)},
                                 {icmp.destination, read_u16(icmp.payload, 2)});
    if (endpoint != nullptr) endpoint->report(icmp);
}

}  // namespace portolan::sim
