#include "nat-sim/network/reassembly.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace portolan::sim {
namespace {

// net.ipv4.ipfrag_time is 30 s; RFC 8200 s4.5 says 60 s for IPv6.
constexpr SimDuration kLifeV4 = std::chrono::seconds(30);
constexpr SimDuration kLifeV6 = std::chrono::seconds(60);
constexpr std::size_t kMaxDatagrams = 256;
constexpr std::size_t kMaxPayloadBytes = 65535;

}  // namespace

std::optional<Packet> Reassembly::add(Interface* in, Packet packet, const IpHeader& header,
                                      const OnExpiry& on_expiry) {
    const Key key{header.source, header.destination, header.identification,
                  header.family == AddressFamily::IPv4 ? header.protocol : std::uint8_t{0}};
    const std::size_t size = header.total_bytes - header.header_bytes;
    const std::size_t begin = header.fragment_offset_bytes;
    const std::size_t end = begin + size;
    // All but the last carry a multiple of eight octets.
    if (size == 0 || (header.more_fragments && size % 8 != 0) ||
        end + (header.family == AddressFamily::IPv4 ? header.header_bytes : 0) > kMaxPayloadBytes) {
        fabric_.drop(DropReason::Malformed, packet, &node_, in);
        return std::nullopt;
    }
    auto found = datagrams_.find(key);
    if (found == datagrams_.end()) {
        if (datagrams_.size() >= kMaxDatagrams) {
            fabric_.drop(DropReason::ReassemblyOverflow, packet, &node_, in);
            return std::nullopt;
        }
        found = datagrams_.try_emplace(key).first;
        const SimDuration life = header.family == AddressFamily::IPv4 ? kLifeV4 : kLifeV6;
        found->second.expiry = fabric_.events.schedule(
            life, [this, key, in, on_expiry] { expire(key, in, on_expiry); });
    }
    Datagram& datagram = found->second;
    const bool overlaps = std::ranges::any_of(datagram.pieces, [&](const auto& item) {
        const auto& [offset, piece] = item;
        return offset < end &&
               begin < offset + piece.header.total_bytes - piece.header.header_bytes;
    });
    const bool contradicts =
        datagram.payload_bytes && (end > *datagram.payload_bytes ||
                                   (!header.more_fragments && end != *datagram.payload_bytes));
    if (overlaps || contradicts) {
        fabric_.drop(DropReason::ReassemblyOverflow, packet, &node_, in);
        spoil(key, DropReason::ReassemblyOverflow);
        return std::nullopt;
    }
    if (!header.more_fragments) datagram.payload_bytes = end;
    datagram.pieces.emplace(begin, Piece{std::move(packet), header});
    if (!datagram.payload_bytes || !datagram.pieces.contains(0)) return std::nullopt;
    std::size_t have = 0;
    for (const auto& [offset, piece] : datagram.pieces)
        have += piece.header.total_bytes - piece.header.header_bytes;
    if (have != *datagram.payload_bytes) return std::nullopt;
    Datagram complete = std::move(datagram);
    complete.expiry.cancel();
    datagrams_.erase(found);
    return join(std::move(complete));
}

Packet Reassembly::join(Datagram datagram) {
    const Piece& first = datagram.pieces.begin()->second;
    const ByteSpan bytes = first.packet.bytes;
    const ByteSpan head = bytes.first(first.header.header_bytes);
    ByteVector whole(head.begin(), head.end());
    if (first.header.has_fragment_header) {
        // The fragment header goes; the octet that announced it announces what it announced.
        const std::size_t at = first.header.fragment_header_at;
        whole[first.header.next_header_field_at] = bytes[at];
        const auto its_begin = std::next(whole.begin(), static_cast<std::ptrdiff_t>(at));
        whole.erase(its_begin, std::next(its_begin, 8));
    }
    for (const auto& [offset, piece] : datagram.pieces) {
        const ByteSpan payload = ByteSpan(piece.packet.bytes)
                                     .subspan(piece.header.header_bytes,
                                              piece.header.total_bytes - piece.header.header_bytes);
        whole.insert(whole.end(), payload.begin(), payload.end());
    }
    if (first.header.family == AddressFamily::IPv4) {
        write_u16(whole, 2, static_cast<std::uint16_t>(whole.size()));
        write_u16(whole, 6, 0);
        write_ipv4_checksum(whole);
    } else {
        write_u16(whole, 4, static_cast<std::uint16_t>(whole.size() - kIpv6HeaderBytes));
    }
    for (const auto& [offset, piece] : datagram.pieces)
        fabric_.end(PacketStep::Reassembled, piece.packet, &node_, nullptr);
    return fabric_.begin(PacketStep::Whole, std::move(whole), &node_);
}

void Reassembly::expire(const Key& key, Interface* in, const OnExpiry& on_expiry) {
    const auto found = datagrams_.find(key);
    if (found == datagrams_.end()) return;
    const auto first = found->second.pieces.find(0);
    std::optional<Packet> reported;
    if (first != found->second.pieces.end()) reported = first->second.packet;
    spoil(key, DropReason::ReassemblyTimeout);
    if (reported) on_expiry(in, *reported);
}

void Reassembly::spoil(const Key& key, DropReason reason) {
    const auto found = datagrams_.find(key);
    if (found == datagrams_.end()) return;
    Datagram datagram = std::move(found->second);
    datagrams_.erase(found);
    datagram.expiry.cancel();
    for (const auto& [offset, piece] : datagram.pieces)
        fabric_.drop(reason, piece.packet, &node_, nullptr);
}

}  // namespace portolan::sim
