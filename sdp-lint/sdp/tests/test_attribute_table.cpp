#include <gtest/gtest.h>

#include <set>
#include <string>

#include "sdp-lint/sdp/attribute_table.hpp"

namespace portolan::sdp {
namespace {

TEST(AttributeTable, finds_each_row_by_its_name_and_nothing_else) {
    std::set<std::string_view> names;
    for (const AttributeRow& row : attribute_table()) {
        EXPECT_EQ(find_attribute(row.name), row.attribute) << row.name;
        EXPECT_EQ(row_of(row.attribute).name, row.name);
        EXPECT_TRUE(names.insert(row.name).second) << row.name << " stands twice";
        EXPECT_FALSE(row.source.empty()) << row.name;
    }
    for (const std::string_view other : {"", "rtcpmux", "RTCP-MUX", "candidate ", "a"})
        EXPECT_EQ(find_attribute(other), Attr::Unknown) << other;
    EXPECT_EQ(find_attribute(std::string(1000, 'x')), Attr::Unknown);
}

TEST(AttributeTable, says_what_the_rfcs_say) {
    EXPECT_EQ(row_of(Attr::IceLite).level, Level::Session);                    // RFC 8839 s5.3
    EXPECT_EQ(row_of(Attr::Candidate).level, Level::Media);                    // RFC 8839 s5.1
    EXPECT_EQ(row_of(Attr::Fingerprint).level, Level::Both);                   // RFC 8122 s5
    EXPECT_EQ(row_of(Attr::Group).level, Level::Session);                      // RFC 5888 s5
    EXPECT_EQ(row_of(Attr::Cname).level, Level::Source);                       // RFC 5576 s6.1
    EXPECT_EQ(row_of(Attr::RtcpMux).value, ValueKind::Flag);                   // RFC 5761 s5.1.1
    EXPECT_EQ(row_of(Attr::Rtpmap).category, BundleCategory::IdenticalPerPt);  // RFC 8859 s5.1
    EXPECT_EQ(row_of(Attr::IceUfrag).category, BundleCategory::Transport);     // RFC 8859 s5.12
}

}  // namespace
}  // namespace portolan::sdp
