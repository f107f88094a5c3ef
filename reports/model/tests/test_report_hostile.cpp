#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "reports/model/report.hpp"
#include "reports/model/tests/sample_report.hpp"

namespace portolan::report {
namespace {

Json sample() {
    return *parse_json(to_json(testing::sample_report()));
}

/// What from_json says to the sample with one value replaced.
std::string message_with(const char* pointer, Json value) {
    Json json = sample();
    json[Json::json_pointer(pointer)] = std::move(value);
    const auto result = from_json(json.dump());
    return result ? "accepted" : result.error().message;
}

TEST(ReportHostile, TruncationsAreRefused) {
    const std::string whole = sample().dump();
    // A prime step lands in every kind of token; ParseJson tests every byte on a small document.
    for (std::size_t length = 0; length < whole.size(); length += 13) {
        const auto result = from_json(std::string_view(whole).substr(0, length));
        ASSERT_FALSE(result) << length;
        EXPECT_EQ(result.error().culprit, Culprit::Usage);
        EXPECT_FALSE(result.error().message.empty());
    }
}

TEST(ReportHostile, EveryValueOfAnotherTypeIsRefusedByItsPointer) {
    const Json flat = sample().flatten();
    for (const auto& [pointer, value] : flat.items()) {
        // Payloads are free; anything goes inside them.
        if (pointer.find("/data") != std::string::npos || pointer.find("/subject") == 0 ||
            pointer.find("/subject/") != std::string::npos || pointer.find("/parameters") == 0 ||
            pointer.find("/environment") == 0) {
            continue;
        }
        for (const Json& wrong : {Json(nullptr), Json(-1), Json(1e300),
                                  Json::array({Json::object()}), Json{{"a", 1}}}) {
            const std::string message = message_with(pointer.c_str(), wrong);
            EXPECT_NE(message, "accepted") << pointer << " = " << wrong;
            if (pointer == "/schema") continue;
            const std::string parent = pointer.substr(0, pointer.rfind('/'));
            EXPECT_EQ(message.rfind(parent, 0), 0U) << pointer << ": " << message;
        }
    }
}

TEST(ReportHostile, EveryRequiredMemberIsMissed) {
    for (const char* key : {"schema", "tool", "started_at", "duration_us", "complete", "headline",
                            "sections", "evidence"}) {
        Json json = sample();
        json.erase(key);
        const auto result = from_json(json.dump());
        ASSERT_FALSE(result) << key;
        EXPECT_NE(result.error().message.find(key), std::string::npos) << result.error().message;
    }
    for (const char* key : {"id", "title", "verdict", "severity", "decides"}) {
        Json json = sample();
        json["sections"][0]["findings"][1].erase(key);
        const auto result = from_json(json.dump());
        ASSERT_FALSE(result) << key;
        EXPECT_EQ(result.error().message,
                  std::string("/sections/0/findings/1: must have \"") + key + "\"");
    }
}

TEST(ReportHostile, VerdictsMustKeepTheirWord) {
    EXPECT_EQ(
        message_with("/sections/0/findings/1/verdict", "maybe"),
        "/sections/0/findings/1/verdict: must be one of pass, fail, inconclusive, not_tested, "
        "unsupported");
    EXPECT_EQ(message_with("/sections/0/findings/0/verdict", "fail"),
              "/sections/0/findings/0: the verdict fail must have a reason");
    EXPECT_EQ(message_with("/sections/0/findings/1/verdict", "pass"),
              "/sections/0/findings/1: a pass must not have a reason");
    EXPECT_EQ(
        message_with("/sections/0/findings/1/reason/code", "Not A Code"),
        "/sections/0/findings/1/reason: a reason code must be lower-case words joined by - or "
        ".");
}

TEST(ReportHostile, ReferencesIntoNothingAreRefused) {
    EXPECT_EQ(message_with("/sections/0/findings/0/evidence_ids/0", "nowhere"),
              "/sections/0/findings/0/evidence_ids: must name evidence that is in the report");
    EXPECT_EQ(message_with("/duration_us", 1e300),
              "/duration_us: must be a whole number from 0 to 9223372036854775807");
    EXPECT_EQ(message_with("/schema", "portolan.report/2"),
              "this is not a report that can be read: its schema is not portolan.report/1");
}

TEST(ReportHostile, TheCorpusIsJudgedAsItsNamesSay) {
    const std::filesystem::path corpus =
        std::filesystem::path(PORTOLAN_SOURCE_DIR) / "reports/model/fuzz/corpus/report_json";
    int good = 0;
    int bad = 0;
    for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
        const std::string name = entry.path().filename().string();
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(in),
                               std::istreambuf_iterator<char>()};
        const bool expected = name.starts_with("ok_");
        const auto result = from_json(text);
        EXPECT_EQ(result.has_value(), expected)
            << name << (result ? "" : ": " + result.error().message);
        ++(expected ? good : bad);
    }
    EXPECT_GE(good, 3);
    EXPECT_GE(bad, 20);
}

TEST(ReportHostile, DocumentsThatAreNoReports) {
    for (const char* text :
         {"", "null", "[]", "{}", "\"\"", "1", "{\"schema\":{}}", "\xEF\xBB\xBF"}) {
        const auto result = from_json(text);
        ASSERT_FALSE(result) << text;
        EXPECT_EQ(result.error().culprit, Culprit::Usage) << text;
    }
    EXPECT_EQ(from_json(std::string(100'000, '{')).error().code, "json.syntax");
    EXPECT_EQ(from_json(std::string(100'000, '[')).error().code, "json.depth");
}

}  // namespace
}  // namespace portolan::report
