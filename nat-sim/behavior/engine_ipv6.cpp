// IPv6: the stateful firewall (RFC 6092), prefix translation (RFC 6296), and what they share with
// NAT64.

#include <algorithm>

#include "nat-sim/behavior/engine.hpp"
#include "nat-sim/behavior/nptv6.hpp"

namespace portolan::nat {
namespace {

/// RFC 4443 s2.4 (c): as much as fits into the minimum IPv6 MTU.
constexpr std::size_t kMaxErrorSize = 1280;

Kind kind66(const Transport& t) {
    return with_protocol(Kind::Udp66, t.protocol);
}

bool is_query(const Transport& t) {
    return t.what == Transport::Class::IcmpRequest || t.what == Transport::Class::IcmpReply;
}

/// RFC 4291 s2.5: unspecified, loopback, link-local, multicast.
bool stays_on_link(const Ipv6& address) {
    const auto& b = address.bytes;
    if (b[0] == 0xFF || (b[0] == 0xFE && (b[1] & 0xC0) == 0x80)) return true;
    return std::all_of(b.begin(), b.end() - 1, [](std::uint8_t byte) { return byte == 0; }) &&
           b[15] <= 1;
}

bool contains(const std::vector<Ipv6>& list, const Ipv6& address) {
    return std::find(list.begin(), list.end(), address) != list.end();
}

}  // namespace

void Engine::process_ipv6(Passage& p) {
    const auto ip = read_ipv6(p.bytes.data(), p.bytes.size());
    if (!ip) return drop(p, Reason::Malformed);
    if (p.bytes.size() != ip->total_size) p.bytes.resize(ip->total_size);
    const Ipv6Mode mode = parameters_.kind.ipv6;
    if (mode == Ipv6Mode::Off) return drop(p, Reason::Ipv6Off);
    const auto& own = p.from == Side::Inside ? addresses_.inside_v6 : addresses_.outside_v6;
    if (contains(own, ip->destination)) return finish(p, Action::Consume, Reason::Local, p.from);
    if (stays_on_link(ip->source) || stays_on_link(ip->destination)) {
        return drop(p, Reason::BadAddress);
    }
    switch (mode) {
        case Ipv6Mode::Off:
            return;
        case Ipv6Mode::Firewall:
            return firewall(p, *ip);
        case Ipv6Mode::Nptv6:
            return nptv6(p, *ip);
        case Ipv6Mode::Nat64:
            return nat64_from_inside(p, *ip);
    }
}

bool Engine::may_leave_ipv6(Passage& p, const Ipv6Header& ip, std::size_t mtu) {
    const auto& forwarding = parameters_.forwarding;
    const bool sabotage = sabotaged(Sabotage::Forwarding);
    if ((forwarding.decrement_ttl ? ip.hop_limit <= 1 : ip.hop_limit == 0) && !sabotage) {
        send_icmpv6_error(p, 3, 0, 0);
        drop(p, Reason::TtlExceeded);
        return false;
    }
    if (ip.total_size > mtu && !sabotage) {
        send_icmpv6_error(p, 2, 0, static_cast<std::uint32_t>(mtu));
        drop(p, Reason::TooBig);
        return false;
    }
    return true;
}

void Engine::count_hop_ipv6(std::vector<std::byte>& bytes) const {
    if (parameters_.forwarding.decrement_ttl && !sabotaged(Sabotage::Forwarding)) {
        put8(bytes.data() + 7, get8(bytes.data() + 7) - 1U);
    }
}

void Engine::send_icmpv6_error(Passage& p, std::uint8_t type, std::uint8_t code,
                               std::uint32_t rest) {
    const auto ip = read_ipv6(p.bytes.data(), p.bytes.size());
    const auto& own = p.from == Side::Inside ? addresses_.inside_v6 : addresses_.outside_v6;
    if (!ip || own.empty() || !parameters_.forwarding.send_errors) return;
    if (ip->fragment_offset != 0) return;
    if (ip->protocol == kProtocolIcmpv6) {
        // RFC 4443 s2.4 (e): never about errors.
        const auto t = read_transport(kProtocolIcmpv6, p.bytes.data() + ip->header_size,
                                      p.bytes.size() - ip->header_size);
        if (!t || !is_query(*t)) return;
    }
    const std::size_t quoted = std::min(p.bytes.size(), kMaxErrorSize - 48);
    std::vector<std::byte> bytes(48 + quoted);
    std::byte* at = bytes.data();
    put8(at, 0x60);
    put16(at + 4, static_cast<unsigned>(8 + quoted));
    put8(at + 6, kProtocolIcmpv6);
    put8(at + 7, 64);
    put_ipv6(at + 8, own.front());
    put_ipv6(at + 24, ip->source);
    put8(at + 40, type);
    put8(at + 41, code);
    put32(at + 44, rest);
    std::copy_n(p.bytes.begin(), quoted, bytes.begin() + 48);
    put16(at + 42, static_cast<unsigned>(static_cast<std::uint16_t>(
                       ~fold(ones_sum(at + 40, 8 + quoted) +
                             pseudo_sum(own.front(), ip->source, kProtocolIcmpv6, 8 + quoted)))));
    p.outcome.extra.push_back({p.from, std::move(bytes)});
}

void Engine::refuse_ipv6(Passage& p, const Decision& d) {
    drop(p, d.reason);
    const bool shortage = d.reason == Reason::Capacity || d.reason == Reason::SessionCapacity ||
                          d.reason == Reason::Quota || d.reason == Reason::Rate ||
                          d.reason == Reason::PortExhausted || d.reason == Reason::Quarantine ||
                          d.reason == Reason::Conflict;
    if (!shortage || p.from != Side::Inside || sabotaged(Sabotage::Exhaustion)) return;
    if (parameters_.exhaustion == Exhaustion::HostUnreachable) send_icmpv6_error(p, 1, 3, 0);
    if (parameters_.exhaustion == Exhaustion::AdminProhibited) send_icmpv6_error(p, 1, 1, 0);
}

void Engine::firewall(Passage& p, const Ipv6Header& ip) {
    if (passes_firewall(p, ip)) count_hop_ipv6(p.bytes);
}

/// The 5-tuple as the inside host has it, and whether the packet is one that a session lets pass.
bool Engine::passes_firewall(Passage& p, const Ipv6Header& ip) {
    const auto refuse = [&](Reason reason) {
        drop(p, reason);
        return false;
    };
    const Side out = p.from == Side::Inside ? Side::Outside : Side::Inside;
    const auto& forwarding = parameters_.forwarding;
    const std::size_t mtu =
        out == Side::Inside ? forwarding.mtu_inside_bytes : forwarding.mtu_outside_bytes;
    const FragmentKey key{.from = p.from,
                          .source = ip.source,
                          .destination = ip.destination,
                          .id = ip.fragment_id,
                          .protocol = 0,
                          .ipv6 = true};
    if (ip.fragment) {
        FragmentMode mode = parameters_.fragments;
        if (sabotaged(Sabotage::Fragments)) mode = FragmentMode::Drop;
        if (mode == FragmentMode::Drop) return refuse(Reason::FragmentsDropped);
        if (ip.fragment_offset != 0) {
            // The first fragment has what the decision needs; the others follow it. Where nothing
            // is remembered, there is nothing to decide.
            const FragmentStore::Way* way = fragments_.find(key);
            if (way == nullptr && !is_stateless(Kind::Udp66)) {
                return refuse(Reason::FragmentOutOfOrder);
            }
            if (!may_leave_ipv6(p, ip, mtu)) return false;
            finish(p, Action::Forward, Reason::FragmentForwarded, out);
            if (way != nullptr) p.outcome.mapping = way->mapping;
            return true;
        }
    }
    const auto t = read_transport(ip.protocol, p.bytes.data() + ip.header_size,
                                  p.bytes.size() - ip.header_size);
    if (!t || ip.protocol == kProtocolIcmp) return refuse(Reason::Malformed);
    if (!policy_allows(p, *t)) return false;
    if (t->protocol == 2 && t->what == Transport::Class::IcmpError) {
        return passes_firewall_as_error(p, ip, out, mtu);
    }
    if (t->protocol == 2 && !is_query(*t)) return refuse(Reason::ProtocolUnsupported);
    const bool from_inside = p.from == Side::Inside;
    if (from_inside && !may_leave_ipv6(p, ip, mtu)) return false;
    // Numbers for both addresses, for as long as the decision takes; sessions hold their own.
    AddressTable& hosts = state_.hosts();
    const std::uint32_t source = hosts.hold(ip.source);
    const std::uint32_t destination = hosts.hold(ip.destination);
    const std::uint16_t far_port = from_inside ? t->destination_port : t->source_port;
    const Endpoint inside{from_inside ? source : destination,
                          from_inside ? t->source_port : t->destination_port};
    const Endpoint remote{from_inside ? destination : source,
                          is_query(*t) ? std::uint16_t{0} : far_port};
    Decision d;
    const bool refused =
        !from_inside && is_known_outside(kind66(*t), inside, remote) && !may_leave_ipv6(p, ip, mtu);
    if (!refused) {
        const bool is_error = t->protocol == 1 && (t->tcp_flags & kTcpRst) != 0;
        d = from_inside ? outbound(kind66(*t), inside, remote, *t, is_error)
                        : inbound(kind66(*t), inside, remote, *t);
    }
    hosts.let_go(source);
    hosts.let_go(destination);
    if (refused) return false;
    if (!d.pass) {
        refuse_ipv6(p, d);
        return false;
    }
    forward(p, d, out);
    if (!ip.fragment) return true;
    FragmentStore::Way way;
    way.key = key;
    way.due_us = now_us_ + parameters_.timers.fragment.count();
    way.out = out;
    way.mapping = p.outcome.mapping;
    fragments_.remember(way);
    return true;
}

/// RFC 6092 REC-18 and its like: errors about a session pass, others do not.
bool Engine::passes_firewall_as_error(Passage& p, const Ipv6Header& ip, Side out, std::size_t mtu) {
    const auto refuse = [&](Reason reason) {
        drop(p, reason);
        return false;
    };
    const bool dropped = (parameters_.icmp == IcmpMode::Drop) != sabotaged(Sabotage::Icmp);
    if (dropped) return refuse(Reason::IcmpDropped);
    const std::byte* inner = p.bytes.data() + ip.header_size + 8;
    const std::size_t size = p.bytes.size() - ip.header_size - 8;
    const auto quoted = read_ipv6(inner, size, true);
    if (!quoted || quoted->header_size + 8 > size) return refuse(Reason::IcmpUnmatched);
    Transport t;
    t.protocol = quoted->protocol == kProtocolUdp ? 0 : quoted->protocol == kProtocolTcp ? 1 : 3;
    t.source_port = get16(inner + quoted->header_size);
    t.destination_port = get16(inner + quoted->header_size + 2);
    if (quoted->protocol == kProtocolIcmpv6) {
        const auto query = read_transport(kProtocolIcmpv6, inner + quoted->header_size,
                                          size - quoted->header_size);
        if (!query || !is_query(*query)) return refuse(Reason::IcmpUnmatched);
        t = *query;
    } else if (t.protocol == 3) {
        t.source_port = t.destination_port = 0;
    }
    // From outside the quoted packet is one that inside sent.
    const bool from_outside = p.from == Side::Outside;
    Ipv6 near = from_outside ? quoted->source : quoted->destination;
    Ipv6 far = from_outside ? quoted->destination : quoted->source;
    if (from_outside && parameters_.kind.ipv6 == Ipv6Mode::Nptv6) {
        // Outside, and in what is turned around, everybody has outside addresses.
        const Ipv6Prefix& internal = addresses_.inside_prefix_v6;
        const Ipv6Prefix& external = addresses_.outside_prefix_v6;
        if (external.contains(near)) {
            near = translate_prefix(near, external, internal).value_or(near);
        }
        if (internal.contains(far)) far = translate_prefix(far, internal, external).value_or(far);
    }
    const std::uint32_t inside = state_.hosts().find(near);
    const std::uint32_t remote = state_.hosts().find(far);
    const std::uint16_t far_port = from_outside ? t.destination_port : t.source_port;
    std::uint32_t session = kNone;
    if (inside != kNone && remote != kNone) {
        session = live(state_.find_outside(
            kind66(t), {inside, from_outside ? t.source_port : t.destination_port},
            {remote, is_query(t) ? std::uint16_t{0} : far_port}));
    }
    if (session == kNone && !is_stateless(kind66(t))) return refuse(Reason::IcmpUnmatched);
    if (!may_leave_ipv6(p, ip, mtu)) return false;
    finish(p, Action::Forward, Reason::IcmpErrorTranslated, out);
    if (session == kNone) return true;
    p.outcome.mapping = state_.session(session).serial;
    if (parameters_.icmp == IcmpMode::KillsMapping) {
        state_.remove_mapping(state_.session(session).mapping);
    }
    return true;
}

/// RFC 6296: no ports, and no state of its own. A firewall stands beside it (s5 and s7 leave that
/// to RFC 6092), unless the policy is open. What is quoted in ICMPv6 errors is translated like the
/// packet.
void Engine::nptv6(Passage& p, const Ipv6Header& ip) {
    const Ipv6Prefix& internal = addresses_.inside_prefix_v6;
    const Ipv6Prefix& external = addresses_.outside_prefix_v6;
    const bool from_inside = p.from == Side::Inside;
    if (!(from_inside ? internal.contains(ip.source) : external.contains(ip.destination))) {
        return drop(p, Reason::NotOurs);
    }
    // RFC 6296 s4.3: hairpinning. The packet is translated both ways.
    const bool turns = from_inside && external.contains(ip.destination);
    if (turns && (parameters_.hairpin == HairpinMode::Off) != sabotaged(Sabotage::Hairpin)) {
        return drop(p, Reason::HairpinOff);
    }
    if (turns && !may_leave_ipv6(p, ip, parameters_.forwarding.mtu_inside_bytes)) return;
    const auto source = from_inside ? translate_prefix(ip.source, internal, external)
                                    : std::optional<Ipv6>(ip.source);
    const auto destination = !from_inside || turns
                                 ? translate_prefix(ip.destination, external, internal)
                                 : std::optional<Ipv6>(ip.destination);
    if (!source || !destination) {
        // RFC 6296 s3.2: discarded, and the sender SHOULD be told.
        send_icmpv6_error(p, 1, 0, 0);
        return drop(p, Reason::BadAddress);
    }
    if (from_inside && !passes_firewall(p, ip)) return;
    if (!from_inside || turns) {
        Ipv6Header arriving = ip;
        arriving.source = *source;
        arriving.destination = *destination;
        Passage arrival{Side::Outside, p.bytes, p.outcome};
        if (!passes_firewall(arrival, arriving)) return;
    }
    std::byte* at = p.bytes.data();
    put_ipv6(at + 8, *source);
    put_ipv6(at + 24, *destination);
    const std::size_t quoted = ip.header_size + 8;
    if (ip.protocol == kProtocolIcmpv6 && !ip.fragment && p.bytes.size() >= quoted + 40 &&
        get8(at + ip.header_size) < 128) {
        translate_prefix_of_quoted(p, ip, turns);
    }
    count_hop_ipv6(p.bytes);
    finish(p, Action::Forward, Reason::PrefixTranslated,
           from_inside && !turns ? Side::Outside : Side::Inside);
    p.outcome.hairpinned = turns;
}

/// The error goes to the sender of the quoted packet: its address is the outer destination.
void Engine::translate_prefix_of_quoted(Passage& p, const Ipv6Header& ip, bool turns) {
    const Ipv6Prefix& internal = addresses_.inside_prefix_v6;
    const Ipv6Prefix& external = addresses_.outside_prefix_v6;
    std::byte* source = p.bytes.data() + ip.header_size + 8 + 8;
    std::byte* destination = source + 16;
    const auto translate = [](std::byte* address, const Ipv6Prefix& from, const Ipv6Prefix& to) {
        if (!from.contains(get_ipv6(address))) return;
        if (const auto other = translate_prefix(get_ipv6(address), from, to)) {
            put_ipv6(address, *other);
        }
    };
    if (p.from == Side::Inside) translate(destination, internal, external);
    if (p.from == Side::Outside || turns) translate(source, external, internal);
}

}  // namespace portolan::nat
