#include <gtest/gtest.h>

#include <random>
#include <string>

#include "sdp-lint/sdp/document.hpp"

namespace portolan::sdp {
namespace {

using namespace std::string_view_literals;

std::string printed(const Document& document) {
    std::string out;
    for (const Line& line : document.lines()) {
        out += line.text;
        out += line.ending();
    }
    return out;
}

TEST(Document, prints_as_it_was_read_whatever_the_bytes) {
    const std::uint32_t seed = 20261128;
    std::mt19937 random(seed);
    constexpr std::string_view alphabet = "\r\n\r\n\0 =:av=m\xff\xc3;/19"sv;
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        const std::size_t length = random() % 120;
        while (text.size() < length)
            text += alphabet[random() % alphabet.size()];
        const Document document(text);
        ASSERT_EQ(printed(document), text) << "seed " << seed << " round " << round;
        for (std::uint32_t i = 0; i <= text.size(); ++i) {
            const Position at = document.position_of(i);
            ASSERT_GE(at.line, 1U);
            ASSERT_GE(at.column, 1U);
        }
    }
}

TEST(Document, tells_line_ends_apart) {
    const Document crlf("v=0\r\ns=-\r\n");
    EXPECT_EQ(crlf.lines().size(), 2U);
    EXPECT_EQ(crlf.lines()[0].ending(), "\r\n");
    EXPECT_EQ(crlf.usual_ending(), "\r\n");
    EXPECT_FALSE(crlf.has_control_byte());

    const Document lf("v=0\ns=a\rb\n");
    EXPECT_EQ(lf.lines().size(), 2U);
    EXPECT_EQ(lf.lines()[1].text, "s=a\rb");
    EXPECT_EQ(lf.usual_ending(), "\n");
    EXPECT_TRUE(lf.has_control_byte());

    const Document cr("v=0\rs=-\r");
    EXPECT_EQ(cr.lines().size(), 2U);
    EXPECT_EQ(cr.lines()[1].ending(), "\r");

    const Document open("v=0\r\ns=-");
    EXPECT_EQ(open.lines()[1].ending(), "");
    EXPECT_TRUE(Document("").lines().empty());
}

TEST(Document, takes_attributes_apart) {
    const Document document("a=x\r\nm=audio 9 X 0\r\na=mid:0\r\na=rtcp-mux\r\na=:v\r\na=\r\n");
    const auto attributes = document.attributes();
    ASSERT_EQ(attributes.size(), 5U);
    EXPECT_EQ(attributes[0].section, kSession);
    EXPECT_EQ(attributes[1].id, Attr::Mid);
    EXPECT_EQ(attributes[1].value, "0");
    EXPECT_EQ(attributes[1].section, 0);
    EXPECT_FALSE(attributes[2].has_value);
    EXPECT_EQ(document.range_of(attributes[2].value).size(), 0U);
    EXPECT_EQ(attributes[3].name, "");
    EXPECT_EQ(attributes[3].value, "v");
    EXPECT_EQ(attributes[4].name, "");
}

TEST(Document, takes_bare_candidates_for_attributes_only_when_told) {
    const std::string_view text = "candidate:1 1 udp 1 192.0.2.1 9 typ host";
    EXPECT_TRUE(Document(text).attributes().empty());
    const Document fragment(text, true);
    ASSERT_EQ(fragment.attributes().size(), 1U);
    EXPECT_EQ(fragment.attributes()[0].id, Attr::Candidate);
}

}  // namespace
}  // namespace portolan::sdp
