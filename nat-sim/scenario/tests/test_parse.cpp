#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "nat-sim/scenario/address_plan.hpp"
#include "nat-sim/scenario/defaults.hpp"
#include "nat-sim/scenario/parse.hpp"

namespace portolan::scenario::test {
namespace {

using ::testing::HasSubstr;

std::string error_of(const std::string& text) {
    const auto scenario = parse_scenario(text);
    if (scenario) return "";
    EXPECT_EQ(scenario.error().culprit, Culprit::Usage);
    return scenario.error().message;
}

std::string with(const std::string& members) {
    return R"({"parties": {"a": {}, "b": {}}, )" + members + "}";
}

TEST(Parse, smallest_scenario_is_two_hosts_on_the_internet) {
    const auto scenario = parse_scenario(R"({"parties": {"a": {}, "b": {}}})");
    ASSERT_TRUE(scenario) << scenario.error().message;
    EXPECT_TRUE(scenario->networks.empty());
    EXPECT_EQ(scenario->parties[0].role, Role::Controlling);
    EXPECT_EQ(scenario->parties[1].role, Role::Controlled);
    EXPECT_EQ(scenario->signalling.delay, std::chrono::milliseconds(50));
}

TEST(Parse, everything_that_there_is) {
    const auto scenario = parse_scenario(R"({
        "schema": "portolan.scenario/1", "name": "all", "seed": 18446744073709551615,
        "time_limit_ms": 30000,
        "networks": [
            {"name": "carrier", "nat": "cgn-rfc6888", "outside_addresses": 2,
             "uplink": {"delay_ms": 5.5, "jitter_ms": 1, "loss_pct": 0.5, "reorder_pct": 1,
                        "duplicate_pct": 1, "rate_kbit_s": 1000, "queue_packets": 20,
                        "mtu_bytes": 1400}},
            {"name": "home", "behind": "carrier", "ipv4": "10.0.0.0/24",
             "nat": {"preset": "linux-masq", "parameters": {"hairpin": "external-source"}},
             "uplink": {"burst_loss": {"enter_pct": 1, "leave_pct": 50}}}],
        "parties": {
            "a": {"name": "Anna", "network": "home", "families": ["ipv4", "ipv6"],
                  "ipv4": "10.0.0.77", "role": "controlled", "trickle": false,
                  "relay_only": true, "ice_tcp": true, "turn": ["udp", "tcp", "tcp-443"],
                  "link": {"delay_ms": 0}},
            "b": {"network": "internet", "role": "controlling"}},
        "servers": {"link": {"delay_ms": 1}}, "signalling": {"delay_ms": 0},
        "media": {"duration_ms": 1000, "audio": true, "video": true},
        "events": [{"at_ms": 9, "kind": "link-down", "party": "a"},
                   {"at_ms": 5, "kind": "nat-reboot", "network": "home"},
                   {"at_ms": 7, "kind": "behaviour-change", "network": "carrier",
                    "nat": "apdm-apdf"}]})");
    ASSERT_TRUE(scenario) << scenario.error().message;
    EXPECT_EQ(scenario->seed, UINT64_MAX);
    EXPECT_EQ(scenario->networks[1].behind, 0U);
    EXPECT_EQ(scenario->networks[1].box->hairpin, nat::HairpinMode::ExternalSource);
    EXPECT_EQ(scenario->networks[0].uplink.delay, Duration(5500));
    EXPECT_EQ(scenario->parties[0].turn.size(), 3U);
    EXPECT_EQ(scenario->events[0].kind, EventKind::NatReboot) << "sorted by time";
    EXPECT_EQ(scenario->events[1].box->mapping.udp, nat::MappingRule::AddressAndPortDependent);
    const auto plan = plan_addresses(*scenario);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->parties[0].v4->to_string(), "10.0.0.77");
    EXPECT_EQ(plan->networks[1].outside_v4[0].to_string(), "100.64.0.2");
}

TEST(Parse, chain_of_boxes_becomes_networks) {
    const auto scenario = scenario_of({.a = "nat444", .b = "internet"});
    ASSERT_TRUE(scenario) << scenario.error().message;
    ASSERT_EQ(scenario->networks.size(), 2U);
    EXPECT_EQ(scenario->networks[1].behind, 0U);
    EXPECT_EQ(scenario->parties[0].network, 1U);
    EXPECT_EQ(scenario->networks[0].ipv4.to_string(), "100.64.0.0/24");
}

/// Homes in a row, with addresses of their own where none were asked for.
TEST(Prefixes, of_networks_behind_each_other_do_not_overlap) {
    const auto scenario = parse_scenario(with(R"("networks": [
        {"name": "o", "nat": "home-generic"},
        {"name": "m", "behind": "o", "nat": "nat444"},
        {"name": "i", "behind": "m", "nat": "cgn-rfc6888"},
        {"name": "given", "behind": "i", "nat": "linux-masq", "ipv4": "192.168.4.0/24"},
        {"name": "last", "behind": "given", "nat": "linux-masq"},
        {"name": "beside", "behind": "o", "nat": "linux-masq"},
        {"name": "elsewhere", "nat": "linux-masq"}])"));
    ASSERT_TRUE(scenario) << scenario.error().message;
    std::map<std::string, std::string> prefixes;
    for (const Network& network : scenario->networks)
        prefixes[network.name] = network.ipv4.to_string();
    const std::map<std::string, std::string> expected{
        {"o", "100.64.0.0/24"},       {"m-2", "192.168.1.0/24"},      {"m", "192.168.2.0/24"},
        {"i", "192.168.3.0/24"},      {"given", "192.168.4.0/24"},    {"last", "192.168.5.0/24"},
        {"beside", "192.168.1.0/24"}, {"elsewhere", "192.168.1.0/24"}};
    EXPECT_EQ(prefixes, expected);
    EXPECT_THAT(error_of(with(R"("networks": [
        {"name": "o", "nat": "nat444"}, {"name": "x", "nat": "eim-eif", "ipv4": "10.0.0.0/24"},
        {"name": "y", "behind": "x", "nat": "eim-eif", "ipv4": "10.0.0.0/25"}])")),
                HasSubstr("/networks/2/ipv4: 10.0.0.0/25 overlaps"))
        << "as given, not as the chain has moved it";
}

TEST(Errors, name_the_place_and_what_is_allowed) {
    EXPECT_THAT(error_of("{}"), HasSubstr("must have \"parties\""));
    EXPECT_THAT(error_of(with(R"("signalling": {"delay_ms": "1"})")),
                HasSubstr("/signalling/delay_ms"));
    EXPECT_THAT(error_of(with(R"("sed": 1)")), HasSubstr("did you mean seed"));
    EXPECT_THAT(error_of(with(R"("seed": -1)")), HasSubstr("/seed: must be a whole number"));
    EXPECT_THAT(error_of(with(R"("time_limit_ms": 1)")), HasSubstr("/time_limit_ms"));
    EXPECT_THAT(error_of(with(R"("time_limit_ms": 99.9999)")),
                HasSubstr("/time_limit_ms: must be a number from 100 to 86400000"));
    EXPECT_THAT(error_of(with(R"("networks": [{}])")),
                HasSubstr("/networks/0: must have \"name\""));
    EXPECT_THAT(error_of(with(R"("networks": [{"name": "x", "nat": "linux-mask"}])")),
                AllOf(HasSubstr("/networks/0/nat"), HasSubstr("linux-masq")));
    EXPECT_THAT(error_of(with(R"("networks": [{"name": "x", "nat": {"parameters":
                         {"mapping": {"udp": "symmetric"}}}}])")),
                HasSubstr("/networks/0/nat/parameters/mapping/udp: must be"));
    EXPECT_THAT(error_of(with(R"("networks": [{"name": "x", "nat": "eim-eif"}], "events": [
                    {"at_ms": 9, "kind": "nat-reboot", "network": "x"},
                    {"at_ms": 5, "kind": "behaviour-change", "network": "x", "nat": "nat444"}])")),
                HasSubstr("/events/1/nat: a box cannot become"));
    EXPECT_THAT(error_of(with(R"("networks": [{"name": "x", "nat": "eim-eif"}], "events": [
                    {"at_ms": 5, "kind": "behaviour-change", "network": "x",
                     "nat": {"parameters": {"hairpin": "x"}}}])")),
                HasSubstr("/events/0/nat/parameters/hairpin: must be"));
    EXPECT_THAT(error_of(with(R"("networks": [{"name": "x", "behind": "y"}])")),
                HasSubstr("/networks/0/behind: must be one of the networks before"));
    EXPECT_THAT(error_of(R"({"parties": {"a": {"turn": ["sctp"]}, "b": {}}})"),
                HasSubstr("/parties/a/turn/0: must be one of udp"));
    EXPECT_THAT(error_of("{\"parties\": "), HasSubstr("byte"));
}

TEST(Errors, impossible_topologies) {
    EXPECT_THAT(error_of(with(R"("networks": [{"name": "x", "behind": "x"}])")),
                HasSubstr("/networks/0/behind"));
    EXPECT_THAT(error_of(with(R"("networks": [{"name": "x"}, {"name": "x"}])")),
                HasSubstr("an earlier network too"));
    EXPECT_THAT(error_of(with(R"("networks": [{"name": "internet"}])")),
                HasSubstr("outside all others"));
    EXPECT_THAT(error_of(with(R"("networks": [
                    {"name": "x", "nat": "eim-eif", "ipv4": "10.0.0.0/8"},
                    {"name": "y", "behind": "x", "nat": "eim-eif", "ipv4": "10.1.0.0/16"}])")),
                HasSubstr("/networks/1/ipv4: 10.1.0.0/16 overlaps 10.0.0.0/8"));
    EXPECT_THAT(error_of(with(R"("networks": [{"name": "x", "ipv4": "10.0.0.1/24"}])")),
                HasSubstr("must be written 10.0.0.0/24"));
    EXPECT_THAT(error_of(R"({"networks": [{"name": "x", "nat": "eim-eif", "ipv4": "10.0.0.0/29"}],
                    "parties": {"a": {"network": "x", "ipv4": "10.0.1.2"}, "b": {}}})"),
                HasSubstr("10.0.1.2 is not in 10.0.0.0/29"));
    EXPECT_THAT(error_of(R"({"networks": [{"name": "x", "nat": "eim-eif"}],
                    "parties": {"a": {"network": "x", "ipv4": "192.168.1.1"}, "b": {}}})"),
                HasSubstr("belongs to the network or to its router"));
}

TEST(Errors, addresses_that_no_network_can_have) {
    for (const char* prefix :
         {"203.0.113.0/24", "203.0.113.64/26", "192.0.2.0/24", "198.51.100.0/24", "198.51.0.0/16",
          "224.0.0.0/24", "240.0.0.0/24", "127.0.0.0/8", "0.0.0.0/8"}) {
        EXPECT_THAT(error_of(with(R"("networks": [{"name": "x", "nat": "eim-eif", "ipv4": ")" +
                                  std::string(prefix) + R"("}])")),
                    HasSubstr("/networks/0/ipv4: " + std::string(prefix) + " overlaps"));
    }
}

TEST(Errors, contradictions) {
    EXPECT_THAT(error_of(with(R"("servers": {"link": {"reorder_delay_ms": 5}})")),
                HasSubstr("needs \"reorder_pct\""));
    EXPECT_THAT(error_of(R"({"parties": {"a": {"relay_only": true}, "b": {}}})"),
                HasSubstr("/parties/a/relay_only: needs \"turn\""));
    EXPECT_THAT(error_of(with(R"("servers": {"link": {"loss_pct": 1,
                    "burst_loss": {"enter_pct": 1, "leave_pct": 1}}})")),
                HasSubstr("contradicts"));
    EXPECT_THAT(error_of(with(R"("servers": {"link": {"queue_packets": 1}})")),
                HasSubstr("needs \"rate_kbit_s\""));
    EXPECT_THAT(error_of(with(R"("media": {"duration_ms": 1, "audio": false})")),
                HasSubstr("neither audio nor video"));
    EXPECT_THAT(error_of(with(R"("networks": [{"name": "x"}],
                    "events": [{"at_ms": 1, "kind": "nat-reboot", "network": "x"}])")),
                HasSubstr("must be a network with a NAT"));
    EXPECT_THAT(error_of(with(R"("networks": [{"name": "x", "nat": {"preset": "nat444",
                    "parameters": {"hairpin": "off"}}}])")),
                HasSubstr("chain of boxes"));
    EXPECT_THAT(error_of(R"({"parties": {"a": {"name": "B"}, "b": {}}})"),
                HasSubstr("A's name too"));
}

TEST(Errors, a_link_that_is_up_does_not_come_up) {
    const auto events = [](const std::string& list) {
        return error_of(
            with(R"("networks": [{"name": "x", "nat": "eim-eif"}], "events": [)" + list + "]"));
    };
    const std::string up = R"({"at_ms": 9, "kind": "link-up", "network": "x"})";
    const std::string down = R"({"at_ms": 5, "kind": "link-down", "network": "x"})";
    const std::string other = R"({"at_ms": 5, "kind": "link-down", "party": "a"})";
    EXPECT_EQ(events(up + "," + down), "") << "in the order of time";
    EXPECT_THAT(events(up), HasSubstr("/events/0/kind: must come after a link-down"));
    EXPECT_THAT(events(other + "," + up), HasSubstr("/events/1/kind"));
    EXPECT_THAT(events(down + "," + up + "," + up), HasSubstr("/events/2/kind"));
}

TEST(Errors, garbage_is_refused_whatever_it_is) {
    EXPECT_FALSE(error_of(std::string(1 << 20, '[')).empty());
    EXPECT_FALSE(error_of(std::string(1 << 20, '\xff')).empty());
    EXPECT_FALSE(error_of(std::string(2 << 20, ' ')).empty());
    EXPECT_FALSE(error_of("").empty());
}

TEST(AddressPlan, too_many_boxes_are_an_error) {
    std::string networks;
    for (int i = 0; i < 20; ++i) {
        networks += std::string(i == 0 ? "" : ",") + R"({"name": "n)" + std::to_string(i) +
                    R"(", "nat": "eim-eif", "outside_addresses": 32})";
    }
    const auto scenario = parse_scenario(with("\"networks\": [" + networks + "]"));
    ASSERT_TRUE(scenario) << scenario.error().message;
    const auto plan = plan_addresses(*scenario);
    ASSERT_FALSE(plan);
    EXPECT_THAT(plan.error().message, HasSubstr("/networks/"));
}

TEST(Parse, parameters_without_any_are_the_defaults) {
    const auto scenario =
        parse_scenario(with(R"("networks": [{"name": "x", "nat": {"parameters": {}}}])"));
    ASSERT_TRUE(scenario) << scenario.error().message;
    EXPECT_EQ(scenario->networks[0].box->kind.ipv4, nat::Translation::AddressAndPort);
    EXPECT_THAT(error_of(with(R"("networks": [{"name": "x", "nat": {}}])")),
                HasSubstr("must have \"preset\", \"parameters\" or both"));
}

/// JSON Schema's "integer", which scenario.schema.json has, is any number with a zero fraction.
TEST(Parse, whole_numbers_may_be_written_with_a_fraction_of_zero) {
    const auto scenario = parse_scenario(with(R"("seed": 7.0)"));
    ASSERT_TRUE(scenario) << scenario.error().message;
    EXPECT_EQ(scenario->seed, 7U);
    EXPECT_THAT(error_of(with(R"("seed": 7.5)")), HasSubstr("must be a whole number"));
    EXPECT_THAT(error_of(with(R"("seed": 1e300)")), HasSubstr("must be a whole number"));
}

/// RFC 8200 s5.
TEST(Errors, ipv6_needs_links_that_take_1280_bytes) {
    EXPECT_THAT(error_of(R"({"parties": {"a": {}, "b": {"families": ["ipv6"],
                             "link": {"mtu_bytes": 1279}}}})"),
                HasSubstr("/parties/b/link/mtu_bytes: 1279 is too small for the IPv6 of B"));
    const auto uplink = [](const char* nat, const char* families) {
        return std::string(R"({"networks": [{"name": "x", "nat": ")") + nat +
               R"(", "uplink": {"mtu_bytes": 1000}}], "parties": {"a": {"network": "x",
                   "families": [)" +
               families + R"(]}, "b": {}}})";
    };
    EXPECT_THAT(error_of(uplink("ipv6-firewall", R"("ipv4", "ipv6")")),
                HasSubstr("/networks/0/uplink/mtu_bytes"));
    EXPECT_EQ(error_of(uplink("ipv6-firewall", R"("ipv4")")), "");
    EXPECT_EQ(error_of(uplink("linux-masq", R"("ipv4", "ipv6")")), "") << "no IPv6 comes so far";
    EXPECT_THAT(error_of(R"({"servers": {"link": {"mtu_bytes": 576}},
                             "parties": {"a": {}, "b": {"families": ["ipv6"]}}})"),
                HasSubstr("/servers/link/mtu_bytes"));
}

TEST(Errors, a_preset_that_looks_like_a_word_is_quoted) {
    EXPECT_THAT(error_of(with(R"("networks": [{"name": "x", "nat": "nonee"}])")),
                HasSubstr("did you mean \"none\"?"));
}

}  // namespace
}  // namespace portolan::scenario::test
