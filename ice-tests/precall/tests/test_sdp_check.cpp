#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ice-tests/precall/sdp_check.hpp"

namespace portolan::precall {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string offer(const std::string& candidate) {
    return "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\na=ice-options:ice2\r\n"
           "m=audio 50000 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\na=rtpmap:0 PCMU/8000\r\n"
           "a=rtcp-mux\r\na=ice-ufrag:x7Qz\r\na=ice-pwd:8hY2mK0pLq5RsTv9WxZa3B\r\na=" +
           candidate + "\r\n";
}

TEST(SdpCheck, nothing_is_said_of_a_good_offer) {
    const SdpCheck seen =
        check_sdp({offer("candidate:1 1 UDP 2130706431 192.0.2.1 50000 typ host")});
    EXPECT_THAT(seen.complaints, IsEmpty());
    EXPECT_EQ(seen.description_count, 1U);
}

TEST(SdpCheck, a_defect_is_named_with_its_code) {
    const SdpCheck seen = check_sdp({offer("candidate:1 1 UDP 0 192.0.2.1 50000 typ host")});
    EXPECT_THAT(seen.complaints, Not(IsEmpty()));
    EXPECT_THAT(seen.complaints, Each(HasSubstr(" in the offer: ")));
    SdpCheck sum;
    sum.add(seen);
    sum.add(seen);
    EXPECT_EQ(sum.description_count, 2U);
    EXPECT_EQ(sum.complaints.size(), 2 * seen.complaints.size());
}

}  // namespace
}  // namespace portolan::precall
