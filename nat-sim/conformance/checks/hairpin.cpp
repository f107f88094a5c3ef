#include "nat-sim/conformance/bench.hpp"
#include "nat-sim/conformance/checks/groups.hpp"

namespace portolan::nat::conformance {
namespace {

using report::Requirement;

struct Hairpin {
    Bench bench;
    TransportAddress a_outside;
    TransportAddress b_outside;
    std::optional<Packet> at_b;  ///< what host B received
};

Packet first_packet(Protocol protocol, const TransportAddress& from, const TransportAddress& to) {
    return protocol == Protocol::Tcp ? tcp_packet(from, to, kSyn) : udp_packet(from, to);
}

/// Host B is known outside, and has sent to host A's outside endpoint, so that no filter of this
/// box stands in the way; then host A sends to B's. Nothing when even that failed.
std::optional<Hairpin> turn_around(Trial& trial, Protocol protocol) {
    Bench bench = trial.bench();
    const auto a = bench.out(protocol, host_a(), server_1());
    const auto b = bench.out(protocol, host_b(5002), server_1());
    if (!a || !b) return std::nullopt;
    bench.send(Side::Inside, first_packet(protocol, host_b(5002), *a));
    const Reaction reaction = bench.send(Side::Inside, first_packet(protocol, host_a(), *b));
    Hairpin out{std::move(bench), *a, *b, std::nullopt};
    const Packet* seen = reaction.on(Side::Inside);
    if (seen != nullptr && seen->destination == host_b(5002) && reaction.checksums_ok()) {
        out.at_b = *seen;
    }
    return out;
}

Judgement supported(Trial& trial, Protocol protocol) {
    const auto hairpin = turn_around(trial, protocol);
    if (!hairpin) return violates("The first packets did not get out.");
    if (!hairpin->at_b) {
        return violates(
            "A packet to the outside endpoint of another inside host did not reach it.");
    }
    return meets("A packet to " + hairpin->b_outside.to_string() + " reached the other host.");
}

Judgement source(Trial& trial, Protocol protocol) {
    auto hairpin = turn_around(trial, protocol);
    if (!hairpin) return violates("The first packets did not get out.");
    if (!hairpin->at_b) return not_applicable("It does not hairpin at all.");
    const TransportAddress seen = hairpin->at_b->source;
    if (seen.ip != hairpin->a_outside.ip) {
        return violates("The other host saw the source " + seen.to_string() +
                        ", which is no outside address.");
    }
    return meets("The other host saw the outside source " + seen.to_string() + ".");
}

Judgement udp_supported(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    return supported(trial, Protocol::Udp);
}
Judgement udp_source(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    return source(trial, Protocol::Udp);
}
Judgement tcp_supported(Trial& trial) {
    if (auto not_here = needs_tcp(trial)) return *not_here;
    return supported(trial, Protocol::Tcp);
}
Judgement tcp_source(Trial& trial) {
    if (auto not_here = needs_tcp(trial)) return *not_here;
    return source(trial, Protocol::Tcp);
}

/// Host B refuses the hairpinned packet: the refusal has to find host A.
std::optional<Packet> refusal_at_a(Trial& trial) {
    auto hairpin = turn_around(trial, Protocol::Udp);
    if (!hairpin || !hairpin->at_b) return std::nullopt;
    const Packet error = icmp_error(host_b().ip, hairpin->at_b->source.ip, kDestinationUnreachable,
                                    3, *hairpin->at_b);
    const Reaction reaction = hairpin->bench.send(Side::Inside, error);
    const Packet* seen = reaction.error_on(Side::Inside);
    return seen == nullptr ? std::nullopt : std::optional(*seen);
}

Judgement icmp_supported(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    if (auto hairpin = turn_around(trial, Protocol::Udp); hairpin && !hairpin->at_b) {
        return violates("It does not hairpin at all.");
    }
    const auto seen = refusal_at_a(trial);
    if (!seen) return violates("Port unreachable about a hairpinned packet did not come back.");
    const auto inner = embedded(*seen);
    if (!inner || inner->packet.source != host_a()) {
        return violates("Port unreachable came back, and does not show the packet that was sent.");
    }
    return meets("Port unreachable about a hairpinned packet showed it as host A sent it.");
}

Judgement icmp_destination(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    const auto seen = refusal_at_a(trial);
    if (!seen) return not_applicable("Errors about hairpinned packets do not come back at all.");
    const auto inner = embedded(*seen);
    if (!inner || inner->packet.source.ip != seen->destination.ip) {
        return violates("It was sent to " + seen->destination.ip.to_string() +
                        ", and the packet in it is from somebody else.");
    }
    return meets("It was sent to " + seen->destination.ip.to_string() +
                 ", the source of the packet in it.");
}

Judgement icmp_query(Trial& trial) {
    if (auto not_here = needs_icmp(trial)) return *not_here;
    if (trial.parameters().kind.ipv4 != Translation::OneToOne) {
        return not_applicable("Only Basic NATs have to hairpin queries.");
    }
    Bench bench = trial.bench();
    const auto b = bench.echo_out(host_b(2), server_1());
    if (!b) return violates("The first echo request did not get out.");
    const Packet request = echo_packet(host_a(1), *b);
    const Reaction reaction = bench.send(Side::Inside, request);
    const Packet* seen = reaction.on(Side::Inside);
    if (seen == nullptr || seen->destination.ip != host_b().ip) {
        return violates("An echo request to the other host's outside address did not reach it.");
    }
    return meets("An echo request to the other host's outside address reached it.");
}

}  // namespace

std::vector<Check> hairpin_checks() {
    return {
        {"rfc4787/req-9", "Hairpinning", Requirement::Must, "RFC 4787", "6",
         "Inside hosts reach each other by their outside endpoints.",
         "From one inside host to the outside endpoint of another that has sent to it.",
         "The packet reaches the other host.", udp_supported},
        {"rfc4787/req-9a", "Source of hairpinned packets", Requirement::Must, "RFC 4787", "6",
         "A hairpinned packet has the sender's outside address and port as its source.",
         "From one inside host to the outside endpoint of another that has sent to it.",
         "The other host sees an outside source.", udp_source},
        {"rfc5382/req-8", "Hairpinning of TCP", Requirement::Must, "RFC 5382", "7.2",
         "Inside hosts connect to each other by their outside endpoints.",
         "SYNs of two inside hosts to each other's outside endpoints.",
         "The SYN reaches the other host.", tcp_supported},
        {"rfc5382/req-8a", "Source of hairpinned TCP", Requirement::Must, "RFC 5382", "7.2",
         "A hairpinned segment has the sender's outside address and port as its source.",
         "SYNs of two inside hosts to each other's outside endpoints.",
         "The other host sees an outside source.", tcp_source},
        {"rfc5508/req-7", "Hairpinned ICMP errors", Requirement::Must, "RFC 5508", "5",
         "ICMP errors about hairpinned packets find their way back.",
         "A hairpinned packet, and port unreachable from the host that got it.",
         "The error reaches the sender, with the packet as it was sent.", icmp_supported},
        {"rfc5508/req-7-query", "Hairpinned ICMP queries", Requirement::Must, "RFC 5508", "5",
         "A Basic NAT hairpins echo requests.",
         "An echo request to the outside address of another inside host.", "It reaches that host.",
         icmp_query},
        {"rfc5508/req-7a", "Destination of hairpinned ICMP errors", Requirement::Must, "RFC 5508",
         "5", "A hairpinned error goes to the source of the packet in it.",
         "A hairpinned packet, and port unreachable from the host that got it.",
         "The error's destination is the embedded packet's source.", icmp_destination},
    };
}

}  // namespace portolan::nat::conformance
