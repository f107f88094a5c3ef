#include "nat-sim/oracle/oracle.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "nat-sim/oracle/words.hpp"

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
    if (!to.tcp_in) return false;
    // Out through the boxes that only `from` is behind, in through those that only `to` is.
    const std::vector<int> out = chain_of(topology, from, family);
    const std::vector<int> in = chain_of(topology, to, family);
    const auto is_in = [](int nat, const std::vector<int>& chain) {
        return std::find(chain.begin(), chain.end(), nat) != chain.end();
    };
    const bool are_in_one_network =
        std::any_of(out.begin(), out.end(), [&](int nat) { return is_in(nat, in); });
    if (!are_in_one_network && from.tcp_out != TcpOut::Any) return false;
    const auto passes_out = [&](int nat) {
        const NatBox& box = topology.nats[static_cast<std::size_t>(nat)];
        return is_in(nat, in) || (box.carries && !box.web_only);
    };
    const auto passes_in = [&](int nat) {
        const NatBox& box = topology.nats[static_cast<std::size_t>(nat)];
        return is_in(nat, out) || (box.carries && box.tcp_open);
    };
    return std::all_of(out.begin(), out.end(), passes_out) &&
           std::all_of(in.begin(), in.end(), passes_in);
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
    const bool is_alone = first == FirstChecker::BAlone;
    const UdpChecks alone = is_alone ? check_all(topology, FirstChecker::BAlone) : UdpChecks{};
    if (is_alone) {
        pairs = alone.valid;
        result.early_legs = early_relays(topology, *first);
    } else if (first) {
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
        for (const Family family : result.families)
            result.why_of_family[family] = why_direct(topology, family);
        result.why = result.why_of_family.begin()->second;
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
    // Two may be nominated all the same (s8.1.1).
    if (one_is_enough && valid.erase(Legs{true, true}) != 0) {
        result.permitted_legs = {Legs{true, true}};
    }
    if (valid.empty()) {
        result.why = why_unreachable(topology);
        return result;
    }
    for (const ValidPair& pair : pairs) {
        if (valid.contains(pair.legs)) result.families.insert(pair.family);
    }
    result.reach = Reach::Relayed;
    result.legs = std::move(valid);
    if (is_alone) {
        result.may_not_conclude = alone.is_endless;
    } else {
        result.may_not_conclude = first ? (*first == FirstChecker::A ? a_first : b_first).is_endless
                                        : a_first.is_endless || b_first.is_endless;
    }
    result.why = why_relayed(topology, result.legs);
    return result;
}

}  // namespace portolan::oracle
