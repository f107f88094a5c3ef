// ICMP errors: those that pass through, and those that the box sends.

#include <algorithm>

#include "nat-sim/behavior/engine.hpp"

namespace portolan::nat {
namespace {

/// RFC 1812 s4.3.2.3: as much of the datagram as fits into 576 bytes.
constexpr std::size_t kMaxErrorSize = 576;

/// The ports inside an ICMP error. RFC 792 promises eight bytes of the transport header.
std::optional<Transport> read_quoted(const Ipv4Header& quoted, const std::byte* at,
                                     std::size_t size) {
    if (size < 8 || quoted.fragment_offset != 0) return std::nullopt;
    Transport t;
    switch (quoted.protocol) {
        case kProtocolUdp:
            t.protocol = 0;
            break;
        case kProtocolTcp:
            t.protocol = 1;
            break;
        case kProtocolIcmp:
            return read_transport(kProtocolIcmp, at, size);
        default:
            return std::nullopt;
    }
    t.what = Transport::Class::Ports;
    t.source_port = get16(at);
    t.destination_port = get16(at + 2);
    return t;
}

bool is_query(const Transport& t) {
    return t.what == Transport::Class::IcmpRequest || t.what == Transport::Class::IcmpReply;
}

/// Changes one endpoint of the quoted packet, and the checksums inside it.
void restore(std::byte* quoted, const Ipv4Header& ip, std::size_t available, const Transport& t,
             bool source, Endpoint endpoint) {
    ChecksumDelta delta;
    const std::size_t address_at = source ? 12 : 16;
    delta.replace32(get32(quoted + address_at), endpoint.address);
    put32(quoted + address_at, endpoint.address);
    put16(quoted + 10, delta.apply(get16(quoted + 10)));
    std::byte* transport = quoted + ip.header_size;
    if (is_query(t)) {
        ChecksumDelta query;
        query.replace16(t.source_port, endpoint.port);
        put16(transport + 4, endpoint.port);
        put16(transport + 2, query.apply(get16(transport + 2)));
        return;
    }
    const std::size_t port_at = source ? 0 : 2;
    delta.replace16(get16(transport + port_at), endpoint.port);
    put16(transport + port_at, endpoint.port);
    if (t.protocol == 0) {
        put16(transport + 6, delta.apply_udp(get16(transport + 6)));
    } else if (available >= ip.header_size + 18) {
        put16(transport + 16, delta.apply(get16(transport + 16)));
    }
}

}  // namespace

bool Engine::read_error(Passage& p, const Ipv4Header& ip, QuotedPacket& quoted) {
    IcmpMode mode = parameters_.icmp;
    if (sabotaged(Sabotage::Icmp)) {
        mode = mode == IcmpMode::Drop ? IcmpMode::Translate : IcmpMode::Drop;
    }
    if (mode == IcmpMode::Drop) {
        drop(p, Reason::IcmpDropped);
        return false;
    }
    // RFC 5508 REQ-3: checksums are verified before anything is believed.
    const std::byte* icmp = p.bytes.data() + ip.header_size;
    const std::size_t size = p.bytes.size() - ip.header_size;
    if (internet_checksum(icmp, size) != 0) {
        drop(p, Reason::BadChecksum);
        return false;
    }
    const auto inner = read_ipv4(icmp + 8, size - 8, true);
    if (!inner) {
        drop(p, Reason::Malformed);
        return false;
    }
    if (fold(ones_sum(icmp + 8, inner->header_size)) != 0xFFFF) {
        drop(p, Reason::BadChecksum);
        return false;
    }
    const auto t =
        read_quoted(*inner, icmp + 8 + inner->header_size, size - 8 - inner->header_size);
    if (!t || (t->protocol == 2 && !is_query(*t))) {
        drop(p, Reason::IcmpUnmatched);
        return false;
    }
    quoted = {*inner, *t, ip.header_size + 8};
    return true;
}

/// Outer addresses, what is quoted, and all checksums. `inside` and `outside` stand for each other.
void Engine::translate_error(Passage& p, const Ipv4Header& ip, const QuotedPacket& quoted,
                             bool from_outside, Endpoint inside, Endpoint outside) {
    std::byte* bytes = p.bytes.data();
    restore(bytes + quoted.at, quoted.ip, p.bytes.size() - quoted.at, quoted.transport,
            from_outside, from_outside ? inside : outside);
    std::byte* icmp = bytes + ip.header_size;
    put16(icmp + 2, 0);
    put16(icmp + 2, internet_checksum(icmp, p.bytes.size() - ip.header_size));
    // RFC 5508 REQ-4c, REQ-5c. The host that sent the error is replaced only on the way out.
    rewrite_ipv4(p.bytes, ip, from_outside ? nullptr : &outside, from_outside ? &inside : nullptr,
                 {}, true);
}

/// RFC 5508 REQ-4. Who sent the error does not matter (RFC 4787 REQ-12a).
void Engine::icmp_error_from_outside(Passage& p, const Ipv4Header& ip) {
    QuotedPacket quoted;
    if (!read_error(p, ip, quoted)) return;
    const Transport& t = quoted.transport;
    const auto kind = static_cast<Kind>(t.protocol);
    const Endpoint outside{quoted.ip.source.value, t.source_port};
    const Endpoint remote{quoted.ip.destination.value,
                          is_query(t) ? std::uint16_t{0} : t.destination_port};
    Decision d;
    const std::uint32_t session = live(state_.find_outside(kind, outside, remote));
    std::uint32_t mapping = session == kNone ? kNone : state_.session(session).mapping;
    if (session == kNone) mapping = state_.find_mapping_outside(mapping_kind(kind), outside);
    if (is_stateless(kind) && !is_of_nat64(kind, outside, remote)) {
        const auto inside = static_inside(kind, outside);
        if (!inside) return drop(p, Reason::IcmpUnmatched);
        d.inside = *inside;
        d.outside = outside;
    } else {
        if (mapping == kNone) return drop(p, Reason::IcmpUnmatched);
        d = through(mapping, session, Reason::IcmpErrorTranslated);
    }
    d.reason = Reason::IcmpErrorTranslated;
    if (!may_leave(p, ip, Side::Inside)) return;
    if (is_ipv6_inside(d.kind)) {
        nat64_error_to_inside(p, ip, quoted, d);
    } else {
        translate_error(p, ip, quoted, true, d.inside, d.outside);
        forward(p, d, Side::Inside);
    }
    if (parameters_.icmp == IcmpMode::KillsMapping && mapping != kNone) {
        state_.remove_mapping(mapping);
    }
}

/// RFC 5508 REQ-5; about a hairpinned packet it turns back (REQ-7, RFC 7857 s12).
void Engine::icmp_error_from_inside(Passage& p, const Ipv4Header& ip) {
    QuotedPacket quoted;
    if (!read_error(p, ip, quoted)) return;
    const Transport& t = quoted.transport;
    const auto kind = static_cast<Kind>(t.protocol);
    const Endpoint inside{quoted.ip.destination.value, t.destination_port};
    const Endpoint remote{quoted.ip.source.value, is_query(t) ? std::uint16_t{0} : t.source_port};
    const std::uint32_t session = live(state_.find_inside(kind, inside, remote));
    Decision d;
    if (is_stateless(kind)) {
        const Choice choice = choose_outside(kind, inside, remote, {});
        if (!choice.outside) return drop(p, Reason::IcmpUnmatched);
        d.inside = inside;
        d.outside = *choice.outside;
    } else {
        std::uint32_t mapping = session == kNone ? kNone : state_.session(session).mapping;
        if (session == kNone) {
            mapping = state_.find_mapping(mapping_kind(kind), inside,
                                          mapping_key(mapping_rule(kind), remote));
        }
        if (mapping == kNone) return drop(p, Reason::IcmpUnmatched);
        d = through(mapping, session, Reason::IcmpErrorTranslated);
    }
    d.reason = Reason::IcmpErrorTranslated;
    const bool turns = is_outside_own(ip.destination);
    if (!may_leave(p, ip, turns ? Side::Inside : Side::Outside)) return;
    translate_error(p, ip, quoted, false, d.inside, d.outside);
    forward(p, d, Side::Outside);
    if (!turns) return;
    // The same packet once more, as it would come from outside, but it is no further hop.
    const auto back = read_ipv4(p.bytes.data(), p.bytes.size());
    QuotedPacket again;
    if (!back || !read_error(p, *back, again)) return;
    const Endpoint sender{again.ip.source.value, again.transport.source_port};
    const std::uint32_t other = live(state_.find_outside(
        kind, sender, {again.ip.destination.value, again.transport.destination_port}));
    if (other == kNone || state_.session(other).mapping == kNone ||
        is_ipv6_inside(state_.session(other).kind)) {
        return drop(p, Reason::IcmpUnmatched);
    }
    const Endpoint target = state_.session(other).inside();
    std::byte* bytes = p.bytes.data();
    restore(bytes + again.at, again.ip, p.bytes.size() - again.at, again.transport, true, target);
    std::byte* icmp = bytes + back->header_size;
    put16(icmp + 2, 0);
    put16(icmp + 2, internet_checksum(icmp, p.bytes.size() - back->header_size));
    rewrite_ipv4(p.bytes, *back, nullptr, &target, {}, false);
    d = through(state_.session(other).mapping, other, Reason::IcmpErrorTranslated);
    forward(p, d, Side::Inside);
    p.outcome.hairpinned = true;
}

void Engine::send_icmp_error(Passage& p, const Ipv4Header&, std::uint8_t type, std::uint8_t code,
                             std::uint32_t rest) {
    if (!parameters_.forwarding.send_errors) return;
    if (auto error = icmp_error(p.from, p.bytes, type, code, rest)) {
        p.outcome.extra.push_back(std::move(*error));
    }
}

std::optional<Emission> Engine::icmp_error(Side to, const std::vector<std::byte>& about,
                                           std::uint8_t type, std::uint8_t code,
                                           std::uint32_t rest) {
    const auto ip = read_ipv4(about.data(), about.size());
    if (!ip || ip->fragment_offset != 0) return std::nullopt;
    // RFC 1812 s4.3.2.7: never about ICMP errors.
    if (ip->protocol == kProtocolIcmp && about.size() > ip->header_size) {
        const auto t = read_transport(kProtocolIcmp, about.data() + ip->header_size,
                                      about.size() - ip->header_size);
        if (!t || t->what == Transport::Class::IcmpError || t->what == Transport::Class::Other) {
            return std::nullopt;
        }
    }
    const auto& own = to == Side::Inside ? addresses_.inside_v4 : addresses_.outside_v4;
    Ipv4 source;
    if (to == Side::Outside && is_outside_own(ip->destination)) {
        source = ip->destination;
    } else if (!own.empty()) {
        source = own.front();
    } else {
        return std::nullopt;
    }
    const std::size_t quoted = std::min(about.size(), kMaxErrorSize - 28);
    std::vector<std::byte> bytes(28 + quoted);
    std::byte* at = bytes.data();
    put8(at, 0x45);
    put16(at + 2, static_cast<unsigned>(bytes.size()));
    put16(at + 4, next_ipv4_id_++);
    put8(at + 8, 64);
    put8(at + 9, kProtocolIcmp);
    put32(at + 12, source.value);
    put32(at + 16, ip->source.value);
    put16(at + 10, internet_checksum(at, 20));
    put8(at + 20, type);
    put8(at + 21, code);
    put32(at + 24, rest);
    std::copy_n(about.begin(), quoted, bytes.begin() + 28);
    put16(at + 22, internet_checksum(at + 20, bytes.size() - 20));
    return Emission{to, std::move(bytes)};
}

}  // namespace portolan::nat
