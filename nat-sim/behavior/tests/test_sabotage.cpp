#include <set>

#include "nat-sim/behavior/parameter_table.hpp"
#include "nat-sim/behavior/tests/parameter_cases.hpp"

// One proof for each parameter that it does what it says, and one deliberate defect for each that
// the proof has to notice.

namespace portolan::nat::test {
namespace {

class ParameterProof : public ::testing::TestWithParam<ParameterCase> {};

TEST_P(ParameterProof, holds_for_the_sound_engine) {
    EXPECT_EQ(GetParam().prove(Sabotage::None), "");
}

TEST_P(ParameterProof, notices_its_defect) {
    EXPECT_NE(GetParam().prove(GetParam().sabotage), "");
}

INSTANTIATE_TEST_SUITE_P(Parameters, ParameterProof, ::testing::ValuesIn(parameter_cases()),
                         [](const auto& test) { return test.param.name; });

TEST(Sabotage, every_parameter_and_every_defect_has_a_proof) {
    std::set<int> numbers;
    std::set<Sabotage> defects;
    for (const ParameterCase& c : parameter_cases()) {
        numbers.insert(c.number);
        defects.insert(c.sabotage);
    }
    for (const ParameterRow& row : parameter_table())
        EXPECT_EQ(numbers.count(row.number), 1U) << row.pointer;
    EXPECT_EQ(defects.size(), static_cast<std::size_t>(Sabotage::kCount) - 1);
}

}  // namespace
}  // namespace portolan::nat::test
