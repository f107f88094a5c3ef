#include <gtest/gtest.h>

#include "probe/discovery/tests/server_check_test_faults.hpp"
#include "probe/findings/server_check_findings.hpp"
#include "reports/model/report.hpp"

namespace portolan::findings {
namespace {

namespace world = discovery::audit_world;

report::Report report_of(const discovery::Ledger& ledger) {
    Classification found =
        classify_server_check(ledger, discovery::infer_server_check(ledger), {"audit", "Server"});
    report::Report report;
    report.tool = {"nat-probe", "0.1.0"};
    report.headline = "x";
    report.complete = true;
    report.sections.push_back(std::move(found.section));
    report.evidence = std::move(found.evidence);
    return report;
}

TEST(ServerCheckFindings, EveryFaultGivesAReportThatHolds) {
    for (const world::Fault& fault : world::faults()) {
        world::Rules rules;
        fault.make(rules);
        const report::Report report = report_of(world::run(rules).ledger);
        const auto valid = report::validate(report);
        ASSERT_TRUE(valid) << fault.name << ": " << valid.error().message;
        for (const report::Finding& finding : report.sections[0].findings) {
            EXPECT_EQ(finding.verdict.is_fail() && finding.id.find("usable") == std::string::npos,
                      fault.fails.count(finding.id) == 1)
                << fault.name << ": " << finding.id;
        }
    }
}

TEST(ServerCheckFindings, EmptyLedgersGiveAReportThatHolds) {
    const auto valid = report::validate(report_of(discovery::Ledger{}));
    EXPECT_TRUE(valid) << valid.error().message;
    world::Rules rules;
    const report::Report good = report_of(world::run(rules).ledger);
    EXPECT_TRUE(report::validate(good));
    EXPECT_EQ(good.sections[0].headline,
              "Usable for mapping yes, filtering yes, binding lifetime yes; no check failed.");
}

}  // namespace
}  // namespace portolan::findings
