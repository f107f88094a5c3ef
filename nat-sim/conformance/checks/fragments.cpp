#include <algorithm>
#include <array>

#include "nat-sim/conformance/bench.hpp"
#include "nat-sim/conformance/checks/groups.hpp"

namespace portolan::nat::conformance {
namespace {

using report::Requirement;

constexpr std::size_t kBigBytes = 2000;

/// Splits a datagram without options behind `at_bytes` of its IP payload.
std::array<Packet, 2> halves(const Packet& whole, std::uint16_t at_bytes) {
    const Bytes bytes = encode(whole);
    const auto body = std::span(bytes).subspan(20);
    Packet first = whole;
    first.more_fragments = true;
    first.identification = 99;
    Packet last = first;
    last.more_fragments = false;
    last.fragment_offset_bytes = at_bytes;
    last.payload.assign(body.begin() + at_bytes, body.end());
    return {first, last};
}

/// The first half has the header and checksum of the whole datagram, which encode() cannot know.
Bytes first_half_bytes(const Packet& whole, const Packet& first, std::uint16_t at_bytes) {
    const Bytes all = encode(whole);
    Packet shell = first;
    shell.payload.assign(at_bytes - 8U, std::byte{0});
    Bytes out = encode(shell);
    std::copy_n(all.begin() + 20, at_bytes, out.begin() + 20);
    return out;
}

/// The payload of a datagram that came out whole or in fragments; empty when some of it is missing.
Bytes put_together(const std::vector<Arrival>& arrivals, Side side) {
    Bytes body;
    std::size_t total_bytes = 0;
    std::size_t have_bytes = 0;
    for (const Arrival& arrival : arrivals) {
        if (arrival.side != side || arrival.packet.protocol != Protocol::Udp) continue;
        const Packet& packet = arrival.packet;
        const bool first = packet.fragment_offset_bytes == 0;
        const std::size_t begin = first ? 0 : packet.fragment_offset_bytes - 8U;
        const std::size_t end = begin + packet.payload.size();
        if (body.size() < end) body.resize(end);
        std::copy(packet.payload.begin(), packet.payload.end(),
                  body.begin() + static_cast<std::ptrdiff_t>(begin));
        have_bytes += packet.payload.size();
        if (!packet.more_fragments) total_bytes = end;
    }
    return have_bytes == total_bytes && total_bytes != 0 ? body : Bytes{};
}

Packet big_packet(bool dont_fragment) {
    Packet out = udp_packet(host_a(), server_1());
    out.dont_fragment = dont_fragment;
    for (std::size_t i = 0; i < kBigBytes; ++i)
        out.payload.push_back(static_cast<std::byte>(i % 251));
    return out;
}

Judgement frag_needed(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    if (trial.parameters().forwarding.mtu_outside_bytes > kBigBytes) {
        return not_applicable("Its outside link carries more than the check sends.");
    }
    Bench bench = trial.bench();
    const Reaction reaction = bench.send(Side::Inside, big_packet(true));
    if (reaction.on(Side::Outside) != nullptr) return violates("The packet left in spite of DF.");
    const Packet* error = reaction.error_on(Side::Inside);
    if (error == nullptr) return violates("Nobody told the sender that the packet was too big.");
    if (error->icmp_type != kDestinationUnreachable || error->icmp_code != 4 ||
        error->destination.ip != host_a().ip) {
        return violates("The sender was told something else than \"fragmentation needed\".");
    }
    // RFC 5508 s7.1.1: with the MTU of the next hop.
    if ((error->icmp_rest & 0xFFFFU) != trial.parameters().forwarding.mtu_outside_bytes) {
        return violates("\"Fragmentation needed\" names another MTU than the link's.");
    }
    const auto inner = embedded(*error);
    if (!inner || inner->packet.source != host_a()) {
        return violates("\"Fragmentation needed\" does not show the packet as it was sent.");
    }
    return meets("\"Fragmentation needed\" with MTU " + std::to_string(error->icmp_rest & 0xFFFFU) +
                 " came back.");
}

Judgement fragments_big_packets(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    if (trial.parameters().forwarding.mtu_outside_bytes > kBigBytes) {
        return not_applicable("Its outside link carries more than the check sends.");
    }
    Bench bench = trial.bench();
    const Packet packet = big_packet(false);
    const Reaction reaction = bench.send(Side::Inside, packet);
    int last_offset = -1;
    for (const Arrival& arrival : reaction.arrivals) {
        if (arrival.side != Side::Outside) continue;
        const std::size_t bytes = encode(arrival.packet).size();
        if (bytes > trial.parameters().forwarding.mtu_outside_bytes) {
            return violates("A fragment is larger than the link carries.");
        }
        if (arrival.packet.fragment_offset_bytes <= last_offset) {
            return violates("The fragments left out of order.");
        }
        last_offset = arrival.packet.fragment_offset_bytes;
    }
    if (put_together(reaction.arrivals, Side::Outside) != packet.payload) {
        return violates("The fragments that left are not the packet.");
    }
    return meets("The packet left in fragments, in order and complete.");
}

/// Two fragments from outside, in either order.
Judgement receives(Trial& trial, bool in_order) {
    Bench bench = trial.bench();
    const auto outside = bench.udp_out(host_a(), server_1());
    if (!outside) return violates("The first packet did not get out.");
    Packet whole = udp_packet(server_1(), *outside);
    for (std::size_t i = 0; i < 400; ++i)
        whole.payload.push_back(static_cast<std::byte>(i % 251));
    constexpr std::uint16_t kCut = 200;
    const auto both = halves(whole, kCut);
    const auto& first = both[0];
    const auto& last = both[1];
    Reaction all;
    const auto take = [&](const Reaction& reaction) {
        all.arrivals.insert(all.arrivals.end(), reaction.arrivals.begin(), reaction.arrivals.end());
    };
    const auto send_first = [&] {
        take(bench.send_bytes(Side::Outside, first_half_bytes(whole, first, kCut),
                              "UDP, the first fragment"));
    };
    if (in_order) send_first();
    take(bench.send(Side::Outside, last));
    if (!in_order) send_first();
    const std::string order = in_order ? "in order" : "out of order";
    if (put_together(all.arrivals, Side::Inside) != whole.payload) {
        return violates("Two fragments " + order + " did not reach the inside host.");
    }
    const bool right_host =
        std::all_of(all.arrivals.begin(), all.arrivals.end(), [](const Arrival& arrival) {
            return arrival.side != Side::Inside || arrival.packet.destination.ip == host_a().ip;
        });
    if (!right_host) return violates("A fragment went to another host.");
    return meets("Two fragments " + order + " reached the inside host.");
}

Judgement out_of_order(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    if (auto judgement = receives(trial, true); judgement.status != Status::Meets) {
        return judgement;
    }
    return receives(trial, false);
}

/// Thousands of last fragments whose first never comes.
Judgement survives_flood(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto outside = bench.udp_out(host_a(), server_1());
    if (!outside) return violates("The first packet did not get out.");
    for (unsigned i = 0; i < 5000; ++i) {
        Packet orphan = udp_packet(server_2(), *outside, 1000);
        orphan.identification = static_cast<std::uint16_t>(i);
        orphan.fragment_offset_bytes = 1480;
        bench.send_quietly(Side::Outside, orphan);
    }
    bench.remark("5000 fragments of a stranger that will never be complete");
    if (!bench.udp_in(server_1(), *outside, host_a())) {
        return violates("After a flood of fragments whole packets came in no more.");
    }
    if (bench.udp_out(host_a(5001), server_1()) == std::nullopt) {
        return violates("After a flood of fragments whole packets got out no more.");
    }
    return meets("Whole packets passed after 5000 fragments that were never complete.");
}

}  // namespace

std::vector<Check> fragment_checks() {
    return {
        {"rfc4787/req-13", "Too big with DF", Requirement::Must, "RFC 4787", "10",
         "A packet with DF that does not fit is refused with \"fragmentation needed\".",
         "2000 bytes with DF from inside.",
         "ICMP 3/4 with the link's MTU and the packet as sent goes to the sender.", frag_needed},
        {"rfc4787/req-13a", "Too big without DF", Requirement::Must, "RFC 4787", "10",
         "A packet without DF that does not fit is fragmented, in order.",
         "2000 bytes without DF from inside.", "Fragments that fit leave in order.",
         fragments_big_packets},
        {"rfc4787/req-14", "Fragments in any order", Requirement::Must, "RFC 4787", "11",
         "Fragments are received in and out of order.",
         "Two fragments from a server that was sent to, in order and the other way round.",
         "The datagram reaches the inside host, whole or in fragments.", out_of_order},
        {"rfc4787/req-14a", "Floods of fragments", Requirement::Must, "RFC 4787", "11",
         "Fragments that are never complete do not keep other packets from passing.",
         "5000 last fragments of a stranger, then whole packets in and out.",
         "The whole packets pass.", survives_flood},
    };
}

}  // namespace portolan::nat::conformance
