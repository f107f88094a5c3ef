#include "nat-sim/conformance/bench.hpp"
#include "nat-sim/conformance/checks/groups.hpp"

namespace portolan::nat::conformance {
namespace {

using report::Requirement;

/// What can be asked about the mapping of one socket: does it depend on the address, on the port?
struct Behaviour {
    bool ok = false;
    bool by_address = false;
    bool by_port = false;

    friend bool operator==(const Behaviour&, const Behaviour&) = default;
};

std::string in_words(const Behaviour& behaviour) {
    if (!behaviour.ok) return "blocked";
    if (!behaviour.by_address && !behaviour.by_port) return "endpoint-independent";
    if (!behaviour.by_port) return "address-dependent";
    return behaviour.by_address ? "address-and-port-dependent" : "port-dependent";
}

Behaviour observe(Bench& bench, const TransportAddress& inside) {
    const auto first = bench.udp_out(inside, server_1());
    const auto port = bench.udp_out(inside, server_1(7001));
    const auto address = bench.udp_out(inside, server_2());
    return {first && port && address, address != first, port != first};
}

Judgement compare(const Behaviour& before, const Behaviour& after, const std::string& when) {
    if (!before.ok) return violates("The first packets did not get out.");
    if (before == after) return meets("It stayed " + in_words(before) + " " + when + ".");
    return violates("It was " + in_words(before) + " and became " + in_words(after) + " " + when +
                    ".");
}

/// The second host that uses a port must be treated as the first.
Judgement collision(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    if (auto not_here = needs_shared_addresses(trial)) return *not_here;
    Bench bench = trial.bench();
    const Behaviour first = observe(bench, host_a());
    const Behaviour second = observe(bench, host_b());
    if (auto judgement = compare(first, second, "for the second host on a port");
        judgement.status != Status::Meets) {
        return judgement;
    }
    // A port that somebody else has toward one destination only.
    bench.udp_out(host_b(5100), server_2());
    return compare(first, observe(bench, host_a(5100)), "with conflicts toward one destination");
}

/// Hundreds of mappings later.
Judgement load(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    Bench bench = trial.bench();
    const Behaviour before = observe(bench, host_a());
    const auto& capacity = trial.parameters().capacity;
    const auto burst = capacity.max_new_mappings_per_second;
    for (std::uint16_t i = 0; i < 512; ++i) {
        // Within the quotas of carrier-grade boxes.
        if (burst != 0 && i % 64 == 0) bench.wait(std::chrono::seconds(1));
        const auto host = static_cast<std::uint8_t>(20 + i % 16);
        const TransportAddress inside{IpAddress::v4({192, 168, 1, host}),
                                      static_cast<std::uint16_t>(6000 + i)};
        bench.send_quietly(Side::Inside, udp_packet(inside, server_1()));
    }
    bench.remark("512 packets from 16 other hosts");
    return compare(before, observe(bench, host_a(5200)), "after 512 mappings of other hosts");
}

/// The peer's packet comes to the box before this side's own packet leaves.
Judgement peer_first(Trial& trial) {
    if (auto not_here = needs_udp(trial)) return *not_here;
    const auto mapping_with = [&](bool peer_sends_first) {
        Bench bench = trial.bench();
        const auto stun = bench.udp_out(host_a(), server_1());
        if (!stun) return std::pair{stun, stun};
        if (peer_sends_first) bench.send(Side::Outside, udp_packet(server_2(), *stun));
        return std::pair{stun, bench.udp_out(host_a(), server_2())};
    };
    const auto [stun_alone, alone] = mapping_with(false);
    const auto [stun_first, peer] = mapping_with(true);
    if (!alone || !peer) return violates("A packet did not get out.");
    const bool same_alone = stun_alone == alone;
    const bool same_after = stun_first == peer;
    if (same_alone == same_after) {
        return meets("The peer's packet that came first changed nothing.");
    }
    return violates("When the peer's packet came first, it used " + shown(stun_first) +
                    " toward the server and " + shown(peer) + " toward the peer; else " +
                    shown(stun_alone) + " and " + shown(alone) + ".");
}

}  // namespace

std::vector<Check> determinism_checks() {
    return {
        {"rfc4787/req-11-collision", "Same behaviour with port collisions", Requirement::Must,
         "RFC 4787", "8", "Mapping does not depend on who else uses the port.",
         "From one port of two hosts to two addresses and two ports; then from a port that another "
         "host has toward one destination only.",
         "Every socket's mapping depends on the same things.", collision},
        {"rfc4787/req-11-load", "Same behaviour under load", Requirement::Must, "RFC 4787", "8",
         "Mapping does not depend on how much there is to do.",
         "To two addresses and two ports, before and after 512 packets of other hosts.",
         "The mapping depends on the same things as before.", load},
        {"rfc4787/req-11-peer-first", "Same behaviour when the peer sends first", Requirement::Must,
         "RFC 4787", "8", "Mapping does not depend on what came from outside.",
         "To one server; a packet in from a peer; then to that peer.",
         "The peer sees the same outside endpoint as without its early packet.", peer_first},
    };
}

}  // namespace portolan::nat::conformance
