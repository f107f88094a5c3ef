#include <gtest/gtest.h>

#include <limits>

#include "reports/model/report.hpp"
#include "reports/model/tests/golden.hpp"
#include "reports/model/tests/sample_report.hpp"

namespace portolan::report {
namespace {

TEST(ReportJson, GoldenFile) {
    testing::expect_golden("reports/model/tests/golden/sample_report.json",
                           to_json(testing::sample_report()));
}

TEST(ReportJson, RoundTripKeepsEverything) {
    const Report sample = testing::sample_report();
    const auto back = from_json(to_json(sample));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_TRUE(*back == sample);
    EXPECT_EQ(to_json(*back), to_json(sample));
}

TEST(ReportJson, TheTimeOfASimulationIsMarked) {
    auto report = testing::sample_report();
    EXPECT_EQ(to_json(report).find("simulated_time"), std::string::npos);
    report.simulated_time = true;
    const auto again = from_json(to_json(report));
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->simulated_time);
}

TEST(ReportJson, CutOffRunSaysSo) {
    Report report = testing::sample_report();
    report.complete = false;
    report.cut_off = Reason("interrupted", "Stopped by Ctrl-C after 0.2 s.");
    const auto back = from_json(to_json(report));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_FALSE(back->complete);
    EXPECT_EQ(back->cut_off, report.cut_off);
    EXPECT_FALSE(Report{}.complete) << "a report nobody finished must not look finished";
}

TEST(ReportJson, UnknownKeysAreIgnored) {
    std::string text = to_json(testing::sample_report());
    for (const char* key : {"\"tool\": {", "\"headline\""}) {
        text.insert(text.find(key), "\"from_the_future_us\": [1, {\"x\": 2}],\n  ");
    }
    // Twice the same key in one object is another matter.
    EXPECT_FALSE(from_json(text));
    text.replace(text.find("from_the_future_us"), 18, "from_the_future_ms");
    const auto back = from_json(text);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_TRUE(*back == testing::sample_report());
}

TEST(ReportJson, InvalidBytesAnywhereDoNotStopTheWriter) {
    Report report = testing::sample_report();
    const std::string bad = "coturn\xFF\xC3\x01";
    report.headline = bad;
    report.sections[0].title = bad;
    report.sections[0].findings[0].summary = bad;
    report.sections[0].findings[0].data[bad] = bad;
    report.evidence[0].lines.push_back(bad);
    report.evidence[0].data["x"] = std::numeric_limits<double>::quiet_NaN();
    report.tool.version = bad;
    const auto back = from_json(to_json(report));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->headline, "coturn\xEF\xBF\xBD\xEF\xBF\xBD\x01");
}

TEST(ReportJson, PayloadTooDeepIsCutAndStaysReadable) {
    Report report = testing::sample_report();
    Json deep = Json::object();
    for (int i = 0; i < 1000; ++i)
        deep = Json{{"a", std::move(deep)}};
    report.data = deep;
    report.evidence[0].data = deep;
    report.sections[0].findings[0].data = deep;
    const auto back = from_json(to_json(report));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(to_json(*back), to_json(report));
}

}  // namespace
}  // namespace portolan::report
