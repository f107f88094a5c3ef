// The formats of other programs: golden files of a report that uses everything, and what must not
// slip through in each.
#include <gtest/gtest.h>

#include <string>

#include "reports/model/accepted.hpp"
#include "reports/model/change.hpp"
#include "reports/model/tests/golden.hpp"
#include "reports/model/tests/sample_report.hpp"
#include "reports/render/markup.hpp"
#include "reports/render/renderer.hpp"

namespace portolan::render {
namespace {

std::string rendered(Format format, const report::Report& report,
                     const RenderOptions& options = {}) {
    return renderer_for(format).render(report, options);
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

/// A failure of a line, of that severity, with text that every format has to escape.
report::Report failing(report::Severity severity) {
    report::Report report;
    report.tool = {"sdp-lint", "1"};
    report.complete = true;
    report.headline = "1 error";
    report::Section section{.id = "description.0", .title = "a<b>.sdp"};
    report::Finding finding{.id = "IC003",
                            .title = "A ufrag is too short",
                            .verdict = report::Verdict::fail(
                                {"ufrag-too-short", "'<F7>' & \"it\" | 100%, 2: \x01\nend"})};
    finding.severity = severity;
    finding.advice = {"Take four characters."};
    finding.references = {{"RFC 8839", "5.4"}};
    finding.location = report::Location{"dir/a b.sdp", 12, 13, 200, 4};
    finding.data["line"] = "a=ice-ufrag:<F7>";
    finding.data["column_utf16"] = 13;
    finding.data["end_column_utf16"] = 17;
    finding.data["fingerprint"] = "0123456789abcdef";
    finding.data["related"].push_back({{"source", "dir/a b.sdp"},
                                       {"line", 1},
                                       {"column_bytes", 1},
                                       {"column_utf16", 1},
                                       {"end_column_utf16", 3},
                                       {"byte_offset", 0},
                                       {"length_bytes", 3},
                                       {"label", "here"}});
    finding.data["fix"] = {{"title", "write more"},
                           {"edits",
                            {{{"source", "dir/a b.sdp"},
                              {"byte_offset", 204},
                              {"length_bytes", 0},
                              {"replacement", "xx"}}}}};
    section.findings.push_back(std::move(finding));
    report.sections.push_back(std::move(section));
    return report;
}

/// What has changed is neither "not applicable" nor "unsupported" to its reader.
TEST(Formats, WhatHasChangedIsCalledSo) {
    report::Report report = failing(report::Severity::Low);
    report::Finding& finding = report.sections.front().findings.front();
    finding.verdict = report::Verdict::unsupported({report::kDiffers, "Before: pass. Now: open."});
    finding.value = "pass to open";
    for (const Format format : {Format::Text, Format::Markdown, Format::Html}) {
        const std::string text = rendered(format, report);
        EXPECT_EQ(count(text, "n/a"), 0U) << text;
        EXPECT_EQ(count(text, "unsupported"), 0U) << text;
    }
    EXPECT_EQ(count(rendered(Format::Text, report), "  diff  A ufrag is too short  pass to open"),
              1U);
    EXPECT_EQ(count(rendered(Format::Text, report), "0 ok, 0 failed, 1 changed, 0 open"), 1U);
    EXPECT_EQ(count(rendered(Format::Markdown, report), "| changed | `IC003` |"), 1U);
    EXPECT_EQ(count(rendered(Format::Html, report), "</span> 1 changed</li>"), 1U);
    EXPECT_EQ(count(rendered(Format::Html, report), "\">changed</span></h3>"), 1U);
    // The same outcome for another reason is what it was.
    finding.verdict = report::Verdict::unsupported({"no-ipv6", "This machine has none."});
    EXPECT_EQ(count(rendered(Format::Text, report), "  n/a   A ufrag"), 1U);
    EXPECT_EQ(count(rendered(Format::Markdown, report), "| unsupported |"), 1U);
}

/// Nor is what is put up with until a day.
TEST(Formats, WhatIsAcceptedIsCalledSo) {
    report::Report report = failing(report::Severity::Low);
    report::Finding& finding = report.sections.front().findings.front();
    finding.verdict = report::Verdict::unsupported({report::kAccepted, "Accepted until a day."});
    finding.value.clear();
    for (const Format format : {Format::Text, Format::Markdown, Format::Html}) {
        EXPECT_EQ(count(rendered(format, report), "unsupported"), 0U);
    }
    const std::string text = rendered(Format::Text, report);
    EXPECT_EQ(count(text, "  known  A ufrag is too short  accepted"), 1U) << text;
    EXPECT_EQ(count(text, "0 ok, 0 failed, 1 accepted, 0 open"), 1U);
    EXPECT_EQ(count(rendered(Format::Markdown, report), "| accepted | `IC003` |"), 1U);
}

TEST(Formats, GoldenOfEach) {
    const report::Report report = testing::sample_report();
    const std::string folder = "reports/render/tests/golden/sample";
    testing::expect_golden(folder + ".junit.xml", rendered(Format::Junit, report));
    testing::expect_golden(folder + ".sarif", rendered(Format::Sarif, report));
    testing::expect_golden(folder + ".github", rendered(Format::Github, report));
    testing::expect_golden(folder + ".md", rendered(Format::Markdown, report));
    testing::expect_golden(folder + ".html", rendered(Format::Html, report));
    testing::expect_golden(folder + ".jsonl", rendered(Format::JsonLines, report));
}

TEST(Junit, FailuresAreThoseFromTheThresholdOn) {
    const report::Report warning = failing(report::Severity::Medium);
    EXPECT_EQ(count(rendered(Format::Junit, warning), "<failure"), 1U);
    const std::string lenient =
        rendered(Format::Junit, warning, {.failure_from = report::Severity::High});
    EXPECT_EQ(count(lenient, "<failure"), 0U);
    EXPECT_EQ(count(lenient, "<system-out>"), 1U);
    EXPECT_EQ(count(lenient, "failures=\"0\""), 2U);
    EXPECT_EQ(count(lenient, "skipped="), 1U);
}

TEST(Junit, RunThatWasCutOffIsAnError) {
    report::Report report = failing(report::Severity::High);
    report.complete = false;
    EXPECT_NE(rendered(Format::Junit, report).find("<error"), std::string::npos);
}

TEST(Junit, SectionWithoutFindingsIsATestThatPassed) {
    report::Report report = failing(report::Severity::High);
    report.sections[0].findings.clear();
    const std::string xml = rendered(Format::Junit, report);
    EXPECT_NE(xml.find("tests=\"1\""), std::string::npos);
    EXPECT_NE(xml.find("no findings"), std::string::npos);
}

TEST(Sarif, SaysLevelPlaceFixAndFingerprint) {
    const auto log = report::Json::parse(rendered(Format::Sarif, failing(report::Severity::High)));
    const auto& result = log["runs"][0]["results"][0];
    EXPECT_EQ(result["level"], "error");
    EXPECT_EQ(result["kind"], "fail");
    const auto& place = result["locations"][0]["physicalLocation"];
    EXPECT_EQ(place["artifactLocation"]["uri"], "dir/a%20b.sdp");
    EXPECT_EQ(place["region"]["startLine"], 12);
    EXPECT_EQ(place["region"]["endColumn"], 17);
    EXPECT_EQ(result["relatedLocations"][0]["message"]["text"], "here");
    EXPECT_EQ(result["partialFingerprints"]["portolan/1"], "0123456789abcdef");
    EXPECT_EQ(
        result["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"],
        "xx");
    EXPECT_EQ(log["runs"][0]["tool"]["driver"]["rules"][0]["id"], "IC003");
}

/// The log declares UTF-16 code units; a column in bytes would be a wrong one.
TEST(Sarif, HasNoColumnsOfAnotherUnit) {
    report::Report report = failing(report::Severity::High);
    report.sections[0].findings[0].data.erase("column_utf16");
    const auto log = report::Json::parse(rendered(Format::Sarif, report));
    EXPECT_EQ(log["runs"][0]["columnKind"], "utf16CodeUnits");
    const auto& result = log["runs"][0]["results"][0];
    const auto& region = result["locations"][0]["physicalLocation"]["region"];
    EXPECT_EQ(region["startLine"], 12);
    EXPECT_EQ(region["byteOffset"], 200);
    EXPECT_FALSE(region.contains("startColumn"));
    EXPECT_FALSE(region.contains("endColumn"));
}

TEST(Github, IsOneEscapedLineAFinding) {
    const std::string text = rendered(Format::Github, failing(report::Severity::High));
    EXPECT_EQ(count(text, "\n"), 2U);
    EXPECT_TRUE(
        text.starts_with("::notice title=sdp-lint::1 error\n"
                         "::error file=dir/a b.sdp,line=12,col=13,endColumn=17,"))
        << text;
    EXPECT_NE(text.find("100%25"), std::string::npos);
    EXPECT_NE(text.find("%0A"), std::string::npos);
}

TEST(Github, NamesTheSectionOfWhatIsInNoFile) {
    report::Report report = failing(report::Severity::High);
    report::Section& udp = report.sections[0];
    udp.title = "turn:192.0.2.1:3478 over UDP";
    udp.findings[0].location.reset();
    report::Section tcp = udp;
    tcp.title = "turn:192.0.2.1:3478 over TCP, 2";
    report.sections.push_back(tcp);
    const std::string text = rendered(Format::Github, report);
    const std::string title = "::error title=IC003 A ufrag is too short (turn%3A192.0.2.1%3A3478 ";
    EXPECT_EQ(count(text, title + "over UDP)::"), 1U) << text;
    EXPECT_EQ(count(text, title + "over TCP%2C 2)::"), 1U) << text;
}

TEST(Github, HasNoControlsThatATerminalObeys) {
    report::Report report = failing(report::Severity::High);
    report.sections[0].findings[0].verdict =
        report::Verdict::fail({"x", std::string("a\x1b[31m\0\xC2\x9B\u202E\r\nb", 15)});
    const std::string text = rendered(Format::Github, report);
    EXPECT_EQ(text.find_first_of(std::string_view("\x1b\0\r", 3)), std::string::npos);
    EXPECT_NE(text.find("a\\x1b[31m\\x00\\u{9b}\\u{202e}%0D%0Ab"), std::string::npos) << text;
}

TEST(Html, HoldsNothingOfOthersUnescapedAndLoadsNothing) {
    const std::string page = rendered(Format::Html, failing(report::Severity::High));
    EXPECT_EQ(page.find("<F7>"), std::string::npos);
    EXPECT_NE(page.find("<mark>&lt;F7&gt;</mark>"), std::string::npos);
    EXPECT_EQ(page.find("<script"), std::string::npos);
    EXPECT_EQ(page.find("://"), std::string::npos);
    EXPECT_EQ(page.find("src="), std::string::npos);
    EXPECT_NE(page.find("content=\"default-src 'none'; style-src 'unsafe-inline'\""),
              std::string::npos);
}

TEST(Markdown, EscapesWhatIsMarkup) {
    const std::string text = rendered(Format::Markdown, failing(report::Severity::High));
    EXPECT_NE(text.find("\\| 100%"), std::string::npos);
    EXPECT_NE(text.find("\\<F7\\>"), std::string::npos);
}

TEST(JsonLines, IsOneFindingALine) {
    const std::string text = rendered(Format::JsonLines, failing(report::Severity::High));
    EXPECT_EQ(count(text, "\n"), 1U);
    const auto line = report::Json::parse(text);
    EXPECT_EQ(line["section"], "description.0");
    EXPECT_EQ(line["section_title"], "a<b>.sdp");
    EXPECT_EQ(line["id"], "IC003");
}

TEST(EscapeMarkup, MakesEverythingLegalInXml) {
    EXPECT_EQ(escape_markup("a<&>\"'\n\t"), "a&lt;&amp;&gt;&quot;&#39;\n\t");
    EXPECT_EQ(escape_markup(std::string_view("\0\x1f", 2)), "\u2400\u241F");
    EXPECT_EQ(escape_markup("\xff"), "\uFFFD");
    EXPECT_EQ(escape_markup("a\xEF\xBF\xBE\xEF\xBF\xBFz"), "a\uFFFD\uFFFDz");
}

}  // namespace
}  // namespace portolan::render
