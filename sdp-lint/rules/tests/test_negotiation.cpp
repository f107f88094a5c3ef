#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <sstream>

#include "sdp-lint/rules/negotiation.hpp"

namespace portolan::lint {
namespace {

std::string base(const std::string& name) {
    std::ifstream in(std::string(PORTOLAN_SOURCE_DIR) + "/sdp-lint/rules/tests/bases/" + name +
                     ".sdp");
    std::stringstream content;
    content << in.rdbuf();
    return content.str();
}

std::string with(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

struct Agreed {
    std::string offer_text;
    std::string answer_text;
    sdp::Description offer{offer_text, sdp::DescriptionKind::Offer};
    sdp::Description answer{answer_text, sdp::DescriptionKind::Answer};
    Negotiation result = negotiate({offer, answer});
};

TEST(Negotiation, of_a_plain_call) {
    const Agreed call{base("av"), base("av-answer")};
    ASSERT_EQ(call.result.sections.size(), 2U);
    const NegotiatedSection& audio = call.result.sections[0];
    EXPECT_EQ(call.result.offerer_ice, IceRole::Controlling);
    EXPECT_EQ(audio.codecs.front().name, "opus");
    EXPECT_EQ(audio.codecs.size(), 8U);
    EXPECT_EQ(audio.direction, sdp::StreamDirection::SendReceive);
    EXPECT_EQ(audio.offerer_dtls, DtlsRole::Server);
    EXPECT_TRUE(audio.rtcp_mux);
    EXPECT_FALSE(audio.bundled_with);
    const NegotiatedSection& video = call.result.sections[1];
    EXPECT_EQ(video.codecs.size(), 6U);
    EXPECT_EQ(video.bundled_with, 0);
    EXPECT_EQ(video.header_extensions.size(), 8U);
}

TEST(Negotiation, is_what_rfc_3264_makes_of_directions) {
    const Agreed call{with(base("audio"), "a=sendrecv", "a=sendonly"), base("audio-answer")};
    EXPECT_EQ(call.result.sections[0].direction, sdp::StreamDirection::SendOnly);
    const Agreed silent{with(base("audio"), "a=sendrecv", "a=sendonly"),
                        with(base("audio-answer"), "a=sendrecv", "a=inactive")};
    EXPECT_EQ(silent.result.sections[0].direction, sdp::StreamDirection::Inactive);
}

TEST(Negotiation, matches_codecs_by_what_they_are) {
    // Another number for the same codec, and a profile that was not offered.
    std::string answer = base("av-answer");
    for (const auto& [from, to] :
         {std::pair{"SAVPF 96 97", "SAVPF 100 97"}, std::pair{"rtpmap:96 VP8", "rtpmap:100 VP8"},
          std::pair{"apt=96", "apt=100"},
          std::pair{"profile-level-id=42e01f", "profile-level-id=640032"}})
        answer = with(answer, from, to);
    const Agreed call{base("av"), answer};
    const auto& codecs = call.result.sections[1].codecs;
    ASSERT_EQ(codecs.size(), 4U);
    EXPECT_EQ(codecs[0].name, "VP8");
    EXPECT_EQ(codecs[0].offer_payload_type, 96);
    EXPECT_EQ(codecs[0].answer_payload_type, 100);
    EXPECT_EQ(codecs[1].name, "rtx");
    EXPECT_EQ(codecs[2].name, "AV1");
}

TEST(Negotiation, of_data_channels_and_rejections) {
    const Agreed data{base("data"), base("data-answer")};
    EXPECT_EQ(data.result.sections[0].sctp_port, 5000U);
    EXPECT_EQ(data.result.sections[0].max_message_size_bytes, 262144U);
    const Agreed refused{base("audio"), with(base("audio-answer"), "m=audio 9", "m=audio 0")};
    EXPECT_TRUE(refused.result.sections[0].rejected);
    EXPECT_EQ(refused.result.sections[0].rejected_by, "answer");
    EXPECT_NE(describe(refused.result).find("rejected by the answer"), std::string::npos);
}

TEST(Negotiation, knows_who_controls_a_lite_agent) {
    const Agreed lite{with(base("audio"), "t=0 0", "t=0 0\na=ice-lite"), base("audio-answer")};
    EXPECT_EQ(lite.result.offerer_ice, IceRole::Controlled);
}

/// Offer, answer, and then the answerer offers.
std::vector<Negotiation> turned(std::string offer_again) {
    const std::string offer_text = base("audio");
    const std::string answer_text = base("audio-answer");
    const std::string answer_again = with(base("audio"), "setup:actpass", "setup:passive");
    offer_again = with(offer_again, "setup:active", "setup:actpass");
    const sdp::Description offer(offer_text, sdp::DescriptionKind::Offer);
    const sdp::Description answer(answer_text, sdp::DescriptionKind::Answer);
    const sdp::Description second(offer_again, sdp::DescriptionKind::Offer);
    const sdp::Description last(answer_again, sdp::DescriptionKind::Answer);
    const std::array<const sdp::Description*, 4> all{&offer, &answer, &second, &last};
    return negotiate_all({all});
}

TEST(Negotiation, keeps_ice_roles_with_the_sides_until_a_restart) {
    const auto kept = turned(base("audio-answer"));
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(kept[0].offerer_ice, IceRole::Controlling);
    EXPECT_EQ(kept[1].offerer_ice, IceRole::Controlled);
    std::string restart = base("audio-answer");
    const auto replace_value = [&](std::string_view name, std::string_view value) {
        const std::size_t at = restart.find(name) + name.size();
        restart.replace(at, restart.find_first_of("\r\n", at) - at, value);
    };
    replace_value("a=ice-ufrag:", "newu");
    replace_value("a=ice-pwd:", "newpasswordnewpassword12");
    const auto restarted = turned(restart);
    EXPECT_EQ(restarted[1].offerer_ice, IceRole::Controlling);
}

TEST(Negotiation, names_simulcast_layers) {
    std::string answer = base("simulcast");
    for (const auto& [from, to] :
         {std::pair{"a=simulcast:send h;m;l", "a=simulcast:recv h;l"},
          std::pair{"a=sendonly", "a=recvonly"}, std::pair{"setup:actpass", "setup:active"}})
        answer = with(answer, from, to);
    const Agreed call{base("simulcast"), answer};
    EXPECT_EQ(call.result.sections[0].simulcast_send, (std::vector<std::string>{"h", "l"}));
}

TEST(Negotiation, tells_alternatives_and_paused_layers_from_streams) {
    const auto answered = [](const std::string& list) {
        std::string answer = base("simulcast");
        for (const auto& [from, to] :
             {std::pair{std::string("a=simulcast:send h;m;l"), list},
              std::pair{std::string("a=sendonly"), std::string("a=recvonly")},
              std::pair{std::string("setup:actpass"), std::string("setup:active")}})
            answer = with(answer, from, to);
        return answer;
    };
    const Agreed paused{base("simulcast"), answered("a=simulcast:recv h;~m;l")};
    EXPECT_EQ(paused.result.sections[0].simulcast_send, (std::vector<std::string>{"h", "~m", "l"}));
    EXPECT_NE(describe(paused.result).find("h, m (paused), l"), std::string::npos);
    const std::string offer = with(base("simulcast"), "send h;m;l", "send h,m;l");
    const Agreed either{offer, answered("a=simulcast:recv h,m;l")};
    EXPECT_EQ(either.result.sections[0].simulcast_send, (std::vector<std::string>{"h,m", "l"}));
    EXPECT_NE(describe(either.result).find("h or m, l"), std::string::npos);
}

TEST(Negotiation, of_what_is_no_rtp_names_protocol_and_formats) {
    const std::string fax =
        with(base("sip-audio"), "m=audio 49170 RTP/AVP 0 8 97", "m=image 49170 udptl t38");
    const Agreed call{fax, fax};
    EXPECT_EQ(call.result.sections[0].formats, (std::vector<std::string_view>{"t38"}));
    EXPECT_FALSE(call.result.offerer_ice);
    const std::string told = describe(call.result);
    EXPECT_NE(told.find("without ICE"), std::string::npos) << told;
    EXPECT_NE(told.find("udptl, t38"), std::string::npos) << told;
    EXPECT_EQ(told.find("codec"), std::string::npos) << told;
}

TEST(Negotiation, knows_the_old_way_to_hold_a_call) {
    const std::string held = with(base("sip-audio"), "c=IN IP4 192.0.2.10", "c=IN IP4 0.0.0.0");
    const Agreed hold{held, base("sip-audio")};
    EXPECT_EQ(hold.result.sections[0].direction, sdp::StreamDirection::SendOnly);
    // With ICE the address says only that there is no default candidate yet.
    const Agreed call{base("audio"), base("audio-answer")};
    EXPECT_EQ(call.result.sections[0].direction, sdp::StreamDirection::SendReceive);
}

/// RFC 6184 table 5, and the codecs that a profile tells apart.
TEST(Negotiation, compares_formats_as_their_documents_do) {
    const auto agreed_codecs = [](const std::string& name, const std::string& offered,
                                  const std::string& answered) {
        const auto video = [&](const std::string& fmtp) {
            return "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
                   "m=video 9 RTP/AVP 96\r\na=rtpmap:96 " +
                   name + "/90000\r\n" + (fmtp.empty() ? "" : "a=fmtp:96 " + fmtp + "\r\n");
        };
        const Agreed call{video(offered), video(answered)};
        return call.result.sections[0].codecs.size();
    };
    for (const char* same : {"42c01f", "42e01f", "4d801f", "42E015"}) {
        EXPECT_EQ(agreed_codecs("H264", "profile-level-id=42c01f",
                                std::string("profile-level-id=") + same),
                  1U)
            << same;
    }
    EXPECT_EQ(agreed_codecs("H264", "profile-level-id=42c01f", "profile-level-id=42001f"), 0U);
    EXPECT_EQ(agreed_codecs("H264", "profile-level-id=64001f", "profile-level-id=640c1f"), 1U);
    EXPECT_EQ(agreed_codecs("VP9", "profile-id=0", "profile-id=2"), 0U);
    EXPECT_EQ(agreed_codecs("VP9", "", "profile-id=0"), 1U);
    EXPECT_EQ(agreed_codecs("AV1", "profile=0", "profile=1"), 0U);
    EXPECT_EQ(agreed_codecs("AV1", "profile=0;level-idx=5", "profile=0;level-idx=8"), 1U);
    EXPECT_EQ(agreed_codecs("H265", "profile-id=1", "profile-id=2"), 0U);
    EXPECT_EQ(agreed_codecs("H265", "profile-id=1;level-id=93", "level-id=120"), 1U);
}

}  // namespace
}  // namespace portolan::lint
