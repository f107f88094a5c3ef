#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "nat-sim/conformance/bench.hpp"
#include "nat-sim/conformance/checks/groups.hpp"

namespace portolan::nat::conformance {
namespace {

using report::Requirement;
using std::chrono::seconds;

constexpr std::uint32_t kManyFlows = 66'000;
constexpr std::uint32_t kManyDestinations = 60'000;

/// New flows of host A to one server until one does not get out; never faster than the box allows.
struct Flood {
    std::uint32_t passed_count = 0;
    std::optional<Reaction> refused;
};

Flood flood(Trial& trial, Bench& bench, const TransportAddress& host) {
    Flood out;
    const std::uint32_t rate = trial.parameters().capacity.max_new_mappings_per_second;
    for (std::uint32_t i = 0; i < kManyFlows; ++i) {
        if (rate != 0 && i % rate == rate - 1) bench.wait(seconds(1));
        const TransportAddress inside{host.ip, static_cast<std::uint16_t>(1024 + i % 64'000)};
        const auto remote = server_1(static_cast<std::uint16_t>(7000 + i / 64'000));
        Reaction reaction = bench.send_quietly(Side::Inside, udp_packet(inside, remote));
        if (reaction.on(Side::Outside) == nullptr) {
            out.refused = std::move(reaction);
            break;
        }
        ++out.passed_count;
    }
    bench.remark(std::to_string(out.passed_count) + " flows of one host got out" +
                 (out.refused ? "; then: " + out.refused->reason : ""));
    return out;
}

Judgement paired(Trial& trial) {
    if (auto not_here = needs_carrier(trial)) return *not_here;
    Bench bench = trial.bench_with_pool();
    std::set<IpAddress> used;
    for (std::uint16_t port = 5000; port < 5016; ++port) {
        const auto udp = bench.udp_out(host_a(port), server_1());
        const auto tcp = bench.tcp_out(host_a(port), server_2());
        if (!udp || !tcp) return violates("A packet did not get out.");
        used.insert(udp->ip);
        used.insert(tcp->ip);
    }
    if (used.size() == 1) return meets("UDP and TCP of one host shared one outside address.");
    return violates("UDP and TCP of one host used " + std::to_string(used.size()) +
                    " outside addresses.");
}

/// Subscribers spread over a pool with gaps, and nothing else is used.
Judgement pool_with_gaps(Trial& trial) {
    if (auto not_here = needs_carrier(trial)) return *not_here;
    if (auto not_here = needs_shared_addresses(trial)) return *not_here;
    Bench bench = trial.bench_with_pool();
    const std::set<IpAddress> pool = {IpAddress::v4({203, 0, 113, 1}),
                                      IpAddress::v4({203, 0, 113, 5}),
                                      IpAddress::v4({203, 0, 113, 33})};
    std::set<IpAddress> used;
    for (std::uint8_t host = 2; host < 254; ++host) {
        const auto outside = bench.udp_out({IpAddress::v4({192, 168, 1, host}), 5000}, server_1());
        // More subscribers than a fixed division into blocks has room for is no fault.
        if (!outside) continue;
        used.insert(outside->ip);
        if (!pool.contains(outside->ip)) {
            return violates(outside->ip.to_string() + " is not in the pool.");
        }
    }
    if (used.size() < 2) return violates("252 subscribers used one address of a pool of three.");
    return meets("252 subscribers used " + std::to_string(used.size()) +
                 " addresses of a pool with gaps.");
}

Judgement port_limit(Trial& trial) {
    if (auto not_here = needs_carrier(trial)) return *not_here;
    Bench bench = trial.bench();
    const Flood first = flood(trial, bench, host_a());
    if (!first.refused) {
        return violates("One subscriber got ports for " + std::to_string(first.passed_count) +
                        " flows without an end.");
    }
    if (first.passed_count > 60'000) {
        return violates("One subscriber got all the ports of an address.");
    }
    if (!bench.udp_out(host_b(), server_1())) {
        return violates("When one subscriber had its ports, another got none.");
    }
    return meets("One subscriber got ports for " + std::to_string(first.passed_count) +
                 " flows, and another still got its own.");
}

Judgement rate_limit(Trial& trial) {
    if (auto not_here = needs_carrier(trial)) return *not_here;
    Bench bench = trial.bench();
    std::uint32_t passed = 0;
    for (std::uint16_t i = 0; i < 1500; ++i) {
        const Reaction reaction = bench.send_quietly(
            Side::Inside, udp_packet(host_a(static_cast<std::uint16_t>(2000 + i)), server_1()));
        if (reaction.on(Side::Outside) != nullptr) ++passed;
    }
    bench.remark("1500 flows of one host at once, of which " + std::to_string(passed) + " got out");
    if (passed == 1500) return violates("One subscriber made 1500 mappings at once.");
    if (!bench.udp_out(host_b(), server_1())) {
        return violates("When one subscriber was too fast, another got no mapping.");
    }
    return meets(std::to_string(passed) +
                 " of 1500 flows at once got out, and another "
                 "subscriber was not held up.");
}

/// Whether a box has to keep something for each destination, so that its limits can be seen.
std::optional<Judgement> needs_state_of_destinations(const Trial& trial) {
    const Parameters& p = trial.parameters();
    if (p.mapping.udp == MappingRule::EndpointIndependent &&
        p.filtering.udp == FilteringRule::EndpointIndependent) {
        return not_applicable(
            "Neither its mapping nor its filter depends on the destination: it needs no state for "
            "each.");
    }
    return std::nullopt;
}

Judgement state_limit(Trial& trial) {
    if (auto not_here = needs_carrier(trial)) return *not_here;
    if (auto not_here = needs_state_of_destinations(trial)) return *not_here;
    Bench bench = trial.bench();
    const std::uint32_t rate = trial.parameters().capacity.max_new_mappings_per_second;
    std::uint32_t passed = 0;
    for (; passed < kManyDestinations; ++passed) {
        if (rate != 0 && passed % rate == rate - 1) bench.wait(seconds(1));
        const auto remote = server_1(static_cast<std::uint16_t>(1024 + passed));
        const Reaction reaction = bench.send_quietly(Side::Inside, udp_packet(host_a(), remote));
        if (reaction.on(Side::Outside) == nullptr) break;
    }
    const std::string seen = std::to_string(passed) + " destinations";
    bench.remark("packets of one endpoint to " + seen + " got out");
    if (passed == kManyDestinations) {
        return violates("One endpoint of a subscriber had state for " + seen + " at a time.");
    }
    if (!bench.udp_out(host_b(), server_1())) {
        return violates("When one subscriber had its state, another got none.");
    }
    return meets("One endpoint of a subscriber had state for " + seen + " and no more.");
}

Judgement state_rate(Trial& trial) {
    if (auto not_here = needs_carrier(trial)) return *not_here;
    if (auto not_here = needs_state_of_destinations(trial)) return *not_here;
    Bench bench = trial.bench();
    std::uint32_t passed = 0;
    for (std::uint16_t i = 0; i < 1500; ++i) {
        const auto remote = server_1(static_cast<std::uint16_t>(2000 + i));
        const Reaction reaction = bench.send_quietly(Side::Inside, udp_packet(host_a(), remote));
        if (reaction.on(Side::Outside) != nullptr) ++passed;
    }
    bench.remark("to 1500 destinations at once, of which " + std::to_string(passed) +
                 " were reached");
    if (passed == 1500) return violates("One endpoint reached 1500 destinations at once.");
    return meets("One endpoint reached " + std::to_string(passed) +
                 " of 1500 destinations at once.");
}

Judgement open_filter(Trial& trial) {
    if (auto not_here = needs_carrier(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto outside = bench.udp_out(host_a(), server_1());
    if (!outside) return violates("The first packet did not get out.");
    if (!bench.udp_in(server_2(), *outside, host_a())) {
        return violates("A host that was never sent to was not let in.");
    }
    return meets("A host that was never sent to was let in.");
}

/// The outside port that one subscriber gave up goes to another at once, or not.
Judgement quarantine(Trial& trial) {
    if (auto not_here = needs_carrier(trial)) return *not_here;
    const auto& p = trial.parameters();
    if (p.filtering.udp != FilteringRule::EndpointIndependent) {
        return not_applicable(
            "Its filter keeps out what is meant for the port's last user "
            "(exception c).");
    }
    Bench bench = trial.bench();
    std::set<TransportAddress> given_up;
    for (std::uint16_t i = 0; i < 256; ++i) {
        const auto outside =
            bench.udp_out(host_a(static_cast<std::uint16_t>(2000 + i)), server_1());
        if (outside) given_up.insert(*outside);
    }
    if (given_up.empty()) return violates("Nothing got out.");
    // All have just expired.
    bench.wait(std::max(p.timers.udp_unreplied, p.timers.udp_stream) + seconds(1));
    for (std::uint16_t i = 0; i < 2000; ++i) {
        const std::uint32_t rate = p.capacity.max_new_mappings_per_second;
        if (rate != 0 && i % rate == rate - 1) bench.wait(seconds(1));
        // The same inside ports, and with them the same wishes, as the first subscriber had.
        const Packet packet = udp_packet(host_b(static_cast<std::uint16_t>(2000 + i)), server_1());
        const Reaction reaction = bench.send_quietly(Side::Inside, packet);
        const Packet* seen = reaction.on(Side::Outside);
        if (seen != nullptr && given_up.contains(seen->source)) {
            bench.remark("host B got " + seen->source.to_string());
            return violates("Another subscriber got " + seen->source.to_string() +
                            " within seconds of its release.");
        }
    }
    return meets("None of 256 ports that one subscriber had given up went to another.");
}

/// A PCP ANNOUNCE request (RFC 6887 s14.1), version 2, to the box.
Judgement port_control(Trial& trial) {
    if (auto not_here = needs_carrier(trial)) return *not_here;
    Bench bench = trial.bench();
    const TransportAddress box{IpAddress::v4({192, 168, 1, 1}), 5351};
    Packet request = udp_packet(host_a(), box, 60);
    std::fill(request.payload.begin(), request.payload.end(), std::byte{0});
    request.payload[0] = std::byte{2};  // version
    request.payload[1] = std::byte{1};  // MAP
    request.payload[6] = std::byte{0x0E};
    request.payload[7] = std::byte{0x10};  // 3600 s
    // The client's address as IPv4-mapped IPv6.
    request.payload[18] = request.payload[19] = std::byte{0xFF};
    for (std::size_t i = 0; i < 4; ++i)
        request.payload[20 + i] = static_cast<std::byte>(host_a().ip.octets()[i]);
    request.payload[36] = std::byte{17};  // UDP
    request.payload[40] = std::byte{0x1B};
    request.payload[41] = std::byte{0x58};  // internal port 7000
    request.payload[42] = std::byte{0x1B};
    request.payload[43] = std::byte{0x58};
    request.payload[54] = request.payload[55] = std::byte{0xFF};  // suggested ::ffff:0.0.0.0
    const Reaction reaction = bench.send(Side::Inside, request);
    const Packet* answer = reaction.on(Side::Inside);
    if (answer == nullptr || answer->payload.size() < 60) {
        return violates("A PCP request got no answer.");
    }
    if (answer->payload[3] != std::byte{0}) {
        return violates("A PCP request was refused with result " +
                        std::to_string(std::to_integer<int>(answer->payload[3])) + ".");
    }
    const auto port =
        static_cast<std::uint16_t>((std::to_integer<unsigned>(answer->payload[42]) << 8U) |
                                   std::to_integer<unsigned>(answer->payload[43]));
    std::array<std::uint8_t, 4> address{};
    for (std::size_t i = 0; i < 4; ++i)
        address[i] = std::to_integer<std::uint8_t>(answer->payload[56 + i]);
    const TransportAddress outside{IpAddress::v4(address), port};
    if (!bench.udp_in(server_1(), outside, host_a(7000))) {
        return violates("A packet to " + outside.to_string() +
                        ", which PCP had promised, did not come in.");
    }
    return meets("PCP promised " + outside.to_string() + ", and a packet to it came in.");
}

Judgement exhausted_drops(Trial& trial) {
    if (auto not_here = needs_carrier(trial)) return *not_here;
    Bench bench = trial.bench();
    const Flood result = flood(trial, bench, host_a());
    if (!result.refused) return violates("It never ran out of ports for one subscriber.");
    return meets("The flow after " + std::to_string(result.passed_count) + " did not get out.");
}

Judgement exhausted_tells(Trial& trial) {
    if (auto not_here = needs_carrier(trial)) return *not_here;
    Bench bench = trial.bench();
    const Flood result = flood(trial, bench, host_a());
    if (!result.refused) return violates("It never ran out of ports for one subscriber.");
    const Packet* error = result.refused->error_on(Side::Inside);
    if (error == nullptr) return violates("The flow that did not get out was dropped silently.");
    if (error->icmp_type != kDestinationUnreachable || error->icmp_code != 1) {
        return violates("The sender was told " + std::to_string(error->icmp_type) + "/" +
                        std::to_string(error->icmp_code) + ".");
    }
    return meets("The sender was told host unreachable (3/1).");
}

Judgement exhausted_keeps(Trial& trial) {
    if (auto not_here = needs_carrier(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto first = bench.udp_out(host_a(1023 + 1), server_1());
    if (!first) return violates("The first packet did not get out.");
    flood(trial, bench, host_a());
    if (!bench.udp_in(server_1(), *first, host_a(1024))) {
        return violates("The first mapping was gone when there were no more ports.");
    }
    return meets("The first mapping was still there when there were no more ports.");
}

/// Every port of the range can be used.
Judgement utilisation(Trial& trial) {
    if (auto not_here = needs_carrier(trial)) return *not_here;
    if (auto not_here = needs_shared_addresses(trial)) return *not_here;
    Bench bench = trial.bench();
    std::set<std::uint16_t> used;
    const std::uint32_t rate = trial.parameters().capacity.max_new_mappings_per_second;
    for (unsigned i = 0; i < 64; ++i) {
        const auto host = static_cast<std::uint8_t>(2 + i);
        for (unsigned n = 0; n < 2000; ++n) {
            if (rate != 0 && n % rate == rate - 1) bench.wait(seconds(1));
            const Packet packet = udp_packet(
                {IpAddress::v4({192, 168, 1, host}), static_cast<std::uint16_t>(1024 + n * 31)},
                server_1());
            const Reaction reaction = bench.send_quietly(Side::Inside, packet);
            if (const Packet* seen = reaction.on(Side::Outside)) used.insert(seen->source.port);
        }
    }
    const std::string count = std::to_string(used.size());
    bench.remark("64 hosts with 2000 flows each used " + count + " ports of one address");
    // Half of all: what a fixed division gives to subscribers that are not there counts as used.
    if (used.size() < 24'000) return violates("64 busy subscribers could use " + count + " ports.");
    return meets("64 busy subscribers used " + count + " ports of one address.");
}

/// The outside ports that a host gets for its flows.
std::set<std::uint16_t> ports_of(Trial& trial, Bench& bench, const TransportAddress& host) {
    constexpr std::uint32_t kFlows = 1000;
    const std::uint32_t rate = trial.parameters().capacity.max_new_mappings_per_second;
    std::set<std::uint16_t> out;
    for (std::uint32_t i = 0; i < kFlows; ++i) {
        if (rate != 0 && i % rate == rate - 1) bench.wait(seconds(1));
        // Far apart, so that ports which are kept do not look like a block.
        const TransportAddress inside{host.ip, static_cast<std::uint16_t>(1024 + i * 61)};
        const Reaction reaction = bench.send_quietly(Side::Inside, udp_packet(inside, server_1()));
        if (const Packet* seen = reaction.on(Side::Outside)) out.insert(seen->source.port);
    }
    return out;
}

/// Whether what has to be written down to find out later who had a port is a line for each block,
/// or nothing where blocks are computed (RFC 7422), rather than one for each mapping.
Judgement log_volume(Trial& trial) {
    if (auto not_here = needs_carrier(trial)) return *not_here;
    if (auto not_here = needs_shared_addresses(trial)) return *not_here;
    // As many blocks as two subscribers with 1000 flows each may well have.
    constexpr std::size_t kFewBlocks = 64;
    Bench bench = trial.bench();
    const std::set<std::uint16_t> of_a = ports_of(trial, bench, host_a());
    const std::set<std::uint16_t> of_b = ports_of(trial, bench, host_b());
    if (of_a.empty() || of_b.empty()) return violates("A subscriber got no ports.");
    std::size_t blocks = 0;
    std::optional<bool> last;
    std::set<std::uint16_t> both = of_a;
    both.insert(of_b.begin(), of_b.end());
    for (const std::uint16_t port : both) {
        const bool is_a = of_a.contains(port);
        if (last != is_a) ++blocks;
        last = is_a;
    }
    bench.remark(std::to_string(of_a.size()) + " and " + std::to_string(of_b.size()) +
                 " ports of two hosts in " + std::to_string(blocks) + " blocks");
    if (blocks <= kFewBlocks) {
        return meets("The ports of two subscribers lay in " + std::to_string(blocks) +
                     " blocks, which is as many lines.");
    }
    Bench other = trial.bench();
    const std::set<std::uint16_t> first_of_b = ports_of(trial, other, host_b());
    const auto shared = std::count_if(first_of_b.begin(), first_of_b.end(),
                                      [&](std::uint16_t port) { return of_a.contains(port); });
    other.remark("host B, when it came first, got " + std::to_string(shared) +
                 " of the ports that host A had got as the first");
    if (shared == 0) {
        return meets(
            "Whoever came first, no port was one subscriber's and then the other's: who has a port "
            "can be computed.");
    }
    return violates("The ports of two subscribers lay in " + std::to_string(blocks) +
                    " pieces, other ones each time: every mapping needs a line.");
}

/// The next port does not follow from the last one.
Judgement guessing(Trial& trial) {
    if (auto not_here = needs_carrier(trial)) return *not_here;
    Bench bench = trial.bench();
    std::map<int, int> steps;
    int last = -1;
    for (std::uint16_t i = 0; i < 200; ++i) {
        const auto outside =
            bench.udp_out(host_a(static_cast<std::uint16_t>(2000 + i)), server_1());
        if (!outside) return violates("A packet did not get out.");
        if (last >= 0) ++steps[outside->port - last];
        last = outside->port;
    }
    int most = 0;
    for (const auto& [step, count] : steps)
        most = std::max(most, count);
    if (most > 50) {
        return violates(std::to_string(most) + " of 199 ports had one distance to the one before.");
    }
    return meets("The most frequent distance of 199 between ports occurred " +
                 std::to_string(most) + " times.");
}

}  // namespace

std::vector<Check> carrier_checks() {
    return {
        {"rfc6888/req-2", "Paired addresses", Requirement::Must, "RFC 6888", "3",
         "All mappings of a subscriber have one outside address, whatever the protocol.",
         "UDP and TCP from 16 ports of one host, with a pool of three addresses.",
         "All have one outside address.", paired},
        {"rfc6888/req-3", "Pools with gaps", Requirement::Must, "RFC 6888", "3",
         "The pool of outside addresses need not be contiguous.",
         "From 252 hosts, with a pool of three addresses that are apart.",
         "More than one address is used, and none outside the pool.", pool_with_gaps},
        {"rfc6888/req-4", "Ports of a subscriber are limited", Requirement::Must, "RFC 6888", "3",
         "One subscriber cannot have all ports.", "66,000 flows of one host, then one of another.",
         "The first host's end somewhere, and the other's still gets out.", port_limit},
        {"rfc6888/req-4c", "New mappings are limited in rate", Requirement::Should, "RFC 6888", "3",
         "One subscriber cannot make mappings without a limit of rate.",
         "1500 flows of one host at once, then one of another.",
         "Not all of the first host's get out, and the other's does.", rate_limit},
        {"rfc6888/req-5", "State of a subscriber is limited", Requirement::Should, "RFC 6888", "3",
         "The state of a mapping and of a subscriber, sessions and filters too, can be limited.",
         "Packets of one endpoint to 60,000 destinations, then one of another host.",
         "The first host's end somewhere, and the other's still gets out.", state_limit},
        {"rfc6888/req-5b", "New state is limited in rate", Requirement::Should, "RFC 6888", "3",
         "A subscriber cannot make state without a limit of rate.",
         "Packets of one endpoint to 1500 destinations at once.", "Not all get out.", state_rate},
        // Not here: REQ-6, for no simulated NAT has destinations that it does not translate; and
        // REQ-12, for it keeps no log of its own: --events is the simulation's.
        {"rfc6888/req-7", "Endpoint-independent filtering", Requirement::Should, "RFC 6888", "3",
         "Whoever knows the outside endpoint may send to it.",
         "One packet out; one in from a host that was never sent to.", "It comes in.", open_filter},
        {"rfc6888/req-8", "Ports rest before others get them", Requirement::Should, "RFC 6888", "3",
         "A released port is not given to another for 120 s.",
         "256 flows of one host that expire; seconds later 2000 flows of another.",
         "None of the released ports is used.", quarantine},
        {"rfc6888/req-9", "Port control", Requirement::Must, "RFC 6888", "3",
         "Subscribers can ask for mappings, by PCP.",
         "A PCP MAP request for UDP port 7000; a packet to the port it grants.",
         "PCP grants an outside endpoint, and a packet to it comes in.", port_control},
        {"rfc6888/req-11a", "Without ports packets are dropped", Requirement::Must, "RFC 6888", "3",
         "A packet for which no mapping can be made is dropped.",
         "Flows of one host until there are no ports for it.", "The last does not get out.",
         exhausted_drops},
        {"rfc6888/req-11b", "Without ports the sender is told", Requirement::Should, "RFC 6888",
         "3", "The sender is told host unreachable. RFC 5508 REQ-8 asks NATs for 3/13 instead.",
         "Flows of one host until there are no ports for it.", "ICMP 3/1 goes to the sender.",
         exhausted_tells},
        {"rfc6888/req-11d", "Without ports mappings stay", Requirement::Must, "RFC 6888", "3",
         "Mappings are not deleted to make room for new ones.",
         "One flow; many more until there are no ports; an answer to the first.",
         "The answer comes in.", exhausted_keeps},
        {"rfc6888/req-13", "Ports are used", Requirement::Should, "RFC 6888", "5",
         "The scheme of allocation lets subscribers use most ports.",
         "2000 flows each of 64 hosts behind one address.",
         "At least 24,000 ports are in use (three eighths).", utilisation},
        {"rfc6888/req-14", "Logs are small", Requirement::Should, "RFC 6888", "5",
         "The scheme of allocation lets a line of the log stand for many mappings.",
         "1000 flows each of two hosts, in one order and in the other.",
         "Their ports lie in few blocks, or each host's follow from its address.", log_volume},
        {"rfc6888/req-15", "Ports are hard to guess", Requirement::Should, "RFC 6888", "5",
         "The next port does not follow from the last.", "From 200 ports of one host.",
         "No distance between outside ports is frequent.", guessing},
    };
}

}  // namespace portolan::nat::conformance
