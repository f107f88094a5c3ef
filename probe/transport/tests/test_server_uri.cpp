#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "probe/transport/server_uri.hpp"

namespace portolan::transport {
namespace {

ServerUri good(std::string_view text) {
    auto uri = ServerUri::parse(text);
    EXPECT_TRUE(uri) << text << ": " << uri.error().message;
    return uri ? *uri : ServerUri{};
}

struct BadUri {
    std::string text;
    std::string code;
    std::size_t offset;
};

// The examples of RFC 7064 appendix A and RFC 7065 appendix A.
TEST(ServerUri, rfc_examples_parse) {
    EXPECT_EQ(good("stun:example.org"),
              (ServerUri{.scheme = ServerScheme::Stun, .host = "example.org"}));
    EXPECT_EQ(good("stuns:example.org").port, 5349);
    EXPECT_EQ(good("stun:example.org:8000").port, 8000);
    EXPECT_EQ(good("turn:example.org").transport, ServerTransport::Udp);
    EXPECT_EQ(good("turns:example.org").transport, ServerTransport::Tcp);
    EXPECT_EQ(good("turn:example.org:8000").port, 8000);
    EXPECT_EQ(good("turn:example.org?transport=udp").transport, ServerTransport::Udp);
    EXPECT_EQ(good("turn:example.org?transport=tcp").transport, ServerTransport::Tcp);
    EXPECT_EQ(good("turns:example.org?transport=tcp").port, 5349);
}

TEST(ServerUri, ipv6_literal_is_unbracketed) {
    const auto uri = good("stun:[2001:DB8::1]:3479");
    EXPECT_EQ(uri.host, "2001:db8::1");
    EXPECT_EQ(uri.port, 3479);
    EXPECT_EQ(uri.numeric(), IpAddress::parse("2001:db8::1"));
    EXPECT_EQ(uri.to_string(), "stun:[2001:db8::1]:3479");
}

TEST(ServerUri, scheme_and_host_are_case_insensitive) {
    EXPECT_EQ(good("STUN:Example.ORG"), good("stun:example.org"));
    EXPECT_EQ(good("TURN:h?TRANSPORT=TCP"), good("turn:h?transport=tcp"));
}

TEST(ServerUri, dtls_is_secure_over_udp) {
    const auto uri = good("turns:h?transport=udp");
    EXPECT_TRUE(uri.is_secure());
    EXPECT_EQ(uri.transport, ServerTransport::Udp);
}

TEST(ServerUri, empty_port_is_the_default) {
    EXPECT_EQ(good("stun:h:").port, 3478);
    EXPECT_FALSE(good("stun:h:").port_given);
}

TEST(ServerUri, text_form_parses_to_the_same) {
    for (const char* text :
         {"stun:h", "stuns:h.example.", "turn:192.0.2.1:1", "turns:[::1]:65535?transport=udp",
          "turn:a_b-c?transport=tcp", "stun:h:3478"}) {
        EXPECT_EQ(good(text).to_string(), text);
        EXPECT_EQ(good(good(text).to_string()), good(text));
    }
}

TEST(ServerUri, errors_name_the_position) {
    const std::string long_label(64, 'a');
    std::string long_host = "a";
    while (long_host.size() <= 253)
        long_host += ".abcdefg";
    const BadUri bad[] = {
        {"", "uri.scheme", 0},
        {"stun", "uri.scheme", 0},
        {"example.org", "uri.scheme", 0},
        {"http://example.org", "uri.scheme", 0},
        {"stunx:example.org", "uri.scheme", 0},
        {" stun:example.org", "uri.scheme", 0},
        {"stun://example.org", "uri.slashes", 5},
        {"stun:", "uri.host", 5},
        {"stun::3478", "uri.host", 5},
        {"stun:?transport=udp", "uri.host", 5},
        {"stun:a..b", "uri.host", 7},
        {"stun:.", "uri.host", 5},
        {"stun:.a", "uri.host", 5},
        {"stun:" + long_label, "uri.host", 5},
        {"stun:b." + long_label, "uri.host", 7},
        {"stun:" + long_host, "uri.host", 5},
        {"stun:exa mple", "uri.host", 8},
        {std::string("stun:ab\0c", 9), "uri.host", 7},
        {"stun:b\xc3\xbc"
         "cher.example",
         "uri.host", 6},
        {"stun:a%20b", "uri.host", 6},
        {"stun:h/path", "uri.path", 6},
        {"stun:h#f", "uri.fragment", 6},
        {"turn:user@h", "uri.userinfo", 9},
        {"stun:999.1.1.1", "uri.host", 5},
        {"stun:1.2.3", "uri.host", 5},
        {"stun:2130706433", "uri.host", 5},
        {"stun:[::1", "uri.host", 5},
        {"stun:[]", "uri.host", 6},
        {"stun:[127.0.0.1]", "uri.host", 6},
        {"stun:[::g]", "uri.host", 6},
        {"stun:[fe80::1%eth0]", "uri.host", 13},
        {"stun:[::1]x", "uri.host", 10},
        {"stun:2001:db8::1", "uri.host", 5},
        {"turn:user:pw@h", "uri.userinfo", 12},
        {"stun:h:0", "uri.port", 7},
        {"stun:h:65536", "uri.port", 7},
        {"stun:h:99999999999999999999", "uri.port", 7},
        {"stun:h:80a", "uri.port", 9},
        {"stun:h:-1", "uri.port", 7},
        {"stun:h?transport=udp", "uri.query", 6},
        {"turn:h?", "uri.query", 7},
        {"turn:h?foo=bar", "uri.query", 7},
        {"turn:h?transport=", "uri.transport", 17},
        {"turn:h?transport=sctp", "uri.transport", 17},
        {"turn:h?transport=udp&x=y", "uri.transport", 17},
    };
    for (const BadUri& uri : bad) {
        const auto parsed = ServerUri::parse(uri.text);
        ASSERT_FALSE(parsed) << uri.text;
        EXPECT_EQ(parsed.error().culprit, Culprit::Usage);
        EXPECT_EQ(parsed.error().code, uri.code) << uri.text << ": " << parsed.error().message;
        EXPECT_EQ(parsed.error().byte_offset, uri.offset)
            << uri.text << ": " << parsed.error().message;
    }
}

TEST(ServerUri, errors_do_not_repeat_a_password) {
    const auto parsed = ServerUri::parse("turn:alice:hunter2@example.org");
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().message + parsed.error().hint,
                testing::Not(testing::HasSubstr("hunter2")));
}

}  // namespace
}  // namespace portolan::transport
