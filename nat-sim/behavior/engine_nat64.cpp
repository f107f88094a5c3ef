// NAT64 (RFC 6146): sessions between IPv6 hosts inside and IPv4 servers outside.

#include <algorithm>

#include "nat-sim/behavior/engine.hpp"
#include "nat-sim/behavior/nat64.hpp"

namespace portolan::nat {
namespace {

Kind kind64(const Transport& t) {
    return with_protocol(Kind::Udp64, t.protocol);
}

bool is_query(const Transport& t) {
    return t.what == Transport::Class::IcmpRequest || t.what == Transport::Class::IcmpReply;
}

constexpr std::size_t kHeaderDifference = 20;

}  // namespace

/// RFC 8200 s4.5; a translator is the source of what it translates (RFC 7915 s4).
void Engine::fragment_ipv6_to_fit(Passage& p, std::size_t mtu) {
    if (p.bytes.size() <= mtu || p.bytes.size() < 40) return;
    const std::vector<std::byte> whole = std::move(p.bytes);
    const std::uint8_t protocol = get8(whole.data() + 6);
    const std::size_t room = (mtu - 48) / 8 * 8;
    const std::uint32_t id = next_ipv6_id_++;
    for (std::size_t offset = 0; 40 + offset < whole.size(); offset += room) {
        const std::size_t size = std::min(room, whole.size() - 40 - offset);
        const bool more = 40 + offset + size < whole.size();
        std::vector<std::byte> fragment(whole.begin(), whole.begin() + 40);
        fragment.resize(48 + size);
        put16(fragment.data() + 4, static_cast<unsigned>(8 + size));
        put8(fragment.data() + 6, 44);
        put8(fragment.data() + 40, protocol);
        put16(fragment.data() + 42, static_cast<unsigned>(offset) | (more ? 1U : 0U));
        put32(fragment.data() + 44, id);
        std::copy_n(whole.begin() + static_cast<std::ptrdiff_t>(40 + offset), size,
                    fragment.begin() + 48);
        if (offset == 0) {
            p.bytes = std::move(fragment);
        } else {
            p.outcome.extra.push_back({p.outcome.out, std::move(fragment)});
        }
    }
}

/// RFC 6146 s3.4: fragments are put together first. False: there is nothing to go on with.
bool Engine::reassemble_ipv6(Passage& p, const Ipv6Header& ip) {
    FragmentMode mode = parameters_.fragments;
    if (sabotaged(Sabotage::Fragments)) mode = FragmentMode::Drop;
    if (mode == FragmentMode::Drop) {
        drop(p, Reason::FragmentsDropped);
        return false;
    }
    const std::size_t size = p.bytes.size() - ip.header_size;
    if (size == 0 || (ip.more_fragments && size % 8 != 0) || ip.fragment_offset + size > 65535) {
        drop(p, Reason::Malformed);
        return false;
    }
    // Extension headers are not translated (RFC 7915 s5.1), so that they need not be kept.
    std::vector<std::byte> header(p.bytes.begin(), p.bytes.begin() + 40);
    put8(header.data() + 6, ip.protocol);
    const FragmentKey key{.from = p.from,
                          .source = ip.source,
                          .destination = ip.destination,
                          .id = ip.fragment_id,
                          .protocol = 0,
                          .ipv6 = true};
    std::vector<std::byte> whole;
    const auto result = fragments_.add(key, ip.fragment_offset, ip.more_fragments, header,
                                       p.bytes.data() + ip.header_size, size,
                                       now_us_ + parameters_.timers.fragment.count(), whole);
    switch (result) {
        case FragmentStore::Result::Waiting:
            finish(p, Action::Consume, Reason::FragmentWaiting);
            return false;
        case FragmentStore::Result::Overlap:
            drop(p, Reason::FragmentOverlap);
            return false;
        case FragmentStore::Result::Full:
            drop(p, Reason::FragmentCapacity);
            return false;
        case FragmentStore::Result::Complete:
            break;
    }
    put16(whole.data() + 4, static_cast<unsigned>(whole.size() - 40));
    p.bytes = std::move(whole);
    return true;
}

void Engine::nat64_from_inside(Passage& p, const Ipv6Header& header) {
    const Ipv6Prefix& prefix = addresses_.nat64_prefix;
    // RFC 6146 s3.5: packets from the prefix would loop.
    if (p.from != Side::Inside || !prefix.contains(header.destination) ||
        prefix.contains(header.source)) {
        return drop(p, Reason::NotOurs);
    }
    Ipv6Header ip = header;
    const bool joined = ip.fragment;
    if (joined) {
        if (!reassemble_ipv6(p, ip)) return;
        const auto whole = read_ipv6(p.bytes.data(), p.bytes.size());
        if (!whole) return drop(p, Reason::Malformed);
        ip = *whole;
    }
    const auto t = read_transport(ip.protocol, p.bytes.data() + ip.header_size,
                                  p.bytes.size() - ip.header_size);
    if (!t || ip.protocol == kProtocolIcmp) return drop(p, Reason::Malformed);
    if (!policy_allows(p, *t)) return;
    if (t->what == Transport::Class::IcmpError) return nat64_error_from_inside(p, ip);
    if (t->what == Transport::Class::Other) return drop(p, Reason::ProtocolUnsupported);
    const Ipv4 server = extract_ipv4(prefix, ip.destination);
    // What is too big for IPv4 is refused down to the IPv6 minimum, and fragmented below that.
    const std::size_t mtu = std::max<std::size_t>(
        1280, std::size_t{parameters_.forwarding.mtu_outside_bytes} + kHeaderDifference);
    if (!may_leave_ipv6(p, ip, joined ? 65575 : mtu)) return;
    AddressTable& hosts = state_.hosts();
    const std::uint32_t host = hosts.hold(ip.source);
    const Endpoint remote{server.value, is_query(*t) ? std::uint16_t{0} : t->destination_port};
    const bool is_error = t->protocol == 1 && (t->tcp_flags & kTcpRst) != 0;
    const Decision d = outbound(kind64(*t), {host, t->source_port}, remote, *t, is_error);
    if (d.pass && is_outside_own(server)) {
        nat64_hairpin(p, ip, *t, d, {server.value, t->destination_port});
        hosts.let_go(host);
        return;
    }
    hosts.let_go(host);
    if (!d.pass) return refuse_ipv6(p, d);
    const unsigned hops = parameters_.forwarding.decrement_ttl ? 1 : 0;
    p.bytes = to_ipv4(p.bytes, ip,
                      {Ipv4{d.outside.address}, server, d.outside.port,
                       is_query(*t) ? d.outside.port : t->destination_port},
                      hops, next_ipv4_id_++);
    forward(p, d, Side::Outside);
    if (p.bytes.size() > parameters_.forwarding.mtu_outside_bytes) fragment_to_fit(p);
}

/// RFC 6146 s3.8: to IPv4 and back, which leaves IPv6 with both addresses in the prefix.
void Engine::nat64_hairpin(Passage& p, const Ipv6Header& ip, const Transport& t,
                           const Decision& sender, Endpoint target) {
    if ((parameters_.hairpin == HairpinMode::Off) != sabotaged(Sabotage::Hairpin)) {
        return drop(p, Reason::HairpinOff);
    }
    const Decision receiver =
        inbound(with_protocol(Kind::Udp44, t.protocol), target, sender.outside, t);
    if (!receiver.pass) return drop(p, receiver.reason);
    const unsigned hops = parameters_.forwarding.decrement_ttl ? 1 : 0;
    p.bytes = to_ipv4(
        p.bytes, ip,
        {Ipv4{sender.outside.address}, Ipv4{target.address}, sender.outside.port, target.port},
        hops, 0);
    const auto between = read_ipv4(p.bytes.data(), p.bytes.size());
    if (!between) return drop(p, Reason::Malformed);
    nat64_to_inside(p, *between, t, receiver, sender.outside, 0);
    p.outcome.hairpinned = true;
}

/// An IPv4 packet that belongs to an IPv6 host.
void Engine::nat64_to_inside(Passage& p, const Ipv4Header& ip, const Transport& t,
                             const Decision& d, Endpoint remote, unsigned hops) {
    if (!is_ipv6_inside(d.kind)) {
        // A dual-stack box, and the target of a hairpinned packet is an IPv4 host.
        const Transport now{t.what, t.protocol, remote.port, d.outside.port, t.tcp_flags};
        rewrite_ipv4(p.bytes, ip, nullptr, &d.inside, now, false);
        return forward(p, d, Side::Inside);
    }
    const Ipv6 host = state_.hosts()[d.inside.address];
    const std::size_t mtu = parameters_.forwarding.mtu_inside_bytes;
    if (ip.total_size + kHeaderDifference > mtu && ip.dont_fragment &&
        parameters_.forwarding.honour_dont_fragment) {
        send_icmp_error(p, ip, 3, 4, static_cast<std::uint32_t>(mtu - kHeaderDifference));
        return drop(p, Reason::TooBig);
    }
    p.bytes =
        to_ipv6(p.bytes, ip,
                {embed_ipv4(addresses_.nat64_prefix, Ipv4{remote.address}), host,
                 t.what == Transport::Class::Ports ? remote.port : d.inside.port, d.inside.port},
                hops);
    forward(p, d, Side::Inside);
    fragment_ipv6_to_fit(p, std::max<std::size_t>(1280, mtu));
}

/// RFC 6146 s3.4 and RFC 7915 s5.2, s5.3: the error, and the packet in it, which the box had
/// translated to IPv6.
void Engine::nat64_error_from_inside(Passage& p, const Ipv6Header& ip) {
    const bool dropped = (parameters_.icmp == IcmpMode::Drop) != sabotaged(Sabotage::Icmp);
    if (dropped) return drop(p, Reason::IcmpDropped);
    const std::size_t inner_at = ip.header_size + 8;
    std::vector<std::byte> inner(p.bytes.begin() + static_cast<std::ptrdiff_t>(inner_at),
                                 p.bytes.end());
    const auto quoted = read_ipv6(inner.data(), inner.size(), true);
    if (!quoted || quoted->fragment_offset != 0 || quoted->header_size + 8 > inner.size() ||
        !addresses_.nat64_prefix.contains(quoted->source)) {
        return drop(p, Reason::IcmpUnmatched);
    }
    Transport t;
    if (!read_quoted_ports(quoted->protocol, inner.data() + quoted->header_size, t)) {
        return drop(p, Reason::IcmpUnmatched);
    }
    const std::uint32_t host = state_.hosts().find(quoted->destination);
    const Ipv4 server = extract_ipv4(addresses_.nat64_prefix, quoted->source);
    const std::uint32_t session =
        host == kNone ? kNone
                      : live(state_.find_inside(
                            kind64(t), {host, t.destination_port},
                            {server.value, is_query(t) ? std::uint16_t{0} : t.source_port}));
    if (session == kNone) return drop(p, Reason::IcmpUnmatched);
    const std::byte* icmp = p.bytes.data() + ip.header_size;
    const auto head = error_to_ipv4({get8(icmp), get8(icmp + 1), get32(icmp + 4)});
    if (!head) return drop(p, Reason::ProtocolUnsupported);
    if (!may_leave_ipv6(p, ip, 65575)) return;
    const Session& s = state_.session(session);
    const std::vector<std::byte> translated =
        to_ipv4(inner, *quoted,
                {server, Ipv4{s.outside_address}, is_query(t) ? s.outside_port : t.source_port,
                 s.outside_port},
                0, 0);
    p.bytes =
        icmp_packet(Ipv4{s.outside_address}, extract_error_target(ip, server), *head, translated,
                    ip.hop_limit - (parameters_.forwarding.decrement_ttl ? 1U : 0U));
    finish(p, Action::Forward, Reason::IcmpErrorTranslated, Side::Outside);
    p.outcome.mapping = s.serial;
}

Ipv4 Engine::extract_error_target(const Ipv6Header& ip, Ipv4 server) const {
    const Ipv6Prefix& prefix = addresses_.nat64_prefix;
    return prefix.contains(ip.destination) ? extract_ipv4(prefix, ip.destination) : server;
}

bool Engine::read_quoted_ports(std::uint8_t protocol, const std::byte* at, Transport& t) {
    switch (protocol) {
        case kProtocolUdp:
            t.protocol = 0;
            break;
        case kProtocolTcp:
            t.protocol = 1;
            break;
        case kProtocolIcmpv6: {
            const auto query = read_transport(kProtocolIcmpv6, at, 8);
            if (!query || !is_query(*query)) return false;
            t = *query;
            return true;
        }
        default:
            return false;
    }
    t.what = Transport::Class::Ports;
    t.source_port = get16(at);
    t.destination_port = get16(at + 2);
    return true;
}

std::vector<std::byte> Engine::icmp_packet(Ipv4 source, Ipv4 destination, const IcmpHead& head,
                                           const std::vector<std::byte>& quoted, unsigned ttl) {
    std::vector<std::byte> bytes(28 + quoted.size());
    std::byte* at = bytes.data();
    put8(at, 0x45);
    put16(at + 2, static_cast<unsigned>(bytes.size()));
    put16(at + 4, next_ipv4_id_++);
    put8(at + 8, ttl);
    put8(at + 9, kProtocolIcmp);
    put32(at + 12, source.value);
    put32(at + 16, destination.value);
    put16(at + 10, internet_checksum(at, 20));
    put8(at + 20, head.type);
    put8(at + 21, head.code);
    put32(at + 24, head.rest);
    std::copy(quoted.begin(), quoted.end(), bytes.begin() + 28);
    put16(at + 22, internet_checksum(at + 20, bytes.size() - 20));
    return bytes;
}

/// RFC 7915 s4.2, s4.3. The error's own source is a router, and is embedded in the prefix.
void Engine::nat64_error_to_inside(Passage& p, const Ipv4Header& ip, const QuotedPacket& quoted,
                                   const Decision& d) {
    const std::byte* icmp = p.bytes.data() + ip.header_size;
    const auto head = error_to_ipv6({get8(icmp), get8(icmp + 1), get32(icmp + 4)},
                                    quoted.ip.total_size, parameters_.forwarding.mtu_inside_bytes);
    if (!head) return drop(p, Reason::ProtocolUnsupported);
    const Ipv6 host = state_.hosts()[d.inside.address];
    const Ipv6Prefix& prefix = addresses_.nat64_prefix;
    const std::vector<std::byte> inner(p.bytes.begin() + static_cast<std::ptrdiff_t>(quoted.at),
                                       p.bytes.end());
    const Transport& t = quoted.transport;
    std::vector<std::byte> translated =
        to_ipv6(inner, quoted.ip,
                {host, embed_ipv4(prefix, quoted.ip.destination), d.inside.port,
                 is_query(t) ? d.inside.port : t.destination_port},
                0);
    if (translated.size() > 1280 - 48) translated.resize(1280 - 48);
    const Ipv6 router = embed_ipv4(prefix, ip.source);
    std::vector<std::byte> bytes(48 + translated.size());
    std::byte* at = bytes.data();
    put8(at, 0x60);
    put16(at + 4, static_cast<unsigned>(8 + translated.size()));
    put8(at + 6, kProtocolIcmpv6);
    put8(at + 7, ip.ttl - (parameters_.forwarding.decrement_ttl ? 1U : 0U));
    put_ipv6(at + 8, router);
    put_ipv6(at + 24, host);
    put8(at + 40, head->type);
    put8(at + 41, head->code);
    put32(at + 44, head->rest);
    std::copy(translated.begin(), translated.end(), bytes.begin() + 48);
    const std::size_t size = bytes.size() - 40;
    put16(at + 42, static_cast<std::uint16_t>(~fold(
                       ones_sum(at + 40, size) + pseudo_sum(router, host, kProtocolIcmpv6, size))));
    p.bytes = std::move(bytes);
    forward(p, d, Side::Inside);
}

}  // namespace portolan::nat
