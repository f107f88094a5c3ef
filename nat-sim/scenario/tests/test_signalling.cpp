#include <gtest/gtest.h>

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

}  // namespace
}  // namespace portolan::scenario::test
