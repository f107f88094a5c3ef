#include <gtest/gtest.h>

#include "sdp-lint/sdp/unwrap.hpp"

namespace portolan::sdp {
namespace {

/// Every byte of the text is where its origin says, escapes undone.
void expect_located(std::string_view input, const Unwrapped& found) {
    ASSERT_EQ(found.origin.size(), found.text.size() + 1);
    for (std::size_t i = 0; i < found.text.size(); ++i) {
        const std::string_view source =
            input.substr(found.origin[i], found.origin[i + 1] - found.origin[i]);
        ASSERT_EQ(source, escape_json(found.text.substr(i, 1), found.escape_depth)) << i;
    }
}

TEST(Unwrap, leaves_plain_text_as_it_is) {
    const auto input = unwrap("v=0\r\n{\r\n");
    ASSERT_TRUE(input);
    EXPECT_EQ(input->form, InputForm::Plain);
    EXPECT_EQ(input->descriptions[0].text, "v=0\r\n{\r\n");
    EXPECT_TRUE(input->descriptions[0].origin.empty());
    EXPECT_EQ(unwrap("")->descriptions.size(), 1U);
}

TEST(Unwrap, takes_description_out_of_json_and_knows_where_it_was) {
    const std::string text =
        R"(  {"type": "answer", "n": [1, -2.5e3, {"x": null}], "sdp": "v=0\r\ns=\"-\"\r\n"})";
    const auto input = unwrap(text);
    ASSERT_TRUE(input) << input.error().message;
    EXPECT_EQ(input->form, InputForm::Json);
    ASSERT_EQ(input->descriptions.size(), 1U);
    EXPECT_EQ(input->descriptions[0].text, "v=0\r\ns=\"-\"\r\n");
    EXPECT_EQ(input->descriptions[0].kind, DescriptionKind::Answer);
    expect_located(text, input->descriptions[0]);
}

TEST(Unwrap, takes_all_descriptions_of_a_dump_in_order) {
    const std::string text =
        R"({"getUserMedia": [], "PeerConnections": {"12-1": {"url": "x", "updateLog": [)"
        R"({"time": "1", "type": "createOffer", "value": "type: offer, sdp: v=0\r\nno\r\n"},)"
        R"({"time": "2", "type": "setLocalDescription", "value": "type: offer, sdp: v=0\r\na\r\n"},)"
        R"({"time": "3", "type": "setRemoteDescription", "value": "{\"type\":\"answer\",\"sdp\":\"v=0\\r\\nb\\r\\n\"}"},)"
        R"({"time": "4", "type": "setLocalDescription", "value": ""}]},)"
        R"("12-2": {"updateLog": [{"type": "setRemoteDescription", "value": "type: offer, sdp: v=0\r\nc\r\n"}]}}})";
    const auto input = unwrap(text);
    ASSERT_TRUE(input) << input.error().message;
    EXPECT_EQ(input->form, InputForm::WebrtcInternals);
    ASSERT_EQ(input->descriptions.size(), 3U);
    EXPECT_EQ(input->descriptions[0].text, "v=0\r\na\r\n");
    EXPECT_EQ(input->descriptions[0].label, "12-1 setLocalDescription offer");
    EXPECT_TRUE(input->descriptions[0].is_local);
    EXPECT_EQ(input->descriptions[1].text, "v=0\r\nb\r\n");
    EXPECT_EQ(input->descriptions[1].kind, DescriptionKind::Answer);
    EXPECT_EQ(input->descriptions[1].escape_depth, 2U);
    EXPECT_EQ(input->descriptions[2].connection, 1U);
    for (const Unwrapped& found : input->descriptions)
        expect_located(text, found);
}

TEST(Unwrap, takes_candidates_as_fragments) {
    const auto json =
        unwrap(R"({"candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host","sdpMid":"0"})");
    ASSERT_TRUE(json);
    EXPECT_EQ(json->descriptions[0].form, DescriptionForm::Fragment);
    EXPECT_EQ(json->descriptions[0].label, "candidate of mid 0");
    const auto fragment =
        unwrap("a=ice-ufrag:abcd\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n");
    EXPECT_EQ(fragment->form, InputForm::Fragment);
    // It lacks v=, but it is a description.
    EXPECT_EQ(unwrap("o=- 1 1 IN IP4 0.0.0.0\r\na=candidate:1\r\n")->form, InputForm::Plain);
}

TEST(Unwrap, undoes_escapes_of_a_line) {
    const std::string text = R"("v=0\r\ns=-\r\n")";
    const auto input = unwrap(text);
    EXPECT_EQ(input->form, InputForm::Escaped);
    EXPECT_EQ(input->descriptions[0].text, "v=0\r\ns=-\r\n");
    expect_located(text, input->descriptions[0]);
    EXPECT_EQ(unwrap("v=0\\r\\ns=-\\r\\n\n")->descriptions[0].text, "v=0\r\ns=-\r\n");
}

TEST(Unwrap, says_where_json_is_broken) {
    const auto broken = unwrap("{\"sdp\": \"v=0\\q\"}");
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, "input.json");
    EXPECT_EQ(broken.error().byte_offset, 14U);
    EXPECT_EQ(unwrap("{\"sdp\":").error().code, "input.json");
    EXPECT_EQ(unwrap("{\"a\": 1}").error().code, "input.no-description");
    EXPECT_EQ(unwrap(std::string(1000, '[')).error().code, "input.json");
    EXPECT_EQ(unwrap("[tru]").error().code, "input.json");
}

TEST(Unwrap, reads_unicode_escapes) {
    const auto input = unwrap(R"({"sdp": "s=\u00e9\ud83d\ude00\ud800x"})");
    ASSERT_TRUE(input);
    EXPECT_EQ(input->descriptions[0].text, "s=\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBDx");
}

TEST(Unwrap, passes_over_a_rollback) {
    const auto only = unwrap(R"({"type":"rollback","sdp":""})");
    ASSERT_TRUE(only) << only.error().message;
    EXPECT_EQ(only->form, InputForm::Json);
    EXPECT_TRUE(only->descriptions.empty());
    const auto among = unwrap(R"([{"type":"offer","sdp":"v=0\r\n"},{"type":"rollback","sdp":""}])");
    ASSERT_TRUE(among);
    EXPECT_EQ(among->descriptions.size(), 1U);
}

TEST(Unwrap, refuses_a_type_that_no_description_has) {
    const auto odd = unwrap(R"({"type":"foo","sdp":"v=0\r\n"})");
    ASSERT_FALSE(odd);
    EXPECT_EQ(odd.error().code, "input.type");
    EXPECT_NE(odd.error().message.find("foo"), std::string::npos);
    EXPECT_TRUE(unwrap(R"({"type":"pranswer","sdp":"v=0\r\n"})"));
    EXPECT_TRUE(unwrap(R"({"sdp":"v=0\r\n"})"));
}

TEST(Unwrap, keeps_the_mid_of_a_candidate) {
    const auto input = unwrap(R"([{"candidate":"candidate:1 1 udp 1 a.local 9 typ host",)"
                              R"("sdpMid":"0"},{"candidate":""}])");
    ASSERT_EQ(input->descriptions.size(), 2U);
    EXPECT_TRUE(input->descriptions[0].is_candidate);
    EXPECT_EQ(input->descriptions[0].mid, "0");
    EXPECT_FALSE(input->descriptions[1].mid);
}

}  // namespace
}  // namespace portolan::sdp
