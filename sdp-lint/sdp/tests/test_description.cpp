#include <gtest/gtest.h>

#include <string>

#include "sdp-lint/sdp/description.hpp"

namespace portolan::sdp {
namespace {

const std::string kOffer =
    "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 9\r\na=ice-lite\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 111 200 x\r\nc=IN IP4 233.252.0.1/127/3\r\n"
    "a=ice-ufrag:abcd\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n"
    "a=fmtp:111 minptime=10; useinbandfec=1\r\na=recvonly\r\n"
    "a=candidate:1 1 udp 2130706431 192.0.2.1 5000 typ srflx raddr 10.0.0.1 rport 9 ufrag abcd\r\n"
    "a=extmap:1/sendonly urn:x y z\r\na=ssrc:5 cname:a b\r\na=ssrc-group:FID 5 6\r\n"
    "a=rid:h send pt=111;max-fps=30\r\na=simulcast:send h;m,~l recv x\r\na=rtcp-fb:* nack pli\r\n"
    "m=application 9/2 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:1\r\na=msid:s t\r\n"
    "a=fingerprint:sha-256 AB:CD\r\nb=AS:30\r\n";

TEST(Description, gives_each_section_its_own_lists) {
    const Description description(kOffer);
    ASSERT_EQ(description.sections().size(), 2U);
    const Section& audio = description.sections()[0];
    const Section& data = description.sections()[1];
    EXPECT_TRUE(description.session().has(Attr::IceLite));
    EXPECT_TRUE(description.is_ice_lite());
    EXPECT_EQ(audio.media.kind, MediaKind::Audio);
    EXPECT_TRUE(audio.media.is_rtp && audio.media.is_feedback && audio.media.is_dtls);
    EXPECT_EQ(audio.media.fmts.size(), 5U);
    EXPECT_EQ(audio.codecs.size(), 4U);
    EXPECT_TRUE(data.media.is_sctp && data.media.is_dtls && !data.media.is_rtp);
    EXPECT_EQ(data.media.port.value, 9U);
    EXPECT_EQ(data.media.port_count.value, 2U);
    EXPECT_TRUE(data.codecs.empty());
    EXPECT_EQ(audio.msids.size(), 0U);
    EXPECT_EQ(data.msids.size(), 1U);
    EXPECT_EQ(data.bandwidths.size(), 1U);
    EXPECT_EQ(data.fingerprints[0].digest_bytes, 2U);
    EXPECT_TRUE(data.fingerprints[0].has_colons);
    EXPECT_EQ(audio.attributes.front().id, Attr::IceUfrag);
    EXPECT_EQ(audio.attributes.back().id, Attr::RtcpFb);
    EXPECT_EQ(description.head_of(data), "m=application 9/2 UDP/DTLS/SCTP webrtc-datachannel");
}

TEST(Description, binds_codecs_to_their_lines) {
    const Description description(kOffer);
    const Section& audio = description.sections()[0];
    const Codec* opus = audio.codec("111");
    ASSERT_NE(opus, nullptr);
    EXPECT_EQ(opus, &audio.codecs[0]);
    EXPECT_TRUE(opus->is("OPUS"));
    EXPECT_EQ(opus->clock_rate_hz, 48000U);
    EXPECT_EQ(opus->channels, 2U);
    ASSERT_NE(opus->parameter("useinbandfec"), nullptr);
    EXPECT_EQ(opus->parameter("useinbandfec")->value, "1");
    EXPECT_EQ(audio.codecs[1].name, "PCMU");
    EXPECT_TRUE(audio.codecs[1].is_static_assignment);
    // The 111 that is listed again is no second codec.
    EXPECT_EQ(audio.media.fmts.size(), 5U);
    EXPECT_EQ(audio.codecs[2].payload_type, 200U);
    EXPECT_EQ(audio.codecs[2].rtpmap, nullptr);
    EXPECT_FALSE(audio.codecs[3].payload_type);
    EXPECT_EQ(audio.codec("5"), nullptr);
    EXPECT_EQ(audio.codec("200"), nullptr);
}

TEST(Description, reads_views_token_by_token) {
    const Description description(kOffer);
    const Section& audio = description.sections()[0];
    const Candidate& candidate = audio.candidates[0];
    EXPECT_EQ(candidate.type_value, CandidateType::ServerReflexive);
    EXPECT_EQ(candidate.related_address.scope, AddressScope::Private);
    EXPECT_EQ(candidate.related_port.value, 9U);
    EXPECT_EQ(candidate.ufrag, "abcd");
    EXPECT_EQ(candidate.token_count, 14U);
    EXPECT_EQ(candidate.extensions.size(), 3U);
    EXPECT_EQ(audio.connections[0].address.kind, AddressKind::IPv4);
    EXPECT_EQ(audio.connections[0].suffix, "127/3");
    EXPECT_EQ(audio.extmaps[0].direction, "sendonly");
    EXPECT_EQ(audio.extmaps[0].attributes, "y z");
    EXPECT_EQ(audio.ssrcs[0].value, "a b");
    EXPECT_EQ(audio.ssrc_groups[0].ssrcs.size(), 2U);
    EXPECT_EQ(audio.rids[0].payload_types, "111");
    const Simulcast& simulcast = audio.simulcasts[0];
    EXPECT_TRUE(simulcast.is_well_formed);
    ASSERT_EQ(simulcast.streams.size(), 4U);
    EXPECT_TRUE(simulcast.streams[2].paused);
    EXPECT_EQ(simulcast.streams[2].rid, "l");
    EXPECT_EQ(simulcast.stream_count(true), 2U);
    EXPECT_EQ(simulcast.stream_count(false), 1U);
    EXPECT_TRUE(audio.feedback[0].is_wildcard());
    EXPECT_EQ(audio.feedback[0].parameter, "pli");
}

TEST(Description, resolves_bundles_and_what_applies_through_them) {
    const Description description(kOffer);
    const Section& audio = description.sections()[0];
    const Section& data = description.sections()[1];
    ASSERT_EQ(description.bundle_groups().size(), 1U);
    const BundleGroup& bundle = description.bundle_groups()[0];
    EXPECT_EQ(bundle.sections.size(), 2U);
    EXPECT_EQ(bundle.group->mids.size(), 3U);
    EXPECT_EQ(bundle.tagged, 0);
    EXPECT_TRUE(description.is_bundled_untagged(data));
    EXPECT_FALSE(description.is_bundled_untagged(audio));
    ASSERT_NE(description.find_transport(data, Attr::IceUfrag), nullptr);
    EXPECT_EQ(description.find_transport(data, Attr::IceUfrag)->value, "abcd");
    EXPECT_EQ(description.section_with_mid("1"), &data);
    EXPECT_EQ(description.section_with_mid("7"), nullptr);
    EXPECT_EQ(description.direction_of(audio), StreamDirection::ReceiveOnly);
    EXPECT_EQ(description.direction_of(data), StreamDirection::SendReceive);
}

TEST(Description, keeps_its_pointers_when_it_moves) {
    Description description(kOffer);
    const Section* audio = &description.sections()[0];
    const Origin* origin = description.origin();
    const Description moved(std::move(description));
    EXPECT_EQ(&moved.sections()[0], audio);
    EXPECT_EQ(moved.origin(), origin);
    EXPECT_EQ(moved.sections()[0].codec("111")->name, "opus");
}

TEST(Description, of_nothing_has_an_empty_session) {
    const Description description("");
    EXPECT_TRUE(description.sections().empty());
    EXPECT_EQ(description.origin(), nullptr);
    EXPECT_TRUE(description.head_of(description.session()).empty());
}

}  // namespace
}  // namespace portolan::sdp
