#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "reports/model/tests/golden.hpp"
#include "reports/model/tests/sample_report.hpp"
#include "reports/render/escape.hpp"
#include "reports/render/text_renderer.hpp"

namespace portolan::render {
namespace {

std::string text(const report::Report& report, const RenderOptions& options = {}) {
    return TextRenderer().render(report, options);
}

void golden(const char* name, const std::string& actual) {
    testing::expect_golden(std::string("reports/render/tests/golden/") + name, actual);
}

TEST(TextRenderer, GoldenPlain) {
    golden("sample.txt", text(testing::sample_report()));
}

TEST(TextRenderer, GoldenVerbose) {
    golden("sample_verbose.txt", text(testing::sample_report(), {.verbose = true}));
}

TEST(TextRenderer, GoldenQuiet) {
    golden("sample_quiet.txt", text(testing::sample_report(), {.quiet = true}));
}

TEST(TextRenderer, What_hurts_no_call_is_no_advice_but_for_details) {
    report::Report report;
    report.sections.push_back({.id = "s", .title = "S"});
    for (const auto severity : {report::Severity::Info, report::Severity::Low}) {
        report::Finding finding{.id = "x",
                                .title = "X",
                                .verdict = report::Verdict::fail(report::Reason("c", "It fails."))};
        finding.severity = severity;
        finding.advice = {severity == report::Severity::Low ? "Do this." : "Have it corrected."};
        report.sections.front().findings.push_back(std::move(finding));
    }
    const std::string brief = text(report);
    EXPECT_NE(brief.find("* Do this."), std::string::npos);
    EXPECT_EQ(brief.find("* Have it corrected."), std::string::npos);
    EXPECT_NE(text(report, {.verbose = true}).find("* Have it corrected."), std::string::npos);
    report.sections.front().findings.pop_back();
    EXPECT_EQ(text(report).find("Advice"), std::string::npos);
}

TEST(TextRenderer, GoldenWideAndNarrow) {
    golden("sample_120.txt", text(testing::sample_report(), {.width_columns = 120}));
    golden("sample_40.txt", text(testing::sample_report(), {.width_columns = 40}));
    EXPECT_EQ(text(testing::sample_report(), {.width_columns = 1}),
              text(testing::sample_report(), {.width_columns = 40}));
}

TEST(TextRenderer, GoldenColor) {
    golden("sample_color.txt", text(testing::sample_report(), {.color = true}));
}

TEST(TextRenderer, GoldenCutOff) {
    auto report = testing::sample_report();
    report.complete = false;
    report.cut_off = report::Reason("interrupted", "Stopped by Ctrl-C.");
    report.sections.resize(1);
    golden("sample_cut_off.txt", text(report));
}

TEST(TextRenderer, HeadlineComesFirst) {
    const auto report = testing::sample_report();
    const std::string page = text(report, {.width_columns = 200});
    EXPECT_EQ(page.substr(0, page.find('\n')), report.headline);
}

TEST(TextRenderer, ColorOnlyWhenAskedAndItChangesNothingElse) {
    const std::string plain = text(testing::sample_report(), {.verbose = true});
    std::string colored = text(testing::sample_report(), {.verbose = true, .color = true});
    EXPECT_EQ(plain.find('\x1b'), std::string::npos);
    EXPECT_NE(colored, plain);
    for (auto at = colored.find('\x1b'); at != std::string::npos; at = colored.find('\x1b')) {
        colored.erase(at, colored.find('m', at) - at + 1);
    }
    EXPECT_EQ(colored, plain);
}

TEST(TextRenderer, LinesKeepToTheWidth) {
    std::istringstream page(text(testing::sample_report(), {.width_columns = 60}));
    for (std::string line; std::getline(page, line);)
        EXPECT_LE(display_width(line), 60U) << line;
}

TEST(TextRenderer, AHostileServerCannotWriteToTheTerminal) {
    const std::string evil = "evil\x1b[2J\n\xC2\x9B\xE2\x80\xAE\xFF\r";
    auto report = testing::sample_report();
    report.headline = evil;
    report.tool = {evil, evil};
    report.subject[evil] = evil;
    report.environment[evil] = {evil};
    report.parameters[evil] = evil;
    report.data[evil] = {{evil, evil}};
    report.cut_off = report::Reason("x", evil);
    report.complete = false;
    for (auto& section : report.sections) {
        section.title = section.headline = section.id = evil;
        section.subject[evil] = {evil};
        for (auto& finding : section.findings) {
            finding.id = finding.title = finding.value = finding.summary = evil;
            finding.advice = {evil};
            finding.references = {{evil, evil}};
            finding.evidence_ids = {evil};
            finding.location = report::Location{evil, 1, 1, 1, 1};
            finding.verdict = report::Verdict::fail({"x", evil});
        }
    }
    for (auto& item : report.evidence) {
        item.id = item.title = evil;
        item.data[evil] = {{evil, {evil}}};
        item.lines = {evil};
    }
    for (const bool verbose : {false, true}) {
        for (const char c : text(report, {.verbose = verbose})) {
            EXPECT_TRUE(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F));
        }
        EXPECT_EQ(text(report, {.verbose = verbose}).find("\xE2\x80\xAE"), std::string::npos);
        EXPECT_EQ(text(report, {.verbose = verbose}).find("\xC2\x9B"), std::string::npos);
    }
}

TEST(TextRenderer, AnEmptyReportIsStillAPage) {
    report::Report report;
    report.complete = true;
    report.headline = "Nothing to say.";
    EXPECT_EQ(text(report), "Nothing to say.\n\n0 findings: 0 ok, 0 failed, 0 open\n");
}

TEST(TextRenderer, SimulatedTimeIsNotTakenForTheUsersOwn) {
    report::Report report;
    report.complete = true;
    report.headline = "Nothing to say.";
    report.duration = std::chrono::milliseconds(2500);
    report.simulated_time = true;
    EXPECT_NE(text(report).find("took 2.500 s of simulated time\n"), std::string::npos);
}

}  // namespace
}  // namespace portolan::render
