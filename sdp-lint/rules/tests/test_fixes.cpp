// Fixes touch nothing else, leave nothing to fix, and doing them twice is doing them once.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "sdp-lint/rules/fixes.hpp"
#include "sdp-lint/rules/tests/case_file.hpp"

namespace portolan::lint {
namespace {

namespace fs = std::filesystem;
const fs::path kFolder = fs::path(PORTOLAN_SOURCE_DIR) / "sdp-lint/rules/tests";

std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream content;
    content << in.rdbuf();
    return content.str();
}

std::vector<Case> all_cases() {
    std::vector<Case> out;
    for (const auto& entry : fs::directory_iterator(kFolder / "cases")) {
        auto cases = parse_case_file(read(entry.path()), (kFolder / "bases").string());
        if (!cases) continue;  // test_cases.cpp says what is wrong with it
        for (Case& test : *cases)
            out.push_back(std::move(test));
    }
    return out;
}

std::vector<FixedText> texts_of(const Case& test) {
    std::vector<FixedText> texts;
    for (std::size_t i = 0; i < test.texts.size(); ++i) {
        FixedText text;
        text.text = test.texts[i];
        if (test.is_pair) {
            text.kind = i % 2 == 0 ? sdp::DescriptionKind::Offer : sdp::DescriptionKind::Answer;
        }
        if (test.as == "offer") text.kind = sdp::DescriptionKind::Offer;
        if (test.as == "answer") text.kind = sdp::DescriptionKind::Answer;
        if (test.is_fragment) text.form = sdp::DescriptionForm::Fragment;
        texts.push_back(std::move(text));
    }
    return texts;
}

TEST(Fixes, of_every_case_leave_nothing_to_fix_and_are_idempotent) {
    std::size_t fixed_count = 0;
    for (const Case& test : all_cases()) {
        if (test.is_munging || test.texts.empty()) continue;
        SCOPED_TRACE(test.code + ":" + std::to_string(test.file_line) + " " + test.title);
        const Linter linter(*parse_profile(test.profile));
        for (const FixLevel level : {FixLevel::Safe, FixLevel::SafeAndUnsafe}) {
            const FixOutcome once = fix_all(linter, texts_of(test), level);
            fixed_count += once.fixed.size();
            for (const Finding& left : once.remaining) {
                EXPECT_FALSE(is_fixable(left, level))
                    << to_string(left.code) << " is still there: " << left.message;
            }
            const FixOutcome twice = fix_all(linter, once.texts, level);
            EXPECT_TRUE(twice.fixed.empty());
            for (std::size_t i = 0; i < once.texts.size(); ++i)
                EXPECT_EQ(twice.texts[i].text, once.texts[i].text);
            if (once.fixed.empty()) {
                for (std::size_t i = 0; i < once.texts.size(); ++i)
                    EXPECT_EQ(once.texts[i].text, test.texts[i]);
            }
        }
    }
    EXPECT_GT(fixed_count, 50U);
}

/// No range cuts a word in two, except that a word may be pointed into from a character that is
/// wrong in it.
TEST(Findings, of_every_case_lie_on_token_boundaries) {
    for (const Case& test : all_cases()) {
        if (test.texts.size() != 1) continue;
        SCOPED_TRACE(test.code + ":" + std::to_string(test.file_line) + " " + test.title);
        const sdp::Description description(
            test.texts[0], sdp::DescriptionKind::Unknown,
            test.is_fragment ? sdp::DescriptionForm::Fragment : sdp::DescriptionForm::Whole);
        const std::string_view text = description.text();
        const auto cuts = [&](std::uint32_t at) {
            return at > 0 && at < text.size() && sdp::is_alnum(text[at - 1]) &&
                   sdp::is_alnum(text[at]);
        };
        for (const Finding& finding : Linter(*parse_profile(test.profile)).lint(description)) {
            const sdp::ByteRange range = finding.place.range;
            ASSERT_LE(range.begin, range.end);
            ASSERT_LE(range.end, text.size());
            EXPECT_FALSE(cuts(range.begin) && cuts(range.end))
                << to_string(finding.code) << " at " << range.begin << "-" << range.end;
            // A range is within one line, its end included, or the whole of several.
            std::string_view inside = description.document().at(range);
            if (inside.ends_with('\n')) inside.remove_suffix(1);
            EXPECT_TRUE(inside.find('\n') == std::string_view::npos || range.begin == 0)
                << to_string(finding.code);
        }
    }
}

TEST(FixPlan, takes_the_first_of_fixes_that_touch) {
    const Code code = [] {
        for (const CatalogueRow& row : catalogue()) {
            if (row.fix == FixSafety::Safe) return row.code;
        }
        return Code{};
    }();
    const auto finding = [&](std::uint32_t begin, std::uint32_t end, const char* text) {
        Finding out{.code = code};
        out.fix = Fix{"do", {{{0, {begin, end}}, text}}};
        return out;
    };
    const std::vector<Finding> findings{finding(2, 4, "A"), finding(3, 5, "B"), finding(6, 6, "C"),
                                        finding(6, 6, "D"), finding(4, 5, "E")};
    const FixPlan plan = plan_fixes(findings, FixLevel::Safe);
    ASSERT_EQ(plan.fixed.size(), 3U);
    EXPECT_EQ(apply_edits("0123456789", plan.edits, 0), "01AE5C6789");
    EXPECT_EQ(apply_edits("0123456789", plan.edits, 1), "0123456789");
}

TEST(UnifiedDiff, shows_what_changed_with_context) {
    EXPECT_EQ(unified_diff("a\n", "a\n", "x"), "");
    EXPECT_EQ(unified_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10", "x"),
              "--- x\n+++ x\n@@ -2,8 +2,9 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n 9\n+10\n"
              "\\ No newline at end of file\n");
}

}  // namespace
}  // namespace portolan::lint
