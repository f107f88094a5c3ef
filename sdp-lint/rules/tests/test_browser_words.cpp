// What a browser says, as its console shows it.
#include <gtest/gtest.h>

#include "sdp-lint/rules/browser_message.hpp"
#include "sdp-lint/rules/browser_words.hpp"
#include "sdp-lint/rules/browsers.hpp"
#include "sdp-lint/rules/linter.hpp"

namespace portolan::lint {
namespace {

TEST(BrowserWords, are_the_reason_without_what_stands_before_it) {
    const auto chrome = browser_words(
        "Failed to execute 'setRemoteDescription' on 'RTCPeerConnection': "
        "Failed to parse SessionDescription.  Failed to parse codecs correctly.");
    EXPECT_EQ(chrome.reason, "failed to parse codecs correctly.");
    EXPECT_TRUE(chrome.is_introduced);
    const auto firefox = browser_words(
        "SIPCC Failed to parse SDP: SDP Parse Error on line 3:  Warning: a=foo unknown\n"
        "SDP Parse Error on line 127:  o= owner line not specified, validation failed.");
    EXPECT_EQ(firefox.reason, "o= owner line not specified, validation failed.");
    EXPECT_EQ(firefox.line_number, 127U);
    const auto applying = browser_words(
        "InvalidAccessError: Failed to execute 'setRemoteDescription' on 'RTCPeerConnection': "
        "Failed to set remote offer sdp: Failed to apply the description for m= section with "
        "mid='a:1': Invalid ICE parameters");
    EXPECT_EQ(applying.reason, "invalid ice parameters");
    EXPECT_EQ(applying.mid, "a:1");
    EXPECT_EQ(browser_words("Invalid offer, no setup attribute at level 2").level, 2U);
}

TEST(BrowserWords, of_old_versions_are_those_of_new_ones) {
    EXPECT_EQ(browser_words("Failed to parse audio codecs correctly").reason,
              "failed to parse codecs correctly");
    EXPECT_EQ(browser_words("Failed to set remote offer sdp: Failed to push down transport "
                            "description: Called with SDP without DTLS fingerprint.")
                  .reason,
              "called with sdp without dtls fingerprint.");
    // Not every sentence that begins like that ends in "sdp:".
    EXPECT_EQ(browser_words("Failed to set remote video description send parameters for m-section "
                            "with mid='1'.")
                  .reason,
              "failed to set remote video description send parameters for m-section with mid='1'.");
}

TEST(BrowserWords, without_a_reason_are_empty) {
    for (const char* bare :
         {"Failed to parse SessionDescription.  ", "SIPCC Failed to parse SDP:"}) {
        EXPECT_EQ(browser_words(bare).reason, "") << bare;
        EXPECT_TRUE(browser_words(bare).is_introduced) << bare;
        EXPECT_FALSE(find_message(bare).empty()) << bare;
    }
    EXPECT_FALSE(browser_words("").is_introduced);
    EXPECT_TRUE(find_message("").empty());
}

TEST(BrowserWords, name_no_rule_that_has_only_the_beginning_in_common) {
    const auto owner = find_message(
        "SIPCC Failed to parse SDP: SDP Parse Error on line 127:  o= owner line not specified, "
        "validation failed.");
    ASSERT_FALSE(owner.empty());
    EXPECT_EQ(owner.front().code, Code::SE003);
    for (const MessageMatch& match : owner)
        EXPECT_NE(match.code, Code::SY006);
    for (const MessageMatch& match :
         find_message("Failed to parse SessionDescription.  Failed to parse codecs correctly."))
        EXPECT_NE(match.code, Code::ME008);
}

TEST(BrowserWords, are_foretold_with_any_value_where_one_stays_open) {
    const auto said = browser_words("SDP Parse Error on line 7:  Malformed at column 12");
    EXPECT_TRUE(is_foretold("SDP Parse Error on line 7: Malformed at column ...", said));
    EXPECT_FALSE(is_foretold("SDP Parse Error on line 8: Malformed at column ...", said));
    EXPECT_FALSE(is_foretold("SDP Parse Error on line 7: Malformed at", said));
    EXPECT_FALSE(is_foretold("SIPCC Failed to parse SDP", said));
    EXPECT_TRUE(is_foretold("Invalid answer, illegal ... at level 1",
                            browser_words("Invalid answer, illegal setup attribute at level 1")));
}

/// What the browser is said to do about the only finding with that code.
BrowserVerdict verdict_on(const std::string& times, Code code, Browser browser) {
    const std::string text = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\n" + times + "\r\n";
    const sdp::Description description(text);
    for (const Finding& finding : Linter().lint(description)) {
        if (finding.code != code) continue;
        const BrowserRow* row = browser_row_of(finding, description, browser);
        return row != nullptr ? row->verdict : BrowserVerdict::Unknown;
    }
    ADD_FAILURE() << "nothing was found in " << times;
    return BrowserVerdict::Unknown;
}

TEST(BrowserRows, claim_nothing_of_a_text_that_the_browser_reads_otherwise) {
    // Firefox ends the line at the CR, and takes it.
    EXPECT_EQ(verdict_on("t=0 x", Code::SE013, Browser::Firefox), BrowserVerdict::Rejects);
    EXPECT_EQ(verdict_on("t=0 0\r", Code::SE013, Browser::Firefox), BrowserVerdict::Unknown);
    EXPECT_EQ(verdict_on("t=0 0\r", Code::SY007, Browser::Firefox), BrowserVerdict::Accepts);
}

}  // namespace
}  // namespace portolan::lint
