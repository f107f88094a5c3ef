#include "nat-sim/oracle/oracle.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace portolan::oracle {

namespace {

constexpr Legs kByA{true, false};
constexpr Legs kByB{false, true};

/// From the host's own NAT to the Internet.
std::vector<int> chain_of(const Topology& topology, const Party& party) {
    std::vector<int> chain;
    for (std::optional<int> nat = party.behind; nat;
         nat = topology.nats[static_cast<std::size_t>(*nat)].behind) {
        chain.push_back(*nat);
    }
    return chain;
}

bool has(const Party& party, Family family) {
    return family == Family::IPv4 ? party.ipv4 : party.ipv6;
}

bool may_connect(const Party& from, const Party& to, Family family) {
    if (!has(from, family) || !has(to, family) || from.relay_only || to.relay_only) return false;
    if (!from.ice_tcp || !to.ice_tcp || from.tcp_out != TcpOut::Any || !to.tcp_in) return false;
    // A host candidate is reached from its own network, or from anywhere when it is public.
    const std::optional<int> from_behind = family == Family::IPv4 ? from.behind : from.behind_ipv6;
    const std::optional<int> to_behind = family == Family::IPv4 ? to.behind : to.behind_ipv6;
    return from_behind == to_behind || !to_behind.has_value();
}

/// What keeps packets from getting through, in the words of one side.
struct Obstacle {
    Mapping mapping = Mapping::EndpointIndependent;
    Filtering filtering = Filtering::EndpointIndependent;
};

/// The strictest rules on the way of a party, up to where the ways of both meet.
Obstacle obstacle_of(const Topology& topology, const Party& party, const Party& other) {
    const std::vector<int> theirs = chain_of(topology, other);
    Obstacle sum;
    for (const int nat : chain_of(topology, party)) {
        if (std::find(theirs.begin(), theirs.end(), nat) != theirs.end()) break;
        const NatBox& box = topology.nats[static_cast<std::size_t>(nat)];
        sum.mapping = std::max(sum.mapping, box.mapping);
        sum.filtering = std::max(sum.filtering, box.filtering);
    }
    return sum;
}

bool meet_behind_a_nat(const Topology& topology) {
    const std::vector<int> a = chain_of(topology, topology.a);
    const std::vector<int> b = chain_of(topology, topology.b);
    return std::any_of(a.begin(), a.end(),
                       [&](int nat) { return std::find(b.begin(), b.end(), nat) != b.end(); });
}

std::string why_no_direct(const Topology& topology) {
    const Party& a = topology.a;
    const Party& b = topology.b;
    for (const Party* party : {&a, &b}) {
        if (!party->udp) return party->name + "'s network blocks UDP";
    }
    for (const Party* party : {&a, &b}) {
        if (party->relay_only) return party->name + " uses relays only";
    }
    if (!(a.ipv4 && b.ipv4)) {
        if (!(a.ipv6 && b.ipv6)) return "one has only IPv4 and the other only IPv6";
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
    if (!topology.a.behind && !topology.b.behind) return "neither is behind a NAT";
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

std::set<Legs> early_relays(const Topology& topology, FirstChecker first) {
    std::set<Legs> legs;
    for (const ValidPair& pair : valid_udp_pairs(topology, first, 1)) {
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
    std::set<ValidPair> pairs = valid_udp_pairs(topology, FirstChecker::A);
    pairs.merge(valid_udp_pairs(topology, FirstChecker::B));
    Expectation result;
    if (first) {
        const std::set<ValidPair> in_order = valid_udp_pairs(topology, *first);
        std::erase_if(pairs, [&](const ValidPair& pair) {
            return pair.legs == Legs{} && !in_order.contains(pair);
        });
        result.early_legs = early_relays(topology, *first);
    }
    std::set<Legs> valid;
    for (const ValidPair& pair : pairs) {
        valid.insert(pair.legs);
        if (pair.legs == Legs{}) result.families.insert(pair.family);
    }
    if (valid.contains(Legs{})) {
        result.reach = Reach::Direct;
        result.legs = {Legs{}};
        result.why = why_direct(topology, result.families);
        return result;
    }
    result.early_legs.clear();
    for (const Family family : {Family::IPv4, Family::IPv6}) {
        if (may_connect(topology.a, topology.b, family) ||
            may_connect(topology.b, topology.a, family)) {
            result.families.insert(family);
        }
    }
    if (!result.families.empty()) {
        result.reach = Reach::DirectTcp;
        result.legs = {Legs{}};
        result.why = why_no_direct(topology) + ", but TCP connects";
        return result;
    }
    // RFC 8445 s6.1.2.3: both kinds of pair have the relay's priority as the smaller one, so the
    // other end decides, and one relay always beats two.
    const bool one_is_enough = valid.contains(kByA) || valid.contains(kByB);
    if (one_is_enough) valid.erase(Legs{true, true});
    if (valid.empty()) {
        result.why = why_no_direct(topology) + ", and no relay is within reach of either";
        return result;
    }
    for (const ValidPair& pair : pairs) {
        if (valid.contains(pair.legs)) result.families.insert(pair.family);
    }
    result.reach = Reach::Relayed;
    result.legs = std::move(valid);
    result.why = why_relayed(topology, result.legs);
    return result;
}

}  // namespace portolan::oracle
