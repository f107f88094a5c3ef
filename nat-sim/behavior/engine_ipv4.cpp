// The way of an IPv4 packet through the box.

#include <algorithm>

#include "nat-sim/behavior/engine.hpp"

namespace portolan::nat {
namespace {

Kind kind_of(const Transport& t) {
    return static_cast<Kind>(t.protocol);
}

bool is_query(const Transport& t) {
    return t.what == Transport::Class::IcmpRequest || t.what == Transport::Class::IcmpReply;
}

/// RFC 1812 s5.3.7, RFC 1122 s3.2.1.3: sources and destinations that no router forwards.
bool may_be_forwarded(Ipv4 source, Ipv4 destination) {
    const auto is_never = [](std::uint32_t a) {
        return a >> 24 == 0 || a >> 24 == 127 || a >> 28 >= 0xE;
    };
    return !is_never(source.value) && !is_never(destination.value);
}

/// RFC 8489 s5: the class bits of an error response, and the magic cookie.
bool is_stun_error(const std::byte* udp, std::size_t size) {
    return size >= 28 && (get8(udp + 8) & 0xC0) == 0 && (get16(udp + 8) & 0x0110) == 0x0110 &&
           get32(udp + 12) == 0x2112A442;
}

bool is_error_response(const Transport& t, const std::byte* transport, std::size_t size) {
    if (t.protocol == 1) return (t.tcp_flags & kTcpRst) != 0;
    return t.protocol == 0 && is_stun_error(transport, size);
}

}  // namespace

bool Engine::is_inside_own(Ipv4 address) const {
    const auto& own = addresses_.inside_v4;
    return std::find(own.begin(), own.end(), address) != own.end();
}

bool Engine::is_outside_own(Ipv4 address) const {
    return outside_own_.find(address.value) != outside_own_.end();
}

void Engine::process_ipv4(Passage& p) {
    const auto ip = read_ipv4(p.bytes.data(), p.bytes.size());
    if (!ip) return drop(p, Reason::Malformed);
    // RFC 1812 s5.2.2: a router MUST verify the header checksum.
    if (fold(ones_sum(p.bytes.data(), ip->header_size)) != 0xFFFF) {
        return drop(p, Reason::BadChecksum);
    }
    if (p.bytes.size() != ip->total_size) p.bytes.resize(ip->total_size);
    if (ip->is_fragment()) return ipv4_fragment(p, *ip);
    ipv4_whole(p, *ip);
}

void Engine::ipv4_whole(Passage& p, const Ipv4Header& ip) {
    const std::byte* transport = p.bytes.data() + ip.header_size;
    const auto t = read_transport(ip.protocol, transport, p.bytes.size() - ip.header_size);
    if (!t || ip.protocol == kProtocolIcmpv6) return drop(p, Reason::Malformed);
    if (p.from == Side::Inside && is_inside_own(ip.destination)) return local(p, ip, *t);
    if (!may_be_forwarded(ip.source, ip.destination)) return drop(p, Reason::BadAddress);
    if (!policy_allows(p, *t)) return;
    const bool confused = (parameters_.realms == Realms::Confused) != sabotaged(Sabotage::Realms);
    const Ipv4 far = p.from == Side::Inside ? ip.destination : ip.source;
    if (confused && addresses_.inside_prefix_v4.contains(far)) {
        return drop(p, Reason::RealmConflict);
    }
    if (p.from == Side::Inside) {
        ipv4_from_inside(p, ip, *t);
    } else {
        ipv4_from_outside(p, ip, *t);
    }
}

bool Engine::policy_allows(Passage& p, const Transport& t) const {
    if (sabotaged(Sabotage::Policy)) return true;
    const auto& policy = parameters_.policy;
    if (t.what != Transport::Class::Ports) return true;
    if (t.protocol == 0 && !policy.udp) {
        drop(p, Reason::UdpBlocked);
        return false;
    }
    return true;
}

bool Engine::may_leave(Passage& p, const Ipv4Header& ip, Side out) {
    const auto& forwarding = parameters_.forwarding;
    const bool sabotage = sabotaged(Sabotage::Forwarding);
    if ((forwarding.decrement_ttl ? ip.ttl <= 1 : ip.ttl == 0) && !sabotage) {
        send_icmp_error(p, ip, 11, 0, 0);
        drop(p, Reason::TtlExceeded);
        return false;
    }
    const std::uint16_t mtu =
        out == Side::Inside ? forwarding.mtu_inside_bytes : forwarding.mtu_outside_bytes;
    if (ip.total_size > mtu && ip.dont_fragment && forwarding.honour_dont_fragment && !sabotage) {
        send_icmp_error(p, ip, 3, 4, mtu);  // RFC 1191 s4
        drop(p, Reason::TooBig);
        return false;
    }
    return true;
}

void Engine::ipv4_from_inside(Passage& p, const Ipv4Header& ip, const Transport& t) {
    if (parameters_.kind.ipv4 == Translation::Off) return drop(p, Reason::Ipv4Off);
    if (t.what == Transport::Class::IcmpError) return icmp_error_from_inside(p, ip);
    const bool translates = parameters_.kind.ipv4 == Translation::AddressAndPort;
    if (t.what == Transport::Class::Other && (translates || t.protocol == 2)) {
        return drop(p, Reason::ProtocolUnsupported);
    }
    if (is_outside_own(ip.destination)) {
        if (parameters_.kind.ipv4 == Translation::None || is_query(t)) return local(p, ip, t);
        return hairpin(p, ip, t);
    }
    if (!may_leave(p, ip, Side::Outside)) return;
    const Endpoint inside{ip.source.value, t.source_port};
    const Endpoint remote{ip.destination.value,
                          is_query(t) ? std::uint16_t{0} : t.destination_port};
    const std::byte* transport = p.bytes.data() + ip.header_size;
    const Decision d = outbound(kind_of(t), inside, remote, t,
                                is_error_response(t, transport, p.bytes.size() - ip.header_size));
    if (!d.pass) return refuse(p, ip, d);
    rewrite_ipv4(p.bytes, ip, &d.outside, nullptr, t, true);
    forward(p, d, Side::Outside);
    if (parameters_.alg != Alg::Off) apply_alg(p, true, d.inside, d.outside);
    if (p.bytes.size() > parameters_.forwarding.mtu_outside_bytes) fragment_to_fit(p);
}

void Engine::ipv4_from_outside(Passage& p, const Ipv4Header& ip, const Transport& t) {
    const bool ours = is_outside_own(ip.destination);
    const bool routed = parameters_.kind.ipv4 == Translation::None;
    const bool is_off = parameters_.kind.ipv4 == Translation::Off;
    if (!ours && !routed) return drop(p, Reason::NotOurs);
    // Behind a NAT64 the addresses of a box that routes IPv4 are those of its IPv6 hosts.
    const bool nat64 = ours && parameters_.kind.ipv6 == Ipv6Mode::Nat64;
    if (ours && (routed || is_off) && !nat64) return local(p, ip, t);
    if (t.what == Transport::Class::IcmpError) return icmp_error_from_outside(p, ip);
    const bool translates = nat64 || parameters_.kind.ipv4 == Translation::AddressAndPort;
    if (t.what == Transport::Class::Other && (translates || t.protocol == 2)) {
        return drop(p, Reason::ProtocolUnsupported);
    }
    if (t.what == Transport::Class::IcmpRequest && translates) return local(p, ip, t);
    const Kind kind = kind_of(t);
    const Endpoint outside{ip.destination.value, t.destination_port};
    const Endpoint remote{ip.source.value, is_query(t) ? std::uint16_t{0} : t.source_port};
    // Whoever is not let in learns nothing of the path behind: first see whether there is one.
    const bool leaves = ip.ttl > 1 && ip.total_size <= parameters_.forwarding.mtu_inside_bytes;
    if (!leaves && is_known_outside(kind, outside, remote) && !may_leave(p, ip, Side::Inside)) {
        return;
    }
    const Decision d = inbound(kind, outside, remote, t);
    if (!d.pass) return refuse(p, ip, d);
    if (is_ipv6_inside(d.kind)) {
        const unsigned hops = parameters_.forwarding.decrement_ttl ? 1 : 0;
        return nat64_to_inside(p, ip, t, d, remote, hops);
    }
    rewrite_ipv4(p.bytes, ip, nullptr, &d.inside, t, true);
    forward(p, d, Side::Inside);
    if (parameters_.alg != Alg::Off) apply_alg(p, false, d.inside, d.outside);
    if (p.bytes.size() > parameters_.forwarding.mtu_inside_bytes) fragment_to_fit(p);
}

/// RFC 4787 REQ-9. The packet leaves and comes back, without leaving.
void Engine::hairpin(Passage& p, const Ipv4Header& ip, const Transport& t) {
    HairpinMode mode = parameters_.hairpin;
    if (sabotaged(Sabotage::Hairpin)) {
        mode = mode == HairpinMode::Off ? HairpinMode::ExternalSource : HairpinMode::Off;
    }
    if (mode == HairpinMode::Off) return drop(p, Reason::HairpinOff);
    if (!may_leave(p, ip, Side::Inside)) return;
    if (mode == HairpinMode::InternalSource) return hairpin_with_internal_source(p, ip, t);
    const Kind kind = kind_of(t);
    const Endpoint target{ip.destination.value, t.destination_port};
    const Decision sender = outbound(kind, {ip.source.value, t.source_port}, target, t, false);
    if (!sender.pass) return refuse(p, ip, sender);
    p.outcome.mapping_created = sender.created;
    const Decision receiver = inbound(kind, target, sender.outside, t);
    if (!receiver.pass) return finish(p, Action::Drop, receiver.reason);
    // A dual-stack NAT64: the target may be an IPv6 host, which this box does not turn to.
    if (is_ipv6_inside(receiver.kind)) return drop(p, Reason::ProtocolUnsupported);
    rewrite_ipv4(p.bytes, ip, &sender.outside, &receiver.inside, t, true);
    forward(p, receiver, Side::Inside);
    p.outcome.hairpinned = true;
    if (p.bytes.size() > parameters_.forwarding.mtu_inside_bytes) fragment_to_fit(p);
}

/// What boxes do that translate the destination only: the answer, if any, goes past them.
void Engine::hairpin_with_internal_source(Passage& p, const Ipv4Header& ip, const Transport& t) {
    // No session would tell an answer here: what opens a connection shows.
    const bool opens = (t.tcp_flags & (kTcpSyn | kTcpAck)) == kTcpSyn;
    if (opens && !may_connect_to(kind_of(t), t.destination_port)) return drop(p, Reason::WebOnly);
    const std::uint32_t mapping = state_.find_mapping_outside(
        mapping_kind(kind_of(t)), {ip.destination.value, t.destination_port});
    if (mapping == kNone) return drop(p, Reason::NoMapping);
    const Decision d = through(mapping, kNone, Reason::Passed);
    if (is_ipv6_inside(d.kind)) return drop(p, Reason::ProtocolUnsupported);
    rewrite_ipv4(p.bytes, ip, nullptr, &d.inside, t, true);
    forward(p, d, Side::Inside);
    p.outcome.hairpinned = true;
    if (p.bytes.size() > parameters_.forwarding.mtu_inside_bytes) fragment_to_fit(p);
}

void Engine::local(Passage& p, const Ipv4Header& ip, const Transport& t) {
    if (answer_port_control(p, ip, t)) return finish(p, Action::Consume, Reason::PortControl);
    finish(p, Action::Consume, Reason::Local, p.from);
}

/// A packet that was not let through: ICMP where the parameters ask for it.
void Engine::refuse(Passage& p, const Ipv4Header& ip, const Decision& d) {
    finish(p, d.reason == Reason::LocalTracked ? Action::Consume : Action::Drop, d.reason);
    switch (d.reason) {
        case Reason::Capacity:
        case Reason::SessionCapacity:
        case Reason::Quota:
        case Reason::Rate:
        case Reason::PortExhausted:
        case Reason::Quarantine:
        case Reason::Conflict:
            if (p.from != Side::Inside || sabotaged(Sabotage::Exhaustion)) return;
            // RFC 6888 REQ-11 says host unreachable, RFC 5508 REQ-8 administratively prohibited.
            if (parameters_.exhaustion == Exhaustion::HostUnreachable) {
                send_icmp_error(p, ip, 3, 1, 0);
            } else if (parameters_.exhaustion == Exhaustion::AdminProhibited) {
                send_icmp_error(p, ip, 3, 13, 0);
            }
            return;
        case Reason::Filtered:
        case Reason::NoMapping:
        case Reason::LocalTracked:
            answer_unsolicited(p, ip);
            return;
        default:
            return;
    }
}

}  // namespace portolan::nat
