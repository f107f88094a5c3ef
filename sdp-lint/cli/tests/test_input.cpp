#include <gtest/gtest.h>

#include "sdp-lint/cli/input.hpp"
#include "sdp-lint/cli/rewrite.hpp"

namespace portolan::sdp_lint {
namespace {

using Named = std::vector<NamedBytes>;

TEST(Input, makes_one_session_of_several_files) {
    const auto inputs =
        make_inputs(Named{{"a", "v=0\r\n"}, {"b", "v=0\r\n"}, {"c", "v=0\r\n"}}, {});
    ASSERT_TRUE(inputs) << inputs.error().message;
    ASSERT_EQ((*inputs)->sessions.size(), 1U);
    const auto& sources = (*inputs)->sessions[0].sources;
    EXPECT_EQ(sources[0]->description->kind(), sdp::DescriptionKind::Offer);
    EXPECT_EQ(sources[1]->description->kind(), sdp::DescriptionKind::Answer);
    EXPECT_EQ(sources[2]->description->kind(), sdp::DescriptionKind::Offer);
}

TEST(Input, keeps_unrelated_files_apart_when_told) {
    InputOptions options;
    options.separate = true;
    options.as = sdp::DescriptionKind::Answer;
    const auto inputs = make_inputs(Named{{"a", "v=0\r\n"}, {"b", "v=0\r\n"}}, options);
    ASSERT_EQ((*inputs)->sessions.size(), 2U);
    EXPECT_EQ((*inputs)->sources[0]->description->kind(), sdp::DescriptionKind::Answer);
}

TEST(Input, of_a_dump_each_connection_is_a_session) {
    const std::string dump =
        R"({"PeerConnections": {"1": {"updateLog": [)"
        R"({"type": "setLocalDescription", "value": "type: offer, sdp: v=0\r\n"},)"
        R"({"type": "setRemoteDescription", "value": "type: answer, sdp: v=0\r\n"}]},)"
        R"("2": {"updateLog": [{"type": "setLocalDescription", "value": "type: offer, sdp: v=0\r\n"}]}}})";
    const auto inputs = make_inputs(Named{{"dump.json", dump}}, {});
    ASSERT_TRUE(inputs) << inputs.error().message;
    ASSERT_EQ((*inputs)->sessions.size(), 2U);
    EXPECT_EQ((*inputs)->sessions[0].sources.size(), 2U);
}

TEST(Input, places_in_wrapped_text_are_places_in_the_file) {
    const std::string json = "{\n \"type\": \"offer\",\n \"sdp\": \"v=0\\r\\ns=-\\r\\n\"\n}";
    const auto inputs = make_inputs(Named{{"o.json", json}}, {});
    const Source& source = *(*inputs)->sources[0];
    const report::Location location = source.location_of({5, 8});  // "s=-"
    EXPECT_EQ(location.line, 3U);
    EXPECT_EQ(json.substr(location.byte_offset, location.length_bytes), "s=-");
    EXPECT_EQ(source.as_in_file("x\r\n"), "x\\r\\n");
    EXPECT_EQ(source.name(), "o.json (offer)");
}

TEST(Input, says_which_file_is_wrong) {
    const auto broken = make_inputs(Named{{"x.json", "{\"sdp\": 1"}}, {});
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().message.substr(0, 7), "x.json:");
    EXPECT_EQ(read_bytes("/no/such/file").error().code, "input.file");
    EXPECT_EQ(read_bytes("/").error().code, "input.file");
    InputOptions munging;
    munging.munging = true;
    EXPECT_EQ(make_inputs(Named{{"a", "v=0\r\n"}}, munging).error().code, "input.munging");
}

TEST(Anonymized, candidates_and_descriptions_stay_what_they_are) {
    const std::string list =
        R"([{"candidate":"candidate:7 1 udp 1 81.2.69.142 9 typ host","sdpMid":"0"},)"
        R"({"type":"answer","sdp":"v=0\r\nc=IN IP4 81.2.69.142\r\n"}])";
    const auto inputs = make_inputs(Named{{"c.json", list}}, {});
    ASSERT_TRUE(inputs) << inputs.error().message;
    const std::string out = anonymized(**inputs);
    EXPECT_NE(out.find("\"sdpMid\": \"0\""), std::string::npos) << out;
    EXPECT_NE(out.find("candidate:1 1 udp 1 203.0.113.1 9 typ host"), std::string::npos) << out;
    EXPECT_NE(out.find("\"type\": \"answer\""), std::string::npos) << out;
    EXPECT_EQ(out.find("offer"), std::string::npos) << out;
    EXPECT_EQ(out.find("81.2"), std::string::npos) << out;
}

}  // namespace
}  // namespace portolan::sdp_lint
