#include <gtest/gtest.h>

#include "reports/model/report.hpp"
#include "reports/render/renderer.hpp"
#include "sdp-lint/cli/text_output.hpp"

namespace portolan::sdp_lint {
namespace {

using Named = std::vector<NamedBytes>;

struct Sample {
    std::unique_ptr<Inputs> inputs;
    std::vector<SessionResult> results;
};

/// One finding of the rule for short ufrags, on "F7".
Sample sample(std::string text = "v=0\r\na=ice-ufrag:F7\r\n") {
    Sample out;
    const std::size_t at = text.find("F7");
    out.inputs = std::move(*make_inputs(Named{{"offer.sdp", std::move(text)}}, {}));
    SessionResult result;
    result.session = &out.inputs->sessions[0];
    lint::Finding finding{.code = *lint::find_code("IC003"), .message = "too short"};
    finding.place.range = {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + 2)};
    finding.related.push_back({{0, {0, 3}}, "the description begins here"});
    result.findings.push_back(std::move(finding));
    out.results.push_back(std::move(result));
    return out;
}

TEST(TextOutput, shows_line_caret_and_related_line) {
    const Sample s = sample();
    EXPECT_EQ(text_output(*s.inputs, s.results, {}),
              "offer.sdp:2:13: error[IC003] too short\n"
              "2 | a=ice-ufrag:F7\n"
              "  |             ^^\n"
              "  = offer.sdp:1:1: the description begins here\n"
              "1 | v=0\n"
              "  | ^^^\n"
              "\n"
              "1 error in offer.sdp\n");
}

TEST(TextOutput, quiet_is_one_line_a_finding) {
    const Sample s = sample();
    TextOptions options;
    options.quiet = true;
    EXPECT_EQ(text_output(*s.inputs, s.results, options),
              "offer.sdp:2:13: error[IC003] too short\n");
}

TEST(TextOutput, cuts_long_lines_around_the_place_and_escapes_them) {
    const Sample s =
        sample("v=0\r\na=\x1b" + std::string(5000, 'x') + "F7" + std::string(5000, 'y'));
    const std::string text = text_output(*s.inputs, s.results, {});
    EXPECT_LT(text.size(), 1000U);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_NE(text.find("..."), std::string::npos);
}

TEST(LintReport, is_valid_and_renders_in_every_format) {
    const Sample s = sample();
    report::Report report = make_report(*s.inputs, s.results, {});
    report.tool = {"sdp-lint", "0"};
    const auto valid = report::validate(report);
    ASSERT_TRUE(valid) << valid.error().message;
    EXPECT_EQ(report.sections[0].findings[0].location->line, 2U);
    EXPECT_EQ(report.sections[0].findings[0].location->column_bytes, 13U);
    for (const auto& row : render::formats()) {
        const std::string out = row.renderer().render(report, {});
        EXPECT_NE(out.find("IC003"), std::string::npos) << row.name;
        EXPECT_TRUE(out.ends_with('\n')) << row.name;
    }
}

TEST(LintReport, splits_references) {
    lint::CatalogueRow row{};
    const std::string_view references[] = {"RFC 8839 s5.4", "libwebrtc", "AV1 RTP spec s7.2"};
    row.references = references;
    const auto out = references_of(row);
    EXPECT_EQ(out[0].document, "RFC 8839");
    EXPECT_EQ(out[0].section, "5.4");
    EXPECT_EQ(out[1].document, "libwebrtc");
    EXPECT_EQ(out[2].section, "7.2");
}

}  // namespace
}  // namespace portolan::sdp_lint
