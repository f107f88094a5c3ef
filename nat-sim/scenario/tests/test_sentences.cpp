#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "nat-sim/scenario/tests/calls.hpp"

// What is said of a call, where it is easily said wrongly.
namespace portolan::scenario::test {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

/// Linux that lets packets in from outside: whose packet comes first takes the port.
TEST(Sentences, name_the_check_that_took_the_port) {
    for (const char* b : {"linux-masq", "linux-masq-open", "home-generic", "eim-adf"}) {
        for (const TurnChoice turn : {TurnChoice::None, TurnChoice::Udp}) {
            const CallResult result = call({.a = "linux-masq-open", .b = b, .turn = turn});
            EXPECT_TRUE(result.as_forecast()) << result.why;
            EXPECT_THAT(result.why, AllOf(HasSubstr("B's check came to A's NAT before A's own"),
                                          Not(HasSubstr("both")), Not(HasSubstr("neither"))))
                << b;
        }
    }
    const CallResult in_time = call({.a = "linux-masq", .b = "linux-masq-open"});
    EXPECT_THAT(in_time.why, HasSubstr("go out by the port it announced"));
    const CallResult moving = call({.a = "apdm-apdf", .b = "linux-masq-open"});
    EXPECT_THAT(moving.why, HasSubstr("A's NAT uses another port toward B")) << "with any filter";
}

TEST(Sentences, of_prefix_translation_claim_no_firewall_that_is_not_there) {
    const auto ipv6 = [](const char* a, const char* b) {
        return call({.a = a, .b = b, .ipv4 = false, .ipv6 = true}).why;
    };
    EXPECT_THAT(ipv6("nptv6", "nptv6"),
                AllOf(HasSubstr("both NATs translate the prefix alone (NPTv6)"),
                      Not(HasSubstr("firewall")), Not(HasSubstr("no translation"))));
    EXPECT_THAT(ipv6("nptv6", "ipv6-firewall"),
                AllOf(HasSubstr("A's NAT translates the prefix alone"),
                      EndsWith("and B's packets open its firewall for A's.")));
    EXPECT_THAT(ipv6("open", "open"), EndsWith("both have IPv6, which needs no translation."));
}

TEST(Sentences, give_a_firewall_to_whom_has_one) {
    for (const bool is_ipv6 : {false, true}) {
        const auto why = [&](const char* a, const char* b) {
            return call({.a = a, .b = b, .ipv4 = !is_ipv6, .ipv6 = is_ipv6}).why;
        };
        EXPECT_THAT(why("open", "ipv6-firewall"),
                    EndsWith(", and B's packets open its firewall for A's."));
        EXPECT_THAT(why("ipv6-firewall", "open"),
                    EndsWith(", and A's packets open its firewall for B's."));
        EXPECT_THAT(why("ipv6-firewall", "ipv6-firewall"),
                    EndsWith(", and each side's packets open its firewall for the other's."));
    }
    EXPECT_THAT(call({.a = "internet", .b = "linux-masq"}).why,
                EndsWith("and B's open the way for A's."));
}

TEST(Sentences, say_what_keeps_a_turn_server_out_of_reach) {
    const CallResult web = call({.a = "http-only", .b = "home-generic", .turn = TurnChoice::Tcp});
    EXPECT_THAT(web.why, AllOf(HasSubstr("A's TURN server is on port 3478"),
                               HasSubstr("lets out TCP to ports 80 and 443 and nothing else"),
                               HasSubstr("on port 443 it would be within reach")));
    const CallResult udp = call({.a = "udp-blocked", .b = "home-generic", .turn = TurnChoice::Udp});
    EXPECT_THAT(udp.why, HasSubstr("over TCP it would be within reach"));
    const CallResult none =
        call({.a = "udp-blocked", .b = "home-generic", .turn = TurnChoice::None});
    EXPECT_THAT(none.why, Not(HasSubstr("server")));
}

TEST(Sentences, blame_the_network_that_carries_nothing_and_not_the_relay) {
    const CallResult result = call({.a = "ipv6-firewall",
                                    .b = "home-generic",
                                    .turn = TurnChoice::Udp,
                                    .ipv4 = false,
                                    .ipv6 = true});
    EXPECT_FALSE(result.is_connected());
    EXPECT_TRUE(result.as_forecast()) << result.why;
    EXPECT_THAT(result.why, AllOf(HasSubstr("B's network carries no IPv6"),
                                  HasSubstr("nothing of B's gets out"),
                                  Not(HasSubstr("it has an IPv4 address"))));
}

/// With both families the sentence is about the one that the pair is of.
TEST(Sentences, are_of_the_family_of_the_pair) {
    for (const char* a : {"nptv6", "ipv6-firewall", "open"}) {
        for (const char* b : {"nptv6", "ipv6-firewall", "open"}) {
            const CallResult result = call({.a = a, .b = b, .ipv4 = true, .ipv6 = true});
            EXPECT_EQ(result.why.find("IPv6") != std::string::npos,
                      result.family == AddressFamily::IPv6)
                << a << " x " << b << ": " << result.why;
        }
    }
}

}  // namespace
}  // namespace portolan::scenario::test
