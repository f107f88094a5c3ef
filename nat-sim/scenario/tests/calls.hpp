#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "nat-sim/scenario/call.hpp"
#include "nat-sim/scenario/defaults.hpp"
#include "nat-sim/scenario/parse.hpp"
#include "nat-sim/scenario/scenario.hpp"

/// Calls as tests make them: what is wrong with a scenario is a failure of the test.
namespace portolan::scenario::test {

inline CallResult call_of(const Scenario& scenario) {
    auto done = run_call(scenario);
    EXPECT_TRUE(done) << done.error().message;
    return done ? std::move(done->result) : CallResult{};
}

inline CallResult call(const CallSpec& spec) {
    const auto scenario = scenario_of(spec);
    EXPECT_TRUE(scenario) << scenario.error().message;
    return scenario ? call_of(*scenario) : CallResult{};
}

inline CallResult call_of_text(const std::string& text) {
    const auto scenario = parse_scenario(text);
    EXPECT_TRUE(scenario) << scenario.error().message;
    return scenario ? call_of(*scenario) : CallResult{};
}

}  // namespace portolan::scenario::test
