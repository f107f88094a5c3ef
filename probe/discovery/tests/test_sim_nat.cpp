#include <gtest/gtest.h>

#include <array>
#include <set>

#include "probe/discovery/tests/sim_nat.hpp"

// The model is the truth of every other test here, so it is held against RFC 4787's own words
// first.
namespace portolan::discovery::sim {
namespace {

using std::chrono::seconds;

TransportAddress at(const char* text) {
    return *TransportAddress::parse(text);
}
IpAddress ip(const char* text) {
    return *IpAddress::parse(text);
}

const TransportAddress kInside = at("192.168.1.10:40000");
const TransportAddress kInside2 = at("192.168.1.10:40001");
const TransportAddress kPP = at("45.33.32.10:3478");
const TransportAddress kPA = at("45.33.32.10:3479");
const TransportAddress kAP = at("45.33.32.11:3478");
const TransportAddress kAA = at("45.33.32.11:3479");
const IpAddress kPublic = ip("81.2.69.142");

NatRules rules(MappingRule mapping, FilteringRule filtering) {
    NatRules result;
    result.mapping = mapping;
    result.filtering = filtering;
    if (mapping != MappingRule::None) result.public_ips = {kPublic};
    return result;
}

class NatModel : public ::testing::Test {
  protected:
    void use(const NatRules& wanted, std::uint64_t seed = 1) {
        rules_ = wanted;
        nat_.reset(rules_, Time{}, seed);
    }
    std::optional<TransportAddress> out(const TransportAddress& from, const TransportAddress& to,
                                        Time now = {}) {
        Packet packet{from, to, {}};
        if (nat_.outbound(packet, now) == NatVerdict::Drop) return std::nullopt;
        return packet.from;
    }
    std::optional<TransportAddress> in(const TransportAddress& from, const TransportAddress& to,
                                       Time now = {}) {
        Packet packet{from, to, {}};
        if (nat_.inbound(packet, now) == NatVerdict::Drop) return std::nullopt;
        return packet.to;
    }
    NatRules rules_;
    Nat nat_;
};

/// RFC 4787 s4.1: which pairs of destinations share a mapping is the definition of the three kinds.
TEST_F(NatModel, mappings_are_shared_exactly_as_each_kind_says) {
    struct Row {
        MappingRule mapping;
        bool pa, ap, aa;  // same external port as toward PP
    };
    for (const Row& row : {Row{MappingRule::EndpointIndependent, true, true, true},
                           Row{MappingRule::AddressDependent, true, false, false},
                           Row{MappingRule::AddressAndPortDependent, false, false, false},
                           Row{MappingRule::PortDependent, false, true, false}}) {
        for (const PortRule ports :
             {PortRule::Preserving, PortRule::Sequential, PortRule::Random, PortRule::Parity}) {
            NatRules wanted = rules(row.mapping, FilteringRule::EndpointIndependent);
            wanted.ports = ports;
            use(wanted);
            const auto pp = out(kInside, kPP);
            EXPECT_EQ(pp == out(kInside, kPA), row.pa);
            EXPECT_EQ(pp == out(kInside, kAP), row.ap);
            EXPECT_EQ(pp == out(kInside, kAA), row.aa);
            EXPECT_EQ(pp, out(kInside, kPP)) << "a session keeps its mapping";
            EXPECT_EQ(pp->ip, kPublic);
            EXPECT_NE(pp, out(kInside2, kPP)) << "two inside ports share no mapping";
        }
    }
}

/// RFC 4787 s4.1: AP and AA share a mapping under address-dependent mapping.
TEST_F(NatModel, address_dependent_mapping_is_per_address) {
    use(rules(MappingRule::AddressDependent, FilteringRule::EndpointIndependent));
    EXPECT_EQ(out(kInside, kAP), out(kInside, kAA));
}

/// RFC 4787 s5: endpoint-independent filtering passes anything to a mapping, the others only what
/// the mapping has talked to.
TEST_F(NatModel, filters_admit_exactly_what_each_kind_says) {
    struct Row {
        FilteringRule filtering;
        bool pp, pa, aa;
    };
    for (const MappingRule mapping :
         {MappingRule::None, MappingRule::EndpointIndependent, MappingRule::AddressDependent,
          MappingRule::AddressAndPortDependent, MappingRule::PortDependent}) {
        for (const Row& row : {Row{FilteringRule::EndpointIndependent, true, true, true},
                               Row{FilteringRule::AddressDependent, true, true, false},
                               Row{FilteringRule::AddressAndPortDependent, true, false, false}}) {
            use(rules(mapping, row.filtering));
            const auto mapped = out(kInside, kPP);
            EXPECT_EQ(in(kPP, *mapped) == kInside, row.pp);
            EXPECT_EQ(in(kPA, *mapped) == kInside, row.pa);
            EXPECT_EQ(in(kAA, *mapped) == kInside, row.aa);
        }
    }
}

/// RFC 4787 s5: without a mapping there is nothing to let a packet in, whatever the filtering.
TEST_F(NatModel, nothing_enters_without_a_mapping) {
    use(rules(MappingRule::EndpointIndependent, FilteringRule::EndpointIndependent));
    EXPECT_FALSE(in(kPP, {kPublic, 12345}));
    use(rules(MappingRule::None, FilteringRule::EndpointIndependent));
    EXPECT_FALSE(in(kPP, kInside)) << "a stateful firewall";
    use(rules(MappingRule::None, FilteringRule::Open));
    EXPECT_EQ(in(kPP, kInside), kInside) << "no firewall at all";
}

/// RFC 4787 s5: the filter looks at the mapping of the packet, unless state is kept per inside
/// host.
TEST_F(NatModel, filter_scope_decides_whether_sockets_open_doors_for_each_other) {
    NatRules wanted =
        rules(MappingRule::EndpointIndependent, FilteringRule::AddressAndPortDependent);
    use(wanted);
    const auto first = out(kInside, kPP);
    ASSERT_TRUE(out(kInside2, kAA));
    EXPECT_FALSE(in(kAA, *first));
    wanted.filter_scope = FilterScope::InsideHost;
    use(wanted);
    const auto again = out(kInside, kPP);
    ASSERT_TRUE(out(kInside2, kAA));
    EXPECT_EQ(in(kAA, *again), kInside);
}

/// RFC 4787 s4.2.1, s4.2.2: preservation keeps the port and gives way only to a conflict; parity
/// keeps evenness; a sequential NAT adds its step.
TEST_F(NatModel, ports_are_chosen_by_their_rule) {
    NatRules wanted =
        rules(MappingRule::AddressAndPortDependent, FilteringRule::EndpointIndependent);
    wanted.ports = PortRule::Preserving;
    use(wanted);
    EXPECT_EQ(out(kInside, kPP)->port, kInside.port);
    EXPECT_NE(out(kInside, kPA)->port, kInside.port) << "the port is taken by the first mapping";

    wanted.ports = PortRule::Sequential;
    wanted.port_step = 2;
    wanted.first_port = 30000;
    use(wanted);
    EXPECT_EQ(out(kInside, kPP)->port, 30000);
    EXPECT_EQ(out(kInside, kPA)->port, 30002);
    EXPECT_EQ(out(kInside2, kPA)->port, 30004);

    wanted.ports = PortRule::Parity;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        use(wanted, seed);
        EXPECT_EQ(out(kInside, kPP)->port % 2, 0);
        EXPECT_EQ(out(kInside2, kPP)->port % 2, 1);
    }
}

/// Linux shares an external port between destinations, so port preservation looks
/// endpoint-independent until another host holds the same port toward one destination.
TEST_F(NatModel, shared_ports_look_endpoint_independent_until_they_collide) {
    NatRules wanted =
        rules(MappingRule::AddressAndPortDependent, FilteringRule::AddressAndPortDependent);
    wanted.ports = PortRule::Preserving;
    wanted.ports_shared_between_destinations = true;
    wanted.held_by_others = {{kInside.port, kPP}};
    use(wanted);
    EXPECT_NE(out(kInside, kPP)->port, kInside.port);
    for (const auto& to : {kPA, kAP, kAA})
        EXPECT_EQ(out(kInside, to)->port, kInside.port);
    for (const auto& from : {kPA, kAP, kAA})
        EXPECT_EQ(in(from, {kPublic, kInside.port}), kInside);
    EXPECT_FALSE(in(kPP, {kPublic, kInside.port}));
    for (const auto& to : {kPP, kPA, kAP, kAA})
        EXPECT_EQ(out(kInside2, to)->port, kInside2.port);
}

/// netfilter-full-cone-nat #42: an unsolicited packet that the router takes for its own holds the
/// tuple.
TEST_F(NatModel, an_unsolicited_packet_may_occupy_the_tuple) {
    NatRules wanted =
        rules(MappingRule::AddressAndPortDependent, FilteringRule::AddressAndPortDependent);
    wanted.ports = PortRule::Preserving;
    wanted.ports_shared_between_destinations = true;
    wanted.unsolicited_occupies_tuple = true;
    use(wanted);
    const auto mapped = out(kInside, kPP);
    EXPECT_FALSE(in(kAA, *mapped));
    EXPECT_NE(out(kInside, kAA)->port, kInside.port);
    EXPECT_EQ(out(kInside, kAP)->port, kInside.port);
}

/// RFC 4787 s4.1, REQ-2: paired pooling keeps one public address per host, arbitrary pooling does
/// not; several uplinks make it depend on the destination.
TEST_F(NatModel, pools_choose_addresses_by_their_rule) {
    NatRules wanted = rules(MappingRule::EndpointIndependent, FilteringRule::EndpointIndependent);
    wanted.public_ips = {ip("81.2.69.142"), ip("81.2.69.143")};
    const auto addresses_of_sockets = [&] {
        std::set<IpAddress> seen;
        for (std::uint16_t port = 40000; port < 40016; ++port) {
            seen.insert(out({kInside.ip, port}, kPP)->ip);
        }
        return seen.size();
    };
    use(wanted);
    EXPECT_EQ(addresses_of_sockets(), 1U);
    wanted.pool = PoolRule::Arbitrary;
    use(wanted);
    EXPECT_EQ(addresses_of_sockets(), 2U);
    EXPECT_EQ(out(kInside, kPP), out(kInside, kAA)) << "one socket keeps its address";
    wanted.pool = PoolRule::ByDestination;
    use(wanted);
    EXPECT_EQ(addresses_of_sockets(), 1U);
    EXPECT_EQ(out(kInside, kPP), out(kInside, kPA));
    EXPECT_NE(out(kInside, kPP)->ip, out(kInside, kAP)->ip);
}

/// tailscale 8d1249550: a drifting NAT keeps old sessions and maps new ones elsewhere.
TEST_F(NatModel, drift_moves_new_sessions_only) {
    NatRules wanted = rules(MappingRule::EndpointIndependent, FilteringRule::EndpointIndependent);
    wanted.drift_at = seconds(1);
    use(wanted);
    const auto before = out(kInside, kPP);
    EXPECT_EQ(out(kInside, kPP, seconds(2)), before);
    const auto after = out(kInside, kAP, seconds(2));
    EXPECT_NE(after, before);
    EXPECT_EQ(out(kInside, kAA, seconds(3)), after);
}

/// A reboot loses the table: what was let in before is not let in after, and ports are dealt anew.
TEST_F(NatModel, a_reboot_forgets_everything) {
    NatRules wanted = rules(MappingRule::EndpointIndependent, FilteringRule::EndpointIndependent);
    wanted.reboot_at = seconds(1);
    use(wanted);
    const auto before = out(kInside, kPP);
    EXPECT_EQ(in(kPP, *before), kInside);
    EXPECT_FALSE(in(kPP, *before, seconds(1)));
    EXPECT_NE(out(kInside, kPP, seconds(2)), before);
}

/// RFC 4787 s4.3, REQ-6: outbound packets refresh a binding, inbound ones where the NAT says so.
TEST_F(NatModel, bindings_expire_unless_refreshed) {
    NatRules wanted = rules(MappingRule::EndpointIndependent, FilteringRule::EndpointIndependent);
    wanted.binding_lifetime = seconds(30);
    use(wanted);
    const auto mapped = out(kInside, kPP);
    EXPECT_EQ(out(kInside, kPP, seconds(29)), mapped);
    EXPECT_TRUE(in(kPP, *mapped, seconds(58)));
    EXPECT_FALSE(in(kPP, *mapped, seconds(60)));

    wanted.inbound_refreshes = true;
    use(wanted);
    const auto kept = out(kInside, kPP);
    EXPECT_TRUE(in(kPP, *kept, seconds(29)));
    EXPECT_TRUE(in(kPP, *kept, seconds(58)));
}

/// RFC 4787 s6, REQ-9a: hairpinning shows the external or the internal source.
TEST_F(NatModel, hairpinning_turns_packets_around) {
    NatRules wanted = rules(MappingRule::EndpointIndependent, FilteringRule::EndpointIndependent);
    const auto turned = [&](HairpinRule rule) -> std::optional<TransportAddress> {
        wanted.hairpin = rule;
        use(wanted);
        const auto target = out(kInside, kPP);
        const auto own = out(kInside2, kPP);
        Packet packet{kInside2, *target, {}};
        if (nat_.outbound(packet, {}) != NatVerdict::Hairpin) return std::nullopt;
        EXPECT_EQ(packet.to, kInside);
        return packet.from == own ? TransportAddress{kPublic, 0} : packet.from;
    };
    EXPECT_FALSE(turned(HairpinRule::None));
    EXPECT_EQ(turned(HairpinRule::External)->ip, kPublic);
    EXPECT_EQ(*turned(HairpinRule::Internal), kInside2);
}

/// RFC 5780 s3.6: a generic ALG looks for its address in the payload.
TEST_F(NatModel, an_alg_rewrites_its_address_in_payloads) {
    NatRules wanted = rules(MappingRule::EndpointIndependent, FilteringRule::EndpointIndependent);
    wanted.rewrites_payload = true;
    use(wanted);
    const auto mapped = out(kInside, kPP);
    const std::array<std::uint8_t, 6> payload{9, 81, 2, 69, 142, 9};
    Packet packet{kPP, *mapped, {}};
    for (const auto octet : payload)
        packet.bytes.push_back(static_cast<std::byte>(octet));
    ASSERT_EQ(nat_.inbound(packet, {}), NatVerdict::Forward);
    EXPECT_EQ(std::to_integer<int>(packet.bytes[1]), 192);
    EXPECT_EQ(std::to_integer<int>(packet.bytes[4]), 10);
    EXPECT_EQ(std::to_integer<int>(packet.bytes[5]), 9);
}

/// RFC 6146, RFC 6052 s2.2: an IPv6 socket reaches IPv4 through the prefix and hears from it there.
TEST_F(NatModel, nat64_translates_both_families) {
    NatRules wanted = rules(MappingRule::EndpointIndependent, FilteringRule::EndpointIndependent);
    wanted.nat64_prefix = ip("64:ff9b::");
    use(wanted);
    const TransportAddress host = at("[2600:1f18::10]:40000");
    Packet packet{host, at("[64:ff9b::2d21:200a]:3478"), {}};
    ASSERT_EQ(nat_.outbound(packet, {}), NatVerdict::Forward);
    EXPECT_EQ(packet.to, kPP);
    EXPECT_EQ(packet.from.ip, kPublic);
    Packet reply{kAA, packet.from, {}};
    ASSERT_EQ(nat_.inbound(reply, {}), NatVerdict::Forward);
    EXPECT_EQ(reply.to, host);
    EXPECT_EQ(reply.from, at("[64:ff9b::2d21:200b]:3479"));
}

/// Two NATs in a row filter and map like the stricter of the two.
TEST_F(NatModel, nested_nats_compose) {
    const NatRules inner_rules =
        rules(MappingRule::EndpointIndependent, FilteringRule::AddressAndPortDependent);
    NatRules outer_rules =
        rules(MappingRule::AddressAndPortDependent, FilteringRule::EndpointIndependent);
    outer_rules.public_ips = {ip("81.2.69.200")};
    Nat inner;
    Nat outer;
    inner.reset(inner_rules, Time{}, 1);
    outer.reset(outer_rules, Time{}, 2);
    const auto through = [&](const TransportAddress& to) {
        Packet packet{kInside, to, {}};
        EXPECT_EQ(inner.outbound(packet, {}), NatVerdict::Forward);
        EXPECT_EQ(outer.outbound(packet, {}), NatVerdict::Forward);
        return packet.from;
    };
    const auto pp = through(kPP);
    EXPECT_NE(pp, through(kAP));
    Packet stranger{kAA, pp, {}};
    EXPECT_EQ(outer.inbound(stranger, {}), NatVerdict::Forward);
    EXPECT_EQ(inner.inbound(stranger, {}), NatVerdict::Drop);
}

}  // namespace
}  // namespace portolan::discovery::sim
