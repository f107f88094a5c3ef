#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "nat-sim/scenario/tests/calls.hpp"

// When descriptions and candidates arrive, beside the checks.
namespace portolan::scenario::test {
namespace {

/// B waits for its candidates before it answers, and checks meanwhile, so that A learns of it from
/// its checks and must check back once the answer is there (RFC 8445 s7.3.1.4).
TEST(LateAnswer, is_no_reason_to_forget_the_checks_that_came_before) {
    const std::string open_and_home =
        R"({"networks": [{"name": "y", "nat": "home-generic"}],
            "parties": {"a": {"turn": ["udp"]},
                        "b": {"network": "y", "turn": ["udp"], "trickle": false}})";
    const std::string one_network =
        R"({"networks": [{"name": "x", "nat": "nat444-sym"}],
            "parties": {"a": {"network": "x"}, "b": {"network": "x", "trickle": false}})";
    for (const std::string& scenario : {open_and_home, one_network}) {
        for (const char* delay_ms : {"0", "20", "50", "500"}) {
            const CallResult result =
                call_of_text(scenario + R"(, "signalling": {"delay_ms": )" + delay_ms + "}}");
            EXPECT_EQ(result.reach, oracle::Reach::Direct) << delay_ms << " ms: " << result.why;
            EXPECT_TRUE(result.as_forecast()) << delay_ms << " ms: " << result.why;
        }
    }
}

/// B behind a NAT that moves checks A while A still gathers, for two of its servers do not answer,
/// and has no answer to go by. libnice pairs what it learnt with what it gathers, begins to check
/// without credentials, and would forget these pairs with the next candidate.
TEST(SlowSignalling, lets_no_check_be_forgotten_that_came_while_gathering) {
    for (const char* a : {"open", "eim-eif"}) {
        for (const char* delay_ms : {"1100", "1400", "1714", "1950"}) {
            const CallResult result =
                call_of_text(std::string(R"({"networks": [{"name": "x", "nat": ")") + a +
                             R"("}, {"name": "y", "nat": "apdm-apdf"}],
                    "parties": {"a": {"network": "x", "turn": ["udp", "tcp-443", "tcp"]},
                                "b": {"network": "y"}},
                    "signalling": {"delay_ms": )" +
                             delay_ms + "}}");
            EXPECT_EQ(result.reach, oracle::Reach::Direct) << delay_ms << " ms: " << result.why;
            EXPECT_GT(result.parties[0].gathered_after.value_or(Duration{0}),
                      std::chrono::seconds(2))
                << "A was not gathering";
        }
    }
}

/// B's checks end two seconds after the offer: those that A's NAT would have let in only after A's
/// own are lost, which the forecast knows, and others are not, which it demands.
TEST(SlowSignalling, is_forecast) {
    struct Case {
        const char* a;
        const char* b;
        const char* members;
        oracle::Reach reach;
    };
    using oracle::Reach;
    constexpr const char* kNone = R"("turn": [])";
    constexpr const char* kTurn = R"("turn": ["udp"])";
    for (const Case& each : {Case{"eim-adf", "apdm-apdf", kNone, Reach::Unreachable},
                             Case{"eim-eif", "apdm-apdf", kNone, Reach::Direct},
                             Case{"eim-apdf", "eim-apdf", kNone, Reach::Direct},
                             Case{"apdm-apdf", "eim-adf", kNone, Reach::Direct},
                             Case{"apdm-apdf", "apdm-apdf", kTurn, Reach::Relayed},
                             Case{"eim-apdf", "apdm-apdf", kTurn, Reach::Relayed}}) {
        for (const char* delay_ms : {"3000", "6000", "9500"}) {
            const CallResult result =
                call_of_text(std::string(R"({"networks": [{"name": "x", "nat": ")") + each.a +
                             R"("}, {"name": "y", "nat": ")" + each.b +
                             R"("}], "parties": {"a": {"network": "x", )" + each.members +
                             R"(}, "b": {"network": "y", )" + each.members +
                             R"(}}, "signalling": {"delay_ms": )" + delay_ms + "}}");
            EXPECT_EQ(result.reach, each.reach) << each.a << ' ' << each.b << ": " << result.why;
            EXPECT_EQ(result.accordance(), Accordance::AsForecast) << result.why;
            if (each.reach == Reach::Unreachable) {
                EXPECT_NE(result.why.find("given up when A began"), std::string::npos)
                    << result.why;
            }
        }
    }
    // The same call at the usual speed.
    const CallResult quick = call({.a = "eim-adf", .b = "apdm-apdf", .turn = TurnChoice::None});
    EXPECT_EQ(quick.reach, Reach::Direct) << quick.why;
    EXPECT_TRUE(quick.as_forecast()) << quick.why;
}

/// B answers only when it has gathered, and by then has checked from its addresses, which came in
/// while A gathered, and from its relay, which came in later. The seeds say which goes first.
TEST(EarlyChecks, that_libnice_forgets_are_said_to_be_forgotten) {
    int forgotten_count = 0;
    for (const char* seed : {"12", "13", "14", "15", "16"}) {
        const CallResult result = call_of_text(std::string(R"({"parties": {
                "a": {"families": ["ipv4", "ipv6"], "role": "controlled",
                      "link": {"delay_ms": 80, "reorder_pct": 10}},
                "b": {"families": ["ipv4", "ipv6"], "role": "controlling", "trickle": false,
                      "turn": ["udp"], "link": {"delay_ms": 50, "duplicate_pct": 1}}},
                "seed": )") + seed + "}");
        EXPECT_NE(result.accordance(), Accordance::Differs) << result.why;
        if (result.accordance() != Accordance::Handicapped) continue;
        ++forgotten_count;
        EXPECT_NE(result.why.find("libnice 0.1.21 forgets"), std::string::npos) << result.why;
    }
    EXPECT_GT(forgotten_count, 0);
    // Without checks that come early nothing is forgotten, and nothing excused.
    const CallResult usual = call({.a = "internet", .b = "internet"});
    EXPECT_EQ(usual.forecast.handicap, "");
    EXPECT_TRUE(usual.as_forecast()) << usual.why;
}

}  // namespace
}  // namespace portolan::scenario::test
