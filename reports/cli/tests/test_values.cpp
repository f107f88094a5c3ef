#include <gtest/gtest.h>

#include "reports/cli/suggest.hpp"
#include "reports/cli/values.hpp"

namespace portolan::cli {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;

std::int64_t us(std::string_view text) {
    const auto parsed = parse_duration("--budget", text, microseconds(0), hours(24));
    return parsed ? parsed->count() : -1;
}

TEST(Duration, ReadsUnitsAndFractionsExactly) {
    EXPECT_EQ(us("250ms"), 250'000);
    EXPECT_EQ(us("0.5s"), 500'000);
    EXPECT_EQ(us("2m"), 120'000'000);
    EXPECT_EQ(us("10us"), 10);
    EXPECT_EQ(us("1h"), 3'600'000'000);
    EXPECT_EQ(us("1.5m"), 90'000'000);
    EXPECT_EQ(us("0.000001s"), 1);
    EXPECT_EQ(us("0s"), 0);
    EXPECT_EQ(us("24h"), 86'400'000'000);
}

TEST(Duration, RefusesWhatIsUnclear) {
    for (const char* text : {"",
                             "5",
                             "s",
                             "5 s",
                             "-1s",
                             "+1s",
                             "1.s",
                             ".5s",
                             "1.2.3s",
                             "1e3s",
                             "5S",
                             "5sec",
                             "0.5us",
                             "0.0000001s",
                             "25h",
                             "99999999999999999999s",
                             "9223372036854775807h",
                             "inf",
                             "nan",
                             "0x5s",
                             "5s\n"}) {
        EXPECT_EQ(us(text), -1) << text;
    }
}

TEST(Duration, ErrorsNameFlagValueAndWhatIsAllowed) {
    const auto parsed = parse_duration("--budget", "5", std::chrono::milliseconds(100), hours(1));
    ASSERT_FALSE(parsed);
    EXPECT_EQ(
        parsed.error().message,
        "--budget cannot be '5': it takes a time from 100ms to 1h, with its unit: us, ms, s, m "
        "or h");
    EXPECT_EQ(parsed.error().culprit, Culprit::Usage);
}

TEST(Duration, FormatIsShortAndReadsBack) {
    EXPECT_EQ(format_duration(microseconds(0)), "0s");
    EXPECT_EQ(format_duration(microseconds(250'000)), "250ms");
    EXPECT_EQ(format_duration(microseconds(1'500'000)), "1.5s");
    EXPECT_EQ(format_duration(std::chrono::minutes(2)), "2m");
    EXPECT_EQ(format_duration(std::chrono::minutes(90)), "90m");
    EXPECT_EQ(format_duration(microseconds(1'001)), "1.001ms");
    for (const std::int64_t count :
         {1LL, 999LL, 1'001LL, 1'000'001LL, 59'999'999LL, 61'000'000LL}) {
        EXPECT_EQ(us(format_duration(microseconds(count))), count);
    }
}

TEST(Count, KeepsToItsRange) {
    EXPECT_EQ(*parse_count("--repeat", "1", 1, 100), 1);
    EXPECT_EQ(*parse_count("--repeat", "100", 1, 100), 100);
    EXPECT_EQ(*parse_count("--offset", "-5", -10, 10), -5);
    for (const char* text :
         {"", "0", "101", "1.5", "1 ", " 1", "+1", "0x1", "one", "1e2", "99999999999999999999"}) {
        EXPECT_FALSE(parse_count("--repeat", text, 1, 100)) << text;
    }
    EXPECT_EQ(parse_count("--repeat", "\x1b[2J", 1, 100).error().message,
              "--repeat cannot be '\\x1b[2J': it takes a whole number from 1 to 100");
}

TEST(Seed, TakesTheWholeRange) {
    EXPECT_EQ(*parse_seed("--seed", "0"), 0U);
    EXPECT_EQ(*parse_seed("--seed", "18446744073709551615"), UINT64_MAX);
    EXPECT_EQ(*parse_seed("--seed", "0xff"), 255U);
    for (const char* text : {"", "-1", "0x", "18446744073709551616", "ff"}) {
        EXPECT_FALSE(parse_seed("--seed", text)) << text;
    }
}

TEST(Suggest, FindsSlipsAndNothingFarFetched) {
    const std::vector<std::string> names{"--family", "--format", "--fail-on", "--quiet", "-4"};
    EXPECT_EQ(nearest("--famly", names), "--family");
    EXPECT_EQ(nearest("--qiuet", names), "--quiet");
    EXPECT_EQ(nearest("--formats", names), "--format");
    EXPECT_EQ(nearest("--xylophone", names), std::nullopt);
    EXPECT_EQ(nearest("", names), std::nullopt);
    EXPECT_EQ(nearest(std::string(100'000, 'a'), names), std::nullopt);
    EXPECT_EQ(did_you_mean("--famly", names), "did you mean --family?");
    EXPECT_EQ(did_you_mean("--xylophone", names), "");
}

TEST(Suggest, JoinsForASentence) {
    const std::vector<std::string> words{"4", "6", "both"};
    EXPECT_EQ(join_or(words), "4, 6 or both");
    EXPECT_EQ(join_or(std::vector<std::string>{"x"}), "x");
}

}  // namespace
}  // namespace portolan::cli
