#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probe/discovery/tests/judge.hpp"

// The judge is judged first: what it lets pass decides what every other test here is worth.
namespace portolan::discovery::sim {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Outcome with_mapping(Mapping mapping) {
    Outcome outcome;
    outcome.mapping.verdict = VerdictKind::Pass;
    outcome.mapping.value = mapping;
    return outcome;
}

/// Each mapping verdict against each truth: exact, true but weaker, or wrong.
TEST(Judge, grades_mappings_exactly) {
    constexpr auto R = Grade::Right;
    constexpr auto W = Grade::Wrong;
    constexpr auto S = Grade::Weaker;
    struct Row {
        Mapping said;
        Grade direct, eim, adm, apdm, pdm;
    };
    for (const Row& row : {Row{Mapping::EndpointIndependent, R, R, W, W, W},
                           Row{Mapping::AddressDependent, W, W, R, W, W},
                           Row{Mapping::AddressAndPortDependent, W, W, W, R, W},
                           Row{Mapping::PortDependent, W, W, W, W, R},
                           Row{Mapping::AddressIndependent, S, S, W, W, S},
                           Row{Mapping::EndpointDependent, W, W, S, S, S}}) {
        const Outcome outcome = with_mapping(row.said);
        EXPECT_EQ(grade_mapping(outcome, MappingRule::None), row.direct);
        EXPECT_EQ(grade_mapping(outcome, MappingRule::EndpointIndependent), row.eim);
        EXPECT_EQ(grade_mapping(outcome, MappingRule::AddressDependent), row.adm);
        EXPECT_EQ(grade_mapping(outcome, MappingRule::AddressAndPortDependent), row.apdm);
        EXPECT_EQ(grade_mapping(outcome, MappingRule::PortDependent), row.pdm);
    }
}

TEST(Judge, grades_filterings_exactly) {
    struct Row {
        Filtering said;
        bool open, eif, adf, apdf;
    };
    for (const Row& row : {Row{Filtering::EndpointIndependent, true, true, false, false},
                           Row{Filtering::AddressDependent, false, false, true, false},
                           Row{Filtering::AddressAndPortDependent, false, false, false, true}}) {
        Outcome outcome;
        outcome.filtering.verdict = VerdictKind::Pass;
        outcome.filtering.value = row.said;
        const auto grade = [](bool right) { return right ? Grade::Right : Grade::Wrong; };
        EXPECT_EQ(grade_filtering(outcome, FilteringRule::Open), grade(row.open));
        EXPECT_EQ(grade_filtering(outcome, FilteringRule::EndpointIndependent), grade(row.eif));
        EXPECT_EQ(grade_filtering(outcome, FilteringRule::AddressDependent), grade(row.adf));
        EXPECT_EQ(grade_filtering(outcome, FilteringRule::AddressAndPortDependent),
                  grade(row.apdf));
    }
}

/// An open verdict is never graded right or wrong.
TEST(Judge, keeps_open_verdicts_apart) {
    Outcome outcome;
    for (const auto& [verdict, grade] : {std::pair{VerdictKind::Inconclusive, Grade::Inconclusive},
                                         std::pair{VerdictKind::Unsupported, Grade::Unsupported},
                                         std::pair{VerdictKind::NotTested, Grade::NotTested}}) {
        outcome.mapping.verdict = outcome.filtering.verdict = outcome.translation.verdict = verdict;
        EXPECT_EQ(grade_mapping(outcome, MappingRule::EndpointIndependent), grade);
        EXPECT_EQ(grade_filtering(outcome, FilteringRule::EndpointIndependent), grade);
        EXPECT_EQ(grade_translation(outcome, MappingRule::EndpointIndependent), grade);
    }
}

/// Every breach of form is found.
TEST(Judge, finds_malformed_judgements) {
    const Ledger ledger;
    Outcome good = infer(ledger);
    EXPECT_THAT(defects(good, ledger), IsEmpty());

    Outcome bad = good;
    bad.udp.reason.clear();
    EXPECT_THAT(defects(bad, ledger), Contains(HasSubstr("udp has a reason")));
    bad = good;
    bad.mapping.sentence.clear();
    EXPECT_THAT(defects(bad, ledger), Contains(HasSubstr("mapping has no sentence")));
    bad = good;
    bad.layers.value = Layers{};
    EXPECT_THAT(defects(bad, ledger), Contains(HasSubstr("layers has a value")));
    bad = good;
    bad.pooling.evidence = {0};
    EXPECT_THAT(defects(bad, ledger), Contains(HasSubstr("pooling has evidence")));
    bad = good;
    bad.filtering.error_bound = 1.5;
    EXPECT_THAT(defects(bad, ledger), Contains(HasSubstr("no probability")));
    bad = good;
    bad.filtering = {};
    bad.filtering.verdict = VerdictKind::Pass;
    bad.filtering.value = Filtering::AddressAndPortDependent;
    EXPECT_THAT(defects(bad, ledger), Contains(HasSubstr("rests on silence")));
}

}  // namespace
}  // namespace portolan::discovery::sim
