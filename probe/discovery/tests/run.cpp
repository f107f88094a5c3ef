#include "probe/discovery/tests/run.hpp"

#include <gtest/gtest.h>

namespace portolan::discovery::sim {

void expect_good_manners(const World& world, const std::string& what) {
    for (const std::string& violation : world.trace().violations) {
        ADD_FAILURE() << what << ": " << violation;
    }
}

RunResult run(const Scenario& scenario, std::uint64_t seed) {
    World world;
    world.reset(scenario.world, seed);
    Config config = scenario.config;
    config.seed = seed;
    world.add(std::move(config));
    world.run();
    const std::string what = scenario.name + ", seed " + std::to_string(seed);
    expect_good_manners(world, what);
    RunResult result{world.outcome(), world.ledger(), world.elapsed(), world.trace()};
    EXPECT_LE(result.elapsed, scenario.config.budget + scenario.world.timer_slack) << what;
    for (const std::string& defect : defects(result.outcome, result.ledger)) {
        ADD_FAILURE() << what << ": " << defect;
    }
    return result;
}

}  // namespace portolan::discovery::sim
