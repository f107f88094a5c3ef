// A line that is written wrong is repaired before anybody judges what it says.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "sdp-lint/rules/fixes.hpp"
#include "sdp-lint/rules/tests/broken_lines.hpp"

namespace portolan::lint {
namespace {

const std::string kFolder = std::string(PORTOLAN_SOURCE_DIR) + "/sdp-lint/";

std::string fixed(const Linter& linter, std::string text, FixLevel level = FixLevel::Safe) {
    return fix_all(linter, {{.text = std::move(text)}}, level).texts[0].text;
}

/// The bases of the case files, and one description of every kind that browsers say.
std::vector<std::pair<std::string, std::string>> whole_descriptions() {
    auto all = descriptions_below(kFolder + "rules/tests/bases");
    for (const char* side : {"chrome-chrome", "firefox-firefox"}) {
        for (auto& capture : descriptions_below(kFolder + "corpus/captures/" + side + "/all"))
            all.push_back(std::move(capture));
    }
    return all;
}

TEST(FixRounds, give_back_the_line_that_was_broken_and_touch_no_other) {
    const Linter linter;
    std::size_t broken_count = 0;
    for (const auto& [name, text] : whole_descriptions()) {
        const std::string wanted = fixed(linter, text);
        const std::vector<std::string> lines = split_lines(text);
        for (const Breakage& breakage : repairable_breakages()) {
            for (std::size_t i = 0; i < lines.size(); ++i) {
                std::vector<std::string> broken = lines;
                broken[i] = breakage.apply(lines[i]);
                if (broken[i] == lines[i]) continue;
                ++broken_count;
                EXPECT_EQ(fixed(linter, join_lines(broken)), wanted)
                    << name << ":" << i + 1 << ": " << breakage.name;
            }
        }
    }
    EXPECT_GT(broken_count, 5000U);
}

TEST(FixRounds, repair_line_ends_and_the_mark_before_anything_else) {
    const Linter linter;
    for (const auto& [name, text] : whole_descriptions()) {
        SCOPED_TRACE(name);
        const std::string wanted = fixed(linter, text);
        const std::vector<std::string> lines = split_lines(text);
        EXPECT_EQ(fixed(linter, "\xEF\xBB\xBF" + text), wanted);
        for (const std::string end : {"\n", "\r", "\r\r\n"}) {
            std::string other;
            for (const std::string& line : lines)
                other += line + end;
            EXPECT_EQ(fixed(linter, other), wanted);
        }
        // One line end after the other loses its LF.
        for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
            std::string mixed;
            for (std::size_t k = 0; k < lines.size(); ++k)
                mixed += lines[k] + (k == i ? "\r" : "\r\n");
            EXPECT_EQ(fixed(linter, mixed), wanted) << i + 1;
        }
    }
}

TEST(FixRounds, do_a_megabyte_of_line_ends_in_one_edit) {
    std::string text = "v=0\no=- 1 2 IN IP4 127.0.0.1\ns=-\nt=0 0\n";
    std::string wanted = join_lines(split_lines(text));
    while (text.size() < 1'000'000) {
        text += "a=recvonly\n";
        wanted += "a=recvonly\r\n";
    }
    const Linter linter;
    for (const Finding& finding : linter.lint(sdp::Description(text))) {
        if (!finding.fix) continue;
        EXPECT_LE(finding.fix->edits.size(), 1U) << to_string(finding.code);
    }
    LintOptions ends;
    ends.select = {"SY001"};
    EXPECT_EQ(fixed(*Linter::create(ends), text), wanted);
}

/// Whether nothing is there more often than before, but blanks and line ends.
void expect_nothing_lost_or_doubled(const std::string& before, const std::string& after) {
    std::map<std::string, int> count;
    for (const std::string& line : split_lines(before))
        ++count[line];
    std::map<std::string, int> found;
    for (const std::string& line : split_lines(after))
        ++found[line];
    EXPECT_EQ(found, count);
}

TEST(FixRounds, leave_alone_what_nobody_can_read) {
    const Linter linter;
    for (const auto& [name, text] : whole_descriptions()) {
        // What is not of a browser has findings of its own.
        if (fixed(linter, text) != text) continue;
        const std::vector<std::string> lines = split_lines(text);
        for (const Breakage& breakage : other_breakages()) {
            for (std::size_t i = 0; i < lines.size(); ++i) {
                SCOPED_TRACE(name + ":" + std::to_string(i + 1) + ": " + breakage.name);
                std::vector<std::string> broken = lines;
                broken[i] = breakage.apply(lines[i]);
                const std::string before = join_lines(broken);
                for (const FixLevel level : {FixLevel::Safe, FixLevel::SafeAndUnsafe})
                    expect_nothing_lost_or_doubled(before, fixed(linter, before, level));
            }
        }
    }
}

TEST(FixRounds, leave_nothing_over_where_more_is_wrong_than_is_reported) {
    std::string text = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
    for (int i = 0; i < 25'000; ++i)
        text += "a=x:1 \r\n";
    const FixOutcome outcome = fix_all(Linter(), {{.text = text}}, FixLevel::Safe);
    EXPECT_EQ(outcome.texts[0].text.find(" \r\n"), std::string::npos);
    EXPECT_EQ(outcome.fixed.size(), 25'000U);
    EXPECT_LE(outcome.remaining.size(), kMaxFindingsPerCode);
}

}  // namespace
}  // namespace portolan::lint
