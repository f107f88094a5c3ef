#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "nat-sim/behavior/parameter_table.hpp"
#include "nat-sim/behavior/presets/preset.hpp"
#include "nat-sim/conformance/conformance.hpp"
#include "nat-sim/conformance/tests/sabotage.hpp"
#include "reports/model/id.hpp"

namespace portolan::nat::conformance {
namespace {

const Check& check_named(std::string_view id) {
    const auto& table = check_table();
    return *std::find_if(table.begin(), table.end(),
                         [&](const Check& check) { return check.id == id; });
}

TEST(Checks, ids_are_legal_unique_and_every_text_is_there) {
    std::set<std::string_view> ids;
    for (const Check& check : check_table()) {
        EXPECT_TRUE(report::is_legal_id(check.id)) << check.id;
        EXPECT_TRUE(ids.insert(check.id).second) << check.id;
        // "rfc4787/..." is about "RFC 4787".
        EXPECT_EQ("rfc" + std::string(check.document.substr(4)),
                  check.id.substr(0, check.id.find('/')));
        for (const auto text :
             {check.title, check.section, check.requirement, check.sends, check.conformant}) {
            EXPECT_FALSE(text.empty()) << check.id;
        }
        EXPECT_NE(check.run, nullptr) << check.id;
    }
    EXPECT_GE(ids.size(), 90U);
}

TEST(Checks, every_check_can_fail_and_every_fault_is_of_a_check) {
    std::set<std::string_view> broken;
    for (const SabotageRow& row : sabotage_table())
        broken.insert(row.check_id);
    for (const Check& check : check_table())
        EXPECT_TRUE(broken.contains(check.id)) << check.id << " has no fault that it notices";
    EXPECT_EQ(broken.size(), check_table().size());
}

class EveryCheck : public testing::TestWithParam<std::size_t> {};

TEST_P(EveryCheck, is_violated_by_its_fault_and_not_without_it) {
    const SabotageRow& row = sabotage_table()[GetParam()];
    const Check& check = check_named(row.check_id);
    Subject subject = sound_subject(row);
    const CheckResult sound = run_check(check, subject);
    // Where the simulator itself does not conform, the sound device is one that was repaired.
    EXPECT_EQ(sound.judgement.status, Status::Meets)
        << check.id << ": " << sound.judgement.came << "\n"
        << testing::PrintToString(sound.transcript);
    subject.make = faulty_maker(row);
    const CheckResult faulty = run_check(check, subject);
    EXPECT_EQ(faulty.judgement.status, Status::Violates)
        << check.id << ": " << faulty.judgement.came << "\n"
        << testing::PrintToString(faulty.transcript);
}

INSTANTIATE_TEST_SUITE_P(Checks, EveryCheck,
                         testing::Range(std::size_t{0}, sabotage_table().size()),
                         [](const auto& row) {
                             std::string name(sabotage_table()[row.param].check_id);
                             std::replace_if(
                                 name.begin(), name.end(),
                                 [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
                             return name;
                         });

TEST(Checks, the_same_seed_gives_the_same_transcript) {
    Subject subject;
    subject.parameters = find_preset("apdm-apdf")->parameters;
    for (const char* id : {"rfc4787/req-1", "rfc7857/9", "rfc4787/req-14"}) {
        const CheckResult first = run_check(check_named(id), subject);
        EXPECT_EQ(first.transcript, run_check(check_named(id), subject).transcript) << id;
    }
}

class EveryPreset : public testing::TestWithParam<std::size_t> {};

TEST_P(EveryPreset, violates_what_its_file_says_and_nothing_else) {
    const Preset& preset = built_in_presets()[GetParam()];
    if (preset.is_chain()) GTEST_SKIP() << "its boxes are presets themselves";
    ASSERT_TRUE(preset.declares_violations);
    BoxResult box;
    box.name = preset.name;
    box.expected.declared = true;
    Subject subject{.name = preset.name,
                    .parameters = preset.parameters,
                    .carrier_grade = preset.carrier_grade};
    for (const auto& violation : preset.violates) {
        box.expected.violations.emplace(violation.check_id, violation.why);
        EXPECT_NE(std::count_if(check_table().begin(), check_table().end(),
                                [&](const Check& c) { return c.id == violation.check_id; }),
                  0)
            << violation.check_id << " does not exist";
    }
    for (const Check& check : check_table())
        box.results.push_back(run_check(check, subject));
    for (const std::string& surprise : surprises(box))
        ADD_FAILURE() << surprise;
}

INSTANTIATE_TEST_SUITE_P(Presets, EveryPreset,
                         testing::Range(std::size_t{0}, built_in_presets().size()),
                         [](const auto& row) {
                             std::string name = built_in_presets()[row.param].name;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

TEST(Surprises, are_violations_unlisted_and_listed_ones_met) {
    const Check& check = check_named("rfc4787/req-1");
    const auto found = [&](Status status, bool listed, bool declared) {
        BoxResult box{.name = "x", .results = {{&check, {status, "Seen."}, {}}}, .expected = {}};
        box.expected.declared = declared;
        if (listed) box.expected.violations = {{"rfc4787/req-1", "So it is."}};
        return surprises(box).size();
    };
    EXPECT_EQ(found(Status::Violates, false, true), 1U);
    EXPECT_EQ(found(Status::Meets, true, true), 1U);
    EXPECT_EQ(found(Status::NotApplicable, true, true), 1U);
    EXPECT_EQ(found(Status::Violates, true, true), 0U);
    EXPECT_EQ(found(Status::Meets, false, true), 0U);
    EXPECT_EQ(found(Status::Violates, false, false), 0U);
}

TEST(FillReport, is_valid_and_tells_designed_violations_from_others) {
    Subject subject;
    subject.parameters = find_preset("apdm-apdf")->parameters;
    BoxResult box{.name = "x", .results = {}, .expected = {}};
    for (const char* id : {"rfc4787/req-1", "rfc4787/req-8", "rfc4787/req-2", "rfc6888/req-2"})
        box.results.push_back(run_check(check_named(id), subject));
    box.expected.declared = true;
    box.expected.violations = {{"rfc4787/req-1", "Its mapping depends on the destination."}};
    report::Report report;
    report.tool = {"t", "1"};
    report.complete = true;
    fill_report(report, std::vector{box}, false);
    const auto valid = report::validate(report);
    EXPECT_TRUE(valid) << (valid ? "" : valid.error().message);
    ASSERT_EQ(report.sections.size(), 3U);
    const auto& findings = report.sections[0].findings;
    EXPECT_EQ(findings[0].value, "violates-by-design");
    EXPECT_EQ(findings[1].value, "violates");
    EXPECT_EQ(findings[2].value, "meets");
    EXPECT_EQ(report.sections[1].findings[0].value, "not-applicable");
    EXPECT_TRUE(report.sections[2].findings[0].verdict.is_fail());
    EXPECT_EQ(report.headline, "x meets 1 requirement, violates 2 (1 by design); 1 do not apply.");
}

}  // namespace
}  // namespace portolan::nat::conformance
