#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "sdp-lint/rules/anonymize.hpp"
#include "sdp-lint/rules/linter.hpp"

namespace portolan::lint {
namespace {

using sdp::Attr;

const std::string kSecretive =
    "v=0\r\no=bob 4611731400430051336 2 IN IP4 192.168.1.7\r\ns=Bob's call\r\nt=0 0\r\n"
    "m=audio 5000 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 81.2.69.142\r\n"
    "a=rtcp:5001 IN IP4 81.2.69.142\r\na=ice-ufrag:F7gI\r\na=ice-pwd:x9cml/YzichV2+XlhiMu8gz1\r\n"
    "a=fingerprint:sha-256 7A:D7:61\r\n"
    "a=candidate:842163049 1 udp 2130706431 192.168.1.7 5000 typ host\r\n"
    "a=candidate:842163050 1 udp 1694498815 81.2.69.142 5000 typ srflx raddr 192.168.1.7 rport "
    "5000 ufrag F7gI\r\n"
    "a=candidate:1 1 udp 1 8b5e1f3e-1c2d-4e5f-8a9b-0c1d2e3f4a5b.local 9 typ host\r\n"
    "a=candidate:2 1 udp 1 2a02:fb00::99 9 typ host\r\n"
    "a=ssrc:3735928559 cname:bob@laptop\r\na=mid:0\r\n";

TEST(Anonymize, takes_away_everything_that_identifies) {
    const std::string out = Anonymizer().anonymize(sdp::Description(kSecretive));
    for (const char* secret :
         {"bob", "Bob", "4611731400430051336", "192.168.1.7", "81.2.69.142", "F7gI", "x9cml",
          "7A:D7:61", "842163049", "8b5e1f3e", "2a02:fb00", "3735928559", "laptop"})
        EXPECT_EQ(out.find(secret), std::string::npos) << secret << " in\n" << out;
    EXPECT_NE(out.find("a=mid:0\r\n"), std::string::npos);
    EXPECT_NE(out.find("m=audio 5000 UDP/TLS/RTP/SAVPF 0\r\n"), std::string::npos);
}

TEST(Anonymize, keeps_what_is_equal_equal_and_classes_as_they_are) {
    const std::string out = Anonymizer().anonymize(sdp::Description(kSecretive));
    const sdp::Description after(out);
    const auto candidates = after.candidates();
    ASSERT_EQ(candidates.size(), 4U);
    EXPECT_EQ(candidates[0].address.text, candidates[1].related_address.text);
    EXPECT_EQ(candidates[0].address.scope, sdp::AddressScope::Private);
    EXPECT_EQ(candidates[1].address.scope, sdp::AddressScope::Documentation);
    EXPECT_EQ(candidates[1].address.text, after.sections()[0].connections[0].address.text);
    EXPECT_EQ(candidates[2].address.kind, sdp::AddressKind::MulticastDns);
    EXPECT_EQ(candidates[3].address.kind, sdp::AddressKind::IPv6);
    EXPECT_EQ(candidates[1].ufrag, after.sections()[0].value(sdp::Attr::IceUfrag));
    EXPECT_EQ(after.sections()[0].value(sdp::Attr::IcePwd)->size(), 24U);
    EXPECT_EQ(after.fingerprints()[0].digest.size(), 8U);
}

TEST(Anonymize, keeps_equal_things_equal_across_descriptions) {
    Anonymizer anonymizer;
    const std::string offer = anonymizer.anonymize(sdp::Description(kSecretive));
    EXPECT_EQ(anonymizer.anonymize(sdp::Description(kSecretive)), offer);
}

/// What was clean stays clean: no replacement breaks a rule.
TEST(Anonymize, of_the_bases_breaks_no_rule) {
    const std::filesystem::path folder =
        std::filesystem::path(PORTOLAN_SOURCE_DIR) / "sdp-lint/rules/tests/bases";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        SCOPED_TRACE(entry.path().filename().string());
        std::ifstream in(entry.path(), std::ios::binary);
        std::stringstream content;
        content << in.rdbuf();
        const std::string out = Anonymizer().anonymize(sdp::Description(content.str()));
        const sdp::Description description(out);
        for (const Finding& finding : Linter().lint(description)) {
            const bool of_ends = finding.code == *find_code("SY001");
            const bool is_sip = entry.path().stem().string() == "sip-audio" ||
                                entry.path().stem().string() == "camera";
            EXPECT_TRUE(of_ends || is_sip || finding.severity != Severity::Error)
                << to_string(finding.code) << " " << finding.message;
        }
    }
}

}  // namespace
}  // namespace portolan::lint
