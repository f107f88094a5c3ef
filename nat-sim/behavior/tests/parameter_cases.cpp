#include "nat-sim/behavior/tests/parameter_cases.hpp"

#include <algorithm>
#include <set>
#include <sstream>

namespace portolan::nat::test {
namespace {

const Address kHost = "192.168.1.2:5000";
const Address kOther = "192.168.1.3:5000";
const Address kX = "203.0.113.9:3478";
const Address kX2 = "203.0.113.9:3479";
const Address kY = "203.0.113.10:3478";
const Address kOutside = "198.51.100.1:5000";

constexpr auto kEim = MappingRule::EndpointIndependent;
constexpr auto kAdm = MappingRule::AddressDependent;
constexpr auto kApdm = MappingRule::AddressAndPortDependent;
constexpr auto kEif = FilteringRule::EndpointIndependent;
constexpr auto kAdf = FilteringRule::AddressDependent;
constexpr auto kApdf = FilteringRule::AddressAndPortDependent;

/// The first thing that was not as expected.
class Proof {
  public:
    template <typename A, typename B>
    Proof& equal(const A& actual, const B& expected, const std::string& what) {
        if (problem_.empty() && !(actual == expected)) problem_ = what;
        return *this;
    }
    Proof& holds(bool condition, const char* what) { return equal(condition, true, what); }
    std::string result(const Lab& lab) {
        holds(lab.broken == 0, "a packet left with a wrong checksum or length");
        holds(lab.nat.invariants_hold(), "the tables contradict each other");
        return problem_;
    }

  private:
    std::string problem_;
};

Parameters rules(MappingRule mapping, FilteringRule filtering) {
    Parameters p;
    p.mapping = {mapping, mapping};
    p.filtering = {filtering, filtering, filtering};
    return p;
}

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

std::string exhaustion(Sabotage sabotage) {
    Proof proof;
    const auto third = [&](Exhaustion reaction) {
        Parameters p;
        p.exhaustion = reaction;
        p.capacity.max_mappings_count = 2;
        Lab lab(p, box_addresses(), sabotage);
        lab.map("192.168.1.2:1001", kX);
        lab.map("192.168.1.2:1002", kX);
        lab.map("192.168.1.2:1001", kX);
        const Fate fate = lab.out(udp(kHost, kX));
        std::ostringstream text;
        text << to_string(fate.outcome.reason);
        for (const Emission& extra : fate.outcome.extra) {
            const View v = view(extra.bytes);
            text << " " << int{v.icmp_type} << "/" << int{v.icmp_code} << " to " << v.to.ip;
        }
        const bool first_lives = lab.reach(kX, "198.51.100.1:1001").has_value();
        const bool second_lives = lab.reach(kX, "198.51.100.1:1002").has_value();
        if (!first_lives) text << " first gone";
        if (!second_lives) text << " second gone";
        proof.holds(lab.nat.invariants_hold() && lab.broken == 0, "tables or packets are broken");
        return text.str();
    };
    proof.equal(third(Exhaustion::Silent), "capacity", "silent");
    proof.equal(third(Exhaustion::HostUnreachable), "capacity 3/1 to 192.168.1.2", "3/1");
    proof.equal(third(Exhaustion::AdminProhibited), "capacity 3/13 to 192.168.1.2", "3/13");
    proof.equal(third(Exhaustion::EvictLru), "created second gone", "not the oldest goes");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

/// Measured on Linux 6.18: the peer's packet first, to a router whose INPUT chain accepts, and the
/// hole is punched from another port than the STUN server saw.
std::string inbound_first(Sabotage sabotage) {
    Proof proof;
    const auto punched = [&](InboundFirst mode) {
        Parameters p = rules(kApdm, kApdf);
        p.port_allocation.overlap = true;
        p.conflict.stickiness = Stickiness::Source;
        p.unsolicited.inbound_first = mode;
        Lab lab(p, box_addresses(), sabotage);
        lab.map(kHost, kX);
        const Fate early = lab.in(udp(kY, kOutside));
        proof.holds(!early.passed(), "the stranger got in");
        const auto got = lab.map(kHost, kY);
        proof.holds(lab.nat.invariants_hold(), "the tables contradict each other");
        return got ? got->port : 0;
    };
    proof.equal(punched(InboundFirst::Off), 5000, "the port changed");
    const int moved = punched(InboundFirst::Accept);
    proof.holds(moved != 0 && moved != 5000, "the port did not change");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string protocol_coupling(Sabotage sabotage) {
    Proof proof;
    const auto tcp_in = [&](bool coupled) {
        Parameters p = rules(kEim, kEif);
        p.protocol_coupling = coupled;
        Lab lab(p, box_addresses(), sabotage);
        lab.map(kHost, kX);
        const bool in = lab.in(tcp(kY, kOutside, kSyn)).passed();
        proof.holds(lab.nat.invariants_hold() && lab.broken == 0, "tables or packets are broken");
        return in;
    };
    proof.holds(!tcp_in(false), "TCP comes in by a UDP mapping");
    proof.holds(tcp_in(true), "TCP does not come in by a UDP mapping");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string icmp(Sabotage sabotage) {
    Proof proof;
    const auto error = [&](IcmpMode mode, bool* alive) {
        Parameters p;
        p.icmp = mode;
        Lab lab(p, box_addresses(), sabotage);
        const Fate sent = lab.out(udp(kHost, kX));
        const Fate fate = lab.in(icmp_error("203.0.113.254", "198.51.100.1", 3, 3, sent.bytes));
        *alive = lab.reach(kX, kOutside).has_value();
        proof.holds(lab.broken == 0, "a packet left with a wrong checksum or length");
        return fate;
    };
    bool alive = false;
    Fate fate = error(IcmpMode::Translate, &alive);
    proof.equal(fate.outcome.reason, Reason::IcmpErrorTranslated, "errors are not translated");
    proof.holds(alive, "an error killed the mapping");
    proof.equal(fate.view.to.ip, kHost.ip, "the error does not reach the host");
    const View quoted = view(fate.view.payload, true);
    proof.holds(quoted.valid, "the quoted packet's checksums are wrong");
    proof.equal(quoted.from, kHost, "the quoted packet is not the one that was sent");
    fate = error(IcmpMode::Drop, &alive);
    proof.equal(fate.outcome.reason, Reason::IcmpDropped, "errors are not dropped");
    proof.holds(alive, "an error that was dropped killed the mapping");
    fate = error(IcmpMode::KillsMapping, &alive);
    proof.holds(fate.passed() && !alive, "the mapping survived");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string fragments_case(Sabotage sabotage) {
    Proof proof;
    const Bytes payload(1400, std::byte{'x'});
    const auto through = [&](FragmentMode mode, bool backwards) {
        Parameters p;
        p.fragments = mode;
        Lab lab(p, box_addresses(), sabotage);
        auto parts = fragments(udp(kHost, kX, payload), 480);
        if (backwards) std::reverse(parts.begin(), parts.end());
        std::size_t bytes = 0;
        for (const Bytes& part : parts) {
            const Fate fate = lab.out(part);
            if (!fate.passed()) continue;
            proof.equal(fate.view.from.ip, kOutside.ip, "a fragment kept its source");
            bytes += fate.bytes.size() - fate.view.header_size;
            for (const Emission& extra : fate.outcome.extra)
                bytes += extra.bytes.size() - 20;
        }
        proof.holds(lab.broken == 0, "a packet left with a wrong checksum or length");
        return bytes;
    };
    proof.equal(through(FragmentMode::Reassemble, false), 1408U, "fragments were lost");
    proof.equal(through(FragmentMode::Reassemble, true), 1408U, "late first fragments were lost");
    proof.equal(through(FragmentMode::Track, false), 1408U, "tracked fragments were lost");
    proof.holds(through(FragmentMode::Track, true) < 1408U, "tracking waits for first fragments");
    proof.equal(through(FragmentMode::Drop, false), 0U, "fragments were not dropped");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string alg(Sabotage sabotage) {
    Proof proof;
    const auto inbound = [&](Alg mode, const Address& server, const Bytes& payload) {
        Parameters p;
        p.alg = mode;
        Lab lab(p, box_addresses(), sabotage);
        lab.map(kHost, server);
        const Fate fate = lab.in(udp(server, kOutside, payload));
        proof.holds(lab.broken == 0, "a packet left with a wrong checksum or length");
        return fate.view.payload;
    };
    // A Binding response whose MAPPED-ADDRESS is 198.51.100.1:5000.
    Bytes stun =
        bytes_of(std::string("\x01\x01\x00\x0c\x21\x12\xa4\x42", 8) + std::string(12, 't') +
                 std::string("\x00\x01\x00\x08\x00\x01\x13\x88\xc6\x33\x64\x01", 12));
    proof.equal(inbound(Alg::Off, kX, stun), stun, "a payload was changed");
    Bytes changed = stun;
    std::copy_n(bytes_of(std::string("\x13\x88\xc0\xa8\x01\x02", 6)).begin(), 6,
                changed.begin() + 26);
    proof.equal(inbound(Alg::Stun, kX, stun), changed, "MAPPED-ADDRESS was not rewritten");
    Parameters p;
    p.alg = Alg::Sip;
    Lab lab(p, box_addresses(), sabotage);
    const std::string body = "c=IN IP4 192.168.1.2\r\n";
    const Bytes invite = bytes_of(
        "INVITE sip:a SIP/2.0\r\nContact: <sip:b@192.168.1.2:5060>\r\n"
        "Via: 192.168.1.20\r\nContent-Length: 22\r\n\r\n" +
        body);
    const Bytes wanted = bytes_of(
        "INVITE sip:a SIP/2.0\r\nContact: <sip:b@198.51.100.1:5060>\r\n"
        "Via: 192.168.1.20\r\nContent-Length: 23\r\n\r\n"
        "c=IN IP4 198.51.100.1\r\n");
    const Fate fate = lab.out(udp("192.168.1.2:5060", "203.0.113.9:5060", invite));
    proof.equal(fate.view.payload, wanted, "SIP was not rewritten");
    return proof.result(lab);
}

std::string events(Sabotage sabotage) {
    Proof proof;
    {
        Parameters p;
        p.events.reboot_at = {10s, 20s};
        Lab lab(p, box_addresses(), sabotage);
        lab.map(kHost, kX);
        proof.holds(lab.reach(kX, kOutside).has_value(), "it rebooted too early");
        lab.now = 10s;
        proof.equal(lab.in(udp(kX, kOutside)).outcome.reason, Reason::NoMapping, "no reboot");
        lab.map(kHost, kX);
        lab.now = 20s;
        proof.holds(!lab.reach(kX, kOutside), "no second reboot");
    }
    {
        Parameters p;
        p.events.address_change_at = {10s};
        Lab lab(p, box_addresses(), sabotage);
        lab.map(kHost, kX);
        lab.now = 11s;
        proof.equal(lab.in(udp(kX, kOutside)).outcome.reason, Reason::NotOurs,
                    "the address stayed");
        proof.equal(lab.map(kHost, kX), Address("198.51.100.200:5000"), "it is no spare address");
    }
    Parameters p = rules(kEim, kApdf);
    p.events.overload_at_mappings_count = 3;
    Lab lab(p, box_addresses(), sabotage);
    const auto ports = [&](const Address& host) {
        const auto one = lab.map(host, kX);
        const auto two = lab.map(host, kY);
        return one == two;
    };
    proof.holds(ports("192.168.1.2:1001"), "the rule changed without load");
    proof.holds(ports("192.168.1.2:1002"), "the rule changed too early");
    proof.holds(!ports("192.168.1.2:1003"), "the rule did not change under load");
    return proof.result(lab);
}

/// A NAT-PMP request for UDP port 7000 (RFC 6886 s3.3), then a stranger's packet.
std::string port_control(Sabotage sabotage) {
    Proof proof;
    const auto ask = [&](PortControl mode, bool pcp) {
        Parameters p = rules(kApdm, kApdf);
        p.port_control = mode;
        Lab lab(p, box_addresses(), sabotage);
        Bytes request = bytes_of(std::string("\0\1\0\0\x1b\x58\x1f\x40\0\0\0\x64", 12));
        if (pcp) {
            request =
                bytes_of(std::string("\2\1\0\0\0\0\0\x64", 8) + std::string(10, '\0') +
                         std::string("\xff\xff\xc0\xa8\1\2", 6) + std::string(12, 'n') +
                         std::string("\x11\0\0\0\x1b\x58\x1f\x40", 8) + std::string(16, '\0'));
        }
        const Fate fate = lab.out(udp("192.168.1.2:9999", "192.168.1.1:5351", request));
        std::string text = fate.outcome.extra.empty() ? "silent" : "answered";
        if (!fate.outcome.extra.empty()) {
            const View v = view(fate.outcome.extra[0].bytes);
            const std::size_t at = pcp ? 42 : 10;
            if (v.valid && v.payload.size() > at + 1 && v.payload[3] == std::byte{0}) {
                text += " " + std::to_string(std::to_integer<int>(v.payload[at]) * 256 +
                                             std::to_integer<int>(v.payload[at + 1]));
            }
        }
        text += lab.reach(kY, "198.51.100.1:8000") ? " open" : " closed";
        const auto out = lab.map("192.168.1.2:7000", kX);
        if (out && out->port == 8000) text += " used";
        lab.wait(101s);
        text += lab.reach("203.0.113.11:1", "198.51.100.1:8000") ? " open" : " closed";
        proof.holds(lab.nat.invariants_hold() && lab.broken == 0, "tables or packets are broken");
        return text;
    };
    proof.equal(ask(PortControl::Off, false), "silent closed closed", "off answers");
    for (const bool pcp : {false, true}) {
        const std::string on = ask(PortControl::On, pcp);
        proof.equal(on, "answered 8000 open used closed", "on: " + on);
        proof.equal(ask(PortControl::Lies, pcp), "answered 8000 closed closed", "lies");
    }
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string forwarding(Sabotage sabotage) {
    Proof proof;
    const auto send = [&](const Parameters& p, const Bytes& packet) {
        Lab lab(p, box_addresses(), sabotage);
        Fate fate = lab.out(packet);
        proof.holds(lab.broken == 0, "a packet left with a wrong checksum or length");
        proof.holds(fate.passed() || lab.nat.statistics().mappings_count == 0,
                    "a packet that was not forwarded made a mapping");
        return fate;
    };
    Fate fate = send({}, udp(kHost, kX, bytes_of("x"), {.ttl = 1}));
    proof.equal(fate.outcome.reason, Reason::TtlExceeded, "TTL 1 was forwarded");
    proof.equal(fate.outcome.extra.size(), 1U, "nobody was told");
    if (!fate.outcome.extra.empty()) {
        const View v = view(fate.outcome.extra[0].bytes);
        proof.equal(v.icmp_type, 11, "it is not Time Exceeded");
        proof.equal(v.from, Address("192.168.1.1"), "it does not come from the inside address");
        proof.equal(view(v.payload, false).from, kHost, "it quotes a translated packet");
    }
    Parameters p;
    p.forwarding.decrement_ttl = false;
    fate = send(p, udp(kHost, kX, bytes_of("x"), {.ttl = 1}));
    proof.equal(fate.view.ttl, 1, "TTL was changed");
    p = {};
    p.forwarding.send_errors = false;
    fate = send(p, udp(kHost, kX, bytes_of("x"), {.ttl = 1}));
    proof.holds(fate.outcome.extra.empty(), "an error was sent");
    p = {};
    p.forwarding.mtu_outside_bytes = 600;
    const Bytes big(1000, std::byte{'x'});
    fate = send(p, udp(kHost, kX, big, {.dont_fragment = true}));
    proof.equal(fate.outcome.reason, Reason::TooBig, "DF was not honoured");
    if (!fate.outcome.extra.empty()) {
        const View v = view(fate.outcome.extra[0].bytes);
        proof.holds(v.icmp_type == 3 && v.icmp_code == 4, "it is not Fragmentation Needed");
        proof.equal(v.icmp_rest & 0xFFFF, 600U, "the MTU is not the next link's");
    }
    fate = send(p, udp(kHost, kX, big));
    proof.holds(fate.passed() && fate.outcome.extra.size() == 1 && fate.view.more_fragments,
                "it was not fragmented");
    p.forwarding.honour_dont_fragment = false;
    fate = send(p, udp(kHost, kX, big, {.dont_fragment = true}));
    proof.holds(fate.passed() && !fate.view.dont_fragment, "DF was not cleared");
    fate = send({}, udp(kHost, kX));
    proof.equal(fate.view.ttl, 63, "TTL was not counted");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string realms(Sabotage sabotage) {
    Proof proof;
    const auto reason = [&](Realms mode) {
        Parameters p;
        p.realms = mode;
        BoxAddresses a = box_addresses();
        a.outside_v4 = {*parse_ipv4("192.168.1.77")};  // behind another NAT with the same network
        Lab lab(p, a, sabotage);
        return lab.out(udp(kHost, "192.168.1.99:53")).outcome.reason;
    };
    proof.equal(reason(Realms::Separate), Reason::Created, "equal networks are not kept apart");
    proof.equal(reason(Realms::Confused), Reason::RealmConflict, "equal networks are kept apart");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string seed(Sabotage sabotage) {
    Proof proof;
    const auto ports = [&](std::uint64_t parameter, std::uint64_t run) {
        Parameters p;
        p.seed = parameter;
        p.port_allocation.strategy = PortStrategy::Random;
        Lab lab(p, box_addresses(), sabotage, run);
        std::string text;
        for (std::uint16_t i = 0; i < 8; ++i) {
            text += std::to_string(
                        lab.map({"192.168.1.2", static_cast<std::uint16_t>(5000 + i)}, kX)->port) +
                    " ";
        }
        return text;
    };
    proof.equal(ports(1, 1), ports(1, 1), "equal seeds, other ports");
    proof.holds(ports(1, 1) != ports(2, 1), "the parameter does not count");
    proof.holds(ports(1, 1) != ports(1, 2), "the seed of the run does not count");
    Lab lab({}, box_addresses(), sabotage);
    return proof.result(lab);
}

std::string kind(Sabotage sabotage) {
    Proof proof;
    {
        Parameters p;
        p.kind.ipv4 = Translation::OneToOne;
        Lab lab(p, box_addresses(4), sabotage);
        proof.equal(lab.map("192.168.1.2:5000", kX), Address("198.51.100.2:5000"), "1:1 out");
        proof.equal(lab.map("192.168.1.3:5000", kX), Address("198.51.100.3:5000"), "1:1 another");
        proof.equal(lab.reach(kX, "198.51.100.2:5000"), kHost, "1:1 in");
        proof.holds(!lab.reach(kY, "198.51.100.2:5000"), "1:1 does not filter");
        proof.holds(!lab.map("192.168.1.9:5000", kX), "1:1 has more hosts than addresses");
    }
    Parameters p;
    p.kind.ipv4 = Translation::None;
    Lab lab(p, box_addresses(), sabotage);
    proof.equal(lab.map(kHost, kX), kHost, "a firewall translates");
    proof.equal(lab.reach(kX, kHost), kHost, "a firewall does not let answers in");
    proof.holds(!lab.reach(kY, kHost), "a firewall lets strangers in");
    return proof.result(lab);
}

std::string policy(Sabotage sabotage) {
    Proof proof;
    Parameters p = rules(kEim, kEif);
    p.policy.udp = false;
    p.policy.tcp_in = false;
    p.policy.web_only = true;
    Lab lab(p, box_addresses(), sabotage);
    proof.equal(lab.out(udp(kHost, kX)).outcome.reason, Reason::UdpBlocked, "UDP passes");
    proof.equal(lab.in(udp(kX, kOutside)).outcome.reason, Reason::UdpBlocked, "UDP comes in");
    proof.equal(lab.out(tcp(kHost, "203.0.113.9:3478", kSyn)).outcome.reason, Reason::WebOnly,
                "TCP to other ports passes");
    proof.holds(lab.out(tcp(kHost, "203.0.113.9:443", kSyn)).passed(), "TCP to 443 does not pass");
    proof.equal(lab.in(tcp(kY, kOutside, kSyn)).outcome.reason, Reason::TcpInBlocked,
                "connections come in");
    proof.holds(lab.in(tcp("203.0.113.9:443", kOutside, kSyn | kAck)).passed(),
                "the server cannot answer");
    Parameters open;
    open.kind.ipv4 = Translation::OneToOne;
    open.policy.open_inbound = true;
    Lab static_nat(open, box_addresses(4), sabotage);
    proof.equal(static_nat.reach(kY, "198.51.100.2:777"), Address("192.168.1.2:777"),
                "open_inbound does not let in");
    return proof.result(lab);
}

}  // namespace

const std::vector<ParameterCase>& parameter_cases() {
    static const std::vector<ParameterCase> cases = {
        {1, Sabotage::Mapping, "mapping", mapping},
        {2, Sabotage::Filtering, "filtering", filtering},
        {3, Sabotage::PortAllocation, "port_allocation", port_allocation},
        {4, Sabotage::Conflict, "conflict", conflict},
        {5, Sabotage::ReplyBinding, "reply_binding", reply_binding},
        {6, Sabotage::Pooling, "pooling", pooling},
        {7, Sabotage::Timers, "timers", timers},
        {8, Sabotage::Refresh, "refresh", refresh},
        {9, Sabotage::Hairpin, "hairpin", hairpin},
        {10, Sabotage::Capacity, "capacity", capacity},
        {11, Sabotage::Exhaustion, "exhaustion", exhaustion},
        {12, Sabotage::InboundFirst, "unsolicited", inbound_first},
        {13, Sabotage::ProtocolCoupling, "protocol_coupling", protocol_coupling},
        {14, Sabotage::Icmp, "icmp", icmp},
        {15, Sabotage::Fragments, "fragments", fragments_case},
        {16, Sabotage::Alg, "alg", alg},
        {17, Sabotage::Events, "events", events},
        {18, Sabotage::PortControl, "port_control", port_control},
        {19, Sabotage::Forwarding, "forwarding", forwarding},
        {20, Sabotage::Realms, "realms", realms},
        {21, Sabotage::Seed, "seed", seed},
        {22, Sabotage::Kind, "kind", kind},
        {23, Sabotage::Policy, "policy", policy},
        {0, Sabotage::Checksum, "checksum", checksum},
    };
    return cases;
}

}  // namespace portolan::nat::test
