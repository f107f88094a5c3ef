#include <array>
#include <set>

#include "nat-sim/conformance/bench.hpp"
#include "nat-sim/conformance/checks/groups.hpp"

namespace portolan::nat::conformance {
namespace {

using report::Requirement;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Time kMargin = seconds(1);

TransportAddress v6_endpoint(std::uint8_t host, std::uint16_t port) {
    return {IpAddress::v6({0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, host}), port};
}
TransportAddress v6_a(std::uint16_t port = 5000) {
    return v6_endpoint(0x10, port);
}
TransportAddress v6_b(std::uint16_t port = 5000) {
    return v6_endpoint(0x11, port);
}

/// 64:ff9b::/96 and the IPv4 address (RFC 6052 s2.2).
TransportAddress synthesised(const TransportAddress& v4) {
    std::array<std::uint8_t, 16> octets{0x00, 0x64, 0xff, 0x9b};
    for (std::size_t i = 0; i < 4; ++i)
        octets[12 + i] = v4.ip.octets()[i];
    return {IpAddress::v6(octets), v4.port};
}

Packet first_packet(Protocol protocol, const TransportAddress& source,
                    const TransportAddress& destination, std::uint8_t flags = kSyn) {
    return protocol == Protocol::Tcp ? tcp_packet(source, destination, flags)
                                     : udp_packet(source, destination);
}

/// The IPv4 endpoint that a packet from `inside` to the IPv4 server leaves with.
std::optional<TransportAddress> out(Bench& bench, Protocol protocol, const TransportAddress& inside,
                                    const TransportAddress& server, std::uint8_t flags = kSyn) {
    const Reaction reaction =
        bench.send(Side::Inside, first_packet(protocol, inside, synthesised(server), flags));
    const Packet* seen = reaction.on(Side::Outside);
    if (seen == nullptr || !reaction.checksums_ok() || seen->is_ipv6() ||
        seen->protocol != protocol || seen->destination != server) {
        return std::nullopt;
    }
    return seen->source;
}

bool in(Bench& bench, Protocol protocol, const TransportAddress& server,
        const TransportAddress& outside, const TransportAddress& inside,
        std::uint8_t flags = kAck) {
    const Reaction reaction =
        bench.send(Side::Outside, first_packet(protocol, server, outside, flags));
    const Packet* seen = reaction.on(Side::Inside);
    return seen != nullptr && reaction.checksums_ok() && seen->destination == inside &&
           seen->source == synthesised(server);
}

Judgement translates(Trial& trial) {
    if (auto not_here = needs_nat64(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto outside = out(bench, Protocol::Udp, v6_a(), server_1());
    if (!outside) {
        return violates("A packet to the synthesised address did not leave toward the server.");
    }
    if (!in(bench, Protocol::Udp, server_1(), *outside, v6_a())) {
        return violates("The answer did not come in from the synthesised address.");
    }
    return meets("The embedded address was the server's, both ways.");
}

Judgement only_prefix(Trial& trial) {
    if (auto not_here = needs_nat64(trial)) return *not_here;
    Bench bench = trial.bench();
    const TransportAddress elsewhere{
        IpAddress::v6({0x20, 0x01, 0x0d, 0xb8, 9, 9, 0, 0, 0, 0, 0, 0, 198, 51, 100, 1}), 7000};
    const Reaction reaction = bench.send(Side::Inside, udp_packet(v6_a(), elsewhere));
    if (reaction.on(Side::Outside) != nullptr) {
        return violates("A packet to an address without the prefix left.");
    }
    return meets("A packet to an address without the prefix did not leave.");
}

Judgement no_loop(Trial& trial) {
    if (auto not_here = needs_nat64(trial)) return *not_here;
    Bench bench = trial.bench();
    const Reaction reaction =
        bench.send(Side::Inside, udp_packet(synthesised(server_2()), synthesised(server_1())));
    if (!reaction.silent()) return violates("A packet from a synthesised address was processed.");
    return meets("A packet from a synthesised address was dropped silently.");
}

Judgement endpoint_independent(Trial& trial) {
    if (auto not_here = needs_nat64(trial)) return *not_here;
    Bench bench = trial.bench();
    out(bench, Protocol::Udp, v6_b(), server_1());
    const auto first = out(bench, Protocol::Udp, v6_a(), server_1());
    if (!first) return violates("The first packet did not get out.");
    for (const auto& server : {server_1(7001), server_2()}) {
        const auto next = out(bench, Protocol::Udp, v6_a(), server);
        if (next != first) {
            return violates("It used " + shown(first) + " and " + shown(next) + ".");
        }
    }
    return meets("It used " + shown(first) + " toward three endpoints.");
}

Judgement no_sharing(Trial& trial) {
    if (auto not_here = needs_nat64(trial)) return *not_here;
    Bench bench = trial.bench();
    std::set<TransportAddress> used;
    for (const auto& inside : {v6_a(), v6_b(), v6_endpoint(0x12, 5000)}) {
        const auto outside = out(bench, Protocol::Udp, inside, server_1());
        if (!outside) return violates("A packet did not get out.");
        if (!used.insert(*outside).second) {
            return violates("Two hosts share " + shown(outside) + ".");
        }
    }
    return meets("Three hosts with one port got three IPv4 endpoints.");
}

Judgement port_rules(Trial& trial) {
    if (auto not_here = needs_nat64(trial)) return *not_here;
    Bench bench = trial.bench();
    for (std::uint16_t i = 0; i < 16; ++i) {
        for (const auto port :
             {static_cast<std::uint16_t>(600 + i), static_cast<std::uint16_t>(40'000 + i)}) {
            for (const auto host : {0x10, 0x11}) {
                const auto outside =
                    out(bench, Protocol::Udp, v6_endpoint(static_cast<std::uint8_t>(host), port),
                        server_1());
                if (!outside) return violates("A packet did not get out.");
                const std::string text =
                    "Port " + std::to_string(port) + " became " + std::to_string(outside->port);
                if ((outside->port < 1024) != (port < 1024)) return violates(text + ".");
                if (outside->port % 2 != port % 2) return violates(text + ": parity changed.");
            }
        }
    }
    return meets("64 ports kept their side of 1024 and their parity.");
}

Judgement udp_lives(Trial& trial, Time idle) {
    if (auto not_here = needs_nat64(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto outside = out(bench, Protocol::Udp, v6_a(), server_1());
    if (!outside) return violates("The first packet did not get out.");
    bench.wait(idle - kMargin);
    if (in(bench, Protocol::Udp, server_1(), *outside, v6_a())) {
        return meets("A packet came in just before the timer.");
    }
    return violates("The session was gone before its time.");
}

Judgement udp_min(Trial& trial) {
    return udp_lives(trial, minutes(2));
}
Judgement udp_default(Trial& trial) {
    return udp_lives(trial, minutes(5));
}

Judgement unmatched(Trial& trial) {
    if (auto not_here = needs_nat64(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto outside = out(bench, Protocol::Udp, v6_a(), server_1());
    if (!outside) return violates("The first packet did not get out.");
    const TransportAddress nobody{outside->ip, static_cast<std::uint16_t>(outside->port ^ 0x4000U)};
    if (bench.send(Side::Outside, udp_packet(server_1(), nobody)).on(Side::Inside) != nullptr) {
        return violates("A packet for a port that nobody has came in.");
    }
    return meets("A packet for a port that nobody has was dropped.");
}

Judgement filtering(Trial& trial) {
    if (auto not_here = needs_nat64(trial)) return *not_here;
    if (trial.parameters().filtering.udp == FilteringRule::EndpointIndependent) {
        return not_applicable("It filters by endpoint-independent rules.");
    }
    Bench bench = trial.bench();
    const auto outside = out(bench, Protocol::Udp, v6_a(), server_1());
    if (!outside) return violates("The first packet did not get out.");
    if (in(bench, Protocol::Udp, server_2(), *outside, v6_a())) {
        return violates("A host that was never sent to was let in.");
    }
    if (!in(bench, Protocol::Udp, server_1(7001), *outside, v6_a())) {
        return violates("Another port of the server that was sent to was not let in.");
    }
    return meets("The filter went by address.");
}

std::optional<TransportAddress> connect(Bench& bench) {
    const auto outside = out(bench, Protocol::Tcp, v6_a(), server_1());
    if (!outside || !in(bench, Protocol::Tcp, server_1(), *outside, v6_a(), kSyn | kAck) ||
        out(bench, Protocol::Tcp, v6_a(), server_1(), kAck) != outside) {
        return std::nullopt;
    }
    return outside;
}

Judgement tcp_established(Trial& trial) {
    if (auto not_here = needs_nat64(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto outside = connect(bench);
    if (!outside) return violates("No connection came about.");
    bench.wait(hours(2) + minutes(4) - kMargin);
    if (in(bench, Protocol::Tcp, server_1(), *outside, v6_a())) {
        return meets("An open connection survived 2 h 4 min of silence.");
    }
    return violates("An open connection was forgotten within 2 h 4 min of silence.");
}

Judgement tcp_transitory(Trial& trial) {
    if (auto not_here = needs_nat64(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto outside = out(bench, Protocol::Tcp, v6_a(), server_1());
    if (!outside) return violates("The SYN did not get out.");
    bench.wait(minutes(4) - kMargin);
    if (in(bench, Protocol::Tcp, server_1(), *outside, v6_a(), kSyn | kAck)) {
        return meets("An answer to a SYN came in after four minutes.");
    }
    return violates("A half-open connection was forgotten within four minutes.");
}

Judgement query(Trial& trial) {
    if (auto not_here = needs_nat64(trial)) return *not_here;
    Bench bench = trial.bench();
    const Reaction request =
        bench.send(Side::Inside, echo_packet(v6_a(77), synthesised(server_1())));
    const Packet* seen = request.on(Side::Outside);
    if (seen == nullptr || seen->protocol != Protocol::Icmp || seen->icmp_type != kEchoRequest ||
        !request.checksums_ok()) {
        return violates("An ICMPv6 echo request did not leave as an ICMP one.");
    }
    const TransportAddress outside = seen->source;
    bench.wait(seconds(59));
    const Reaction reply =
        bench.send(Side::Outside, echo_packet({server_1().ip, outside.port}, outside, true));
    seen = reply.on(Side::Inside);
    if (seen == nullptr || seen->protocol != Protocol::Icmpv6 || seen->icmp_type != kV6EchoReply ||
        seen->destination.ip != v6_a().ip || seen->source.port != 77 || !reply.checksums_ok()) {
        return violates("The echo reply did not come in after 59 s.");
    }
    return meets("The echo reply came in after 59 s with the identifier of the request.");
}

Judgement error_from_outside(Trial& trial) {
    if (auto not_here = needs_nat64(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto outside = out(bench, Protocol::Udp, v6_a(), server_1());
    if (!outside) return violates("The first packet did not get out.");
    const Reaction reaction =
        bench.send(Side::Outside, icmp_error(server_1().ip, outside->ip, kDestinationUnreachable, 3,
                                             udp_packet(*outside, server_1())));
    const Packet* seen = reaction.error_on(Side::Inside);
    if (seen == nullptr || !reaction.checksums_ok()) {
        return violates("Port unreachable did not come in.");
    }
    // RFC 7915 s4.2: port unreachable is type 1 code 4.
    if (seen->icmp_type != kV6Unreachable || seen->icmp_code != 4) {
        return violates("Port unreachable became " + std::to_string(seen->icmp_type) + "/" +
                        std::to_string(seen->icmp_code) + ".");
    }
    const auto inner = embedded(*seen);
    if (!inner || inner->packet.source != v6_a() ||
        inner->packet.destination != synthesised(server_1())) {
        return violates("The embedded packet is not what the host sent.");
    }
    return meets("Port unreachable came in as ICMPv6 1/4 about what the host sent.");
}

Judgement hairpin(Trial& trial) {
    if (auto not_here = needs_nat64(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto a = out(bench, Protocol::Udp, v6_a(), server_1());
    const auto b = out(bench, Protocol::Udp, v6_b(5002), server_1());
    if (!a || !b) return violates("The first packets did not get out.");
    bench.send(Side::Inside, udp_packet(v6_b(5002), synthesised(*a)));
    const Reaction reaction = bench.send(Side::Inside, udp_packet(v6_a(), synthesised(*b)));
    const Packet* seen = reaction.on(Side::Inside);
    if (seen == nullptr || seen->destination != v6_b(5002)) {
        return violates("A packet to another host's IPv4 endpoint did not reach it.");
    }
    if (seen->source != synthesised(*a)) {
        return violates("The other host saw the source " + seen->source.to_string() + ".");
    }
    return meets("A packet to another host's IPv4 endpoint reached it.");
}

}  // namespace

std::vector<Check> nat64_checks() {
    return {
        {"rfc6146/3.5-destination", "Only the prefix", Requirement::Must, "RFC 6146", "3.5",
         "Only packets to addresses with the prefix are processed.",
         "UDP to an IPv6 address without the prefix.", "Nothing leaves toward IPv4.", only_prefix},
        {"rfc6146/3.5-source", "No loops", Requirement::Must, "RFC 6146", "3.5",
         "Packets from addresses with the prefix are dropped silently.",
         "UDP from one synthesised address to another.", "Nothing comes out.", no_loop},
        {"rfc6146/3.5.1-filtering", "Filtering by address", Requirement::May, "RFC 6146", "3.5.1",
         "Filtering may be by address, and then lets in whoever's address was sent to.",
         "UDP out; UDP in from a stranger, and from another port of the same server.",
         "The stranger's does not come in, the other does.", filtering},
        {"rfc6146/3.5.1-mapping", "Endpoint-independent mapping", Requirement::Must, "RFC 6146",
         "3.5.1", "One IPv6 endpoint has one IPv4 endpoint toward everybody.",
         "UDP from one socket to three endpoints, after another host has taken the port.",
         "All leave from one IPv4 endpoint.", endpoint_independent},
        {"rfc6146/3.5.1-udp-default", "UDP sessions live five minutes", Requirement::Should,
         "RFC 6146", "3.5.1", "UDP sessions live for five minutes by default.",
         "UDP out; an answer 299 s later.", "The answer comes in.", udp_default},
        {"rfc6146/3.5.1-udp-min", "UDP sessions live two minutes", Requirement::Must, "RFC 6146",
         "3.5.1", "UDP sessions live for at least two minutes.", "UDP out; an answer 119 s later.",
         "The answer comes in.", udp_min},
        {"rfc6146/3.5.1-unmatched", "IPv4 packets without entry", Requirement::Must, "RFC 6146",
         "3.5.1", "An IPv4 packet for which there is no entry is dropped.",
         "UDP in for a port that nobody has.", "Nothing comes in.", unmatched},
        {"rfc6146/3.5.1.1-ports", "Port class and parity", Requirement::Should, "RFC 6146",
         "3.5.1.1", "Ports keep their side of 1024 and their parity.",
         "UDP from ports below and above 1024 of two hosts.",
         "Each keeps its side of 1024 and its parity.", port_rules},
        {"rfc6146/3.5.1.1-unique", "IPv4 endpoints are not shared", Requirement::Must, "RFC 6146",
         "3.5.1.1", "No two entries have one IPv4 endpoint.", "UDP from one port of three hosts.",
         "They leave from three IPv4 endpoints.", no_sharing},
        {"rfc6146/3.5.2.2-established", "Open connections live 2 h 4 min", Requirement::Must,
         "RFC 6146", "3.5.2.2", "An open connection is kept through 2 h 4 min of silence.",
         "A handshake; a segment from the server just under 2 h 4 min later.",
         "The segment comes in.", tcp_established},
        {"rfc6146/3.5.2.2-transitory", "Half-open connections live four minutes", Requirement::Must,
         "RFC 6146", "3.5.2.2", "A connection that is not open yet is kept for four minutes.",
         "A SYN; its answer just under four minutes later.", "The answer comes in.",
         tcp_transitory},
        {"rfc6146/3.5.3", "ICMP queries", Requirement::Must, "RFC 6146", "3.5.3",
         "Echo requests are translated, and their sessions live 60 s.",
         "An ICMPv6 echo request; the ICMP reply 59 s later.",
         "The reply comes in with the identifier of the request.", query},
        {"rfc6146/3.5.4", "Addresses with the prefix", Requirement::Must, "RFC 6146", "3.5.4",
         "IPv4 addresses are embedded as RFC 6052 s2.2 says.",
         "UDP to a synthesised address, and the answer.",
         "It reaches the embedded address, and the answer comes from the synthesised one.",
         translates},
        {"rfc6146/3.7-error", "ICMP errors", Requirement::Must, "RFC 6146", "3.7",
         "ICMP errors become ICMPv6 errors about what the host sent.",
         "Port unreachable from the server.", "ICMPv6 1/4 with the packet as sent comes in.",
         error_from_outside},
        {"rfc6146/3.8", "Hairpinning", Requirement::Must, "RFC 6146", "3.8",
         "Hosts reach each other by their IPv4 endpoints.",
         "UDP between two hosts by their synthesised IPv4 endpoints.",
         "It arrives, from the sender's synthesised IPv4 endpoint.", hairpin},
    };
}

}  // namespace portolan::nat::conformance
