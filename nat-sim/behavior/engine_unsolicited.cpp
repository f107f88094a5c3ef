// Packets to an outside address that nobody inside gets: silence, or an answer.

#include "nat-sim/behavior/engine.hpp"

namespace portolan::nat {
namespace {

constexpr std::size_t kIpSize = 20;
constexpr std::size_t kTcpSize = 20;

/// RFC 9293 s3.10.7.1: what comes back from a closed port; nothing against an RST.
std::optional<std::vector<std::byte>> reset_against(const std::vector<std::byte>& packet,
                                                    std::uint16_t id) {
    const auto ip = read_ipv4(packet.data(), packet.size());
    if (!ip || ip->is_fragment() || packet.size() < ip->header_size + kTcpSize) return std::nullopt;
    const std::byte* segment = packet.data() + ip->header_size;
    const std::size_t size = packet.size() - ip->header_size;
    const unsigned flags = get8(segment + 13);
    const std::size_t offset = static_cast<std::size_t>(get8(segment + 12) >> 4) * 4;
    if ((flags & kTcpRst) != 0 || offset < kTcpSize || offset > size) return std::nullopt;

    std::vector<std::byte> bytes(kIpSize + kTcpSize);
    std::byte* at = bytes.data();
    put8(at, 0x45);
    put16(at + 2, static_cast<unsigned>(bytes.size()));
    put16(at + 4, id);
    put8(at + 8, 64);
    put8(at + 9, kProtocolTcp);
    put32(at + 12, ip->destination.value);
    put32(at + 16, ip->source.value);
    put16(at + 10, internet_checksum(at, kIpSize));
    std::byte* reset = at + kIpSize;
    put16(reset, get16(segment + 2));
    put16(reset + 2, get16(segment));
    put8(reset + 12, (kTcpSize / 4) << 4);
    if ((flags & kTcpAck) != 0) {
        put32(reset + 4, get32(segment + 8));
        put8(reset + 13, kTcpRst);
    } else {
        const std::size_t length =
            size - offset + ((flags & kTcpSyn) != 0 ? 1 : 0) + ((flags & kTcpFin) != 0 ? 1 : 0);
        put32(reset + 8, get32(segment + 4) + static_cast<std::uint32_t>(length));
        put8(reset + 13, kTcpRst | kTcpAck);
    }
    const std::uint64_t sum =
        ones_sum(reset, kTcpSize) + pseudo_sum(ip->destination, ip->source, kProtocolTcp, kTcpSize);
    put16(reset + 16, static_cast<std::uint16_t>(~fold(sum)));
    return bytes;
}

}  // namespace

/// As who has that address would, if it is shared: what is translated one to one, or not at all,
/// is for a host inside, and a firewall's business.
void Engine::answer_unsolicited(Passage& p, const Ipv4Header& ip) {
    if (p.from != Side::Outside || !is_outside_own(ip.destination)) return;
    if (holds_syn(p, ip)) return;
    const bool is_shared = parameters_.kind.ipv4 == Translation::AddressAndPort ||
                           parameters_.kind.ipv6 == Ipv6Mode::Nat64;
    if (!is_shared || sabotaged(Sabotage::UnsolicitedAnswer)) return;
    const auto& unsolicited = parameters_.unsolicited;
    std::optional<Emission> answer;
    if (ip.protocol == kProtocolUdp && unsolicited.udp_answer != UdpAnswer::Silent) {
        answer = icmp_error(Side::Outside, p.bytes, 3, 3, 0);
    } else if (ip.protocol == kProtocolTcp && unsolicited.tcp_answer != TcpAnswer::Silent) {
        answer = refusal_of_tcp(p.bytes);
    }
    if (answer) p.outcome.extra.push_back(std::move(*answer));
}

std::optional<Emission> Engine::refusal_of_tcp(const std::vector<std::byte>& packet) {
    if (parameters_.unsolicited.tcp_answer != TcpAnswer::Reset) {
        return icmp_error(Side::Outside, packet, 3, 3, 0);
    }
    auto reset = reset_against(packet, next_ipv4_id_);
    if (!reset) return std::nullopt;
    ++next_ipv4_id_;
    return Emission{Side::Outside, std::move(*reset)};
}

/// RFC 5382 REQ-4: silence first, Port Unreachable after at least six seconds.
bool Engine::holds_syn(Passage& p, const Ipv4Header& ip) {
    const std::int64_t wait = parameters_.timers.tcp_unsolicited_syn.count();
    if (ip.protocol != kProtocolTcp || wait == 0) return false;
    const std::byte* tcp = p.bytes.data() + ip.header_size;
    if ((get8(tcp + 13) & (kTcpSyn | kTcpAck | kTcpRst)) != kTcpSyn) return false;
    held_syns_.hold({.outside = {ip.destination.value, get16(tcp + 2)},
                     .remote = {ip.source.value, get16(tcp)},
                     .due_us = now_us_ + wait,
                     .packet = p.bytes});
    if (p.outcome.action == Action::Drop) p.outcome.reason = Reason::UnsolicitedSynHeld;
    return true;
}

std::vector<Emission> Engine::take_due(Time now) {
    advance(now);
    std::vector<Emission> due;
    SynHold::Held held;
    while (held_syns_.take_due(now_us_, held)) {
        if (auto refusal = refusal_of_tcp(held.packet)) due.push_back(std::move(*refusal));
    }
    return due;
}

}  // namespace portolan::nat
