#include <set>

#include "nat-sim/conformance/bench.hpp"
#include "nat-sim/conformance/checks/groups.hpp"

namespace portolan::nat::conformance {
namespace {

using report::Requirement;

std::optional<Judgement> needs(Protocol protocol, const Trial& trial) {
    return protocol == Protocol::Tcp ? needs_tcp(trial) : needs_udp(trial);
}

Judgement endpoint_independent(Trial& trial, Protocol protocol) {
    if (auto not_here = needs(protocol, trial)) return *not_here;
    Bench bench = trial.bench();
    // A second host has the port already: what only looks endpoint-independent shows here.
    bench.out(protocol, host_b(), server_1());
    const auto first = bench.out(protocol, host_a(), server_1());
    if (!first) return violates("The first packet did not get out.");
    for (const auto& remote : {server_1(7001), server_2(), server_2(7001)}) {
        const auto next = bench.out(protocol, host_a(), remote);
        if (next != first) {
            return violates("Toward " + server_1().to_string() + " it used " + shown(first) +
                            ", toward " + remote.to_string() + " " + shown(next) + ".");
        }
    }
    return meets("It used " + shown(first) + " toward two addresses and two ports.");
}

Judgement udp_mapping(Trial& trial) {
    return endpoint_independent(trial, Protocol::Udp);
}
Judgement tcp_mapping(Trial& trial) {
    return endpoint_independent(trial, Protocol::Tcp);
}

Judgement paired_pooling(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    Bench bench = trial.bench_with_pool();
    std::set<IpAddress> used;
    for (std::uint16_t port = 5000; port < 5032; ++port) {
        const auto outside =
            bench.udp_out(host_a(port), server_1(static_cast<std::uint16_t>(7000 + port % 4)));
        if (!outside) return violates("A packet did not get out.");
        used.insert(outside->ip);
    }
    const std::string count = std::to_string(used.size());
    if (used.size() == 1) return meets("32 sockets of one host shared one outside address.");
    return violates("32 sockets of one host used " + count + " outside addresses.");
}

/// Two hosts, one inside port, one destination: who is meant by the answer?
Judgement no_overloading(Trial& trial, Protocol protocol) {
    if (auto not_here = needs(protocol, trial)) return *not_here;
    if (auto not_here = needs_shared_addresses(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto a = bench.out(protocol, host_a(), server_1());
    const auto b = bench.out(protocol, host_b(), server_1());
    if (!a) return violates("The first packet did not get out.");
    // A NAT that refuses the second host has not overloaded the port.
    if (a == b) return violates("Two hosts share " + shown(a) + " toward one destination.");
    return meets("The hosts got " + shown(a) + " and " + shown(b) + ".");
}

Judgement udp_overloading(Trial& trial) {
    return no_overloading(trial, Protocol::Udp);
}
Judgement tcp_overloading(Trial& trial) {
    return no_overloading(trial, Protocol::Tcp);
}

Judgement port_class(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    Bench bench = trial.bench();
    for (std::uint16_t i = 0; i < 16; ++i) {
        const auto low_port = static_cast<std::uint16_t>(500 + i);
        const auto low = bench.udp_out(host_a(low_port), server_1());
        const auto high = bench.udp_out(host_a(static_cast<std::uint16_t>(1024 + i)), server_1());
        const auto low_again = bench.udp_out(host_b(low_port), server_1());
        for (const auto& [outside, is_low] :
             {std::pair{low, true}, {high, false}, {low_again, true}}) {
            if (!outside) return violates("A packet did not get out.");
            if ((outside->port < 1024) != is_low) {
                return violates(std::string("An inside port ") + (is_low ? "below" : "from") +
                                " 1024 became " + std::to_string(outside->port) + ".");
            }
        }
    }
    return meets("48 ports stayed on their side of 1024, with conflicts too.");
}

Judgement parity(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    Bench bench = trial.bench();
    for (std::uint16_t port = 5000; port < 5032; ++port) {
        for (const auto& inside : {host_a(port), host_b(port)}) {
            const auto outside = bench.udp_out(inside, server_1());
            if (!outside) return violates("A packet did not get out.");
            if (outside->port % 2 != port % 2) {
                return violates("Port " + std::to_string(port) + " became " +
                                std::to_string(outside->port) + ".");
            }
        }
    }
    return meets("32 ports of two hosts kept their parity.");
}

/// Toward different destinations, too, an outside port answers to one host only, or the answers
/// come to the right one.
Judgement overlapping(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    if (auto not_here = needs_shared_addresses(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto a = bench.udp_out(host_a(), server_1());
    const auto b = bench.udp_out(host_b(), server_2());
    if (!a || !b) return violates("A packet did not get out.");
    if (a != b) return meets("Two hosts toward two servers got two ports: nothing overlaps.");
    if (!bench.udp_in(server_1(), *a, host_a()) || !bench.udp_in(server_2(), *b, host_b())) {
        return violates("Both hosts share " + shown(a) + ", and an answer went astray.");
    }
    return meets("Both hosts share " + shown(a) + ", and each got its own answer.");
}

Judgement protocol_dependence(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    if (auto not_here = needs_tcp(trial)) return *not_here;
    if (auto not_here = needs_shared_addresses(trial)) return *not_here;
    Bench bench = trial.bench();
    // Host B has the port for UDP only, so that TCP of host A could keep it, and its UDP cannot.
    bench.udp_out(host_b(), server_1());
    const auto udp = bench.udp_out(host_a(), server_1());
    const auto tcp = bench.tcp_out(host_a(), server_1());
    if (!udp || !tcp) return violates("A packet did not get out.");
    if (udp == tcp && udp->port != host_a().port) {
        return violates("TCP got the port that UDP was moved to: they share a mapping.");
    }
    return meets("UDP left from " + shown(udp) + ", TCP from " + shown(tcp) + ".");
}

/// Without port preservation ports must not be guessed from the one before; with it, only those
/// that had to change.
Judgement randomised(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    if (auto not_here = needs_shared_addresses(trial)) return *not_here;
    Bench bench = trial.bench();
    std::vector<int> changed;
    for (std::uint16_t i = 0; i < 24; ++i) {
        const auto port = static_cast<std::uint16_t>(5000 + 2 * i);
        bench.udp_out(host_b(port), server_1());
        const auto outside = bench.udp_out(host_a(port), server_1());
        if (outside && outside->port != port) changed.push_back(outside->port);
    }
    if (changed.size() < 8) return not_applicable("It changed too few ports to tell.");
    std::set<int> steps;
    for (std::size_t i = 1; i < changed.size(); ++i)
        steps.insert(changed[i] - changed[i - 1]);
    if (steps.size() * 2 < changed.size()) {
        return violates(std::to_string(changed.size()) + " changed ports follow each other in " +
                        std::to_string(steps.size()) + " kinds of steps.");
    }
    return meets(std::to_string(changed.size()) + " changed ports had " +
                 std::to_string(steps.size()) + " different distances.");
}

/// Two hosts whose datagrams have one identification toward one destination: fragments on the way
/// would be put together wrongly.
Judgement identification(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    if (auto not_here = needs_shared_addresses(trial)) return *not_here;
    Bench bench = trial.bench();
    std::set<std::uint16_t> seen;
    for (const auto& inside : {host_a(), host_b()}) {
        Packet packet = udp_packet(inside, server_1());
        packet.identification = 4711;
        const Reaction reaction = bench.send(Side::Inside, packet);
        const Packet* outside = reaction.on(Side::Outside);
        if (outside == nullptr) return violates("A packet did not get out.");
        seen.insert(outside->identification);
    }
    if (seen.size() == 2) return meets("Two hosts' equal identifications left as different ones.");
    return violates("Two hosts' datagrams left with the same identification.");
}

/// When the paired address has no port left, the host gets no other address.
Judgement paired_exhausted(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    if (auto not_here = needs_shared_addresses(trial)) return *not_here;
    Bench bench = trial.bench_with_pool();
    std::set<IpAddress> used;
    // Toward one destination even a NAT that overlaps ports runs out of them.
    for (unsigned port = 1; port <= 65535; ++port) {
        Packet packet = udp_packet(host_a(static_cast<std::uint16_t>(port)), server_1());
        const Reaction reaction = bench.send_quietly(Side::Inside, packet);
        if (const Packet* outside = reaction.on(Side::Outside)) used.insert(outside->source.ip);
    }
    // Those ports of the address that no inside port asked for: from a second host.
    if (used.empty()) return violates("Nothing got out.");
    bench.remark("65535 packets from as many ports of host A used " + std::to_string(used.size()) +
                 " outside addresses");
    if (used.size() == 1) return meets("65535 sockets of one host used one outside address.");
    return violates("65535 sockets of one host used " + std::to_string(used.size()) +
                    " outside addresses.");
}

}  // namespace

std::vector<Check> mapping_checks() {
    return {
        {"rfc4787/req-1", "Endpoint-independent mapping", Requirement::Must, "RFC 4787", "4.1",
         "One inside address and port has the same outside address and port toward everybody.",
         "From one socket to two addresses and two ports, after another host has taken the port.",
         "All packets leave from one outside endpoint.", udp_mapping},
        {"rfc4787/req-2", "Paired addresses", Requirement::Should, "RFC 4787", "4.1",
         "All sockets of one host have the same outside address.",
         "From 32 ports of one host, with three outside addresses to choose from.",
         "All packets leave from one outside address.", paired_pooling},
        {"rfc4787/req-3", "No port overloading", Requirement::Must, "RFC 4787", "4.2.1",
         "Two hosts never share an outside port where answers could not be told apart.",
         "From one port of two hosts to the same destination.",
         "The packets leave from two outside endpoints, or the second does not leave.",
         udp_overloading},
        {"rfc4787/req-3a", "Port class", Requirement::Should, "RFC 4787", "4.2.1",
         "Ports below 1024 become ports below 1024, and no others do.",
         "From 16 ports below 1024 and 16 above, and from another host's.",
         "Every outside port is on the same side of 1024 as the inside port.", port_class},
        {"rfc4787/req-4", "Port parity", Requirement::Should, "RFC 4787", "4.2.2",
         "Even ports become even ports, odd ones odd. RFC 7857 s8 allows to do without.",
         "From 32 ports of two hosts.", "Every outside port has the parity of the inside port.",
         parity},
        {"rfc5382/req-1", "Endpoint-independent mapping for TCP", Requirement::Must, "RFC 5382",
         "4.1",
         "One inside address and port has the same outside address and port toward everybody.",
         "SYNs from one port to two addresses and two ports, after another host has taken it.",
         "All SYNs leave from one outside endpoint.", tcp_mapping},
        {"rfc5382/req-7", "No port overloading for TCP", Requirement::Must, "RFC 5382", "7.1",
         "Two hosts never share an outside port where answers could not be told apart.",
         "SYNs from one port of two hosts to the same destination.",
         "The SYNs leave from two outside endpoints, or the second does not leave.",
         tcp_overloading},
        {"rfc7857/3", "Port overlapping", Requirement::May, "RFC 7857", "3",
         "Hosts may share an outside port if their destinations differ, and answers still find "
         "the right host.",
         "From one port of two hosts to two servers, and the servers' answers.",
         "Two outside ports; or one, and each host gets its own answer.", overlapping},
        {"rfc7857/4", "Paired addresses when ports run out", Requirement::Should, "RFC 7857", "4",
         "A host whose outside address has no port left gets none of another address.",
         "From all 65535 ports of one host, with three outside addresses.",
         "All packets that leave have one outside address.", paired_exhausted},
        {"rfc7857/5", "Mapping by protocol", Requirement::Should, "RFC 7857", "5",
         "UDP and TCP of one inside endpoint have mappings of their own.",
         "UDP and TCP from one port, whose number another host has for UDP.",
         "TCP is not moved to the port that UDP had to take.", protocol_dependence},
        {"rfc7857/9", "Ports hard to guess", Requirement::Should, "RFC 7857", "9",
         "Ports that the NAT changes are not predictable; ports that can be kept are kept.",
         "From 24 ports of two hosts to one destination.",
         "The distances between changed ports differ.", randomised},
        {"rfc7857/10", "Identification of datagrams", Requirement::Should, "RFC 7857", "10",
         "Datagrams of different hosts do not leave with one identification toward one "
         "destination while they may be fragmented.",
         "One datagram each of two hosts with the same identification, without DF.",
         "The datagrams leave with different identifications.", identification},
    };
}

}  // namespace portolan::nat::conformance
