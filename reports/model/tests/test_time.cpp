#include <gtest/gtest.h>

#include "reports/model/time.hpp"

namespace portolan::report {
namespace {

using std::chrono::microseconds;

TEST(Time, PrintsUtcWithMicroseconds) {
    EXPECT_EQ(to_rfc3339(Timestamp{}), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(to_rfc3339(Timestamp(microseconds(-1))), "1969-12-31T23:59:59.999999Z");
    EXPECT_EQ(to_rfc3339(Timestamp(microseconds(1'709'210'096'000'007))),
              "2024-02-29T12:34:56.000007Z");
}

TEST(Time, ClampsWhatRfc3339CannotSay) {
    EXPECT_EQ(to_rfc3339(Timestamp::max()), "9999-12-31T23:59:59.999999Z");
    EXPECT_EQ(to_rfc3339(Timestamp::min()), "0000-01-01T00:00:00.000000Z");
}

TEST(Time, ReadsOffsetsFractionsAndLeapSeconds) {
    const auto noon = parse_rfc3339("2026-08-30T12:00:00Z");
    ASSERT_TRUE(noon);
    EXPECT_EQ(parse_rfc3339("2026-08-30T14:30:00+02:30"), noon);
    EXPECT_EQ(parse_rfc3339("2026-08-30t11:00:00.000-01:00"), noon);
    EXPECT_EQ(parse_rfc3339("2026-08-30T11:59:60Z"), noon);
    EXPECT_EQ(*parse_rfc3339("2026-08-30T12:00:00.1234567899Z") - *noon, microseconds(123'456));
}

TEST(Time, RoundTripsAtTheEdges) {
    for (const char* text : {"0000-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z",
                             "2000-02-29T00:00:00.000001Z"}) {
        ASSERT_TRUE(parse_rfc3339(text)) << text;
        EXPECT_EQ(to_rfc3339(*parse_rfc3339(text)), text);
    }
}

TEST(Time, RefusesEverythingElse) {
    for (const char* text :
         {"", "2026-08-30", "2026-08-30T12:00:00", "2026-02-29T12:00:00Z", "2026-13-01T00:00:00Z",
          "2026-08-30T24:00:00Z", "2026-08-30T12:00:00.Z", "2026-08-30T12:00:00Zjunk",
          "26-08-30T12:00:00Z", "2026-08-30T12:00:00+25:00", "-001-08-30T12:00:00Z",
          "0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2026-00-30T12:00:00Z"}) {
        EXPECT_FALSE(parse_rfc3339(text)) << text;
    }
}

}  // namespace
}  // namespace portolan::report
