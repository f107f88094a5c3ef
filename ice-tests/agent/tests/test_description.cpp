#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ice-tests/agent/description.hpp"

namespace portolan::agent {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr const char* kPassword = "asd88fgpdd777uzjYhagZg";

Description two_candidates() {
    return {.ufrag = "8hhY",
            .password = kPassword,
            .candidates =
                {*Candidate::parse("candidate:1 1 UDP 2130706431 203.0.113.141 8998 typ host"),
                 *Candidate::parse("candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ "
                                   "srflx raddr 203.0.113.141 rport 8998"),
                 *Candidate::parse("candidate:3 1 TCP 5 192.0.2.3 4000 typ host tcptype passive")},
            .trickle = true,
            .end_of_candidates = true,
            .pacing = std::chrono::milliseconds(20),
            .session_id = 42,
            .session_version = 3};
}

TEST(Description, Text_names_the_default_candidate_and_everything_else) {
    EXPECT_EQ(two_candidates().to_sdp(),
              "v=0\r\n"
              "o=- 42 3 IN IP4 192.0.2.3\r\n"
              "s=-\r\n"
              "t=0 0\r\n"
              "a=ice-options:ice2 trickle\r\n"
              "a=ice-pacing:20\r\n"
              "m=audio 45664 RTP/AVP 0\r\n"
              "c=IN IP4 192.0.2.3\r\n"
              "a=rtpmap:0 PCMU/8000\r\n"
              "a=rtcp-mux\r\n"
              "a=ice-ufrag:8hhY\r\n"
              "a=ice-pwd:asd88fgpdd777uzjYhagZg\r\n"
              "a=candidate:1 1 UDP 2130706431 203.0.113.141 8998 typ host\r\n"
              "a=candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport "
              "8998\r\n"
              "a=candidate:3 1 TCP 5 192.0.2.3 4000 typ host tcptype passive\r\n"
              "a=end-of-candidates\r\n");
}

TEST(Description, Text_comes_back_but_for_the_origin) {
    Description expected = two_candidates();
    expected.session_id = expected.session_version = 1;
    const auto back = Description::parse(two_candidates().to_sdp());
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, expected);
}

// RFC 8839 s4.2.5, item 2.
TEST(Description, Without_candidates_the_default_is_the_one_that_is_no_mismatch) {
    const Description empty{.ufrag = "8hhY", .password = kPassword, .ice2 = false};
    EXPECT_THAT(empty.to_sdp(), HasSubstr("m=audio 9 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n"));
    EXPECT_THAT(empty.to_sdp(), Not(HasSubstr("ice-options")));
}

// RFC 8839 s4.2.6.
TEST(Description, Rfc8839_example_is_read) {
    const auto read = Description::parse(
        "v=0\r\no=jdoe 2890844526 2890842807 IN IP4 203.0.113.141\r\ns=\r\nc=IN IP4 192.0.2.3\r\n"
        "t=0 0\r\na=ice-options:ice2\r\na=ice-pacing:50\r\na=ice-pwd:asd88fgpdd777uzjYhagZg\r\n"
        "a=ice-ufrag:8hhY\r\nm=audio 45664 RTP/AVP 0\r\nb=RS:0\r\nb=RR:0\r\n"
        "a=rtpmap:0 PCMU/8000\r\n"
        "a=candidate:1 1 UDP 2130706431 203.0.113.141 8998 typ host\r\n"
        "a=candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport "
        "8998\r\n");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->ufrag, "8hhY");
    EXPECT_EQ(read->password, kPassword);
    EXPECT_THAT(read->candidates, SizeIs(2));
    EXPECT_TRUE(read->ice2);
    EXPECT_FALSE(read->trickle);
    EXPECT_EQ(read->pacing, std::chrono::milliseconds(50));
}

std::string text_with(const std::string& line) {
    return "v=0\nm=audio 9 RTP/AVP 0\na=ice-ufrag:8hhY\na=ice-pwd:asd88fgpdd777uzjYhagZg\n" + line;
}

TEST(Description, Candidates_that_cannot_be_used_are_left_out) {
    for (const char* line :
         {"a=candidate:1 2 UDP 5 192.0.2.1 5 typ host", "a=candidate:1 1 UDP 5 x.local 5 typ host",
          "a=candidate:1 1 SCTP 5 192.0.2.1 5 typ host"}) {
        const auto read = Description::parse(text_with(line));
        ASSERT_TRUE(read) << line << ": " << read.error().message;
        EXPECT_THAT(read->candidates, IsEmpty()) << line;
    }
}

TEST(Description, Bad_texts_are_refused_with_the_place) {
    std::string many = text_with("");
    for (std::size_t i = 0; i <= kMaxDescriptionCandidateCount; ++i)
        many += "a=candidate:1 1 UDP 5 192.0.2.1 5 typ host\n";
    const struct {
        std::string text;
        const char* code;
    } cases[] = {
        {"", "description.syntax"},
        {"x", "description.syntax"},
        {"o=v=0", "description.syntax"},
        {"v=0\n\nm=audio 9 RTP/AVP 0", "description.syntax"},
        {"v=0\nm=audio", "description.syntax"},
        {"v=0\n", "description.streams"},
        {text_with("m=video 9 RTP/AVP 96"), "description.streams"},
        {"v=0\nm=audio 9 RTP/AVP 0\na=ice-ufrag:8hhY\n", "description.credentials"},
        {"v=0\nm=audio 9 RTP/AVP 0\na=ice-pwd:asd88fgpdd777uzjYhagZg", "description.credentials"},
        {text_with("a=ice-ufrag:abc"), "description.credentials"},
        {text_with("a=ice-ufrag:abc-"), "description.credentials"},
        {text_with("a=ice-pwd:tooShort"), "description.credentials"},
        {text_with("a=ice-pacing:fast"), "description.syntax"},
        {text_with("a=ice-pacing:60001"), "description.syntax"},
        {text_with("a=candidate:1 1 UDP 0 192.0.2.1 5 typ host"), "candidate.syntax"},
        {"v=0\na=candidate:1 1 UDP 5 192.0.2.1 5 typ host", "description.syntax"},
        {many, "description.size"},
        {text_with(std::string(kMaxDescriptionBytes, 'a')), "description.size"},
    };
    for (const auto& bad : cases) {
        const auto read = Description::parse(bad.text);
        ASSERT_FALSE(read) << bad.text.substr(0, 200);
        EXPECT_EQ(read.error().code, bad.code) << bad.text.substr(0, 200);
        ASSERT_TRUE(read.error().byte_offset);
        EXPECT_LE(*read.error().byte_offset, bad.text.size());
        EXPECT_THAT(read.error().message, Not(HasSubstr("tooShort")));
    }
    const auto read = Description::parse(text_with("a=candidate:1 1 UDP 0 192.0.2.1 5 typ host"));
    EXPECT_EQ(read.error().byte_offset, text_with("a=candidate:1 1 UDP ").size());
}

}  // namespace
}  // namespace portolan::agent
