#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "reports/model/json.hpp"
#include "reports/model/json_reader.hpp"

namespace portolan::report {
namespace {

std::string refused(std::string_view text, const JsonLimits& limits = {}) {
    const auto result = parse_json(text, limits);
    return result ? "accepted" : result.error().code;
}

TEST(ParseJson, ReadsEveryKindOfValue) {
    const auto json = parse_json(R"({"a":[1,-2,3.5,"x",true,null,{}],"b":18446744073709551615})");
    ASSERT_TRUE(json);
    EXPECT_EQ(json->dump(), R"({"a":[1,-2,3.5,"x",true,null,{}],"b":18446744073709551615})");
}

TEST(ParseJson, EveryTruncationIsRefused) {
    const std::string whole = R"({"a":[1,2,{"b":"c\u00e4"}],"d":null})";
    ASSERT_TRUE(parse_json(whole));
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_EQ(refused(whole.substr(0, length)), "json.syntax") << length;
    }
    EXPECT_EQ(refused(whole + "x"), "json.syntax");
}

TEST(ParseJson, ErrorsSayWhere) {
    const auto result = parse_json("{\n  \"a\": 1,\n  \"b\": }\n");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().byte_offset, 19U);
    EXPECT_NE(result.error().message.find("line 3, byte 8"), std::string::npos)
        << result.error().message;
}

TEST(ParseJson, ErrorsNeverQuoteTheInput) {
    for (const char* text : {R"({"credential": "hunter2)", R"({"credential": "hunter2" x})",
                             R"({"credential": hunter2})", "{\"credential\": \"hunter2\x01\"}",
                             R"({"credential": ["hunter2", "hunter2\q"]})"}) {
        const auto result = parse_json(text);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().message.find("hunter"), std::string::npos)
            << result.error().message;
    }
}

TEST(ParseJson, DepthIsBounded) {
    EXPECT_EQ(refused(std::string(100'000, '[')), "json.depth");
    std::string objects;
    for (int i = 0; i < 100'000; ++i)
        objects += "{\"a\":";
    EXPECT_EQ(refused(objects), "json.depth");
    const std::size_t depth = JsonLimits{}.max_depth_count;
    EXPECT_EQ(refused(std::string(depth, '[') + std::string(depth, ']')), "accepted");
    EXPECT_EQ(refused(std::string(depth + 1, '[') + std::string(depth + 1, ']')), "json.depth");
}

TEST(ParseJson, SizeAndValueCountAreBounded) {
    EXPECT_EQ(refused("[1,2,3]", {.max_bytes = 6}), "json.size");
    EXPECT_EQ(refused("[1,2,3]", {.max_bytes = 7}), "accepted");
    EXPECT_EQ(refused("[1,2,3]", {.max_value_count = 3}), "json.size");
    EXPECT_EQ(refused("[1,2,3]", {.max_value_count = 4}), "accepted");
}

TEST(ParseJson, DuplicateKeysAreRefusedWithTheirPlace) {
    const auto result = parse_json(R"({"x":[0,{"a":1,"a":2}]})");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, "json.duplicate-key");
    EXPECT_NE(result.error().message.find("\"/x/1\""), std::string::npos) << result.error().message;
    EXPECT_NE(result.error().message.find("the key \"a\" twice"), std::string::npos);
    EXPECT_EQ(refused("{\"a\":1,\"\\u0061\":2}"), "json.duplicate-key");
    const auto second = parse_json("{\n \"x\": [{\"q\\\"\": 1,\n  \"q\\\"\" : 2}]}");
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().message.find("the second time at line 3, byte 3 of it"),
              std::string::npos)
        << second.error().message;
    EXPECT_EQ(second.error().byte_offset, std::optional<std::size_t>(22));
    EXPECT_EQ(refused(R"([{"a":1},{"a":1}])"), "accepted");
}

TEST(ParseJson, HugeNumbersAreRefusedNotRounded) {
    EXPECT_EQ(refused("[1e999]"), "json.number");
    EXPECT_EQ(refused("[-1e999]"), "json.number");
    EXPECT_EQ(refused("[1" + std::string(400, '0') + "]"), "json.number");
}

TEST(ParseJson, InvalidUtf8IsRefused) {
    for (const char* bytes : {"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"",
                              "\"\xf5\x80\x80\x80\"", "\"\xe2\x82\"", "\"\\ud800\""}) {
        EXPECT_EQ(refused(bytes), "json.syntax");
    }
}

TEST(ValidUtf8, ReplacesExactlyWhatIsInvalid) {
    const std::string r = "\xEF\xBF\xBD";
    EXPECT_EQ(to_valid_utf8("plain \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80"),
              "plain \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80");
    EXPECT_EQ(to_valid_utf8("a\xFFz"), "a" + r + "z");
    EXPECT_EQ(to_valid_utf8("\xC0\xAF"), r + r);
    EXPECT_EQ(to_valid_utf8("\xE2\x82z"), r + "z");
    EXPECT_EQ(to_valid_utf8("\xED\xA0\x80"), r + r + r);
    EXPECT_EQ(to_valid_utf8("\xF0\x9F\x98"), r);
    EXPECT_EQ(to_valid_utf8("\xF4\x90\x80\x80"), r + r + r + r);
}

TEST(Sanitized, MakesAnyValueDumpable) {
    Json json = Json::object();
    json["a\xFF"] = "b\xFE";
    json["a\xFE"] = std::numeric_limits<double>::infinity();
    json["n"] = std::nan("");
    json["deep"] = Json::array({Json::array({1})});
    const OrderedJson clean = sanitized(json, 2);
    const auto back = parse_json(clean.dump());
    ASSERT_TRUE(back);
    EXPECT_EQ(back->size(), 4U);
    EXPECT_EQ((*back)["n"], nullptr);
    EXPECT_EQ((*back)["deep"][0], "[nested too deeply]");
    EXPECT_EQ((*back)["a\xEF\xBF\xBD_"], "b\xEF\xBF\xBD");
}

TEST(JsonReader, KeepsTheFirstErrorWithItsPointer) {
    const auto json = parse_json(R"({"a":[{"b/~":1},{"b/~":"x"}],"c":1})");
    ASSERT_TRUE(json);
    std::optional<Error> error;
    const JsonReader reader(*json, error);
    reader.member("a").each([](const JsonReader& item) { item.member("b/~").integer(0, 9); });
    EXPECT_EQ(reader.member("c").string(), "");
    ASSERT_TRUE(error);
    EXPECT_EQ(error->message, "/a/1/b~1~0: must be a whole number from 0 to 9");
}

TEST(JsonReader, RefusesNumbersOutsideTheRangeAndFractions) {
    for (const char* text : {"-1", "10", "1.5", "1e3", "18446744073709551615", "\"1\"", "null"}) {
        const auto json = parse_json(text);
        ASSERT_TRUE(json);
        std::optional<Error> error;
        EXPECT_EQ(JsonReader(*json, error).integer(0, 9), 0);
        EXPECT_TRUE(error) << text;
    }
}

}  // namespace
}  // namespace portolan::report
