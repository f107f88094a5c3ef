#include <gtest/gtest.h>

#include "reports/model/measured.hpp"

namespace portolan::report {
namespace {

TEST(Measured, What_is_written_is_read) {
    Json data;
    add_measured(data, {"round trip", "ms", 31.5, 30, 40, 182});
    add_measured(data, {"loss", "%", 0, 0, 2.1, 182});
    const auto read = measured_of(data);
    ASSERT_EQ(read.size(), 2U);
    EXPECT_EQ(read[0].quantity, "round trip");
    EXPECT_EQ(read[0].unit, "ms");
    EXPECT_EQ(read[0].value, 31.5);
    EXPECT_EQ(read[0].low, 30);
    EXPECT_EQ(read[0].high, 40);
    EXPECT_EQ(read[0].sample_count, 182U);
    EXPECT_EQ(read[1].high, 2.1);
}

TEST(Measured, What_is_none_is_left_out) {
    for (
        const char* text :
        {R"({})", R"(null)", R"([])", R"({"measured": 7})", R"({"measured": {"value": 1}})",
         R"({"measured": [1, "x", null, {}]})",
         R"({"measured": [{"quantity": "q", "value": 1, "low": 0, "high": 2}]})",
         R"({"measured": [{"quantity": "q", "value": "1", "low": 0, "high": 2, "sample_count": 9}]})",
         R"({"measured": [{"quantity": "q", "value": 3, "low": 0, "high": 2, "sample_count": 9}]})",
         R"({"measured": [{"quantity": "q", "value": 1, "low": -1, "high": 2, "sample_count": 9}]})",
         R"({"measured": [{"quantity": "q", "value": 1, "low": 0, "high": 2, "sample_count": -9}]})",
         R"({"measured": [{"value": 1, "low": 0, "high": 2, "sample_count": 9}]})"}) {
        EXPECT_TRUE(measured_of(Json::parse(text)).empty()) << text;
    }
}

}  // namespace
}  // namespace portolan::report
