#include <gtest/gtest.h>

#include "probe/discovery/tests/matrix.hpp"

// The statistical matrix (T1 of the scenario list) in a size for every build; discovery_matrix runs
// it with 10,000 seeds a cell.
namespace portolan::discovery::sim {
namespace {

constexpr int kRuns = 300;
/// Of all runs, over the fifteen cells.
constexpr double kUndecidedAtFivePercent = 0.01;

class Matrix : public ::testing::TestWithParam<double> {};

/// No verdict is wrong, at any loss; without loss every one is exact.
TEST_P(Matrix, has_no_wrong_verdict) {
    const double loss = GetParam();
    double undecided_mapping = 0.0;
    double undecided_filtering = 0.0;
    for (const MappingRule mapping : kMappings) {
        for (const FilteringRule filtering : kFilterings) {
            const Tally tally = run_cell({mapping, filtering, loss}, 1'000'000, kRuns);
            EXPECT_EQ(tally.wrong(), 0) << to_string(mapping) << "/" << to_string(filtering);
            for (const std::string& complaint : tally.complaints)
                ADD_FAILURE() << complaint;
            undecided_mapping += tally.undecided_mapping() / 15;
            undecided_filtering += tally.undecided_filtering() / 15;
        }
    }
    RecordProperty("undecided_mapping_pct", std::to_string(100 * undecided_mapping));
    RecordProperty("undecided_filtering_pct", std::to_string(100 * undecided_filtering));
    if (loss == 0.0) {
        EXPECT_EQ(undecided_mapping, 0.0);
        EXPECT_EQ(undecided_filtering, 0.0);
    } else if (loss <= 0.05) {
        EXPECT_LT(undecided_mapping, kUndecidedAtFivePercent);
        EXPECT_LT(undecided_filtering, kUndecidedAtFivePercent);
    }
}

INSTANTIATE_TEST_SUITE_P(Loss, Matrix, ::testing::Values(0.0, 0.05, 0.20), [](const auto& row) {
    return "loss_" + std::to_string(static_cast<int>(row.param * 100)) + "_percent";
});

/// Far beyond what any call survives, the machine may say nothing, but nothing wrong.
TEST(MatrixBeyond, half_of_all_packets_lost) {
    for (const MappingRule mapping : kMappings) {
        for (const FilteringRule filtering : kFilterings) {
            const Tally tally = run_cell({mapping, filtering, 0.5}, 2'000'000, 50);
            EXPECT_EQ(tally.wrong(), 0);
            for (const std::string& complaint : tally.complaints)
                ADD_FAILURE() << complaint;
        }
    }
}

}  // namespace
}  // namespace portolan::discovery::sim
