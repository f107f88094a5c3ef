// Each case file says where its rule must report, and where it must not.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

#include "sdp-lint/rules/linter.hpp"
#include "sdp-lint/rules/tests/case_file.hpp"

namespace portolan::lint {
namespace {

const std::filesystem::path kFolder =
    std::filesystem::path(PORTOLAN_SOURCE_DIR) / "sdp-lint/rules/tests";

std::string read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream content;
    content << in.rdbuf();
    return content.str();
}

std::vector<std::string> case_codes() {
    std::vector<std::string> codes;
    for (const auto& entry : std::filesystem::directory_iterator(kFolder / "cases")) {
        if (entry.path().extension() == ".txt") codes.push_back(entry.path().stem().string());
    }
    std::sort(codes.begin(), codes.end());
    return codes;
}

sdp::DescriptionKind kind_of(const Case& test, std::size_t index) {
    if (test.is_pair) {
        return index % 2 == 0 ? sdp::DescriptionKind::Offer : sdp::DescriptionKind::Answer;
    }
    if (test.as == "offer") return sdp::DescriptionKind::Offer;
    if (test.as == "answer") return sdp::DescriptionKind::Answer;
    return sdp::DescriptionKind::Unknown;
}

struct Outcome {
    std::vector<std::unique_ptr<sdp::Description>> descriptions;
    std::vector<Finding> findings;
};

Outcome lint_case(const Case& test) {
    Outcome out;
    const auto form = test.is_fragment         ? sdp::DescriptionForm::Fragment
                      : test.is_candidate      ? sdp::DescriptionForm::Candidate
                      : test.is_lost_candidate ? sdp::DescriptionForm::LostCandidate
                                               : sdp::DescriptionForm::Whole;
    for (std::size_t i = 0; i < test.texts.size(); ++i) {
        out.descriptions.push_back(
            std::make_unique<sdp::Description>(test.texts[i], kind_of(test, i), form));
    }
    LintOptions options;
    options.profile = *parse_profile(test.profile);
    if (!test.target.empty()) options.targets = {parse_browser(test.target).value()};
    const Linter linter = Linter::create(options).value();
    if (test.is_munging) {
        out.findings = linter.lint_munging(*out.descriptions[0], *out.descriptions[1]);
    } else if (test.is_pair) {
        std::vector<const sdp::Description*> all;
        for (const auto& description : out.descriptions)
            all.push_back(description.get());
        out.findings = linter.lint_session(all);
    } else {
        out.findings = linter.lint(*out.descriptions[0]);
    }
    return out;
}

Mark mark_of(const Outcome& run, const Finding& finding) {
    const sdp::Document& document = run.descriptions[finding.place.description]->document();
    const sdp::Position at = document.position_of(finding.place.range.begin);
    return {std::string(to_string(finding.code)), finding.place.description, at.line - 1,
            at.column - 1, at.column - 1 + finding.place.range.size()};
}

std::string shown(const Mark& mark, std::string_view message = {}) {
    return mark.code + " in text " + std::to_string(mark.description) + " line " +
           std::to_string(mark.line + 1) + " columns [" + std::to_string(mark.begin + 1) + ", " +
           std::to_string(mark.end + 1) + ") " + std::string(message) + "\n";
}

class RuleCases : public testing::TestWithParam<std::string> {};

TEST_P(RuleCases, fire_and_stay_silent_where_the_file_says) {
    const std::string code = GetParam();
    const auto cases =
        parse_case_file(read(kFolder / "cases" / (code + ".txt")), (kFolder / "bases").string());
    ASSERT_TRUE(cases) << cases.error().message;
    const auto row = find_code(code);
    ASSERT_TRUE(row) << "no row in the catalogue";
    bool has_firing = false;
    bool has_silent = false;
    for (const Case& test : *cases) {
        SCOPED_TRACE(code + ".txt:" + std::to_string(test.file_line) + " " + test.title);
        EXPECT_EQ(test.code, code) << "the first line of the file names another code";
        ASSERT_TRUE(parse_profile(test.profile)) << test.profile;
        ASSERT_FALSE(test.texts.empty());
        ASSERT_TRUE(!test.is_munging || test.texts.size() == 2);
        (test.fires ? has_firing : has_silent) = true;
        const Outcome done = lint_case(test);
        if (test.fires) {
            std::vector<Mark> found;
            std::string list;
            for (const Finding& finding : done.findings) {
                found.push_back(mark_of(done, finding));
                list += shown(found.back(), finding.message);
            }
            std::sort(found.begin(), found.end());
            std::string wanted;
            for (const Mark& mark : test.marks)
                wanted += shown(mark);
            EXPECT_EQ(found, test.marks) << "found:\n" << list << "wanted:\n" << wanted;
            EXPECT_TRUE(std::any_of(test.marks.begin(), test.marks.end(), [&](const Mark& mark) {
                return mark.code == code;
            })) << "a firing case without a mark of its own code";
        } else {
            for (const Finding& finding : done.findings) {
                const bool is_own = finding.code == *row;
                EXPECT_FALSE(is_own || finding.severity == Severity::Error)
                    << shown(mark_of(done, finding), finding.message);
            }
        }
        for (const Finding& finding : done.findings) {
            const bool has_fix = finding.fix.has_value();
            EXPECT_FALSE(has_fix && row_of(finding.code).fix == FixSafety::None)
                << to_string(finding.code) << " has a fix that its row does not know of";
            EXPECT_FALSE(finding.message.empty());
        }
    }
    EXPECT_TRUE(has_firing) << "no firing case";
    EXPECT_TRUE(has_silent) << "no near miss";
}

INSTANTIATE_TEST_SUITE_P(Catalogue, RuleCases, testing::ValuesIn(case_codes()),
                         [](const auto& shown_case) { return shown_case.param; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RuleCases);

TEST(Bases, are_clean) {
    for (const auto& entry : std::filesystem::directory_iterator(kFolder / "bases")) {
        SCOPED_TRACE(entry.path().filename().string());
        std::string text = read(entry.path());
        std::string with_crlf;
        for (const char c : text)
            with_crlf += c == '\n' ? "\r\n" : std::string(1, c);
        const sdp::Description description(with_crlf);
        const bool is_sip = entry.path().stem().string().starts_with("sip");
        for (const Finding& finding :
             Linter(is_sip ? Profile::Sip : Profile::WebRtc).lint(description)) {
            ADD_FAILURE() << to_string(finding.code) << ": " << finding.message;
        }
    }
}

}  // namespace
}  // namespace portolan::lint
