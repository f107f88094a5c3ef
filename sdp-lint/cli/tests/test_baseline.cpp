#include <gtest/gtest.h>

#include "sdp-lint/cli/baseline.hpp"

namespace portolan::sdp_lint {
namespace {

TEST(Baseline, knows_each_finding_as_often_as_it_was_written) {
    Baseline baseline;
    baseline.add("0123456789abcdef");
    baseline.add("0123456789abcdef");
    auto read = Baseline::parse(baseline.to_json(), "b.json");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(read->take("0123456789abcdef"));
    EXPECT_TRUE(read->take("0123456789abcdef"));
    EXPECT_FALSE(read->take("0123456789abcdef"));
    EXPECT_FALSE(read->take("ffffffffffffffff"));
}

TEST(Baseline, refuses_what_is_none) {
    for (const char* text : {"", "[]", "{}", R"({"schema":"portolan.report/1","findings":{}})",
                             R"({"schema":"portolan.sdp-lint.baseline/1"})",
                             R"({"schema":"portolan.sdp-lint.baseline/1","findings":{"a":-1}})"}) {
        const auto read = Baseline::parse(text, "b.json");
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().code, "baseline");
    }
}

TEST(Fingerprint, follows_the_line_and_not_its_number) {
    const sdp::Description before("v=0\r\na=mid:0\r\n");
    const sdp::Description after("v=0\r\ns=-\r\na=mid:0\r\n");
    const sdp::Description other("v=0\r\na=mid:1\r\n");
    lint::Finding finding{.code = static_cast<lint::Code>(0)};
    finding.place.range = {5, 12};
    const std::string print = fingerprint_of(finding, before);
    EXPECT_NE(fingerprint_of(finding, other), print);
    finding.place.range = {10, 17};
    EXPECT_EQ(fingerprint_of(finding, after), print);
}

}  // namespace
}  // namespace portolan::sdp_lint
