// Parameters 1 to 10: mappings, filters, ports, timers, limits.

#include <set>

#include "nat-sim/behavior/tests/parameter_proofs.hpp"
#include "nat-sim/behavior/tests/proof.hpp"

namespace portolan::nat::test::proofs {

std::string mapping(Sabotage sabotage) {
    Proof proof;
    const auto ports = [&](MappingRule rule, bool tcp_too) {
        Parameters p = rules(rule, kApdf);
        p.port_allocation.strategy = PortStrategy::Random;
        Lab lab(p, box_addresses(), sabotage);
        std::vector<std::uint16_t> all;
        for (const Address& remote : {kX, kX2, kY, kX}) {
            const Fate fate =
                tcp_too ? lab.out(tcp(kHost, remote, kSyn)) : lab.out(udp(kHost, remote));
            all.push_back(fate.view.from.port);
        }
        proof.holds(all[3] == all[0], "the same destination got another port");
        return std::set<std::uint16_t>(all.begin(), all.end()).size();
    };
    for (const bool tcp_too : {false, true}) {
        proof.equal(ports(kEim, tcp_too), 1U, "EIM is not one port");
        proof.equal(ports(kAdm, tcp_too), 2U, "ADM is not one port for each address");
        proof.equal(ports(kApdm, tcp_too), 3U, "APDM is not one port for each endpoint");
    }
    Lab lab(rules(kEim, kApdf), box_addresses(), sabotage);
    return proof.result(lab);
}

/// Of no parameter: whatever leaves has right checksums.
std::string checksum(Sabotage sabotage) {
    Proof proof;
    Lab lab({}, box_addresses(), sabotage);
    lab.map(kHost, kX);
    lab.reach(kX, kOutside);
    lab.out(tcp(kHost, kX, kSyn));
    lab.in(tcp(kX, kOutside, kSyn | kAck));
    return proof.result(lab);
}

std::string filtering(Sabotage sabotage) {
    Proof proof;
    const auto who = [&](FilteringRule rule) {
        Lab lab(rules(kEim, rule), box_addresses(), sabotage);
        lab.map(kHost, kX);
        std::string letters;
        for (const Address& remote : {kX, kX2, kY})
            letters += lab.reach(remote, kOutside) ? 'y' : 'n';
        return letters;
    };
    proof.equal(who(kEif), "yyy", "EIF does not let everybody in");
    proof.equal(who(kAdf), "yyn", "ADF does not let exactly the address in");
    proof.equal(who(kApdf), "ynn", "APDF does not let exactly the endpoint in");
    Parameters p = rules(kEim, kApdf);
    p.filtering.tcp = kEif;
    Lab lab(p, box_addresses(), sabotage);
    lab.map(kHost, kX);
    lab.out(tcp(kHost, kX, kSyn));
    proof.holds(!lab.reach(kY, kOutside), "TCP's rule holds for UDP");
    proof.holds(lab.in(tcp(kY, kOutside, kSyn)).passed(), "UDP's rule holds for TCP");
    return proof.result(lab);
}

std::string port_allocation(Sabotage sabotage) {
    Proof proof;
    const auto port = [&](Lab& lab, const Address& host) {
        const auto got = lab.map(host, kX);
        return got ? got->port : 0;
    };
    {
        Lab lab({}, box_addresses(), sabotage);
        proof.equal(port(lab, kHost), 5000, "preserve does not keep the port");
        proof.equal(port(lab, "192.168.1.2:300"), 300, "preserve does not keep a low port");
        const int low = port(lab, "192.168.1.3:300");
        proof.holds(low > 0 && low < 1024 && low != 300, "a low port became a high one");
    }
    {
        Parameters p;
        p.port_allocation.strategy = PortStrategy::Sequential;
        p.port_allocation.start = 40000;
        p.port_allocation.step = 3;
        Lab lab(p, box_addresses(), sabotage);
        proof.equal(port(lab, kHost), 40000, "sequential does not begin at its start");
        proof.equal(port(lab, kOther), 40003, "sequential does not step");
    }
    {
        Parameters p;
        p.port_allocation.strategy = PortStrategy::Random;
        Lab lab(p, box_addresses(), sabotage);
        std::set<int> seen;
        for (std::uint16_t i = 0; i < 50; ++i) {
            seen.insert(port(lab, {"192.168.1.2", static_cast<std::uint16_t>(5000 + i)}) - 5000 -
                        i);
        }
        proof.holds(seen.size() > 40, "random ports have a pattern");
    }
    {
        Parameters p;
        p.port_allocation.strategy = PortStrategy::Hash;
        Lab one(p, box_addresses(), sabotage);
        Lab two(p, box_addresses(), sabotage);
        port(two, "192.168.1.77:1234");
        proof.equal(port(one, kHost), port(two, kHost), "hash depends on what came before");
        proof.holds(port(one, kOther) != port(one, kHost), "hash gives one port to all");
    }
    {
        Parameters p;
        p.port_allocation.parity = true;
        p.port_allocation.contiguity = true;
        Lab lab(p, box_addresses(), sabotage);
        port(lab, "192.168.1.2:6000");
        const int even = port(lab, "192.168.1.3:6000");
        const int odd = port(lab, "192.168.1.3:6001");
        proof.holds(even % 2 == 0 && even != 6000, "parity is not kept");
        proof.equal(odd, even + 1, "the next port does not follow");
    }
    {
        Parameters p = rules(kApdm, kApdf);
        p.port_allocation.overlap = true;
        Lab lab(p, box_addresses(), sabotage);
        lab.map(kHost, kX);
        proof.equal(lab.map(kOther, kY), kOutside, "a port does not serve two destinations");
        proof.holds(lab.map(kOther, kX) != std::optional(kOutside), "one 5-tuple serves two hosts");
    }
    {
        Parameters p;
        p.port_allocation.strategy = PortStrategy::Block;
        p.port_allocation.block_compression_count = 14;
        p.port_allocation.block_dynamic_count = 2;
        Lab lab(p, box_addresses(), sabotage);
        // The example of RFC 7422 s2.3: 4032 ports each, from 1024 on.
        const int second = port(lab, "192.168.1.2:5000");
        proof.holds(second >= 5056 && second <= 9087, "a port outside the subscriber's block");
        proof.equal(port(lab, "192.168.1.15:5000"), 0, "there are more subscribers than blocks");
    }
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string conflict(Sabotage sabotage) {
    Proof proof;
    const auto second = [&](OnConflict reaction) {
        Parameters p;
        p.conflict.on_conflict = reaction;
        Lab lab(p, box_addresses(), sabotage);
        lab.map(kHost, kX);
        const auto got = lab.map(kOther, kX);
        return got ? int{got->port} : 0;
    };
    proof.equal(second(OnConflict::Next), 5001, "the next port was not taken");
    proof.equal(second(OnConflict::Drop), 0, "a port was given all the same");
    proof.equal(second(OnConflict::Overload), 5000, "the port was not shared");
    const int random = second(OnConflict::Random);
    proof.holds(random > 5001 || (random >= 1024 && random < 5000), "no random port");
    // As Linux: the second host is moved to a random port, and keeps that for all destinations.
    Parameters p = rules(kApdm, kApdf);
    p.port_allocation.overlap = true;
    p.conflict.stickiness = Stickiness::Source;
    Lab lab(p, box_addresses(), sabotage);
    for (const Address& remote : {kX, kX2, kY}) {
        proof.equal(lab.map(kHost, remote), kOutside, "the first host does not keep its port");
    }
    const auto moved = lab.map(kOther, kX);
    proof.holds(moved && moved->port != 5000, "two hosts have one 5-tuple");
    proof.equal(lab.map(kOther, kX2), moved, "the source is not sticky");
    proof.equal(lab.map(kOther, "203.0.113.77:1"), moved, "the source does not stick where free");
    return proof.result(lab);
}

std::string reply_binding(Sabotage sabotage) {
    Proof proof;
    const auto answer = [&](ReplyBinding binding) {
        Parameters p = rules(kApdm, kEif);
        p.port_allocation.strategy = PortStrategy::Sequential;
        p.port_allocation.start = 40000;
        p.reply_binding = binding;
        Lab lab(p, box_addresses(), sabotage);
        const auto outside = lab.map(kHost, kX);
        proof.holds(outside && lab.reach(kY, *outside) == std::optional(kHost),
                    "EIF does not let the stranger in");
        const auto back = lab.map(kHost, kY);
        proof.holds(lab.nat.invariants_hold(), "the tables contradict each other");
        return back ? back->port : 0;
    };
    proof.equal(answer(ReplyBinding::SessionAware), 40000, "the answer left by another mapping");
    proof.equal(answer(ReplyBinding::MappingTable), 40001, "the answer left by the first mapping");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string pooling(Sabotage sabotage) {
    Proof proof;
    const auto addresses = [&](Pooling pooling, bool many_remotes) {
        Parameters p;
        p.pooling = pooling;
        Lab lab(p, box_addresses(8), sabotage);
        std::set<std::string> seen;
        for (std::uint16_t i = 0; i < 40; ++i) {
            const Address remote("203.0.113." + std::to_string(many_remotes ? 1 + i : 1), 3478);
            const auto got = lab.map({"192.168.1.2", static_cast<std::uint16_t>(5000 + i)}, remote);
            if (got) seen.insert(got->ip);
        }
        return seen.size();
    };
    proof.equal(addresses(Pooling::Paired, true), 1U, "paired uses several addresses");
    proof.holds(addresses(Pooling::Arbitrary, false) > 4, "arbitrary uses few addresses");
    proof.equal(addresses(Pooling::DestinationHash, false), 1U,
                "one destination, several addresses");
    proof.holds(addresses(Pooling::DestinationHash, true) > 4, "the destination does not count");
    // Four ports on each of two addresses: strictly paired hosts get four, soft ones eight.
    const auto mappings = [&](Pooling pooling) {
        Parameters p;
        p.pooling = pooling;
        p.port_allocation.first = 20000;
        p.port_allocation.last = 20003;
        Lab lab(p, box_addresses(2), sabotage);
        int count = 0;
        for (std::uint16_t i = 0; i < 10; ++i) {
            count += lab.map({"192.168.1.2", static_cast<std::uint16_t>(5000 + i)}, kX) ? 1 : 0;
        }
        return count;
    };
    proof.equal(mappings(Pooling::Paired), 4, "paired went to another address");
    proof.equal(mappings(Pooling::Soft), 8, "soft did not go to another address");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string timers(Sabotage sabotage) {
    Proof proof;
    Parameters p = rules(kEim, kApdf);
    p.timers.udp_unreplied = 30s;
    p.timers.udp_stream = 120s;
    p.timers.udp_well_known = 5s;
    p.timers.icmp_query = 10s;
    p.timers.tcp_opening = 20s;
    p.timers.tcp_established = 1000s;
    p.timers.tcp_closing = 15s;
    p.timers.tcp_reset = 12s;
    const auto lives = [&](Time idle, const auto& start, const auto& probe) {
        Lab lab(p, box_addresses(), sabotage);
        start(lab);
        lab.wait(idle - 1us);
        const bool before = probe(lab);
        Lab again(p, box_addresses(), sabotage);
        start(again);
        again.wait(idle);
        return before && !probe(again);
    };
    const auto udp_answer = [](Lab& lab) { return lab.reach(kX, kOutside).has_value(); };
    proof.holds(lives(
                    30s, [](Lab& lab) { lab.map(kHost, kX); }, udp_answer),
                "udp_unreplied");
    proof.holds(lives(
                    120s,
                    [](Lab& lab) {
                        lab.map(kHost, kX);
                        lab.reach(kX, kOutside);
                        lab.map(kHost, kX);
                    },
                    udp_answer),
                "udp_stream");
    p.timers.udp_stream_after = 2s;
    const auto answered_after = [](Time pause) {
        return [pause](Lab& lab) {
            lab.map(kHost, kX);
            lab.reach(kX, kOutside);
            lab.wait(pause);
            lab.map(kHost, kX);
        };
    };
    proof.holds(lives(30s, answered_after(2s), udp_answer), "udp_stream_after: not yet");
    proof.holds(lives(120s, answered_after(2s + 1us), udp_answer),
                "udp_stream_after: from then on");
    proof.holds(lives(
                    5s, [](Lab& lab) { lab.map(kHost, "203.0.113.9:53"); },
                    [](Lab& lab) { return lab.reach("203.0.113.9:53", kOutside).has_value(); }),
                "udp_well_known");
    proof.holds(lives(
                    10s, [](Lab& lab) { lab.out(echo("192.168.1.2", kX, true, 77)); },
                    [](Lab& lab) { return lab.in(echo(kX, "198.51.100.1", false, 77)).passed(); }),
                "icmp_query");
    const auto open = [](Lab& lab) {
        lab.out(tcp(kHost, kX, kSyn));
        lab.in(tcp(kX, kOutside, kSyn | kAck));
        lab.out(tcp(kHost, kX, kAck));
    };
    const auto tcp_data = [](Lab& lab) { return lab.in(tcp(kX, kOutside, kAck)).passed(); };
    proof.holds(lives(
                    20s, [](Lab& lab) { lab.out(tcp(kHost, kX, kSyn)); }, tcp_data),
                "tcp_opening");
    proof.holds(lives(1000s, open, tcp_data), "tcp_established");
    proof.holds(lives(
                    15s,
                    [&](Lab& lab) {
                        open(lab);
                        lab.out(tcp(kHost, kX, kFin | kAck));
                        lab.in(tcp(kX, kOutside, kFin | kAck));
                    },
                    tcp_data),
                "tcp_closing");
    proof.holds(lives(
                    12s,
                    [&](Lab& lab) {
                        open(lab);
                        lab.in(tcp(kX, kOutside, kRst));
                    },
                    tcp_data),
                "tcp_reset");
    Lab lab(p, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string refresh(Sabotage sabotage) {
    Proof proof;
    const auto survives = [&](RefreshDirection direction, bool by_outside) {
        Parameters p;
        p.refresh.direction = direction;
        p.timers.udp_unreplied = p.timers.udp_stream = 60s;
        Lab lab(p, box_addresses(), sabotage);
        lab.map(kHost, kX);
        lab.wait(40s);
        by_outside ? lab.reach(kX, kOutside) : lab.map(kHost, kX);
        lab.wait(40s);
        return lab.reach(kX, kOutside).has_value();
    };
    proof.holds(survives(RefreshDirection::Out, false), "out does not refresh");
    proof.holds(!survives(RefreshDirection::Out, true), "in refreshes, though only out should");
    proof.holds(survives(RefreshDirection::In, true), "in does not refresh");
    proof.holds(!survives(RefreshDirection::In, false), "out refreshes, though only in should");
    proof.holds(survives(RefreshDirection::Both, true), "both: in does not refresh");
    proof.holds(survives(RefreshDirection::Both, false), "both: out does not refresh");
    const auto kept_by_stranger = [&](bool unsolicited) {
        Parameters p = rules(kEim, kEif);
        p.refresh.direction = RefreshDirection::Both;
        p.refresh.unsolicited = unsolicited;
        p.timers.udp_unreplied = p.timers.udp_stream = 60s;
        Lab lab(p, box_addresses(), sabotage);
        lab.map(kHost, kX);
        lab.wait(40s);
        lab.reach(kY, kOutside);
        lab.wait(40s);
        return lab.reach(kX, kOutside).has_value();
    };
    proof.holds(!kept_by_stranger(false), "a stranger kept the mapping alive");
    proof.holds(kept_by_stranger(true), "a stranger did not keep the mapping alive");
    const auto kept_by_error = [&](bool errors) {
        Parameters p;
        p.refresh.error_responses = errors;
        p.timers.udp_unreplied = p.timers.udp_stream = 60s;
        Lab lab(p, box_addresses(), sabotage);
        lab.map(kHost, kX);
        lab.wait(40s);
        Bytes stun_error(20);
        stun_error[0] = std::byte{0x01};
        stun_error[1] = std::byte{0x11};
        stun_error[4] = std::byte{0x21};
        stun_error[5] = std::byte{0x12};
        stun_error[6] = std::byte{0xA4};
        stun_error[7] = std::byte{0x42};
        lab.out(udp(kHost, kX, stun_error));
        lab.wait(40s);
        return lab.reach(kX, kOutside).has_value();
    };
    proof.holds(!kept_by_error(false), "an error response kept the mapping alive");
    proof.holds(kept_by_error(true), "an error response did not keep the mapping alive");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string hairpin(Sabotage sabotage) {
    Proof proof;
    const Address second = "192.168.1.3:6000";
    const Address target = "198.51.100.1:6000";
    const auto try_it = [&](HairpinMode mode, FilteringRule rule) {
        Parameters p = rules(kEim, rule);
        p.hairpin = mode;
        Lab lab(p, box_addresses(), sabotage);
        lab.map(second, kX);
        Fate fate = lab.out(udp(kHost, target));
        proof.holds(lab.broken == 0, "a packet left with a wrong checksum or length");
        return fate;
    };
    Fate fate = try_it(HairpinMode::Off, kEif);
    proof.equal(fate.outcome.reason, Reason::HairpinOff, "off turns packets round");
    fate = try_it(HairpinMode::ExternalSource, kEif);
    proof.holds(fate.passed() && fate.outcome.hairpinned && fate.outcome.out == Side::Inside,
                "external source does not turn round");
    proof.equal(fate.view.from, kOutside, "the source is not the outside one");
    proof.equal(fate.view.to, second, "it does not reach the host");
    proof.equal(fate.view.ttl, 63, "it is not one hop");
    fate = try_it(HairpinMode::ExternalSource, kApdf);
    proof.equal(fate.outcome.reason, Reason::Filtered, "the filter does not hold for hairpinning");
    fate = try_it(HairpinMode::InternalSource, kApdf);
    proof.equal(fate.view.from, kHost, "the source is not the inside one");
    proof.equal(fate.view.to, second, "it does not reach the host");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string capacity(Sabotage sabotage) {
    Proof proof;
    const auto made = [&](const Parameters& p, int hosts, int ports, Reason* last = nullptr) {
        Lab lab(p, box_addresses(), sabotage);
        int count = 0;
        for (int h = 0; h < hosts; ++h) {
            for (int i = 0; i < ports; ++i) {
                const Address from("192.168.1." + std::to_string(2 + h),
                                   static_cast<std::uint16_t>(5000 + 100 * h + i));
                const Fate fate = lab.out(udp(from, kX));
                if (fate.passed()) ++count;
                if (last != nullptr) *last = fate.outcome.reason;
            }
        }
        proof.holds(lab.nat.invariants_hold(), "the tables contradict each other");
        return count;
    };
    Reason last{};
    Parameters p;
    p.capacity.max_mappings_count = 10;
    proof.equal(made(p, 4, 5, &last), 10, "max_mappings_count");
    proof.equal(last, Reason::Capacity, "the reason is not capacity");
    p = {};
    p.capacity.max_sessions_count = 7;
    proof.equal(made(p, 4, 5, &last), 7, "max_sessions_count");
    proof.equal(last, Reason::SessionCapacity, "the reason is not session-capacity");
    p = {};
    p.capacity.max_mappings_per_host_count = 3;
    proof.equal(made(p, 4, 5, &last), 12, "max_mappings_per_host_count");
    proof.equal(last, Reason::Quota, "the reason is not quota");
    p = {};
    p.capacity.max_new_mappings_per_second = 2;
    proof.equal(made(p, 4, 5, &last), 8, "max_new_mappings_per_second");
    proof.equal(last, Reason::Rate, "the reason is not rate");
    p = {};
    p.port_allocation.first = p.port_allocation.last = 20000;
    p.timers.udp_unreplied = 10s;
    p.capacity.quarantine = 120s;
    Lab lab(p, box_addresses(), sabotage);
    proof.holds(lab.map(kHost, kX).has_value(), "the only port is not given");
    lab.wait(11s);
    proof.equal(lab.out(udp(kOther, kX)).outcome.reason, Reason::Quarantine,
                "a port does not rest");
    lab.wait(119s);
    proof.equal(lab.map(kOther, kX).has_value(), true, "a port rests too long");
    return proof.result(lab);
}

}  // namespace portolan::nat::test::proofs
