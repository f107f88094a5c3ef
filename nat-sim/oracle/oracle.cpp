#include "nat-sim/oracle/oracle.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace portolan::oracle {

namespace {

constexpr Legs kByA{true, false};
constexpr Legs kByB{false, true};

bool has(const Party& party, Family family) {
    return family == Family::IPv4 ? party.ipv4 : party.ipv6;
}

bool may_connect(const Topology& topology, const Party& from, const Party& to, Family family) {
    if (!has(from, family) || !has(to, family) || from.relay_only || to.relay_only) return false;
    if (!from.ice_tcp || !to.ice_tcp) return false;
    // Out through the boxes that only `from` is behind, in through those that only `to` is.
    const std::vector<int> out = chain_of(topology, from, family);
    const std::vector<int> in = chain_of(topology, to, family);
    const auto is_shared = [&](int nat, const std::vector<int>& chain) {
        return std::find(chain.begin(), chain.end(), nat) != chain.end();
    };
    for (const int nat : in) {
        if (is_shared(nat, out)) return true;
        const NatBox& box = topology.nats[static_cast<std::size_t>(nat)];
        if (!box.carries || !box.tcp_open || !to.tcp_in) return false;
    }
    for (const int nat : out) {
        const NatBox& box = topology.nats[static_cast<std::size_t>(nat)];
        if (!box.carries || from.tcp_out != TcpOut::Any) return false;
    }
    return from.tcp_out == TcpOut::Any && to.tcp_in;
}

/// What keeps packets from getting through, in the words of one side.
struct Obstacle {
    Mapping mapping = Mapping::EndpointIndependent;
    Filtering filtering = Filtering::EndpointIndependent;
};

/// The strictest rules on the way of a party, up to where the ways of both meet.
Obstacle obstacle_of(const Topology& topology, const Party& party, const Party& other) {
    const std::vector<int> theirs = chain_of(topology, other, Family::IPv4);
    Obstacle sum;
    for (const int nat : chain_of(topology, party, Family::IPv4)) {
        if (std::find(theirs.begin(), theirs.end(), nat) != theirs.end()) break;
        const NatBox& box = topology.nats[static_cast<std::size_t>(nat)];
        sum.mapping = std::max(sum.mapping, box.mapping);
        sum.filtering = std::max(sum.filtering, box.filtering);
    }
    return sum;
}

bool meet_behind_a_nat(const Topology& topology) {
    const std::vector<int> a = chain_of(topology, topology.a, Family::IPv4);
    const std::vector<int> b = chain_of(topology, topology.b, Family::IPv4);
    return std::any_of(a.begin(), a.end(),
                       [&](int nat) { return std::find(b.begin(), b.end(), nat) != b.end(); });
}

/// One is on the network that the other's NATs are on: its packets to there pass no NAT that both
/// are behind.
bool is_on_the_way_of(const Topology& topology, const Party& one, const Party& other) {
    const std::vector<int> chain = chain_of(topology, other, Family::IPv4);
    return one.behind && std::find(chain.begin(), chain.end(), *one.behind) != chain.end();
}

/// Why a party's network brings no packet of its to the Internet; empty if it does.
std::string why_cut_off(const Topology& topology, const Party& party) {
    if (reaches_internet(topology, party, Family::IPv4)) return {};
    if (reaches_internet(topology, party, Family::IPv6)) return {};
    if (party.ipv6 && party.nat64) {
        return party.name + "'s network has no IPv4 and leads IPv6 to IPv4 servers only (NAT64)";
    }
    const std::string family = !party.ipv4 ? "IPv6" : !party.ipv6 ? "IPv4" : "IPv4 and no IPv6";
    return party.name + "'s network carries no " + family;
}

std::string families_of(const Topology& topology, const Party& party) {
    return reaches_internet(topology, party, Family::IPv4) ? "IPv4" : "IPv6";
}

std::string why_no_direct(const Topology& topology) {
    const Party& a = topology.a;
    const Party& b = topology.b;
    for (const Party* party : {&a, &b}) {
        if (auto why = why_cut_off(topology, *party); !why.empty()) return why;
    }
    const bool a_blocks = blocks_udp(topology, a);
    const bool b_blocks = blocks_udp(topology, b);
    if (a_blocks && b_blocks) return a.name + "'s and " + b.name + "'s networks block UDP";
    if (a_blocks || b_blocks) return (a_blocks ? a : b).name + "'s network blocks UDP";
    if (a.relay_only && b.relay_only) return "both use relays only";
    if (a.relay_only || b.relay_only) return (a.relay_only ? a : b).name + " uses relays only";
    const auto both_reach = [&](Family family) {
        return reaches_internet(topology, a, family) && reaches_internet(topology, b, family);
    };
    if (!both_reach(Family::IPv4)) {
        if (!both_reach(Family::IPv6)) {
            const std::string of_a = families_of(topology, a);
            const std::string of_b = families_of(topology, b);
            return a.name + " has only " + of_a + " and " + b.name + " only " + of_b;
        }
        return "a firewall keeps out even the IPv6 packets that answer its own side's";
    }
    if (meet_behind_a_nat(topology)) {
        return "both are behind one NAT, which does not turn packets between them around in a way "
               "that their own NATs let in (RFC 4787 REQ-9)";
    }
    const Obstacle of_a = obstacle_of(topology, a, b);
    const Obstacle of_b = obstacle_of(topology, b, a);
    const bool a_moves = of_a.mapping != Mapping::EndpointIndependent;
    const bool b_moves = of_b.mapping != Mapping::EndpointIndependent;
    if (a_moves && b_moves) {
        return a.name + "'s and " + b.name +
               "'s NATs both use another port toward each destination, so neither can tell the "
               "other where to send";
    }
    const std::string& moving = a_moves ? a.name : b.name;
    const std::string& strict = a_moves ? b.name : a.name;
    return moving + "'s NAT uses another port toward " + strict +
           " than the one it announced, and " + strict +
           "'s NAT lets in only the addresses and ports it has sent to";
}

bool is_untranslated(const Topology& topology, const Party& party) {
    const std::vector<int> chain = chain_of(topology, party, Family::IPv4);
    return std::none_of(chain.begin(), chain.end(), [&](int nat) {
        return topology.nats[static_cast<std::size_t>(nat)].translates;
    });
}

std::string why_direct(const Topology& topology, const std::set<Family>& families) {
    if (!families.contains(Family::IPv4)) {
        return "both have IPv6, which needs no translation, and each side's packets open its "
               "firewall for the other's";
    }
    const std::string& a = topology.a.name;
    const std::string& b = topology.b.name;
    if (topology.a.behind == topology.b.behind && topology.a.behind) {
        return a + " and " + b + " are on one network";
    }
    if (is_on_the_way_of(topology, topology.a, topology.b)) {
        return a + " is on the network that " + b + "'s NAT leads to";
    }
    if (is_on_the_way_of(topology, topology.b, topology.a)) {
        return b + " is on the network that " + a + "'s NAT leads to";
    }
    if (is_untranslated(topology, topology.a) && is_untranslated(topology, topology.b)) {
        const bool is_filtered = obstacle_of(topology, topology.a, topology.b).filtering !=
                                     Filtering::EndpointIndependent ||
                                 obstacle_of(topology, topology.b, topology.a).filtering !=
                                     Filtering::EndpointIndependent;
        return is_filtered ? "neither is behind a NAT, and each side's packets open its firewall "
                             "for the other's"
                           : "neither is behind a NAT";
    }
    if (meet_behind_a_nat(topology)) {
        return "both are behind one NAT, which turns packets between them around";
    }
    const Obstacle of_a = obstacle_of(topology, topology.a, topology.b);
    const Obstacle of_b = obstacle_of(topology, topology.b, topology.a);
    const bool a_moves = of_a.mapping != Mapping::EndpointIndependent;
    const bool b_moves = of_b.mapping != Mapping::EndpointIndependent;
    if (a_moves && b_moves) {
        return "both NATs use another port toward each destination, but one lets packets in from "
               "anywhere and answers them the way they came";
    }
    if (a_moves || b_moves) {
        return (a_moves ? a : b) + "'s NAT uses another port toward each destination, but " +
               (a_moves ? b : a) + "'s side lets it in all the same";
    }
    return "each side's packets go out by the port it announced, and open the way for the other's";
}

std::string why_relayed(const Topology& topology, const std::set<Legs>& legs) {
    const bool by_a = std::any_of(legs.begin(), legs.end(), [](Legs l) { return l.a_relay; });
    const bool by_b = std::any_of(legs.begin(), legs.end(), [](Legs l) { return l.b_relay; });
    const std::string whose = by_a && by_b ? "a relay"
                              : by_a       ? topology.a.name + "'s relay"
                                           : topology.b.name + "'s relay";
    return why_no_direct(topology) + "; " + whose + " carries the call";
}

std::string why_unreachable(const Topology& topology) {
    const std::string why = why_no_direct(topology);
    const bool of_a = has_relay(topology, topology.a);
    if (!of_a && !has_relay(topology, topology.b)) {
        return why + ", and no relay is within reach of either";
    }
    // Two relays always meet, so there is one, and the other side does not get to it.
    const Party& with = of_a ? topology.a : topology.b;
    const Party& without = of_a ? topology.b : topology.a;
    const std::string relay =
        ", and " + with.name + "'s relay is out of " + without.name + "'s reach: ";
    if (without.relay_only) return why + relay + without.name + " has no relay of its own";
    if (!reaches_internet(topology, without, Family::IPv4)) {
        return why + relay + "it has an IPv4 address";
    }
    return why + relay + without.name + " sends no UDP to it";
}

std::set<Legs> early_relays(const Topology& topology, FirstChecker first) {
    std::set<Legs> legs;
    for (const ValidPair& pair : check_all(topology, first, 1).valid) {
        if (pair.legs == Legs{}) return {};
        legs.insert(pair.legs);
    }
    if (legs.contains(kByA) || legs.contains(kByB)) legs.erase(Legs{true, true});
    return legs;
}

}  // namespace

std::string_view to_string(Reach reach) {
    constexpr std::array<std::string_view, 4> kNames{"direct", "direct-tcp", "relayed",
                                                     "unreachable"};
    return kNames[static_cast<std::size_t>(reach)];
}

Expectation expect_call(const Topology& topology, std::optional<FirstChecker> first) {
    const UdpChecks a_first = check_all(topology, FirstChecker::A);
    const UdpChecks b_first = check_all(topology, FirstChecker::B);
    std::set<ValidPair> pairs = a_first.valid;
    pairs.insert(b_first.valid.begin(), b_first.valid.end());
    Expectation result;
    if (first) {
        const UdpChecks& in_order = *first == FirstChecker::A ? a_first : b_first;
        std::erase_if(pairs, [&](const ValidPair& pair) {
            return pair.legs == Legs{} && !in_order.valid.contains(pair);
        });
        result.early_legs = early_relays(topology, *first);
    }
    std::set<Legs> valid;
    for (const ValidPair& pair : pairs) {
        valid.insert(pair.legs);
        if (pair.legs == Legs{}) result.families.insert(pair.family);
    }
    std::set<Family> tcp_families;
    for (const Family family : {Family::IPv4, Family::IPv6}) {
        if (may_connect(topology, topology.a, topology.b, family) ||
            may_connect(topology, topology.b, topology.a, family)) {
            tcp_families.insert(family);
        }
    }
    result.tcp_connects = !tcp_families.empty();
    if (valid.erase(Legs{}) != 0) {
        result.reach = Reach::Direct;
        result.legs = {Legs{}};
        result.permitted_legs = std::move(valid);
        result.why = why_direct(topology, result.families);
        return result;
    }
    result.early_legs.clear();
    if (result.tcp_connects) {
        result.reach = Reach::DirectTcp;
        result.families = std::move(tcp_families);
        result.legs = {Legs{}};
        result.permitted_legs = std::move(valid);
        result.why = why_no_direct(topology) + ", but TCP connects";
        return result;
    }
    // RFC 8445 s6.1.2.3: both kinds of pair have the relay's priority as the smaller one, so the
    // other end decides, and one relay always beats two.
    const bool one_is_enough = valid.contains(kByA) || valid.contains(kByB);
    if (one_is_enough) valid.erase(Legs{true, true});
    if (valid.empty()) {
        result.why = why_unreachable(topology);
        return result;
    }
    for (const ValidPair& pair : pairs) {
        if (valid.contains(pair.legs)) result.families.insert(pair.family);
    }
    result.reach = Reach::Relayed;
    result.legs = std::move(valid);
    result.may_not_conclude = first ? (*first == FirstChecker::A ? a_first : b_first).is_endless
                                    : a_first.is_endless || b_first.is_endless;
    result.why = why_relayed(topology, result.legs);
    return result;
}

}  // namespace portolan::oracle
