#include "nat-sim/network/node.hpp"

#include <algorithm>
#include <utility>

#include "nat-sim/network/fabric.hpp"
#include "nat-sim/network/ip.hpp"
#include "nat-sim/network/medium.hpp"

namespace portolan::sim {
namespace {

// RFC 1812 s4.3.2.8 and RFC 4443 s2.4(f) ask for a limit; Linux allows 1000 a second and 50 at once
// (icmp_msgs_per_sec, icmp_msgs_burst).
constexpr double kErrorsPerSecond = 1000;
constexpr double kErrorBurst = 50;

constexpr std::uint8_t kEchoV4 = 8;
constexpr std::uint8_t kEchoReplyV4 = 0;
constexpr std::uint8_t kEchoV6 = 128;
constexpr std::uint8_t kEchoReplyV6 = 129;

bool is_link_local(const IpAddress& ip) {
    return ip.address_class() == AddressClass::LinkLocal;
}

}  // namespace

Node::Node(Fabric& fabric, std::string name)
    : fabric_(fabric), name_(std::move(name)), error_tokens_(kErrorBurst) {}
Node::~Node() = default;

Interface* Node::interface(std::string_view name) const {
    const auto found = std::ranges::find(interfaces_, name, &Interface::name);
    return found == interfaces_.end() ? nullptr : found->get();
}

bool Node::owns(const IpAddress& ip) const {
    return std::ranges::any_of(interfaces_, [&](const auto& item) { return item->owns(ip); });
}

Interface& Node::attach(Medium& medium, const InterfaceOptions& options) {
    const auto index = static_cast<unsigned>(interfaces_.size()) + 2;
    interfaces_.push_back(std::unique_ptr<Interface>(new Interface(*this, medium, index, options)));
    return *interfaces_.back();
}

bool Node::add_route(const Prefix& prefix, const IpAddress& gateway) {
    for (const auto& item : interfaces_) {
        for (const InterfaceAddress& address : item->addresses()) {
            if (!address.network().contains(gateway)) continue;
            routes_.push_back({prefix, item.get(), gateway});
            return true;
        }
    }
    if (interfaces_.size() != 1) return false;
    routes_.push_back({prefix, interfaces_.front().get(), gateway});
    return true;
}

bool Node::add_default_route(const IpAddress& gateway) {
    return add_route(Prefix::any(gateway.family()), gateway);
}

void Node::remove_routes(const Prefix& prefix) {
    std::erase_if(routes_, [&](const Route& route) { return route.prefix == prefix; });
}

std::optional<Route> Node::route_to(const IpAddress& destination, const RouteLimit& limit) const {
    const auto is_usable = [&](const Interface& item) {
        return item.is_up() && (limit.interface == nullptr || limit.interface == &item) &&
               (!limit.side || *limit.side == item.side());
    };
    std::optional<Route> best;
    for (const auto& item : interfaces_) {
        if (!is_usable(*item)) continue;
        for (const InterfaceAddress& address : item->addresses()) {
            if (best && best->prefix.bits >= address.prefix_bits) continue;
            if (const Prefix network = address.network(); network.contains(destination)) {
                best = Route{network, item.get()};
            }
        }
    }
    for (const Route& route : routes_) {
        if (!is_usable(*route.interface) || !route.prefix.contains(destination)) continue;
        if (best && (best->prefix.bits > route.prefix.bits ||
                     (best->prefix.bits == route.prefix.bits && best->metric <= route.metric))) {
            continue;
        }
        best = route;
    }
    return best;
}

std::optional<IpAddress> Node::source_for(const IpAddress& destination,
                                          const RouteLimit& limit) const {
    const auto route = route_to(destination, limit);
    if (!route) return std::nullopt;
    const auto best_of = [&](const Interface& item) -> std::optional<IpAddress> {
        const InterfaceAddress* best = nullptr;
        const IpAddress& near = route->gateway.value_or(destination);
        int best_score = -1;
        for (const InterfaceAddress& address : item.addresses()) {
            if (address.ip.family() != destination.family()) continue;
            const int score = (address.ip == destination ? 4 : 0) +
                              (is_link_local(address.ip) == is_link_local(destination) ? 2 : 0) +
                              (address.network().contains(near) ? 1 : 0);
            if (score > best_score) {
                best = &address;
                best_score = score;
            }
        }
        return best != nullptr ? std::optional(best->ip) : std::nullopt;
    };
    if (const auto ip = best_of(*route->interface)) return ip;
    for (const auto& item : interfaces_) {
        if (limit.side && *limit.side != item->side()) continue;
        if (const auto ip = best_of(*item)) return ip;
    }
    return std::nullopt;
}

void Node::no_neighbour(Interface& out, Packet packet) {
    const auto header = parse_ip(packet.bytes);
    fabric_.drop(DropReason::NoNeighbour, packet, this, &out);
    if (!header || owns(header->source)) return;
    const auto back = route_to(header->source, limit_of_no_neighbour(out));
    if (back) {
        send_icmp_error(*back->interface, packet.bytes, icmp_host_unreachable(header->family));
    }
}

void Node::transmit(Interface& out, const IpAddress& next_hop, Packet packet, Interface* in) {
    if (!out.is_up()) return fabric_.drop(DropReason::LinkDown, packet, this, &out);
    const std::size_t mtu = out.mtu_bytes();
    if (packet.bytes.size() <= mtu) {
        return out.medium().transmit(out, next_hop, std::move(packet));
    }
    const auto header = parse_ip(packet.bytes);
    if (!header) return fabric_.drop(DropReason::Malformed, packet, this, &out);
    if (header->total_bytes <= mtu) {
        packet.bytes.resize(header->total_bytes);  // what follows the datagram is padding
        return out.medium().transmit(out, next_hop, std::move(packet));
    }
    // RFC 8200 s5: routers do not fragment IPv6; its source does so before it comes here.
    if (header->dont_fragment) {
        fabric_.drop(DropReason::TooBig, packet, this, &out);
        if (in != nullptr) send_icmp_error(*in, packet.bytes, icmp_too_big(header->family, mtu));
        return;
    }
    auto pieces = fragment_ipv4(packet.bytes, *header, mtu);
    fabric_.end(PacketStep::Fragmented, packet, this, &out);
    for (ByteVector& piece : pieces) {
        out.medium().transmit(out, next_hop,
                              fabric_.begin(PacketStep::Fragment, std::move(piece), this));
    }
}

void Node::forward(Interface& in, Packet packet) {
    const auto header = parse_ip(packet.bytes);
    if (!header) return fabric_.drop(DropReason::Malformed, packet, this, &in);
    const auto route = route_to(header->destination);
    if (!route) {
        fabric_.drop(DropReason::NoRoute, packet, this, &in);
        if (reports_no_route_) send_icmp_error(in, packet.bytes, icmp_no_route(header->family));
        return;
    }
    fabric_.note(PacketStep::Forwarded, packet, this, route->interface);
    transmit(*route->interface, route->gateway.value_or(header->destination), std::move(packet),
             &in);
}

bool Node::reduce_ttl(Interface& in, Packet& packet) {
    const auto header = parse_ip(packet.bytes);
    if (!header) {
        fabric_.drop(DropReason::Malformed, packet, this, &in);
        return false;
    }
    if (header->ttl <= 1) {
        fabric_.drop(DropReason::TtlExpired, packet, this, &in);
        send_icmp_error(in, packet.bytes, icmp_ttl_expired(header->family));
        return false;
    }
    decrement_ttl(packet.bytes);
    return true;
}

bool Node::may_send_error() {
    const SimTime now = fabric_.events.now();
    const double elapsed = std::chrono::duration<double>(now - error_tokens_at_).count();
    error_tokens_ = std::min(kErrorBurst, error_tokens_ + elapsed * kErrorsPerSecond);
    error_tokens_at_ = now;
    if (error_tokens_ < 1) return false;
    error_tokens_ -= 1;
    return true;
}

void Node::send_icmp_error(Interface& in, std::span<const std::byte> about,
                           const IcmpMessage& message) {
    const auto header = parse_quoted_ip(about);
    if (!header || !may_report_error_about(about, *header, message) || !may_send_error()) return;
    std::optional<IpAddress> source;
    for (const InterfaceAddress& address : in.addresses()) {
        if (!source && address.ip.family() == header->family) source = address.ip;
    }
    for (const IpAddress& ip : error_sources_) {
        if (!source && ip.family() == header->family) source = ip;
    }
    const RouteLimit limit = limit_of_answers(in);
    if (!source) source = source_for(header->source, limit);
    if (source) originate(make_icmp_error(*source, about, *header, message), limit);
}

void Node::originate(std::vector<std::byte> bytes, const RouteLimit& limit) {
    Packet packet = fabric_.begin(PacketStep::Originated, std::move(bytes), this);
    const auto header = parse_ip(packet.bytes);
    const auto route = header ? route_to(header->destination, limit) : std::nullopt;
    if (!route) return fabric_.drop(DropReason::NoRoute, packet, this, nullptr);
    transmit(*route->interface, route->gateway.value_or(header->destination), std::move(packet),
             nullptr);
}

void Node::answer_locally(Interface& in, const Packet& packet, const IpHeader& header) {
    const ByteSpan payload =
        ByteSpan(packet.bytes)
            .subspan(header.header_bytes, header.total_bytes - header.header_bytes);
    const bool v4 = header.protocol == kProtocolIcmp && header.family == AddressFamily::IPv4;
    const bool v6 = header.protocol == kProtocolIcmpV6 && header.family == AddressFamily::IPv6;
    const auto type = payload.empty() ? std::byte{0xFF} : payload[0];
    const bool is_echo = payload.size() >= 8 && !header.is_fragment() &&
                         ((v4 && type == std::byte{kEchoV4}) || (v6 && type == std::byte{kEchoV6}));
    if (!is_echo) return fabric_.drop(DropReason::NoListener, packet, this, &in);
    const std::uint16_t checksum =
        v4 ? fold_checksum(sum_words(payload))
           : transport_checksum(header.source, header.destination, header.protocol, payload);
    if (checksum != 0) return fabric_.drop(DropReason::BadChecksum, packet, this, &in);
    fabric_.end(PacketStep::Delivered, packet, this, &in);
    ByteVector reply = make_ip(
        {.source = header.destination, .destination = header.source, .protocol = header.protocol},
        payload.size());
    const auto body = std::span(reply).last(payload.size());
    std::ranges::copy(payload, body.begin());
    body[0] = std::byte{v4 ? kEchoReplyV4 : kEchoReplyV6};
    write_u16(body, 2, 0);
    write_u16(body, 2,
              v4 ? fold_checksum(sum_words(body))
                 : transport_checksum(header.destination, header.source, header.protocol, body));
    originate(std::move(reply), limit_of_answers(in));
}

}  // namespace portolan::sim
