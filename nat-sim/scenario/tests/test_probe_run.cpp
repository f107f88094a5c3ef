#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "nat-sim/behavior/presets/preset.hpp"
#include "nat-sim/scenario/matrix.hpp"
#include "nat-sim/scenario/probe_run.hpp"

namespace portolan::scenario::test {
namespace {

/// The findings of a comparison that are wrong, and how many are as configured.
struct Compared {
    std::string wrong;
    int exact = 0;
};
Compared compared(const ProbeSpec& spec) {
    Compared out;
    const auto run = run_probe(spec);
    EXPECT_TRUE(run) << spec.nat << ": " << run.error().message;
    if (!run) return out;
    const report::Report report = report_of(*run, spec);
    for (const report::Finding& finding : report.sections[0].findings) {
        if (finding.verdict.is_fail()) out.wrong += finding.id + " " + finding.value + "; ";
        out.exact += finding.verdict.is_pass();
    }
    return out;
}

/// The nine combinations and every preset: exactly the configured behaviour, or inconclusive.
TEST(Probe, is_never_wrong_about_any_preset) {
    for (const nat::Preset& preset : nat::built_in_presets()) {
        for (const double loss_pct : {0.0, 5.0}) {
            for (const AddressFamily family : {AddressFamily::IPv4, AddressFamily::IPv6}) {
                const ProbeSpec spec{.nat = preset.name, .family = family, .loss_pct = loss_pct};
                EXPECT_EQ(compared(spec).wrong, "")
                    << preset.name << " at " << loss_pct << " % " << to_string(family);
            }
        }
    }
}

TEST(Probe, finds_all_nine_combinations_exactly) {
    for (const std::string& name : nine_kinds()) {
        for (const double loss_pct : {0.0, 5.0}) {
            for (const std::uint64_t seed : {1, 2, 3}) {
                const Compared got = compared({.nat = name, .loss_pct = loss_pct, .seed = seed});
                EXPECT_EQ(got.wrong, "") << name;
                if (loss_pct == 0) {
                    EXPECT_EQ(got.exact, 4) << name;
                }
            }
        }
    }
}

/// RFC 6052: the server's IPv4 addresses behind the well-known prefix; OTHER-ADDRESS too.
TEST(Probe, goes_through_a_nat64) {
    for (const double loss_pct : {0.0, 5.0}) {
        const ProbeSpec spec{.nat = "nat64-mobile", .loss_pct = loss_pct};
        const auto run = run_probe(spec);
        ASSERT_TRUE(run) << run.error().message;
        EXPECT_EQ(run->family, AddressFamily::IPv6);
        EXPECT_EQ(compared(spec).exact, 4);
    }
    const Compared without = compared({.nat = "nat64-mobile", .family = AddressFamily::IPv4});
    EXPECT_EQ(without.exact, 0);
}

/// The comparison itself: a verdict that differs is a failure.
TEST(Probe, comparison_notices_a_wrong_verdict) {
    const ProbeSpec spec{.nat = "eim-apdf"};
    auto run = run_probe(spec);
    ASSERT_TRUE(run);
    run->configured.mapping = discovery::Mapping::AddressDependent;
    report::Report report = report_of(*run, spec);
    report.tool = {"nat-sim", "0"};
    int failed = 0;
    for (const report::Finding& finding : report.sections[0].findings)
        failed += finding.verdict.is_fail();
    EXPECT_EQ(failed, 1);
    const auto valid = report::validate(report);
    EXPECT_TRUE(valid.has_value()) << valid.error().message;
}

}  // namespace
}  // namespace portolan::scenario::test
