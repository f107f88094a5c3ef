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

/// setLocalDescription() without arguments is logged empty; what was made stands at its success.
TEST(Unwrap, takes_what_the_browser_made_from_the_success_of_the_call) {
    const std::string text =
        R"({"PeerConnections": {"9-1": {"updateLog": [)"
        R"({"type": "setLocalDescription", "value": ""},)"
        R"({"type": "setLocalDescriptionOnSuccess", "value": "{\"type\":\"offer\",\"sdp\":\"v=0\\r\\na\\r\\n\"}"},)"
        R"({"type": "setRemoteDescription", "value": "{\"type\":\"answer\",\"sdp\":\"v=0\\r\\nb\\r\\n\"}"},)"
        R"({"type": "setRemoteDescriptionOnSuccess", "value": ""},)"
        R"({"type": "setLocalDescription", "value": "{\"type\":\"offer\",\"sdp\":\"v=0\\r\\nc\\r\\n\"}"},)"
        R"({"type": "setLocalDescriptionOnSuccess", "value": "{\"type\":\"offer\",\"sdp\":\"v=0\\r\\nc\\r\\n\"}"},)"
        R"({"type": "setLocalDescription", "value": "{\"type\":\"rollback\"}"},)"
        R"({"type": "setLocalDescriptionOnSuccess", "value": ""}]}}})";
    const auto input = unwrap(text);
    ASSERT_TRUE(input) << input.error().message;
    ASSERT_EQ(input->descriptions.size(), 3U) << "a description that was given counts once";
    EXPECT_EQ(input->descriptions[0].text, "v=0\r\na\r\n");
    EXPECT_EQ(input->descriptions[0].kind, DescriptionKind::Offer);
    EXPECT_EQ(input->descriptions[0].label, "9-1 setLocalDescription offer");
    EXPECT_TRUE(input->descriptions[0].is_local);
    EXPECT_EQ(input->descriptions[1].text, "v=0\r\nb\r\n");
    EXPECT_EQ(input->descriptions[2].text, "v=0\r\nc\r\n");
    for (const Unwrapped& found : input->descriptions)
        expect_located(text, found);
}

TEST(Unwrap, reads_an_rtcstats_dump) {
    const std::string text =
        "RTCStatsDump\n{\"fileFormat\":3}\n"
        "[\"create\",\"9-1\",{},1.5]\n"
        "[\"setLocalDescription\",\"9-1\",null,0.1]\n"
        "[\"setLocalDescriptionOnSuccess\",\"9-1\","
        "{\"type\":\"offer\",\"sdp\":\"v=0\\r\\na\\r\\n\"},0.2]\n"
        "[\"setRemoteDescription\",\"9-2\","
        "{\"type\":\"offer\",\"sdp\":\"v=0\\r\\na\\r\\n\"},0.2]\n"
        "[\"setRemoteDescriptionOnSuccess\",\"9-2\",null,0.3]\n"
        "[\"setLocalDescription\",\"9-1\",{\"type\":\"rollback\",\"sdp\":\"\"},0.1]\n";
    const auto input = unwrap(text);
    ASSERT_TRUE(input) << input.error().message;
    EXPECT_EQ(input->form, InputForm::WebrtcInternals);
    ASSERT_EQ(input->descriptions.size(), 2U);
    EXPECT_EQ(input->descriptions[0].label, "9-1 setLocalDescription offer");
    EXPECT_EQ(input->descriptions[1].label, "9-2 setRemoteDescription offer");
    EXPECT_EQ(input->descriptions[1].connection, 1U);
    for (const Unwrapped& found : input->descriptions)
        expect_located(text, found);

    EXPECT_EQ(unwrap("RTCStatsDump\n{\"fileFormat\":3}\n").error().code, "input.no-description");
    EXPECT_EQ(unwrap("RTCStatsDump\n[\"setLocalDescription\",\"9-1\",{\"sdp\":\"v\n").error().code,
              "input.json");
}

TEST(Unwrap, takes_json_out_of_a_string_and_out_of_lines) {
    const std::string twice = R"( "{\"type\":\"offer\",\"sdp\":\"v=0\\r\\ns=-\\r\\n\"}")";
    const auto inner = unwrap(twice);
    ASSERT_TRUE(inner) << inner.error().message;
    EXPECT_EQ(inner->form, InputForm::Json);
    EXPECT_EQ(inner->descriptions[0].text, "v=0\r\ns=-\r\n");
    EXPECT_EQ(inner->descriptions[0].kind, DescriptionKind::Offer);
    expect_located(twice, inner->descriptions[0]);

    const std::string lines =
        "{\"type\":\"offer\",\"sdp\":\"v=0\\r\\na\\r\\n\"}\n"
        "{\"type\":\"answer\",\"sdp\":\"v=0\\r\\nb\\r\\n\"}\n";
    const auto each = unwrap(lines);
    ASSERT_TRUE(each) << each.error().message;
    ASSERT_EQ(each->descriptions.size(), 2U);
    EXPECT_EQ(each->descriptions[1].kind, DescriptionKind::Answer);
    for (const Unwrapped& found : each->descriptions)
        expect_located(lines, found);
}

TEST(Unwrap, says_what_only_looks_like_json) {
    const auto object = unwrap("{type: 'offer', sdp: 'v=0'}");
    ASSERT_FALSE(object);
    EXPECT_NE(object.error().hint.find("JavaScript"), std::string::npos);
    const auto page = unwrap("{&quot;type&quot;: &quot;offer&quot;}");
    ASSERT_FALSE(page);
    EXPECT_NE(page.error().hint.find("&quot;"), std::string::npos);
    // The linter names a log.
    const auto log = unwrap("[12:00:01] DEBUG: v=0\n[12:00:01] DEBUG: o=- 1 1 IN IP4 0.0.0.0\n");
    ASSERT_TRUE(log);
    EXPECT_EQ(log->form, InputForm::Plain);
}

TEST(Unwrap, knows_whether_a_candidate_names_its_section) {
    const auto form_of = [](const std::string& rest) {
        return unwrap("{\"candidate\":\"candidate:1 1 udp 1 192.0.2.1 9 typ host\"" + rest + "}")
            ->descriptions[0]
            .form;
    };
    EXPECT_EQ(form_of(",\"sdpMid\":\"0\""), DescriptionForm::Candidate);
    EXPECT_EQ(form_of(",\"sdpMLineIndex\":0"), DescriptionForm::Candidate);
    EXPECT_EQ(form_of(",\"sdpMid\":null,\"sdpMLineIndex\":null"), DescriptionForm::LostCandidate);
    EXPECT_EQ(form_of(""), DescriptionForm::LostCandidate);
    EXPECT_EQ(unwrap("{\"candidate\":\"\"}")->descriptions[0].form, DescriptionForm::Candidate);
}

TEST(Unwrap, names_utf16) {
    using namespace std::string_view_literals;
    for (const std::string_view text :
         {"\xFF\xFEv\0=\0"sv, "\xFE\xFF\0v\0="sv, "v\0=\0"sv, "\0v\0=\0"sv}) {
        const auto wide = unwrap(text);
        ASSERT_FALSE(wide);
        EXPECT_EQ(wide.error().code, "input.encoding");
    }
    EXPECT_TRUE(unwrap("v=0\r\n"));
}

TEST(Unwrap, names_gzip) {
    const auto packed = unwrap(std::string_view("\x1F\x8B\x08\x00v=0\r\n", 9));
    ASSERT_FALSE(packed);
    EXPECT_EQ(packed.error().code, "input.compressed");
}

TEST(Unwrap, takes_candidates_as_fragments) {
    const auto json =
        unwrap(R"({"candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host","sdpMid":"0"})");
    ASSERT_TRUE(json);
    EXPECT_EQ(json->descriptions[0].form, DescriptionForm::Candidate);
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
