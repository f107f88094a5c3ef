// Fragments of IPv4 datagrams: coming in, and made for a link that is too small.

#include <algorithm>

#include "nat-sim/behavior/engine.hpp"

namespace portolan::nat {
namespace {

Ipv6 widened(Ipv4 address) {
    Ipv6 wide;
    for (std::size_t i = 0; i < 4; ++i) {
        wide.bytes[i] = static_cast<std::uint8_t>(address.value >> (24 - 8 * i));
    }
    return wide;
}

FragmentKey key_of(Side from, const Ipv4Header& ip) {
    return {.from = from,
            .source = widened(ip.source),
            .destination = widened(ip.destination),
            .id = ip.id,
            .protocol = ip.protocol};
}

void set_header_checksum(std::byte* header, std::size_t size) {
    put16(header + 10, 0);
    put16(header + 10, internet_checksum(header, size));
}

/// RFC 791 s3.1: of later fragments only the options with the copied flag stay.
std::vector<std::byte> later_header(const std::vector<std::byte>& first, std::size_t size) {
    std::vector<std::byte> header(first.begin(), first.begin() + 20);
    for (std::size_t at = 20; at < size;) {
        const unsigned type = get8(&first[at]);
        if (type == 0) break;
        std::size_t length = 1;
        if (type != 1) {
            if (at + 1 >= size) break;
            length = get8(&first[at + 1]);
            if (length < 2 || at + length > size) break;
        }
        if ((type & 0x80) != 0) {
            header.insert(header.end(), first.begin() + static_cast<std::ptrdiff_t>(at),
                          first.begin() + static_cast<std::ptrdiff_t>(at + length));
        }
        at += length;
    }
    while (header.size() % 4 != 0)
        header.push_back(std::byte{0});
    put8(header.data(), 0x40U | static_cast<unsigned>(header.size() / 4));
    return header;
}

}  // namespace

void Engine::ipv4_fragment(Passage& p, const Ipv4Header& ip) {
    FragmentMode mode = parameters_.fragments;
    if (sabotaged(Sabotage::Fragments)) {
        mode = mode == FragmentMode::Drop ? FragmentMode::Track : FragmentMode::Drop;
    }
    if (mode == FragmentMode::Drop) return drop(p, Reason::FragmentsDropped);
    const std::size_t size = ip.total_size - ip.header_size;
    // RFC 791 s3.2: all but the last are multiples of eight bytes, and the whole has 16 bits.
    if ((ip.more_fragments && size % 8 != 0) || size == 0 ||
        ip.header_size + ip.fragment_offset + size > 65535) {
        return drop(p, Reason::Malformed);
    }
    if (mode == FragmentMode::Track) return track_fragment(p, ip);
    const std::vector<std::byte> header(
        p.bytes.begin(), p.bytes.begin() + static_cast<std::ptrdiff_t>(ip.header_size));
    std::vector<std::byte> whole;
    const auto result = fragments_.add(key_of(p.from, ip), ip.fragment_offset, ip.more_fragments,
                                       header, p.bytes.data() + ip.header_size, size,
                                       now_us_ + parameters_.timers.fragment.count(), whole);
    switch (result) {
        case FragmentStore::Result::Waiting:
            return finish(p, Action::Consume, Reason::FragmentWaiting);
        case FragmentStore::Result::Overlap:
            return drop(p, Reason::FragmentOverlap);
        case FragmentStore::Result::Full:
            return drop(p, Reason::FragmentCapacity);
        case FragmentStore::Result::Complete:
            break;
    }
    if (whole.size() > 65535) return drop(p, Reason::Malformed);
    put16(whole.data() + 2, static_cast<unsigned>(whole.size()));
    put16(whole.data() + 6, 0);
    const std::size_t header_size = static_cast<std::size_t>(get8(whole.data()) & 0x0F) * 4;
    set_header_checksum(whole.data(), header_size);
    p.bytes = std::move(whole);
    const auto joined = read_ipv4(p.bytes.data(), p.bytes.size());
    if (!joined) return drop(p, Reason::Malformed);
    ipv4_whole(p, *joined);
}

void Engine::track_fragment(Passage& p, const Ipv4Header& ip) {
    const FragmentKey key = key_of(p.from, ip);
    if (ip.fragment_offset == 0) {
        ipv4_whole(p, ip);
        if (p.outcome.action != Action::Forward) return;
        FragmentStore::Way way;
        way.key = key;
        way.due_us = now_us_ + parameters_.timers.fragment.count();
        way.out = p.outcome.out;
        way.source = Ipv4{get32(p.bytes.data() + 12)};
        way.destination = Ipv4{get32(p.bytes.data() + 16)};
        way.mapping = p.outcome.mapping;
        way.hairpinned = p.outcome.hairpinned;
        fragments_.remember(way);
        return;
    }
    const FragmentStore::Way* way = fragments_.find(key);
    if (way == nullptr) return drop(p, Reason::FragmentOutOfOrder);
    if (!may_leave(p, ip, way->out)) return;
    const Endpoint source{way->source.value, 0};
    const Endpoint destination{way->destination.value, 0};
    rewrite_ipv4(p.bytes, ip, &source, &destination, {}, true);
    finish(p, Action::Forward, Reason::FragmentForwarded, way->out);
    p.outcome.mapping = way->mapping;
    p.outcome.hairpinned = way->hairpinned;
    const auto& f = parameters_.forwarding;
    const std::uint16_t mtu = way->out == Side::Inside ? f.mtu_inside_bytes : f.mtu_outside_bytes;
    if (p.bytes.size() > mtu) fragment_to_fit(p);
}

/// RFC 4787 REQ-13a. The first fragment stays in the packet, the others go with it, in order.
void Engine::fragment_to_fit(Passage& p) {
    const auto ip = read_ipv4(p.bytes.data(), p.bytes.size());
    if (!ip) return;
    const auto& forwarding = parameters_.forwarding;
    const std::size_t mtu =
        p.outcome.out == Side::Inside ? forwarding.mtu_inside_bytes : forwarding.mtu_outside_bytes;
    const std::vector<std::byte> whole = std::move(p.bytes);
    std::vector<std::byte> header(whole.begin(),
                                  whole.begin() + static_cast<std::ptrdiff_t>(ip->header_size));
    const std::vector<std::byte> later = later_header(header, ip->header_size);
    const std::size_t end = ip->total_size;
    std::size_t offset = ip->fragment_offset;
    for (std::size_t at = ip->header_size; at < end;) {
        const std::size_t room = (mtu - header.size()) / 8 * 8;
        const std::size_t size = std::min(room, end - at);
        const bool more = at + size < end || ip->more_fragments;
        std::vector<std::byte> fragment = header;
        fragment.insert(fragment.end(), whole.begin() + static_cast<std::ptrdiff_t>(at),
                        whole.begin() + static_cast<std::ptrdiff_t>(at + size));
        put16(fragment.data() + 2, static_cast<unsigned>(fragment.size()));
        put16(fragment.data() + 6, (more ? 0x2000U : 0U) | static_cast<unsigned>(offset / 8));
        set_header_checksum(fragment.data(), header.size());
        if (at == ip->header_size) {
            p.bytes = std::move(fragment);
        } else {
            p.outcome.extra.push_back({p.outcome.out, std::move(fragment)});
        }
        at += size;
        offset += size;
        header = later;
    }
}

}  // namespace portolan::nat
