#include <gtest/gtest.h>

#include "probe/discovery/tests/matrix.hpp"
#include "probe/discovery/tests/run.hpp"

// The suite is judged here: each deliberate defect has to produce a wrong verdict in a scenario
// where the sound machine produces none (T2 of the scenario list, and more).
namespace portolan::discovery::sim {
namespace {

struct Count {
    int wrong_mapping = 0;
    int wrong_filtering = 0;
    [[nodiscard]] int wrong() const { return wrong_mapping + wrong_filtering; }
};

Count count_wrong(Scenario scenario, const Sabotage& sabotage, MappingRule mapping,
                  FilteringRule filtering, std::uint64_t runs) {
    scenario.config.sabotage = sabotage;
    Count count;
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
        World world;
        world.reset(scenario.world, seed);
        Config config = scenario.config;
        config.seed = seed;
        world.add(std::move(config));
        world.run();
        const Outcome outcome = world.outcome();
        if (grade_mapping(outcome, mapping) == Grade::Wrong) ++count.wrong_mapping;
        if (grade_filtering(outcome, filtering) == Grade::Wrong) ++count.wrong_filtering;
    }
    return count;
}

/// P5: on one socket, the replies that filtering drew occupy the tuples that mapping asks for.
TEST(Sabotage, sharing_one_socket_is_caught_by_a_linux_router) {
    Scenario scenario = behind(kApdm, kApdf);
    scenario.world.nats[0] = linux_masquerade();
    scenario.world.nats[0].unsolicited_occupies_tuple = true;
    const Count sound = count_wrong(scenario, {}, kEim, kApdf, 20);
    EXPECT_EQ(sound.wrong(), 0);
    const Count shared = count_wrong(scenario, {.share_socket = true}, kEim, kApdf, 20);
    EXPECT_GT(shared.wrong(), 0);
}

/// P4: on one socket, what mapping sends opens the filter that is tested.
TEST(Sabotage, sharing_one_socket_is_caught_by_a_filtering_nat_under_loss) {
    Scenario scenario = behind(kEim, kApdf);
    scenario.world.link.loss = 0.2;
    EXPECT_EQ(count_wrong(scenario, {}, kEim, kApdf, 200).wrong(), 0);
    EXPECT_GT(count_wrong(scenario, {.share_socket = true}, kEim, kApdf, 200).wrong_filtering, 0);
}

/// P1: without the source check every server that ignores CHANGE-REQUEST makes every NAT open.
TEST(Sabotage, skipping_the_source_check_is_caught_by_a_server_that_ignores_change_request) {
    Scenario scenario = behind(kEim, kApdf);
    scenario.world.servers[0].change_request = ChangeRequestRule::Ignored;
    EXPECT_EQ(count_wrong(scenario, {}, kEim, kApdf, 20).wrong(), 0);
    EXPECT_EQ(count_wrong(scenario, {.skip_source_check = true}, kEim, kApdf, 20).wrong_filtering,
              20);
}

/// P9: without retransmission one lost packet is a filter.
TEST(Sabotage, sending_single_copies_is_caught_by_loss) {
    for (const FilteringRule filtering :
         {FilteringRule::EndpointIndependent, FilteringRule::AddressDependent}) {
        Scenario scenario = behind(kEim, filtering);
        scenario.world.link.loss = 0.2;
        EXPECT_EQ(count_wrong(scenario, {}, kEim, filtering, 200).wrong(), 0);
        EXPECT_GT(count_wrong(scenario, {.single_copy = true}, kEim, filtering, 200).wrong(), 0)
            << to_string(filtering);
    }
}

/// P28: without controls the silence of a server is a filter.
TEST(Sabotage, skipping_controls_is_caught_by_a_server_that_drops_change_request) {
    Scenario scenario = behind(kEim, FilteringRule::EndpointIndependent);
    scenario.world.servers[0].change_request = ChangeRequestRule::Dropped;
    EXPECT_EQ(count_wrong(scenario, {}, kEim, FilteringRule::EndpointIndependent, 20).wrong(), 0);
    EXPECT_EQ(
        count_wrong(scenario, {.skip_controls = true}, kEim, FilteringRule::EndpointIndependent, 20)
            .wrong_filtering,
        20);
}

/// Without controls, loss is a filter as well.
TEST(Sabotage, skipping_controls_is_caught_by_loss) {
    Scenario scenario = behind(kEim, FilteringRule::EndpointIndependent);
    scenario.world.link.loss = 0.4;
    EXPECT_EQ(count_wrong(scenario, {}, kEim, FilteringRule::EndpointIndependent, 300).wrong(), 0);
    EXPECT_GT(count_wrong(scenario, {.skip_controls = true}, kEim,
                          FilteringRule::EndpointIndependent, 300)
                  .wrong_filtering,
              0);
}

/// The matrix by itself catches what loss alone can show, at a loss at which the honest machine
/// says less and nothing wrong.
TEST(Sabotage, the_matrix_catches_single_copies_and_missing_controls) {
    const auto count = [](const Sabotage& sabotage) {
        int wrong = 0;
        for (const FilteringRule filtering : kFilterings) {
            wrong += run_cell({kEim, filtering, 0.6, sabotage}, 1, 200).wrong();
        }
        return wrong;
    };
    EXPECT_EQ(count({}), 0);
    EXPECT_GT(count({.single_copy = true}), 0);
    EXPECT_GT(count({.skip_controls = true}), 0);
}

}  // namespace
}  // namespace portolan::discovery::sim
