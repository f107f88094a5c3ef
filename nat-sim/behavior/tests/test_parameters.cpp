#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "nat-sim/behavior/parameter_table.hpp"

namespace portolan::nat {
namespace {

using ::testing::HasSubstr;

/// A value that the row takes and that is not its default.
report::Json other_value(const ParameterRow& row) {
    const report::Json now = row.default_value();
    if (now.is_boolean()) return !now.get<bool>();
    if (now.is_array()) return report::Json::array({row.min, row.max});
    if (now.is_number()) return now.get<std::int64_t>() == row.max ? row.max - 1 : row.max;
    const std::string words = row.allowed;
    const std::string first = words.substr(0, words.find(" | "));
    if (now.get<std::string>() != first) return first;
    return words.substr(words.rfind(" | ") + 3);
}

TEST(Parameters, every_number_from_1_to_21_is_in_the_table) {
    std::set<int> numbers;
    std::set<std::string_view> pointers;
    for (const ParameterRow& row : parameter_table()) {
        numbers.insert(row.number);
        EXPECT_TRUE(pointers.insert(row.pointer).second) << row.pointer;
        EXPECT_FALSE(row.meaning.empty()) << row.pointer;
        EXPECT_FALSE(row.allowed.empty()) << row.pointer;
    }
    for (int number = 1; number <= 21; ++number)
        EXPECT_TRUE(numbers.count(number)) << number;
}

TEST(Parameters, every_row_sets_its_own_value_and_no_other) {
    for (const ParameterRow& row : parameter_table()) {
        Parameters parameters;
        const report::Json value = other_value(row);
        ASSERT_EQ(row.set(row, parameters, value), "") << row.pointer;
        for (const ParameterRow& other : parameter_table()) {
            EXPECT_EQ(other.get(parameters),
                      other.pointer == row.pointer ? value : other.default_value())
                << row.pointer << " and " << other.pointer;
        }
    }
}

TEST(Parameters, what_is_printed_can_be_read_again) {
    for (const ParameterRow& row : parameter_table()) {
        Parameters parameters;
        ASSERT_EQ(row.set(row, parameters, other_value(row)), "");
        if (!check_parameters(parameters)) continue;
        const auto again = parse_parameters(to_json(parameters));
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(to_json(*again), to_json(parameters)) << row.pointer;
    }
}

TEST(Parameters, every_row_refuses_values_of_another_kind) {
    for (const ParameterRow& row : parameter_table()) {
        for (const report::Json& wrong :
             {report::Json(nullptr), report::Json("no-such-word"), report::Json(1.5),
              report::Json::object(), report::Json(-1), report::Json(UINT64_MAX),
              report::Json::array({"x"})}) {
            Parameters parameters;
            EXPECT_NE(row.set(row, parameters, wrong), "") << row.pointer << " " << wrong;
        }
    }
}

TEST(Parameters, an_empty_document_gives_the_defaults) {
    const auto parsed = parse_parameters(std::string_view("{}"));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(to_json(*parsed), to_json(Parameters{}));
}

TEST(Parameters, errors_name_the_place) {
    const auto message = [](std::string_view text) {
        const auto parsed = parse_parameters(text);
        if (parsed) return std::string();
        EXPECT_EQ(parsed.error().culprit, Culprit::Usage);
        return parsed.error().message;
    };
    EXPECT_THAT(message(R"({"mapping":{"sctp":1}})"), HasSubstr("/mapping/sctp: is no parameter"));
    EXPECT_THAT(message(R"({"a/b":1})"), HasSubstr("/a~1b: is no parameter"));
    EXPECT_THAT(message(R"({"mapping":{"udp":"cone"}})"), HasSubstr("/mapping/udp: must be"));
    EXPECT_THAT(message(R"({"mapping":"endpoint-independent"})"),
                HasSubstr("/mapping: must be an object"));
    EXPECT_THAT(message(R"({"timers":{"udp_stream_ms":0}})"), HasSubstr("/timers/udp_stream_ms"));
    EXPECT_THAT(message(R"({"events":{"reboot_at_ms":[5,4]}})"), HasSubstr("ascending"));
    EXPECT_THAT(message(R"({"port_allocation":{"overlap":true}})"),
                HasSubstr("/port_allocation/overlap"));
    EXPECT_THAT(message(R"({"conflict":{"stickiness":"source"}})"),
                HasSubstr("/conflict/stickiness"));
    EXPECT_THAT(message(R"({"port_allocation":{"first_port":2000,"last_port":1999}})"),
                HasSubstr("/port_allocation/first_port"));
    EXPECT_THAT(message("[]"), HasSubstr("document: must be an object"));
}

}  // namespace
}  // namespace portolan::nat
