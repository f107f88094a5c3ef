#include "nat-sim/network/host.hpp"

#include <algorithm>
#include <cerrno>
#include <unordered_map>
#include <utility>

#include "nat-sim/network/fabric.hpp"
#include "nat-sim/network/ip.hpp"
#include "nat-sim/network/reassembly.hpp"
#include "nat-sim/network/tcp_host.hpp"
#include "nat-sim/network/udp_host.hpp"

namespace portolan::sim {
namespace {

// net.ipv4.ip_local_port_range
constexpr std::uint16_t kFirstEphemeralPort = 32768;
constexpr std::uint16_t kLastEphemeralPort = 60999;
constexpr std::size_t kLoopbackMtuBytes = 65536;
// net.ipv4.route.mtu_expires, net.ipv6.route.mtu_expires
constexpr SimDuration kPathMtuLife = std::chrono::seconds(600);
// net.ipv4.route.min_pmtu
constexpr std::size_t kMinPathMtuBytes = 552;

struct IpHash {
    std::size_t operator()(const IpAddress& ip) const {
        std::uint64_t hash = 0xCBF29CE484222325U;
        for (const std::uint8_t octet : ip.octets())
            hash = (hash ^ octet) * 0x100000001B3U;
        return hash;
    }
};

struct PathMtu {
    std::size_t bytes = 0;
    SimTime until{};
};

}  // namespace

struct Host::State {
    State(Fabric& fabric, const Node& node)
        : reassembly(fabric, node), draws(fabric.seed_for("host/" + node.name())) {}

    Reassembly reassembly;
    DrawSource draws;
    std::unordered_map<IpAddress, PathMtu, IpHash> path_mtus;
    std::uint16_t next_identification = 0;
};

Host::Host(Fabric& fabric, std::string name)
    : Node(fabric, std::move(name)),
      state_(std::make_unique<State>(fabric, *this)),
      udp_(std::make_unique<UdpHost>(*this)) {
    state_->next_identification = static_cast<std::uint16_t>(state_->draws.next());
}

Host::~Host() = default;

TcpHost& Host::tcp() {
    if (!tcp_) tcp_ = std::make_unique<TcpHost>(*this);
    return *tcp_;
}

bool Host::is_local(const IpAddress& ip) const {
    return ip.address_class() == AddressClass::Loopback || owns(ip);
}

std::size_t Host::path_mtu_bytes(const IpAddress& destination) const {
    if (is_local(destination)) return kLoopbackMtuBytes;
    const auto route = route_to(destination);
    const std::size_t link = route ? route->interface->mtu_bytes() : kLoopbackMtuBytes;
    const auto known = state_->path_mtus.find(destination);
    if (known == state_->path_mtus.end() || known->second.until <= fabric_.events.now()) {
        return link;
    }
    return std::min(link, known->second.bytes);
}

std::uint16_t Host::ephemeral_port(const std::function<bool(std::uint16_t)>& is_free) {
    constexpr unsigned kCount = kLastEphemeralPort - kFirstEphemeralPort + 1U;
    const auto start = static_cast<unsigned>(state_->draws.below(kCount));
    for (unsigned i = 0; i < kCount; ++i) {
        const auto port = static_cast<std::uint16_t>(kFirstEphemeralPort + (start + i) % kCount);
        if (is_free(port)) return port;
    }
    return 0;
}

class Host::Loopback final : public Action {
  public:
    Loopback(Host& host, Packet packet) : host_(host), packet_(std::move(packet)) {}
    void run() override { host_.accept(nullptr, std::move(packet_)); }

  private:
    Host& host_;
    Packet packet_;
};

int Host::send(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
               std::span<const std::byte> payload, const SendOptions& options) {
    IpFields fields{.source = source,
                    .destination = destination,
                    .protocol = protocol,
                    .ttl = options.ttl,
                    .tos = options.tos,
                    .dont_fragment = options.dont_fragment,
                    .identification = state_->next_identification++};
    if (is_local(destination)) {
        ByteVector bytes = make_ip(fields, payload.size());
        std::ranges::copy(payload, bytes.end() - static_cast<std::ptrdiff_t>(payload.size()));
        fabric_.events.post(SimDuration::zero(), std::make_unique<Loopback>(
                                                     *this, fabric_.begin(PacketStep::Originated,
                                                                          std::move(bytes), this)));
        return 0;
    }
    const auto route = route_to(destination, {.interface = options.interface});
    if (!route) return ENETUNREACH;
    Interface& out = *route->interface;
    const bool v6 = destination.family() == AddressFamily::IPv6;
    const std::size_t size = payload.size() + (v6 ? kIpv6HeaderBytes : kIpv4HeaderBytes);
    const std::size_t mtu = options.ignore_path_mtu ? out.mtu_bytes() : path_mtu_bytes(destination);
    if (size > mtu && !options.may_fragment) return EMSGSIZE;
    if (size > mtu) fields.dont_fragment = false;
    ByteVector bytes = make_ip(fields, payload.size());
    std::ranges::copy(payload, bytes.end() - static_cast<std::ptrdiff_t>(payload.size()));
    const IpAddress next_hop = route->gateway.value_or(destination);
    Packet packet = fabric_.begin(PacketStep::Originated, std::move(bytes), this);
    if (size <= mtu) {
        transmit(out, next_hop, std::move(packet), nullptr);
        return 0;
    }
    const auto header = parse_ip(packet.bytes);
    const auto id = static_cast<std::uint32_t>(state_->draws.next());
    auto pieces = v6 ? fragment_ipv6(packet.bytes, *header, mtu, id)
                     : fragment_ipv4(packet.bytes, *header, mtu);
    fabric_.end(PacketStep::Fragmented, packet, this, &out);
    for (ByteVector& piece : pieces) {
        transmit(out, next_hop, fabric_.begin(PacketStep::Fragment, std::move(piece), this),
                 nullptr);
    }
    return 0;
}

void Host::receive(Interface& in, Packet packet) {
    accept(&in, std::move(packet));
}

void Host::accept(Interface* in, Packet packet) {
    auto header = parse_ip(packet.bytes);
    if (!header) return fabric_.drop(DropReason::Malformed, packet, this, in);
    const bool is_ours = in == nullptr ? is_local(header->destination) : owns(header->destination);
    if (!is_ours) return fabric_.drop(DropReason::NotForUs, packet, this, in);
    if (header->is_fragment()) {
        auto whole = state_->reassembly.add(
            in, std::move(packet), *header, [this](Interface* from, const Packet& first) {
                if (from == nullptr) return;
                const auto about = parse_ip(first.bytes);
                if (about) {
                    send_icmp_error(*from, first.bytes, icmp_reassembly_expired(about->family));
                }
            });
        if (!whole) return;
        packet = std::move(*whole);
        header = parse_ip(packet.bytes);
        if (!header) return fabric_.drop(DropReason::Malformed, packet, this, in);
    }
    const ByteSpan bytes = packet.bytes;
    const Arrival arrival{
        .source = header->source,
        .destination = header->destination,
        .protocol = header->protocol,
        .ttl = header->ttl,
        .tos = header->tos,
        .in = in,
        .payload = bytes.subspan(header->header_bytes, header->total_bytes - header->header_bytes),
        .packet = bytes.first(header->total_bytes),
        .packet_id = packet.id};
    switch (header->protocol) {
        case kProtocolUdp:
            return udp_->receive(arrival);
        case kProtocolTcp:
            return tcp().receive(arrival);
        case kProtocolIcmp:
        case kProtocolIcmpV6:
            if (is_icmp_error(header->protocol, arrival.payload)) return handle_icmp(arrival);
            if (in != nullptr) return answer_locally(*in, packet, *header);
            return dropped(arrival, DropReason::NoListener);
        default:
            dropped(arrival, DropReason::NoListener);
            if (in != nullptr) {
                send_icmp_error(*in, arrival.packet, icmp_protocol_unreachable(header->family));
            }
    }
}

void Host::delivered(const Arrival& arrival) {
    fabric_.end(PacketStep::Delivered, std::nullopt, arrival.packet_id, arrival.packet, this,
                arrival.in, {});
}

void Host::dropped(const Arrival& arrival, DropReason reason) {
    fabric_.end(PacketStep::Dropped, reason, arrival.packet_id, arrival.packet, this, arrival.in,
                {});
}

void Host::refuse(const Arrival& arrival) {
    const IcmpMessage message = icmp_port_unreachable(arrival.source.family());
    if (arrival.in != nullptr) return send_icmp_error(*arrival.in, arrival.packet, message);
    // On loopback the error comes from where the packet went.
    const auto header = parse_ip(arrival.packet);
    const ByteVector error = make_icmp_error(arrival.destination, arrival.packet, *header, message);
    fabric_.events.post(
        SimDuration::zero(),
        std::make_unique<Loopback>(*this, fabric_.begin(PacketStep::Originated, error, this)));
}

void Host::handle_icmp(const Arrival& arrival) {
    const bool v4 = arrival.protocol == kProtocolIcmp;
    const ByteSpan icmp = arrival.payload;
    const std::uint16_t checksum =
        v4 ? fold_checksum(sum_words(icmp))
           : transport_checksum(arrival.source, arrival.destination, arrival.protocol, icmp);
    if (checksum != 0) return dropped(arrival, DropReason::BadChecksum);
    const auto about = icmp.size() > 8 ? parse_quoted_ip(icmp.subspan(8)) : std::nullopt;
    if (!about || !is_local(about->source)) return dropped(arrival, DropReason::Malformed);
    delivered(arrival);
    const ByteSpan quoted = icmp.subspan(8);
    report_icmp({.reported_by = arrival.source,
                 .in = arrival.in,
                 .type = std::to_integer<std::uint8_t>(icmp[0]),
                 .code = std::to_integer<std::uint8_t>(icmp[1]),
                 .info = read_u32(icmp, 4),
                 .source = about->source,
                 .destination = about->destination,
                 .protocol = about->protocol,
                 .payload = quoted.subspan(std::min(about->header_bytes, quoted.size()))});
}

void Host::report_icmp(const IcmpArrival& icmp) {
    const bool v4 = icmp.destination.family() == AddressFamily::IPv4;
    const bool is_too_big = v4 ? icmp.type == 3 && icmp.code == 4 : icmp.type == 2;
    if (is_too_big) {
        const std::size_t floor = v4 ? kMinPathMtuBytes : kMinIpv6MtuBytes;
        const std::size_t told = v4 ? icmp.info & 0xFFFFU : icmp.info;
        state_->path_mtus[icmp.destination] = {std::max(told, floor),
                                               fabric_.events.now() + kPathMtuLife};
    }
    if (icmp.protocol == kProtocolUdp) udp_->report(icmp);
    if (icmp.protocol == kProtocolTcp && tcp_) tcp_->report(icmp);
}

void Host::no_neighbour(Interface& out, Packet packet) {
    const auto header = parse_ip(packet.bytes);
    fabric_.drop(DropReason::NoNeighbour, packet, this, &out);
    if (!header || header->fragment_offset_bytes != 0) return;
    const IcmpMessage message = icmp_host_unreachable(header->family);
    report_icmp({.reported_by = header->source,
                 .in = nullptr,
                 .type = message.type,
                 .code = message.code,
                 .info = 0,
                 .source = header->source,
                 .destination = header->destination,
                 .protocol = header->protocol,
                 .payload = ByteSpan(packet.bytes).subspan(header->header_bytes)});
}

}  // namespace portolan::sim
