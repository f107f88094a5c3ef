#include "nat-sim/conformance/bench.hpp"
#include "nat-sim/conformance/checks/groups.hpp"

namespace portolan::nat::conformance {
namespace {

using report::Requirement;

Judgement time_exceeded(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    Bench bench = trial.bench();
    Packet packet = udp_packet(host_a(), server_1());
    packet.ttl = 1;
    const Reaction reaction = bench.send(Side::Inside, packet);
    if (reaction.on(Side::Outside) != nullptr) return violates("A packet with TTL 1 left.");
    const Packet* error = reaction.error_on(Side::Inside);
    if (error == nullptr) return violates("Nobody told the sender that the TTL had run out.");
    if (error->icmp_type != kTimeExceeded || error->icmp_code != 0) {
        return violates("The sender was told something else than \"time exceeded\".");
    }
    const auto inner = embedded(*error);
    if (!inner || inner->packet.source != host_a() || error->destination.ip != host_a().ip) {
        return violates("\"Time exceeded\" does not show the sender its own packet.");
    }
    return meets("Time exceeded with the packet as sent came back.");
}

Judgement source_quench(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto outside = bench.udp_out(host_a(), server_1());
    if (!outside) return violates("The first packet did not get out.");
    const Reaction reaction = bench.send(
        Side::Outside,
        icmp_error(server_1().ip, outside->ip, kSourceQuench, 0, udp_packet(*outside, server_1())));
    if (!reaction.silent()) return violates("A source quench came in.");
    return meets("A source quench was dropped.");
}

Judgement copies_class(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    Bench bench = trial.bench();
    Packet packet = udp_packet(host_a(), server_1());
    packet.ttl = 1;
    packet.traffic_class = 0xB8;  // expedited forwarding
    const Reaction reaction = bench.send(Side::Inside, packet);
    const Packet* error = reaction.error_on(Side::Inside);
    if (error == nullptr) return not_applicable("It sends no error that could carry the class.");
    if (error->traffic_class != 0xB8) {
        return violates("The error has class " + std::to_string(error->traffic_class) +
                        " instead of the packet's.");
    }
    return meets("The error has the class of the packet that caused it.");
}

/// RFC 1812 s4.3.2.7: no error about an error, nor about a later fragment.
Judgement no_error_about_errors(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto outside = bench.udp_out(host_a(), server_1());
    if (!outside || !bench.udp_in(server_1(), *outside, host_a())) {
        return violates("The first packets did not pass.");
    }
    Packet error = icmp_error(host_a().ip, server_1().ip, kDestinationUnreachable, 3,
                              udp_packet(server_1(), host_a()));
    error.ttl = 1;
    if (!bench.send(Side::Inside, error).silent()) {
        return violates("An ICMP error with TTL 1 was answered.");
    }
    Packet fragment = udp_packet(host_a(), server_1(), 64);
    fragment.fragment_offset_bytes = 1480;
    fragment.ttl = 1;
    if (bench.send(Side::Inside, fragment).error_on(Side::Inside) != nullptr) {
        return violates("A later fragment with TTL 1 was answered.");
    }
    return meets("Neither an ICMP error nor a later fragment with TTL 1 was answered.");
}

/// Uses up what the box has for a new flow of host A; the reaction to the first that gets none.
std::optional<Reaction> exhaust(Trial& trial, Bench& bench) {
    const auto& capacity = trial.parameters().capacity;
    const std::uint32_t rate = capacity.max_new_mappings_per_second;
    for (std::uint32_t i = 0; i < 70'000; ++i) {
        if (rate != 0 && i % rate == rate - 1) bench.wait(std::chrono::seconds(2));
        const auto port = static_cast<std::uint16_t>(1024 + i % 64'000);
        const auto remote = static_cast<std::uint16_t>(7000 + i / 64'000);
        Reaction reaction =
            bench.send_quietly(Side::Inside, udp_packet(host_a(port), server_1(remote)));
        if (reaction.on(Side::Outside) == nullptr) {
            bench.remark(std::to_string(i) + " packets from as many endpoints got out; then " +
                         reaction.reason);
            return reaction;
        }
    }
    return std::nullopt;
}

Judgement refused_flows(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    if (auto not_here = needs_shared_addresses(trial)) return *not_here;
    Bench bench = trial.bench();
    const auto refused = exhaust(trial, bench);
    if (!refused) return not_applicable("70,000 flows of one host did not exhaust it.");
    const Packet* error = refused->error_on(Side::Inside);
    if (error == nullptr) return violates("A flow without resources was dropped silently.");
    if (error->icmp_type != kDestinationUnreachable || error->icmp_code != 13) {
        return violates("A flow without resources was answered with ICMP " +
                        std::to_string(error->icmp_type) + "/" + std::to_string(error->icmp_code) +
                        ".");
    }
    return meets("A flow without resources was answered with ICMP 3/13.");
}

}  // namespace

std::vector<Check> icmp_generation_checks() {
    return {
        {"rfc5508/req-8", "Refused flows", Requirement::Should, "RFC 5508", "6",
         "A flow for which there are no resources is refused with ICMP 3/13. RFC 6888 REQ-11 "
         "asks carrier-grade NATs for 3/1 instead.",
         "Flows of one host until one does not get out.", "ICMP 3/13 goes to the sender.",
         refused_flows},
        {"rfc5508/req-10a-time-exceeded", "Time exceeded", Requirement::Must, "RFC 5508", "7.2",
         "A packet whose TTL runs out is refused with \"time exceeded\".",
         "A packet with TTL 1 from inside.", "ICMP 11/0 with the packet as sent comes back.",
         time_exceeded},
        {"rfc5508/req-10c", "Source quench", Requirement::Should, "RFC 5508", "7",
         "Source quench is not supported.", "Source quench about a mapping.", "It is dropped.",
         source_quench},
        {"rfc5508/req-10d", "Class of ICMP errors", Requirement::Should, "RFC 5508", "7.7",
         "An ICMP error has the differentiated services class of the packet that caused it.",
         "A packet with class EF and TTL 1.", "The error has class EF.", copies_class},
        {"rfc5508/req-10e", "When not to send ICMP errors", Requirement::Should, "RFC 5508", "7",
         "Errors are not answered with errors, nor are later fragments.",
         "An ICMP error and a later fragment, both with TTL 1.", "No error comes back.",
         no_error_about_errors},
    };
}

}  // namespace portolan::nat::conformance
