#include <gtest/gtest.h>

#include <string>

#include "reports/digest/merge.hpp"
#include "reports/digest/side_by_side.hpp"
#include "reports/digest/tests/sample.hpp"

namespace portolan::digest {
namespace {

report::Matrix matrix_of(const SideBySide& both) {
    const auto figure = both.figure("ice-test");
    EXPECT_TRUE(figure);
    return figure ? std::get<report::Matrix>(figure->body) : report::Matrix{};
}

TEST(SideBySide, Has_a_column_for_each_run_and_a_row_for_each_finding) {
    SideBySide both;
    both.add("folder/coturn.json", sample(report::Verdict::pass()));
    both.add("folder/pion.json", sample(failure("Error 500.")));
    const report::Matrix matrix = matrix_of(both);
    EXPECT_EQ(matrix.columns, (std::vector<std::string>{"coturn", "pion"}));
    ASSERT_EQ(matrix.rows.size(), 1U);
    EXPECT_EQ(matrix.rows[0].name, "Quota (udp)");
    EXPECT_EQ(matrix.rows[0].finding_id, "rfc8656/7.2/quota");
    EXPECT_EQ(matrix.rows[0].cells[0].class_id, "passes");
    EXPECT_EQ(matrix.rows[0].cells[1].class_id, "fails");
    EXPECT_EQ(matrix.rows[0].cells[1].note, "Error 500.");
}

TEST(SideBySide, Tells_servers_of_one_run_apart_and_shows_the_worst_of_each) {
    report::Report run = sample(report::Verdict::pass());
    auto& findings = run.sections[0].findings;
    findings[0].data["address"] = "192.0.2.1:3478";
    findings.push_back(sample(failure("Error 500.")).sections[0].findings[0]);
    findings[1].data["address"] = "192.0.2.1:3479";
    findings.push_back(findings[0]);
    findings[2].data["address"] = "[2001:db8::1]:3478";
    SideBySide both;
    both.add("run.json", run);
    const report::Matrix matrix = matrix_of(both);
    EXPECT_EQ(matrix.columns, (std::vector<std::string>{"run 192.0.2.1", "run [2001:db8::1]"}));
    ASSERT_EQ(matrix.rows.size(), 1U);
    EXPECT_EQ(matrix.rows[0].cells[0].class_id, "fails");
    EXPECT_EQ(matrix.rows[0].cells[1].class_id, "passes");
}

TEST(SideBySide, A_run_that_names_servers_here_and_there_has_one_column) {
    report::Report run = sample(report::Verdict::pass());
    auto& findings = run.sections[0].findings;
    findings.push_back(findings[0]);
    findings[0].data["address"] = "192.0.2.1:3478";
    SideBySide both;
    both.add("a.json", run);
    both.add("b.json", run);
    EXPECT_EQ(matrix_of(both).columns, (std::vector<std::string>{"a", "b"}));
}

TEST(SideBySide, Groups_by_document_and_leaves_unknown_what_a_run_has_not) {
    report::Report first = sample(report::Verdict::pass());
    auto& findings = first.sections[0].findings;
    findings[0].references = {{"RFC 8656", "7.2"}};
    findings.push_back(findings[0]);
    findings[1].id = "rfc8489/5/header";
    findings[1].references = {{"RFC 8489", "5"}};
    findings.push_back(findings[0]);
    findings[2].id = "rfc8656/9/permission";
    SideBySide both;
    both.add("a/run.json", first);
    both.add("b/run.json", sample(report::Verdict::pass()));
    const report::Matrix matrix = matrix_of(both);
    EXPECT_EQ(matrix.columns, (std::vector<std::string>{"a/run.json", "b/run.json"}))
        << "equal names are no names";
    ASSERT_EQ(matrix.rows.size(), 3U);
    EXPECT_EQ(matrix.rows[0].group, "RFC 8656");
    EXPECT_EQ(matrix.rows[1].group, "RFC 8656");
    EXPECT_EQ(matrix.rows[2].group, "RFC 8489");
    EXPECT_EQ(matrix.rows[2].cells[1].class_id, "");
}

TEST(SideBySide, Of_one_run_or_of_too_many_there_is_none) {
    SideBySide both;
    both.add("0.json", sample(report::Verdict::pass()));
    EXPECT_FALSE(both.figure("ice-test"));
    EXPECT_FALSE(both.figure("nat-probe"));
    for (std::size_t i = 1; i < SideBySide::kMostColumns; ++i)
        both.add(std::to_string(i) + ".json", sample(report::Verdict::pass()));
    EXPECT_TRUE(both.figure("ice-test"));
    both.add("more.json", sample(report::Verdict::pass()));
    EXPECT_FALSE(both.figure("ice-test"));
}

TEST(Merge, Puts_few_runs_side_by_side) {
    Merger merger;
    merger.add("a.json", sample(report::Verdict::pass()));
    merger.add("b.json", sample(failure("Error 500.")));
    report::Report out = merger.finish();
    out.tool = {"nat-report", "1"};
    const auto valid = report::validate(out);
    ASSERT_TRUE(valid) << valid.error().message;
    const auto& ids = out.sections.back().findings.front().evidence_ids;
    ASSERT_EQ(ids.size(), 2U);
    std::size_t figures = 0;
    for (const report::Evidence& evidence : out.evidence) {
        if (evidence.id == ids.back()) figures += report::figures_of(evidence).size();
    }
    EXPECT_EQ(figures, 1U);
}

}  // namespace
}  // namespace portolan::digest
