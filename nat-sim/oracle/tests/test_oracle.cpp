#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "nat-sim/oracle/oracle.hpp"
#include "nat-sim/oracle/tests/topologies.hpp"

namespace portolan::oracle::test {
namespace {

using ::testing::HasSubstr;

constexpr auto E = Mapping::EndpointIndependent;
constexpr auto A = Mapping::AddressDependent;
constexpr auto P = Mapping::AddressAndPortDependent;
constexpr auto FE = Filtering::EndpointIndependent;
constexpr auto FA = Filtering::AddressDependent;
constexpr auto FP = Filtering::AddressAndPortDependent;

struct Kind {
    Mapping mapping;
    Filtering filtering;
};
constexpr std::array<Kind, 9> kKinds{
    {{E, FE}, {E, FA}, {E, FP}, {A, FE}, {A, FA}, {A, FP}, {P, FE}, {P, FA}, {P, FP}}};

/// The rules as one can say them, for NATs that answer by session: whatever has an EIF or EIM side
/// gets through, but an endpoint-dependent one not to an APDF one.
bool direct_by_rule(const Kind& one, const Kind& other) {
    const bool one_moves = one.mapping != E;
    const bool other_moves = other.mapping != E;
    if (!one_moves && !other_moves) return true;
    if (one.filtering == FE && one_moves) return true;
    if (other.filtering == FE && other_moves) return true;
    if (one_moves && other_moves) return false;
    return (one_moves ? other : one).filtering != FP;
}

TEST(Pairs, session_aware_nats_follow_the_rules) {
    int direct = 0;
    for (const Kind& one : kKinds) {
        for (const Kind& other : kKinds) {
            const Expectation got = expect_call(
                apart(nat(one.mapping, one.filtering), nat(other.mapping, other.filtering)));
            EXPECT_EQ(got.reach, direct_by_rule(one, other) ? Reach::Direct : Reach::Relayed);
            direct += got.reach == Reach::Direct;
        }
    }
    EXPECT_EQ(direct, 57);
}

/// With slow signalling B's checks are over before A's begin: what needs one of them to be sent
/// again, because it must not only open B's NAT but come in at A's, is lost.
TEST(Pairs, an_answerer_that_has_given_up_does_not_check_again) {
    for (const Kind& one : kKinds) {
        for (const Kind& other : kKinds) {
            const Topology topology =
                apart(nat(one.mapping, one.filtering), nat(other.mapping, other.filtering));
            const bool is_direct =
                expect_call(topology, FirstChecker::BAlone).reach == Reach::Direct;
            // A lets B's first check in, or A's comes in at B where B has announced to be. B's
            // answer leaves by what its own check had made, so that a strict A may not know it.
            const bool b_gets_in = one.filtering == FE;
            const bool is_answer_strange = one.mapping == E && one.filtering == FP;
            const bool a_gets_in = other.mapping == E ? other.filtering != FP || one.mapping == E
                                                      : other.filtering == FE && !is_answer_strange;
            EXPECT_EQ(is_direct, direct_by_rule(one, other) && (b_gets_in || a_gets_in))
                << static_cast<int>(one.mapping) << static_cast<int>(one.filtering) << " x "
                << static_cast<int>(other.mapping) << static_cast<int>(other.filtering);
        }
    }
}

/// The same calls over relays: B's comes in at A's relay, which has asked for B's addresses;
/// without one A's checks have to come in at B's.
TEST(Relays, of_an_answerer_that_has_given_up) {
    const NatBox strict = nat(P, FP);
    const auto reach = [&](const NatBox& of_a, const NatBox& of_b, bool a_turn, bool b_turn) {
        return expect_call(apart(of_a, of_b, a_turn, b_turn), FirstChecker::BAlone).reach;
    };
    EXPECT_EQ(reach(nat(E, FA), strict, false, false), Reach::Unreachable);
    EXPECT_EQ(reach(nat(E, FA), strict, true, false), Reach::Unreachable);
    EXPECT_EQ(reach(nat(E, FA), strict, false, true), Reach::Relayed);
    EXPECT_EQ(reach(nat(E, FE), strict, false, false), Reach::Direct);
}

/// With replies by the mapping table an EIF side helps less.
TEST(Pairs, mapping_table_nats_lose_these_and_no_others) {
    const auto row = [](Kind kind) { return std::pair(kind.mapping, kind.filtering); };
    for (const Kind& one : kKinds) {
        for (const Kind& other : kKinds) {
            const auto lost = [&](const Kind& x, const Kind& y) {
                const bool y_moves_open = y.mapping != E && y.filtering == FE;
                if (row(x) == std::pair(E, FP)) return y_moves_open;
                if (row(x) == std::pair(A, FE)) return y.mapping != E && y.filtering == FP;
                if (row(x) == std::pair(A, FP)) return y_moves_open;
                if (row(x) == std::pair(P, FE)) {
                    return row(y) == std::pair(A, FP) || y.mapping == P;
                }
                return false;
            };
            constexpr auto T = ReplyBinding::MappingTable;
            const Expectation got = expect_call(
                apart(nat(one.mapping, one.filtering, T), nat(other.mapping, other.filtering, T)));
            const bool direct =
                direct_by_rule(one, other) && !lost(one, other) && !lost(other, one);
            EXPECT_EQ(got.reach == Reach::Direct, direct)
                << static_cast<int>(one.mapping) << static_cast<int>(one.filtering) << " x "
                << static_cast<int>(other.mapping) << static_cast<int>(other.filtering);
        }
    }
}

TEST(Pairs, need_a_relay_only_where_nothing_is_direct) {
    for (const Kind& one : kKinds) {
        for (const Kind& other : kKinds) {
            for (const bool a_turn : {false, true}) {
                for (const bool b_turn : {false, true}) {
                    const Expectation got =
                        expect_call(apart(nat(one.mapping, one.filtering),
                                          nat(other.mapping, other.filtering), a_turn, b_turn));
                    if (direct_by_rule(one, other)) {
                        EXPECT_EQ(got.legs, std::set{kNoRelay});
                        continue;
                    }
                    std::set<Legs> possible;
                    if (a_turn) possible.insert(kByA);
                    if (b_turn) possible.insert(kByB);
                    EXPECT_EQ(got.legs, possible);
                    EXPECT_EQ(got.reach, possible.empty() ? Reach::Unreachable : Reach::Relayed);
                }
            }
        }
    }
}

TEST(Pairs, are_symmetric) {
    for (const Kind& one : kKinds) {
        for (const Kind& other : kKinds) {
            const NatBox first = nat(one.mapping, one.filtering);
            const NatBox second = nat(other.mapping, other.filtering);
            EXPECT_EQ(expect_call(apart(first, second)).reach,
                      expect_call(apart(second, first)).reach);
        }
    }
}

/// An endpoint-dependent NAT that filters nothing answers by session: by the port that it announced
/// if the other's check came first, by another one if its own did. A port-restricted other side
/// lets in only the former.
TEST(Order, of_the_checks_decides_where_answers_follow_sessions) {
    for (const Mapping mapping : {A, P}) {
        const Topology topology = apart(nat(E, FP), nat(mapping, FE));
        EXPECT_EQ(expect_call(topology).reach, Reach::Direct);
        EXPECT_EQ(expect_call(topology, FirstChecker::A).reach, Reach::Direct);
        EXPECT_EQ(expect_call(topology, FirstChecker::B).reach, Reach::Relayed);
    }
}

TEST(Order, of_the_checks_decides_nothing_else) {
    for (const Kind& one : kKinds) {
        for (const Kind& other : kKinds) {
            const Topology topology =
                apart(nat(one.mapping, one.filtering), nat(other.mapping, other.filtering));
            const auto by_order = [&](FirstChecker first, const Kind& later, const Kind& sooner) {
                const bool decides = later.mapping == E && later.filtering == FP &&
                                     sooner.mapping != E && sooner.filtering == FE;
                EXPECT_EQ(expect_call(topology, first).reach != expect_call(topology).reach,
                          decides);
            };
            by_order(FirstChecker::A, other, one);
            by_order(FirstChecker::B, one, other);
        }
    }
}

/// An address-dependent filter opens when its own side has sent to the other's address. If the
/// other, behind a NAT that maps by the endpoint, has checked before, it has to check again; a
/// relayed pair is valid sooner.
TEST(Early, nomination_may_take_a_relay_where_the_direct_pair_needs_a_second_check) {
    int early = 0;
    for (const Kind& one : kKinds) {
        for (const Kind& other : kKinds) {
            const Expectation got = expect_call(
                apart(nat(one.mapping, one.filtering), nat(other.mapping, other.filtering)),
                FirstChecker::B);
            const bool expected = one.mapping == E && one.filtering == FA && other.mapping != E &&
                                  other.filtering != FE;
            EXPECT_EQ(!got.early_legs.empty(), expected)
                << static_cast<int>(one.mapping) << static_cast<int>(one.filtering) << " x "
                << static_cast<int>(other.mapping) << static_cast<int>(other.filtering);
            if (expected) EXPECT_EQ(got.reach, Reach::Direct);
            early += !got.early_legs.empty();
        }
    }
    EXPECT_EQ(early, 4);
    EXPECT_TRUE(expect_call(apart(nat(E, FA), nat(P, FP), false, false), FirstChecker::B)
                    .early_legs.empty());
}

/// RFC 8445 s8.1.1: any valid pair may be nominated at any time, so wherever a direct pair is to be
/// expected, each relay in reach is permitted, two of them at once too.
TEST(Early, nomination_of_any_relay_in_reach_is_permitted_where_direct_is_expected) {
    for (const Kind& one : kKinds) {
        for (const Kind& other : kKinds) {
            const NatBox first = nat(one.mapping, one.filtering);
            const NatBox second = nat(other.mapping, other.filtering);
            for (const FirstChecker order : {FirstChecker::A, FirstChecker::B}) {
                const Expectation got = expect_call(apart(first, second), order);
                if (got.reach != Reach::Direct) {
                    EXPECT_EQ(got.permitted_legs, (std::set{Legs{true, true}})) << "one is enough";
                    continue;
                }
                EXPECT_EQ(got.permitted_legs, (std::set{kByA, kByB, Legs{true, true}}));
                EXPECT_TRUE(
                    expect_call(apart(first, second, false, false), order).permitted_legs.empty());
                EXPECT_FALSE(expect_call(apart(first, second, true, false), order)
                                 .permitted_legs.contains(kByB));
            }
        }
    }
}

/// Each check comes from a port that nobody knew and is answered from yet another: three pairs,
/// wherever a relay is, and none where answers follow sessions.
TEST(Endless, checks_are_those_of_three_pairs_that_answer_by_the_mapping_table) {
    for (const ReplyBinding reply : {ReplyBinding::SessionAware, ReplyBinding::MappingTable}) {
        for (const Kind& one : kKinds) {
            for (const Kind& other : kKinds) {
                const auto is = [](const Kind& kind, Filtering filtering) {
                    return kind.mapping == P && kind.filtering == filtering;
                };
                const bool expected = reply == ReplyBinding::MappingTable &&
                                      ((is(one, FE) && (is(other, FE) || is(other, FA))) ||
                                       (is(one, FA) && is(other, FE)));
                for (const auto& [a_turn, b_turn] :
                     {std::pair(true, false), {false, true}, {true, true}}) {
                    const Topology topology =
                        apart(nat(one.mapping, one.filtering, reply),
                              nat(other.mapping, other.filtering, reply), a_turn, b_turn);
                    for (const FirstChecker first : {FirstChecker::A, FirstChecker::B}) {
                        const Expectation got = expect_call(topology, first);
                        EXPECT_EQ(got.may_not_conclude, expected)
                            << static_cast<int>(one.mapping) << static_cast<int>(one.filtering)
                            << " x " << static_cast<int>(other.mapping)
                            << static_cast<int>(other.filtering);
                        EXPECT_TRUE(!expected || got.reach == Reach::Relayed);
                    }
                }
            }
        }
    }
}

TEST(Blocked, udp_on_one_side_leaves_the_relay_over_tcp) {
    Topology topology = apart(nat(E, FE), nat(E, FP));
    topology.a.udp = false;
    EXPECT_EQ(expect_call(topology).legs, std::set{kByA});
    EXPECT_THAT(expect_call(topology).why, HasSubstr("A's network blocks UDP"));
    topology.a.turn = {TurnAccess::Udp};
    EXPECT_EQ(expect_call(topology).reach, Reach::Unreachable);
    topology.a.turn = {TurnAccess::Udp, TurnAccess::Tcp, TurnAccess::TcpOnWebPort};
    topology.a.tcp_out = TcpOut::WebPortsOnly;
    EXPECT_EQ(expect_call(topology).legs, std::set{kByA});
    topology.a.tcp_out = TcpOut::None;
    EXPECT_EQ(expect_call(topology).reach, Reach::Unreachable);
}

TEST(Blocked, udp_on_both_sides_needs_both_relays) {
    Topology topology = apart(nat(E, FE), nat(E, FE));
    topology.a.udp = topology.b.udp = false;
    EXPECT_EQ(expect_call(topology).legs, std::set({Legs{true, true}}));
}

/// libwebrtc's LTPT cells: a public peer is reached by ICE-TCP.
TEST(Blocked, udp_leaves_tcp_to_a_public_peer) {
    Topology topology = apart(nat(E, FE), nat(E, FE), false, false);
    topology.b.behind.reset();
    topology.a.udp = false;
    EXPECT_EQ(expect_call(topology).reach, Reach::Unreachable);
    topology.a.ice_tcp = topology.b.ice_tcp = true;
    EXPECT_EQ(expect_call(topology).reach, Reach::DirectTcp);
    topology.b.tcp_in = false;
    EXPECT_EQ(expect_call(topology).reach, Reach::Unreachable);
}

/// Boxes that translate nothing and let TCP in are no obstacle to it, UDP or not.
TEST(Blocked, udp_leaves_tcp_through_boxes_that_are_open_for_it) {
    NatBox wall = nat(E, FP);
    wall.udp = false;
    wall.translates = false;
    wall.tcp_open = true;
    Topology topology = apart(wall, wall, false, false);
    EXPECT_EQ(expect_call(topology).reach, Reach::Unreachable);
    EXPECT_THAT(expect_call(topology).why, HasSubstr("A's and B's networks block UDP"));
    topology.a.ice_tcp = topology.b.ice_tcp = true;
    EXPECT_EQ(expect_call(topology).reach, Reach::DirectTcp);
    topology.nats[0].tcp_open = false;  // B's is left to come in by
    EXPECT_EQ(expect_call(topology).reach, Reach::DirectTcp);
    topology.nats[1].tcp_open = false;
    EXPECT_EQ(expect_call(topology).reach, Reach::Unreachable);
    topology.b.behind = 0;  // neighbours
    EXPECT_EQ(expect_call(topology).reach, Reach::Direct);
}

/// A is in the network that B's own is behind: what B's box does not carry does not come out of it.
TEST(Tcp, comes_out_of_an_inner_network_only_if_its_box_lets_it) {
    Topology topology = apart(nat(E, FP), nat(E, FP), false, false);
    topology.nats[1].behind = 0;
    topology.nats[0].udp = topology.nats[1].udp = false;
    topology.a.ice_tcp = topology.b.ice_tcp = true;
    topology.a.udp = topology.b.udp = false;
    EXPECT_EQ(expect_call(topology).reach, Reach::DirectTcp) << "by a connection of B's to A";
    topology.nats[0].carries = false;
    EXPECT_EQ(expect_call(topology).reach, Reach::DirectTcp) << "it does not pass the outer box";
    topology.nats[1].carries = false;
    EXPECT_EQ(expect_call(topology).reach, Reach::Unreachable);
    topology.nats[1].carries = true;
    topology.nats[1].web_only = true;
    EXPECT_EQ(expect_call(topology).reach, Reach::Unreachable);
    topology.nats[1].web_only = false;
    // A plain firewall within B's network changes nothing.
    topology.nats.push_back(nat(E, FE));
    topology.nats[2].behind = 1;
    topology.b.behind = 2;
    EXPECT_EQ(expect_call(topology).reach, Reach::DirectTcp);
    topology.nats[1].carries = false;
    EXPECT_EQ(expect_call(topology).reach, Reach::Unreachable) << "a box in the middle of the way";
}

TEST(OneNat, neighbours_meet_on_their_own_network) {
    Topology topology = apart(nat(P, FP), nat(P, FP));
    topology.b.behind = 0;
    EXPECT_EQ(expect_call(topology).reach, Reach::Direct);
    EXPECT_THAT(expect_call(topology).why, HasSubstr("on one network"));
}

/// Two homes behind one carrier NAT meet only if it turns their packets around; as REQ-9a asks,
/// with the outside source, or the homes' own filters do not know them.
TEST(OneNat, homes_behind_one_carrier_need_its_hairpinning) {
    for (const Hairpin hairpin : {Hairpin::Off, Hairpin::ExternalSource, Hairpin::InternalSource}) {
        Topology topology;
        NatBox carrier = nat(E, FE);
        carrier.hairpin = hairpin;
        NatBox home = nat(E, FP);
        home.behind = 0;
        topology.nats = {carrier, home, home};
        topology.a.behind = 1;
        topology.b.behind = 2;
        topology.a.turn = topology.b.turn = kTurn;
        EXPECT_EQ(expect_call(topology).reach,
                  hairpin == Hairpin::ExternalSource ? Reach::Direct : Reach::Relayed)
            << static_cast<int>(hairpin);
    }
}

/// An endpoint-dependent carrier NAT turns around like one of its class.
TEST(OneNat, a_symmetric_carrier_turns_nothing_around_that_gets_in) {
    Topology topology;
    NatBox carrier = nat(P, FP);
    carrier.hairpin = Hairpin::ExternalSource;
    NatBox home = nat(E, FP);
    home.behind = 0;
    topology.nats = {carrier, home, home};
    topology.a.behind = 1;
    topology.b.behind = 2;
    topology.a.turn = topology.b.turn = kTurn;
    EXPECT_EQ(expect_call(topology).reach, Reach::Relayed);
}

/// IPv6 is direct where both have it, whatever the IPv4 NATs do: its firewalls translate nothing.
TEST(DualStack, ipv6_leads_around_symmetric_nats) {
    Topology topology = apart(nat(P, FP), nat(P, FP));
    NatBox wall = nat(E, FP);
    wall.family = Family::IPv6;
    topology.nats.push_back(wall);
    topology.nats.push_back(wall);
    topology.a.ipv6 = topology.b.ipv6 = true;
    topology.a.behind_ipv6 = 2;
    topology.b.behind_ipv6 = 3;
    EXPECT_EQ(expect_call(topology).reach, Reach::Direct);
    EXPECT_EQ(expect_call(topology).families, std::set{Family::IPv6});
    EXPECT_THAT(expect_call(topology).why, HasSubstr("IPv6"));
    topology.b.ipv6 = false;
    EXPECT_EQ(expect_call(topology).reach, Reach::Relayed);
}

TEST(DualStack, both_families_may_be_chosen_where_both_are_direct) {
    Topology topology = apart(nat(E, FP), nat(E, FP));
    topology.a.ipv6 = topology.b.ipv6 = true;
    EXPECT_EQ(expect_call(topology).families, (std::set{Family::IPv4, Family::IPv6}));
}

/// Relays have IPv4 addresses: one that has only IPv6 comes to its own relay, and no further.
TEST(DualStack, one_family_each_needs_the_relay_of_the_ipv6_side) {
    Topology topology;
    topology.b.name = "B";
    topology.a.ipv4 = false;
    topology.a.ipv6 = true;
    topology.b.turn = kTurn;
    EXPECT_EQ(expect_call(topology).reach, Reach::Unreachable);
    topology.a.turn = kTurn;
    EXPECT_EQ(expect_call(topology).legs, std::set{kByA});
    EXPECT_THAT(expect_call(topology).why, HasSubstr("A has only IPv6 and B only IPv4"));
}

TEST(OneFamily, that_a_network_does_not_carry_leads_nowhere_with_turn_either) {
    Topology topology;
    topology.b.name = "B";
    NatBox wall = nat(E, FP);
    wall.family = Family::IPv6;
    wall.carries = false;
    topology.nats = {wall};
    topology.a.behind_ipv6 = 0;
    for (Party* party : {&topology.a, &topology.b}) {
        party->ipv4 = false;
        party->ipv6 = true;
        party->turn = kTurn;
    }
    EXPECT_EQ(expect_call(topology).reach, Reach::Unreachable);
    EXPECT_THAT(expect_call(topology).why, HasSubstr("A's network carries no IPv6"));
    topology.b.ipv4 = true;
    EXPECT_EQ(expect_call(topology).reach, Reach::Unreachable);
    // NAT64 leads to the TURN server, whose relay is of IPv4.
    topology.a.nat64 = true;
    EXPECT_EQ(expect_call(topology).legs, std::set{kByA});
    EXPECT_THAT(expect_call(topology).why, HasSubstr("NAT64"));
    topology.a.turn.clear();
    EXPECT_EQ(expect_call(topology).reach, Reach::Unreachable);
    // Its neighbour needs no way out.
    topology.b.behind_ipv6 = 0;
    EXPECT_EQ(expect_call(topology).reach, Reach::Direct);
}

TEST(RelayOnly, uses_its_relay_where_a_direct_pair_would_do) {
    Topology topology = apart(nat(E, FE), nat(E, FE));
    topology.a.relay_only = true;
    EXPECT_EQ(expect_call(topology).legs, std::set{kByA});
    topology.b.relay_only = true;
    EXPECT_EQ(expect_call(topology).legs, (std::set{Legs{true, true}}));
    topology.a.turn.clear();
    EXPECT_EQ(expect_call(topology).reach, Reach::Unreachable);
}

/// The oracle gives reasons that name the right side.
TEST(Why, names_who_stands_in_the_way) {
    EXPECT_THAT(expect_call(apart(nat(P, FP), nat(E, FP))).why,
                HasSubstr("A's NAT uses another port toward B"));
    EXPECT_THAT(expect_call(apart(nat(E, FP), nat(P, FP))).why,
                HasSubstr("B's NAT uses another port toward A"));
    EXPECT_THAT(expect_call(apart(nat(P, FP), nat(P, FP))).why, HasSubstr("both use another port"));
    EXPECT_THAT(expect_call(apart(nat(P, FP), nat(P, FP), false, false)).why,
                HasSubstr("no relay is within reach"));
}

TEST(Why, says_whose_relay_is_out_of_whose_reach) {
    Topology topology = apart(nat(E, FP), nat(E, FP), false, true);
    topology.a.udp = false;
    EXPECT_EQ(expect_call(topology).why,
              "A's network blocks UDP, and B's relay is out of A's reach: A sends no UDP to it");
    topology = Topology{};
    topology.b.name = "B";
    for (Party* party : {&topology.a, &topology.b}) {
        party->ipv4 = false;
        party->ipv6 = true;
    }
    topology.a.turn = kTurn;
    topology.a.relay_only = true;
    EXPECT_EQ(expect_call(topology).reach, Reach::Unreachable);
    EXPECT_EQ(expect_call(topology).why,
              "A uses relays only, and A's relay is out of B's reach: it has an IPv4 address");
}

TEST(Why, tells_a_firewall_from_a_nat_and_a_lan_from_a_hairpin) {
    NatBox open = nat(E, FE);
    open.translates = false;
    EXPECT_EQ(expect_call(apart(open, open)).why, "neither is behind a NAT");
    NatBox wall = nat(E, FP);
    wall.translates = false;
    EXPECT_THAT(expect_call(apart(open, wall)).why, HasSubstr("open its firewall"));
    EXPECT_THAT(expect_call(apart(open, nat(E, FE))).why, HasSubstr("the port it announced"));

    Topology topology;
    NatBox inner = nat(E, FP);
    inner.behind = 0;
    topology.nats = {nat(E, FP), inner};
    topology.b.name = "B";
    topology.a.behind = 1;
    topology.b.behind = 0;
    EXPECT_EQ(expect_call(topology).reach, Reach::Direct);
    EXPECT_EQ(expect_call(topology).why, "B is on the network that A's NAT leads to");
}

}  // namespace
}  // namespace portolan::oracle::test
