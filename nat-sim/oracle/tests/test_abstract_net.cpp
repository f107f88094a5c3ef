#include <gtest/gtest.h>

#include "nat-sim/oracle/abstract_net.hpp"
#include "nat-sim/oracle/tests/topologies.hpp"

namespace portolan::oracle::test {
namespace {

constexpr int kPort = 1000;

/// One host behind one NAT, two hosts with two ports each on the Internet.
struct Lab {
    explicit Lab(NatBox box)
        : net({box}),
          inside{net.add_host(0), kPort},
          near{net.add_host(std::nullopt), 1},
          far{net.add_host(std::nullopt), 1} {}
    AbstractNet net;
    Endpoint inside, near, far;
    [[nodiscard]] Endpoint near_port(int port) const { return {near.address, port}; }
};

struct MappingRow {
    Mapping mapping;
    bool same_for_ports;
    bool same_for_addresses;
};

class MappingRules : public ::testing::TestWithParam<MappingRow> {};

TEST_P(MappingRules, decide_what_others_see) {
    Lab lab(nat(GetParam().mapping, Filtering::EndpointIndependent));
    const auto first = lab.net.send(lab.inside, lab.near)->source;
    EXPECT_EQ(lab.net.send(lab.inside, lab.near)->source, first);
    EXPECT_EQ(lab.net.send(lab.inside, lab.near_port(2))->source == first,
              GetParam().same_for_ports);
    EXPECT_EQ(lab.net.send(lab.inside, lab.far)->source == first, GetParam().same_for_addresses);
}

INSTANTIATE_TEST_SUITE_P(All, MappingRules,
                         ::testing::Values(MappingRow{Mapping::EndpointIndependent, true, true},
                                           MappingRow{Mapping::AddressDependent, true, false},
                                           MappingRow{Mapping::AddressAndPortDependent, false,
                                                      false}));

struct FilteringRow {
    Filtering filtering;
    bool other_port;
    bool other_address;
};

class FilteringRules : public ::testing::TestWithParam<FilteringRow> {};

TEST_P(FilteringRules, decide_who_gets_in) {
    Lab lab(nat(Mapping::EndpointIndependent, GetParam().filtering));
    const Endpoint outside = lab.net.send(lab.inside, lab.near)->source;
    EXPECT_TRUE(lab.net.send(lab.near, outside));
    EXPECT_EQ(lab.net.send(lab.near_port(2), outside).has_value(), GetParam().other_port);
    EXPECT_EQ(lab.net.send(lab.far, outside).has_value(), GetParam().other_address);
    EXPECT_FALSE(lab.net.send(lab.near, {outside.address, outside.port + 1}));
    EXPECT_FALSE(lab.net.send(lab.near, lab.inside)) << "a private address leads nowhere";
}

INSTANTIATE_TEST_SUITE_P(All, FilteringRules,
                         ::testing::Values(FilteringRow{Filtering::EndpointIndependent, true, true},
                                           FilteringRow{Filtering::AddressDependent, true, false},
                                           FilteringRow{Filtering::AddressAndPortDependent, false,
                                                        false}));

TEST(ReplyBindingRule, decides_how_an_unsolicited_packet_is_answered) {
    for (const ReplyBinding reply : {ReplyBinding::SessionAware, ReplyBinding::MappingTable}) {
        Lab lab(nat(Mapping::AddressAndPortDependent, Filtering::EndpointIndependent, reply));
        const Endpoint outside = lab.net.send(lab.inside, lab.near)->source;
        ASSERT_TRUE(lab.net.send(lab.far, outside));
        EXPECT_EQ(lab.net.send(lab.inside, lab.far)->source == outside,
                  reply == ReplyBinding::SessionAware);
    }
}

TEST(HairpinRule, decides_whether_and_as_whom_neighbours_meet) {
    for (const Hairpin hairpin : {Hairpin::Off, Hairpin::ExternalSource, Hairpin::InternalSource}) {
        NatBox box = nat(Mapping::EndpointIndependent, Filtering::EndpointIndependent);
        box.hairpin = hairpin;
        Lab lab(box);
        const Endpoint neighbour{lab.net.add_host(0), kPort};
        const Endpoint outside = lab.net.send(lab.inside, lab.near)->source;
        const auto turned = lab.net.send(neighbour, outside);
        ASSERT_EQ(turned.has_value(), hairpin != Hairpin::Off);
        if (!turned) continue;
        EXPECT_EQ(turned->destination, lab.inside);
        EXPECT_EQ(turned->source == neighbour, hairpin == Hairpin::InternalSource);
    }
}

TEST(Nesting, translates_at_each_level) {
    NatBox inner = nat(Mapping::EndpointIndependent, Filtering::EndpointIndependent);
    inner.behind = 0;
    AbstractNet net({nat(Mapping::AddressDependent, Filtering::EndpointIndependent), inner});
    const Endpoint host{net.add_host(1), kPort};
    const Endpoint between{net.add_host(0), kPort};
    const Endpoint outer{net.add_host(std::nullopt), kPort};
    const auto seen_between = net.send(host, between);
    const auto seen_outside = net.send(host, outer);
    ASSERT_TRUE(seen_between && seen_outside);
    EXPECT_NE(seen_between->source.address, seen_outside->source.address);
    const auto back = net.send(outer, seen_outside->source);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->destination, host);
}

/// A router knows the way to what a box behind it does not translate.
TEST(Firewall, lets_its_hosts_be_reached_by_their_own_addresses) {
    NatBox outer = nat(Mapping::EndpointIndependent, Filtering::AddressAndPortDependent);
    NatBox firewall = outer;
    firewall.translates = false;
    firewall.behind = 0;
    NatBox inner = firewall;
    inner.behind = 1;
    AbstractNet net({outer, firewall, inner});
    const Endpoint neighbour{net.add_host(0), 1};
    const Endpoint host{net.add_host(2), 1};
    EXPECT_FALSE(net.send(neighbour, host)) << "nothing has left by there";
    const auto sent = net.send(host, neighbour);
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->source, host) << "nothing is translated";
    const auto answer = net.send(neighbour, host);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->destination, host);
    EXPECT_FALSE(net.send({neighbour.address, 2}, host)) << "the firewall filters all the same";
    const Endpoint server{net.add_host(std::nullopt), 1};
    const auto seen = net.send(host, server);
    ASSERT_TRUE(seen);
    EXPECT_NE(seen->source, host) << "the outer box translates";
    ASSERT_TRUE(net.send(server, seen->source));
    EXPECT_FALSE(net.send(server, host)) << "and keeps its inside to itself";
}

}  // namespace
}  // namespace portolan::oracle::test
