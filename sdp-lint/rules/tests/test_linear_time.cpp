// Whatever a megabyte is made of, eight times as much takes about eight times as long.
#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <functional>
#include <string>

#include "sdp-lint/rules/fixes.hpp"
#include "sdp-lint/rules/linter.hpp"

namespace portolan::lint {
namespace {

constexpr std::size_t kSizeBytes = 1'000'000;
/// Fixing lints several times.
constexpr std::size_t kFixedBytes = 500'000;
/// Eight times the text, with room for n log n and for a processor's caches, which other programs
/// share (21 was seen beside a dozen compilers); n squared makes it 64.
constexpr double kMostTimes = 28;
/// What is done in less is not worth a ratio.
constexpr double kLeastSeconds = 0.1;

const std::string kHead = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
const std::string kSection =
    "m=video 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:F7gI\r\n"
    "a=ice-pwd:x9cml/YzichV2+XlhiMu8g0p\r\na=rtpmap:111 H264/90000\r\n";

/// Texts with {} for a running number, over and over until so many bytes are reached.
std::string filled(std::size_t bytes, std::string_view piece) {
    std::string out;
    for (std::size_t i = 0; out.size() < bytes; ++i) {
        for (std::size_t at = 0; at < piece.size(); ++at) {
            if (piece.substr(at, 2) == "{}") {
                out += std::to_string(i);
                ++at;
            } else {
                out += piece[at];
            }
        }
    }
    return out;
}

struct Worst {
    const char* name;
    std::function<std::string(std::size_t)> make;
};

/// A text that consists of one kind of line, in a session or section that goes before.
Worst lines(const char* name, const std::string& before, const std::string& piece) {
    return {name, [=](std::size_t bytes) { return before + filled(bytes, piece); }};
}
/// One line that consists of one kind of word.
Worst words(const char* name, const std::string& before, const std::string& piece) {
    return {name, [=](std::size_t bytes) { return before + filled(bytes, piece) + "\r\n"; }};
}
/// Half of it one kind, half of it another that has to be looked at beside it.
Worst both(const char* name, const std::string& before, const std::string& piece,
           const std::string& between, const std::string& other) {
    return {name, [=](std::size_t bytes) {
                return before + filled(bytes / 2, piece) + between + filled(bytes / 2, other);
            }};
}

class LinearTime : public testing::TestWithParam<Worst> {};
class LinearFixing : public testing::TestWithParam<Worst> {};

double processor_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// A description of which nobody says what it is, for a browser and for a telephone; as both sides
/// of a session that is negotiated twice; and munged.
double seconds_for(const std::string& text) {
    const Linter linter;
    const double begin = processor_seconds();
    using sdp::DescriptionKind;
    const sdp::Description offer(text, DescriptionKind::Offer);
    const sdp::Description answer(text, DescriptionKind::Answer);
    const sdp::Description again(text, DescriptionKind::Offer);
    const std::array<const sdp::Description*, 4> session{&offer, &answer, &again, &answer};
    const sdp::Description unknown(text);
    for (const Profile profile : {Profile::WebRtc, Profile::Sip})
        EXPECT_LE(Linter(profile).lint(unknown).size(), kCodeCount * kMaxFindingsPerCode);
    EXPECT_LE(linter.lint(offer).size(), kCodeCount * kMaxFindingsPerCode);
    EXPECT_LE(linter.lint_session(session).size(), kCodeCount * kMaxFindingsPerCode);
    EXPECT_LE(linter.lint_munging(offer, answer).size(), kCodeCount * kMaxFindingsPerCode);
    return processor_seconds() - begin;
}

double seconds_for_fixing(const std::string& text) {
    const double begin = processor_seconds();
    const FixOutcome outcome = fix_all(Linter(), {{text}}, FixLevel::SafeAndUnsafe);
    EXPECT_LE(outcome.remaining.size(), kCodeCount * kMaxFindingsPerCode);
    return processor_seconds() - begin;
}

void expect_linear(const Worst& worst, std::size_t bytes, double (*seconds)(const std::string&)) {
    const std::string eighth = worst.make(bytes / 8);
    const std::string whole = worst.make(bytes);
    double times = 0;
    double took = 0;
    // What disturbs a run makes it longer, so the best of a few counts.
    for (int round = 0; round < 3; ++round) {
        const double before = seconds(eighth);
        took = seconds(whole);
        times = took / before;
        if (took < kLeastSeconds || times < kMostTimes) break;
    }
    if (took >= kLeastSeconds) {
        EXPECT_LT(times, kMostTimes) << took << " s";
    }
}

TEST_P(LinearTime, eight_times_the_text_takes_eight_times_the_time) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "what takes how long says nothing under a sanitizer";
#endif
    expect_linear(GetParam(), kSizeBytes, seconds_for);
}

TEST_P(LinearFixing, eight_times_the_text_takes_eight_times_the_time) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "what takes how long says nothing under a sanitizer";
#endif
    expect_linear(GetParam(), kFixedBytes, seconds_for_fixing);
}

INSTANTIATE_TEST_SUITE_P(
    Megabyte, LinearTime,
    testing::Values(
        words("one_line", kHead, "y"), words("formats", kHead + "m=audio 9 RTP/AVP", " {}"),
        words("one_format_again", kHead + "m=audio 9 RTP/AVP", " 96"),
        words("parameters", kHead + kSection + "a=fmtp:111 ", "p{}=1;"),
        words("group", kHead + "a=group:BUNDLE", " {}"),
        words("simulcast", kHead + kSection + "a=simulcast:send 0", ";{},~{}x"),
        words("alternatives", kHead + kSection + "a=simulcast:send 0", ",{}"),
        words("rid_formats", kHead + kSection + "a=rid:1 send pt=", "{},"),
        words("candidate_extensions",
              kHead + kSection + "a=candidate:1 1 udp 1 192.0.2.1 9 typ host", " x{} {}"),
        words("image_sizes", kHead + kSection + "a=imageattr:111 send", " [x={},y=1]"),
        words("spaces", kHead + "m=audio", " "), lines("empty_lines", "", "\n"),
        lines("attributes", kHead, "a=x{}:1\r\n"), lines("typos", kHead, "a=rtcpmux{}\r\n"),
        lines("connections", kHead, "c=IN IP4 127.0.0.1\r\n"),
        lines("bandwidths", kHead + kSection, "b=X{}:1\r\n"),
        lines("sections", kHead, "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:{}\r\n"),
        lines("one_mid", kHead, "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"),
        lines("empty_sections", kHead, "m=\r\n"),
        lines("candidates", kHead + kSection, "a=candidate:{} 1 udp {} 192.0.2.1 {} typ host\r\n"),
        lines("one_candidate", kHead + kSection,
              "a=candidate:1 1 udp 1 10.0.0.1 9 typ srflx raddr 10.0.0.1 rport 9\r\n"),
        lines("sources", kHead + kSection, "a=ssrc:{} cname:x{}\r\n"),
        lines("one_source", kHead + kSection, "a=ssrc:1 cname:x\r\n"),
        lines("source_groups", kHead + kSection, "a=ssrc-group:FID {} 1{}\r\n"),
        lines("rids", kHead + kSection, "a=rid:{} send pt=111\r\n"),
        both("rids_and_streams", kHead + kSection, "a=rid:{} send\r\n", "a=simulcast:send 0",
             ";{}"),
        both("rids_and_simulcasts", kHead + kSection, "a=rid:{} send\r\n", "",
             "a=simulcast:send {}\r\n"),
        lines("mappings", kHead + kSection, "a=rtpmap:{} VP8/90000\r\n"),
        lines("parameter_lines", kHead + kSection, "a=fmtp:111 x={}\r\n"),
        lines("feedback", kHead + kSection, "a=rtcp-fb:111 nack x{}\r\n"),
        lines("feedback_for_all", kHead + kSection, "a=rtcp-fb:* nack\r\na=rtcp-fb:111 nack\r\n"),
        both("formats_and_parameters", kHead + "m=video 9 UDP/TLS/RTP/SAVPF", " 97",
             "\r\na=rtpmap:97 H264/90000\r\na=fmtp:97 ", "p{}=1;"),
        lines("extensions", kHead + kSection, "a=extmap:{} urn:x{}\r\n"),
        lines("streams", kHead + kSection, "a=msid:a{} b{}\r\n"),
        lines("groups", kHead, "a=group:BUNDLE 0 {}\r\n"),
        both("groups_and_sections", kHead, "a=group:BUNDLE {}\r\n", "",
             "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:{}\r\n"),
        lines("fingerprints", kHead + kSection, "a=fingerprint:sha-256 AA:{}\r\n"),
        both("session_attributes_and_sections", kHead, "a=foo:1\r\n",
             "a=sendonly\r\na=setup:active\r\na=ice-ufrag:abcd\r\n",
             "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n"),
        both("session_fingerprints_and_sections", kHead, "a=fingerprint:sha-256 AA:{}\r\n", "",
             "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n"),
        both("group_and_sections", kHead + "a=group:BUNDLE", " {}", "\r\n",
             "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:{}\r\n")),
    [](const auto& shown) { return std::string(shown.param.name); });

INSTANTIATE_TEST_SUITE_P(
    HalfMegabyte, LinearFixing,
    testing::Values(lines("sections", kHead, "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:{}\r\n"),
                    lines("one_mid", kHead, "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"),
                    lines("bare_line_feeds", kHead, "m=audio 9 UDP/TLS/RTP/SAVPF 0\na=mid:{}\n"),
                    lines("blanks", kHead + kSection, "a=rtcp-fb:111 nack x{} \r\n"),
                    lines("empty_lines", kHead, "\n"),
                    both("group_and_sections", kHead + "a=group:BUNDLE", " {}", "\r\n",
                         "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:{}\r\n"),
                    both("groups_and_sections", kHead, "a=group:BUNDLE {}\r\n", "",
                         "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:{}\r\n")),
    [](const auto& shown) { return std::string(shown.param.name); });

}  // namespace
}  // namespace portolan::lint
