#include <gtest/gtest.h>

#include "probe/discovery/tests/matrix.hpp"
#include "probe/discovery/tests/scenario.hpp"
#include "probe/discovery/tests/sim_world.hpp"
#include "probe/findings/classification.hpp"
#include "reports/digest/noise.hpp"
#include "reports/model/measured.hpp"

namespace portolan::findings {
namespace {

using namespace discovery::sim;
using std::chrono::milliseconds;

report::Finding reachability(int rtt_ms, FilteringRule filtering) {
    Scenario scenario = behind(MappingRule::EndpointIndependent, filtering);
    scenario.world.link.rtt = milliseconds(rtt_ms);
    World world;
    world.reset(scenario.world, 1);
    world.add(scenario.config);
    world.run();
    return classify(world.ledger(), world.outcome(), {}).section.findings.front();
}

TEST(RoundTrips, of_each_server_are_told_with_their_spread) {
    const report::Finding quick = reachability(30, FilteringRule::AddressAndPortDependent);
    const auto measured = report::measured_of(quick.data);
    ASSERT_EQ(measured.size(), 1U);
    EXPECT_TRUE(measured[0].quantity.starts_with("round trip to ")) << measured[0].quantity;
    EXPECT_EQ(measured[0].unit, "ms");
    EXPECT_GE(measured[0].low, 30);
    EXPECT_LT(measured[0].value, 35);
    EXPECT_GE(measured[0].sample_count, digest::kFewestSamples);
    EXPECT_EQ(
        digest::measured_changes(quick, reachability(230, FilteringRule::AddressAndPortDependent))
            .size(),
        1U);
    EXPECT_TRUE(
        digest::measured_changes(quick, reachability(40, FilteringRule::AddressAndPortDependent))
            .empty());
}

}  // namespace
}  // namespace portolan::findings
