#include "nat-sim/oracle/words.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace portolan::oracle {

namespace {

/// What keeps packets from getting through, in the words of one side.
struct Obstacle {
    Mapping mapping = Mapping::EndpointIndependent;
    Filtering filtering = Filtering::EndpointIndependent;
    bool translates = false;
    bool port_is_taken = false;

    [[nodiscard]] bool moves() const { return mapping != Mapping::EndpointIndependent; }
    [[nodiscard]] bool filters() const { return filtering != Filtering::EndpointIndependent; }
};

/// The strictest rules on the way of a party, up to where the ways of both meet.
Obstacle obstacle_of(const Topology& topology, const Party& party, const Party& other,
                     Family family) {
    const std::vector<int> theirs = chain_of(topology, other, family);
    Obstacle sum;
    for (const int nat : chain_of(topology, party, family)) {
        if (std::find(theirs.begin(), theirs.end(), nat) != theirs.end()) break;
        const NatBox& box = topology.nats[static_cast<std::size_t>(nat)];
        // A mapping that moves by itself is the reason even where another one's port is taken too.
        const bool moves = box.mapping != Mapping::EndpointIndependent;
        if (moves) sum.port_is_taken = box.port_is_taken && (!sum.moves() || sum.port_is_taken);
        sum.mapping = std::max(sum.mapping, box.mapping);
        sum.filtering = std::max(sum.filtering, box.filtering);
        sum.translates |= box.translates;
    }
    return sum;
}

bool meet_behind_a_nat(const Topology& topology, Family family) {
    const std::vector<int> a = chain_of(topology, topology.a, family);
    const std::vector<int> b = chain_of(topology, topology.b, family);
    return std::any_of(a.begin(), a.end(),
                       [&](int nat) { return std::find(b.begin(), b.end(), nat) != b.end(); });
}

std::optional<int> box_of(const Party& party, Family family) {
    return family == Family::IPv4 ? party.behind : party.behind_ipv6;
}

/// One is on the network that the other's boxes are on: its packets to there pass none that both
/// are behind.
bool is_on_the_way_of(const Topology& topology, const Party& one, const Party& other,
                      Family family) {
    const std::vector<int> chain = chain_of(topology, other, family);
    const auto box = box_of(one, family);
    return box && std::find(chain.begin(), chain.end(), *box) != chain.end();
}

/// "A's NAT", "B's firewall".
std::string box_words(const Party& party, const Obstacle& its) {
    return party.name + (its.translates ? "'s NAT" : "'s firewall");
}

/// Why a party's network brings nothing of its to anybody; empty if it does.
std::string why_nothing_gets_out(const Topology& topology, const Party& party) {
    if (reaches_internet(topology, party, Family::IPv4)) return {};
    if (reaches_internet(topology, party, Family::IPv6)) return {};
    if (party.ipv6 && party.nat64) return {};
    const std::string family = !party.ipv4 ? "IPv6" : !party.ipv6 ? "IPv4" : "IPv4 and no IPv6";
    return party.name + "'s network carries no " + family;
}

/// Why a party reaches nobody whose address is not of a server; empty if it does.
std::string why_cut_off(const Topology& topology, const Party& party) {
    if (reaches_internet(topology, party, Family::IPv4)) return {};
    if (reaches_internet(topology, party, Family::IPv6)) return {};
    if (auto why = why_nothing_gets_out(topology, party); !why.empty()) return why;
    return party.name + "'s network has no IPv4 and leads IPv6 to IPv4 servers only (NAT64)";
}

std::string families_of(const Topology& topology, const Party& party) {
    return reaches_internet(topology, party, Family::IPv4) ? "IPv4" : "IPv6";
}

/// "B's check came to A's NAT before A's own had left, and took A's port there".
std::string taken_words(const Party& moving, const Party& other) {
    return other.name + "'s check came to " + moving.name + "'s NAT before " + moving.name +
           "'s own had left, and took " + moving.name + "'s port there, so that " + moving.name +
           "'s packets leave by another one than " + moving.name + " announced";
}

/// How both sides' packets come in where their ports stay: ", and ..."; nothing where no side keeps
/// any out.
std::string firewall_words(const Topology& topology, const Obstacle& of_a, const Obstacle& of_b) {
    const std::string& a = topology.a.name;
    const std::string& b = topology.b.name;
    if (of_a.filters() && of_b.filters()) {
        return ", and each side's packets open its firewall for the other's";
    }
    if (of_a.filters()) return ", and " + a + "'s packets open its firewall for " + b + "'s";
    if (of_b.filters()) return ", and " + b + "'s packets open its firewall for " + a + "'s";
    return {};
}

std::string opening_words(const Topology& topology, const Obstacle& of_a, const Obstacle& of_b) {
    const std::string& a = topology.a.name;
    const std::string& b = topology.b.name;
    if (of_a.filters() && of_b.filters()) return "and open the way for the other's";
    if (of_a.filters()) return "and " + a + "'s open the way for " + b + "'s";
    if (of_b.filters()) return "and " + b + "'s open the way for " + a + "'s";
    return "and neither side keeps any out";
}

std::string why_direct_ipv6(const Topology& topology, const Obstacle& of_a, const Obstacle& of_b) {
    std::string out = "both have IPv6, ";
    if (of_a.translates || of_b.translates) {
        // RFC 6296 s2: stateless, one to one, ports stay.
        out += "of which ";
        if (of_a.translates && of_b.translates) {
            out += "both NATs translate";
        } else {
            out += (of_a.translates ? topology.a : topology.b).name + "'s NAT translates";
        }
        out += " the prefix alone (NPTv6), so that every port stays";
    } else {
        out += "which needs no translation";
    }
    return out + firewall_words(topology, of_a, of_b);
}

/// Of a party that has a TURN server and no way to it: what is in the way, and what would not be.
std::string why_no_server(const Topology& topology, const Party& party) {
    if (party.turn.empty() || has_relay(topology, party)) return {};
    if (!why_nothing_gets_out(topology, party).empty()) return {};
    const bool has_tcp =
        std::find(party.turn.begin(), party.turn.end(), TurnAccess::Tcp) != party.turn.end();
    const std::string server = "; " + party.name + "'s TURN server ";
    switch (party.tcp_out) {
        case TcpOut::Any:
            return server + "is asked over UDP alone, and over TCP it would be within reach";
        case TcpOut::WebPortsOnly:
            return server + (has_tcp ? "is on port 3478" : "is asked over UDP alone") + ", and " +
                   party.name +
                   "'s network lets out TCP to ports 80 and 443 and nothing else: over TCP on "
                   "port 443 it would be within reach";
        case TcpOut::None:
            break;
    }
    return {};
}

}  // namespace

std::string why_direct(const Topology& topology, Family family) {
    const Party& a = topology.a;
    const Party& b = topology.b;
    const Obstacle of_a = obstacle_of(topology, a, b, family);
    const Obstacle of_b = obstacle_of(topology, b, a, family);
    const auto box = box_of(a, family);
    if (box && box == box_of(b, family)) return a.name + " and " + b.name + " are on one network";
    if (is_on_the_way_of(topology, a, b, family)) {
        return a.name + " is on the network that " + box_words(b, of_b) + " leads to";
    }
    if (is_on_the_way_of(topology, b, a, family)) {
        return b.name + " is on the network that " + box_words(a, of_a) + " leads to";
    }
    if (meet_behind_a_nat(topology, family)) {
        if (family == Family::IPv4 && !of_a.translates && !of_b.translates) {
            return "no NAT is between them" + firewall_words(topology, of_a, of_b);
        }
        return family == Family::IPv4
                   ? "both are behind one NAT, which turns packets between them around"
                   : "both are behind one router, which passes packets between them";
    }
    if (family == Family::IPv6) return why_direct_ipv6(topology, of_a, of_b);
    if (!of_a.translates && !of_b.translates) {
        return "neither is behind a NAT" + firewall_words(topology, of_a, of_b);
    }
    if (of_a.moves() && of_b.moves()) {
        return "both NATs use another port toward each destination, but one lets packets in from "
               "anywhere and answers them the way they came";
    }
    if (of_a.moves() || of_b.moves()) {
        const Party& moving = of_a.moves() ? a : b;
        const Party& other = of_a.moves() ? b : a;
        const bool is_taken = (of_a.moves() ? of_a : of_b).port_is_taken;
        return (is_taken ? taken_words(moving, other)
                         : moving.name + "'s NAT uses another port toward each destination") +
               ", but " + other.name + "'s side lets it in all the same";
    }
    return "each side's packets go out by the port it announced, " +
           opening_words(topology, of_a, of_b);
}

std::string why_no_direct(const Topology& topology) {
    const Party& a = topology.a;
    const Party& b = topology.b;
    for (const auto& why_of : {why_nothing_gets_out, why_cut_off}) {
        for (const Party* party : {&a, &b}) {
            if (auto why = why_of(topology, *party); !why.empty()) return why;
        }
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
    if (meet_behind_a_nat(topology, Family::IPv4)) {
        return "both are behind one NAT, which does not turn packets between them around in a way "
               "that their own NATs let in (RFC 4787 REQ-9)";
    }
    const Obstacle of_a = obstacle_of(topology, a, b, Family::IPv4);
    const Obstacle of_b = obstacle_of(topology, b, a, Family::IPv4);
    if (of_a.moves() && of_b.moves() && !of_a.port_is_taken && !of_b.port_is_taken) {
        return a.name + "'s and " + b.name +
               "'s NATs both use another port toward each destination, so neither can tell the "
               "other where to send";
    }
    // Of two that move, one whose port was taken explains less than one that moves by itself.
    const bool is_a = of_a.moves() && (!of_b.moves() || !of_a.port_is_taken);
    const Party& moving = is_a ? a : b;
    const Party& strict = is_a ? b : a;
    const std::string lets_in = box_words(strict, is_a ? of_b : of_a) +
                                " lets in only the addresses and ports it has sent to";
    if ((is_a ? of_a : of_b).port_is_taken) return taken_words(moving, strict) + ", and " + lets_in;
    return moving.name + "'s NAT uses another port toward " + strict.name +
           " than the one it announced, and " + lets_in;
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
    for (const Party* party : {&topology.a, &topology.b}) {
        const std::string why = why_nothing_gets_out(topology, *party);
        if (!why.empty()) {
            return why + ", and " + party->name + " has no other address: nothing of " +
                   party->name + "'s gets out, not even to a relay";
        }
    }
    const std::string why = why_no_direct(topology);
    const std::string servers =
        why_no_server(topology, topology.a) + why_no_server(topology, topology.b);
    const bool of_a = has_relay(topology, topology.a);
    if (!of_a && !has_relay(topology, topology.b)) {
        return why + ", and no relay is within reach of either" + servers;
    }
    // Two relays always meet, so there is one, and the other side does not get to it.
    const Party& with = of_a ? topology.a : topology.b;
    const Party& without = of_a ? topology.b : topology.a;
    const std::string relay =
        ", and " + with.name + "'s relay is out of " + without.name + "'s reach: ";
    if (without.relay_only) {
        return why + relay + without.name + " has no relay of its own" + servers;
    }
    if (!reaches_internet(topology, without, Family::IPv4)) {
        return why + relay + "it has an IPv4 address" + servers;
    }
    return why + relay + without.name + " sends no UDP to it" + servers;
}

}  // namespace portolan::oracle
