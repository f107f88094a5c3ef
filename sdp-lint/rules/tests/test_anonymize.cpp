#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "sdp-lint/rules/anonymize.hpp"
#include "sdp-lint/rules/linter.hpp"
#include "sdp-lint/rules/tests/broken_lines.hpp"

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
    "a=zrtp-hash:1.10 fe30efd02423cb054e50efd0248742ac7a52c8f91bc2df881ae642c371ba46df\r\n"
    "a=ssrc:3735928559 cname:bob@laptop\r\na=mid:0\r\n";

TEST(Anonymize, takes_away_everything_that_identifies) {
    const std::string out = Anonymizer().anonymize(sdp::Description(kSecretive));
    for (const char* secret :
         {"bob", "Bob", "4611731400430051336", "192.168.1.7", "81.2.69.142", "F7gI", "x9cml",
          "7A:D7:61", "842163049", "8b5e1f3e", "2a02:fb00", "3735928559", "laptop", "fe30efd0"})
        EXPECT_EQ(out.find(secret), std::string::npos) << secret << " in\n" << out;
    EXPECT_NE(out.find("a=mid:0\r\n"), std::string::npos);
    EXPECT_NE(out.find("m=audio 5000 UDP/TLS/RTP/SAVPF 0\r\n"), std::string::npos);
}

/// Capabilities hold attributes, and reference clocks name servers, stations and networks.
TEST(Anonymize, takes_away_what_capabilities_and_clocks_name) {
    const std::string out = Anonymizer().anonymize(sdp::Description(
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
        "a=ts-refclk:ntp=time.corp.example\r\na=ts-refclk:ntp=clock.corp.example:123\r\n"
        "a=ts-refclk:ntp=/traceable/\r\na=ts-refclk:ptp=IEEE1588-2008:traceable\r\n"
        "m=audio 5000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n"
        "a=acap:1 crypto:1 AES_CM_128_HMAC_SHA1_80 inline:BwgJCgsMDQ4P|2^20\r\n"
        "a=acap:2 ice-pwd:hunter2\r\na=acap:3 ice-ufrag:sesame\r\n"
        "a=acap:4 candidate:842163049 1 udp 1 host.corp.example 9 typ host\r\n"
        "a=acap:5 fingerprint:sha-1 AB:CD\r\na=acap:6 key-mgmt:mikey AQAFgM0X\r\n"
        "a=acap:7 ptime:20\r\na=cpar:a=ssrc:3735928559 cname:bob@laptop\r\n"
        "a=ccap:1 IN IP4 media.corp.example\r\na=icap:1 Bob is calling\r\n"
        "a=mfcap:1 x-user=alice;mode=2\r\na=confid:4321\r\na=userid:8765\r\n"
        "a=ts-refclk:ptp=IEEE1588-2008:39-A7-94-FF-FE-07-CB-D0:domain-name=studio\r\n"
        "a=ts-refclk:localmac=7A-BB-CC-DD-EE-1F\r\na=ts-refclk:own=secret\r\n"
        "a=mediaclk:id=src:MDA6NjA6MmI6 IEEE1722=38-D6-6D-8E-D2-78-13-2F\r\n"));
    for (const char* secret :
         {"corp", "BwgJCgsMDQ4P", "hunter2", "sesame", "842163049", "AB:CD", "AQAFgM0X",
          "3735928559", "laptop", "Bob", "alice", "4321", "8765", "39-A7-94", "studio", "7A-BB-CC",
          "own=secret", "MDA6NjA6", "38-D6-6D"})
        EXPECT_EQ(out.find(secret), std::string::npos) << secret << " in\n" << out;
    for (const char* kept :
         {"a=ts-refclk:ntp=/traceable/\r\n", "a=ts-refclk:ptp=IEEE1588-2008:traceable\r\n",
          "a=acap:1 crypto:1 AES_CM_128_HMAC_SHA1_80 inline:", "a=acap:7 ptime:20\r\n", "mode=2",
          "ntp=host1.example\r\n", "a=ccap:1 IN IP4 host", "a=ts-refclk:ptp=IEEE1588-2008:"})
        EXPECT_NE(out.find(kept), std::string::npos) << kept << " in\n" << out;
}

/// A line of a log with a description in it is not read, and so nothing of it is left.
TEST(Anonymize, leaves_nothing_of_a_line_around_a_description) {
    for (const std::string line :
         {R"(10:00 alice: {"type": "offer", "sdp": "v=0\r\na=ice-ufrag:F7gI\r\n"})",
          R"(10:00 alice: "v=0\r\na=ice-ufrag:F7gI")", R"(alice v=0\na=ice-ufrag:F7gI\n)",
          R"(alice: {"candidate": "candidate:1 1 udp 1 h.corp 9 typ host", "ufrag": "F7gI"})"}) {
        const std::string out = Anonymizer().anonymize(sdp::Description(line + "\r\n"));
        EXPECT_EQ(out.size(), line.size() + 2);
        for (const char* secret : {"alice", "F7gI", "corp"})
            EXPECT_EQ(out.find(secret), std::string::npos) << secret << " in " << out;
    }
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

bool is_part_of_word(char c) {
    return sdp::is_ice_char(c);
}

/// Whether it stands there as a word of its own.
bool shows(std::string_view text, std::string_view secret) {
    for (std::size_t at = text.find(secret); at != text.npos; at = text.find(secret, at + 1)) {
        const std::size_t end = at + secret.size();
        if (at > 0 && is_part_of_word(text[at - 1])) continue;
        if (end < text.size() && is_part_of_word(text[end])) continue;
        return true;
    }
    return false;
}

std::set<std::string> secrets_of(const std::string& text) {
    const sdp::Description description(text);
    std::set<std::string> out;
    const auto add_address = [&](const sdp::Address& address) {
        const bool is_anybodys = address.scope == sdp::AddressScope::Unspecified ||
                                 address.scope == sdp::AddressScope::Loopback;
        if (!address.text.empty() && !is_anybodys) out.emplace(address.text);
    };
    for (const sdp::Candidate& candidate : description.candidates()) {
        add_address(candidate.address);
        add_address(candidate.related_address);
    }
    for (const sdp::Section& section : description.sections()) {
        for (const sdp::Connection& connection : section.connections)
            add_address(connection.address);
        for (const Attr id : {Attr::IceUfrag, Attr::IcePwd})
            if (const auto value = section.value(id)) out.emplace(*value);
    }
    for (const sdp::Fingerprint& fingerprint : description.fingerprints())
        out.emplace(fingerprint.digest);
    return out;
}

std::vector<Breakage> all_breakages() {
    std::vector<Breakage> all = repairable_breakages();
    for (Breakage& breakage : other_breakages())
        all.push_back(std::move(breakage));
    const auto add = [&](const char* name, auto apply) { all.push_back({name, apply}); };
    add("as it was", [](std::string_view line) { return std::string(line); });
    add("a name with one capital", [](std::string_view line) {
        std::string out(line);
        if (out.size() > 2 && out[0] == 'a' && out[2] >= 'a')
            out[2] = static_cast<char>(out[2] - 32);
        return out;
    });
    add("a letter of the name is missing", [](std::string_view line) {
        return std::string(line).erase(std::min<std::size_t>(7, line.size()), 1);
    });
    add("the first letter of the name is missing", [](std::string_view line) {
        return std::string(line).erase(std::min<std::size_t>(2, line.size()), 1);
    });
    add("no colon", [](std::string_view line) {
        std::string out(line);
        if (const auto colon = out.find(':'); colon != out.npos) out.erase(colon, 1);
        return out;
    });
    add("the fourth field is missing", [](std::string_view line) {
        std::string out(line);
        std::size_t at = 0;
        for (int i = 0; i < 3 && at != out.npos; ++i)
            at = out.find(' ', at + 1);
        if (at != out.npos) out.erase(at, out.find(' ', at + 1) - at);
        return out;
    });
    add("tabs for blanks", [](std::string_view line) {
        std::string out(line);
        std::replace(out.begin(), out.end(), ' ', '\t');
        return out;
    });
    return all;
}

TEST(Anonymize, of_broken_captures_shows_none_of_their_secrets) {
    std::size_t secret_count = 0;
    const auto captures =
        descriptions_below(std::string(PORTOLAN_SOURCE_DIR) + "/sdp-lint/corpus/captures");
    for (const auto& [name, text] : captures) {
        const std::set<std::string> secrets = secrets_of(text);
        secret_count += secrets.size();
        for (const Breakage& breakage : all_breakages()) {
            std::vector<std::string> lines = split_lines(text);
            for (std::string& line : lines)
                line = breakage.apply(line);
            for (const char* end : {"\r\n", "\r"}) {
                std::string broken;
                for (const std::string& line : lines)
                    broken += line + end;
                const std::string out = Anonymizer().anonymize(sdp::Description(broken));
                for (const std::string& secret : secrets) {
                    ASSERT_FALSE(shows(out, secret))
                        << name << ": " << breakage.name << ": " << secret << " in\n"
                        << out;
                }
            }
        }
    }
    EXPECT_GT(secret_count, 100U);
}

TEST(Anonymize, finds_secrets_in_lines_that_are_not_read) {
    const std::string text =
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n"
        "a=control:rtsp://alice:hunter2@81.2.69.142:554/track1\r\n"
        "m=message 7394 TCP/MSRP *\r\nc=IN IP4 81.2.69.142\r\n"
        "a=path:msrp://81.2.69.142:7394/2s93i93idj;tcp\r\n"
        "a=Ice-pwd:x9cml/YzichV2+XlhiMu8gz1\r\n"
        "A=FINGERPRINT:SHA-256 7A:D7:61:52\r\n"
        "  a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9|2^20\r\n"
        "candidate:5 1 udp 81.2.69.142 5000 typ host ufrag F7gI\r\n"
        "a=candidate:6 1 udp phone.example.net 5000 typ host\r\n"
        "a=x-note:[2a02:fb00::99]:5000 IN IP481.2.69.142\r\n";
    const std::string out = Anonymizer().anonymize(sdp::Description(text));
    for (const char* secret : {"81.2.69.142", "hunter2", "alice", "x9cml", "7A:D7", "WVNfX19",
                               "F7gI", "2a02:fb00", "phone.example.net"})
        EXPECT_EQ(out.find(secret), std::string::npos) << secret << " in\n" << out;
    const std::string two = Anonymizer().anonymize(
        sdp::Description("a=x:81.2.69.142 203.0.113.9\r\na=ssrc:1 cname:alice@laptop\r\n"));
    EXPECT_NE(two.find("a=x:203.0.113.1 203.0.113.2\r\n"), std::string::npos) << two;
    EXPECT_NE(two.find(" cname:"), std::string::npos) << two;
    EXPECT_EQ(two.find("alice"), std::string::npos) << two;
    // One address is one pseudonym, and what says nothing stays.
    EXPECT_NE(out.find("a=path:msrp://203.0.113.2:7394/"), std::string::npos) << out;
    EXPECT_NE(out.find("c=IN IP4 203.0.113.2\r\n"), std::string::npos) << out;
    EXPECT_NE(out.find("AES_CM_128_HMAC_SHA1_80"), std::string::npos) << out;
}

TEST(Anonymizer, replaces_names_where_applications_put_them) {
    const std::string text =
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n"
        "a=group:BUNDLE audio-alice video\r\n"
        "m=audio 9 RTP/AVP 96\r\na=mid:audio-alice\r\na=fmtp:96 minptime=10;x-user=alice\r\n"
        "a=url:turn:203.0.113.7?user=alice\r\na=path:msrp://alice.example.com:7394/"
        "2s93i9ek2a;tcp\r\n"
        "m=video 9 RTP/AVP 97\r\na=mid:video\r\na=dcmap:0 subprotocol=\"chat\";label=\"alice\"\r\n";
    Anonymizer anonymizer;
    const std::string out = anonymizer.anonymize(sdp::Description(text));
    EXPECT_EQ(out.find("alice"), std::string::npos) << out;
    EXPECT_EQ(out.find("2s93i9ek2a"), std::string::npos) << out;
    for (const char* kept : {"a=mid:video\r\n", "minptime=10;x-user=", "subprotocol=\"chat\""})
        EXPECT_NE(out.find(kept), std::string::npos) << kept << " in\n" << out;
    // The group and candidates still name the section.
    const std::string mid = anonymizer.anonymize_mid("audio-alice");
    EXPECT_NE(out.find("a=group:BUNDLE " + mid + " video\r\n"), std::string::npos) << out;
    EXPECT_NE(out.find("a=mid:" + mid + "\r\n"), std::string::npos) << out;
    EXPECT_EQ(anonymizer.anonymize_mid("0"), "0");
}

}  // namespace
}  // namespace portolan::lint
