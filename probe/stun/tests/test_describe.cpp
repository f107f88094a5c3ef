#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "probe/stun/describe.hpp"
#include "probe/stun/integrity.hpp"
#include "probe/stun/printable.hpp"
#include "probe/stun/raw_message.hpp"
#include "probe/stun/tests/support.hpp"
#include "probe/stun/tests/vectors.hpp"

namespace portolan::stun {
namespace {

using test::bytes_of;
using test::from_hex;
using test::sample_id;

RawMessage binding() {
    return {MessageClass::Request, Method::Binding, sample_id()};
}

bool mentions(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST(DescribeText, rfc5769_response_reads_like_this) {
    EXPECT_EQ(describe_text(from_hex(vectors::kRfc5769ResponseIpv4)),
              R"(STUN Binding success response, 80 bytes
0000  01 01                    Binding success response
0002  00 3c                    length 60
0004  21 12 a4 42              magic cookie
0008  b7 e7 a7 01 bc 34 d6 86  transaction id
0010  fa 87 df ae
0014  80 22 00 0b              SOFTWARE, 11 bytes
0018  74 65 73 74 20 76 65 63  "test vector"
0020  74 6f 72
0023  20                       padding, not zero
0024  00 20 00 08              XOR-MAPPED-ADDRESS, 8 bytes
0028  00 01 a1 47 e1 12 a6 43  192.0.2.1:32853
0030  00 08 00 14              MESSAGE-INTEGRITY, 20 bytes
0034  2b 91 f5 99 fd 9e 90 c3
003c  8c 74 89 f9 2a f9 ba 53
0044  f0 6b e7 d7
0048  80 28 00 04              FINGERPRINT, 4 bytes
004c  c0 7d 4c 96              0xc07d4c96
)");
}

TEST(DescribeText, errors_stand_where_they_occur) {
    const auto text = describe_text(
        binding()
            .attribute(AttributeType::Software, bytes_of("abcd"))
            .attribute(AttributeType::Nonce, bytes_of("wxyz"), {.claimed_length_bytes = 400})
            .build());
    EXPECT_TRUE(mentions(text,
                         "001c  00 15 01 90              NONCE, 400 bytes\n"
                         "      !! an attribute of 400 bytes does not fit the 4 that are left\n"
                         "0020  77 78 79 7a\n"))
        << text;
    const auto mismatch = describe_text(binding().length_field(8).build());
    EXPECT_TRUE(mentions(mismatch, "length 8\n      !! the message length is 8 but 0 bytes"))
        << mismatch;
    const auto trailing = describe_text(binding().trailing(from_hex("aabb")).build());
    EXPECT_TRUE(mentions(trailing, "aa bb                    not an attribute")) << trailing;
}

TEST(DescribeText, unknown_ignored_and_malformed_attributes_are_marked) {
    const auto text = describe_text(binding()
                                        .attribute(0x7FEE, from_hex("01"), {})
                                        .attribute(0xC057, {}, {})
                                        .attribute(AttributeType::Priority, from_hex("0102"))
                                        .message_integrity(bytes_of("k"))
                                        .attribute(AttributeType::Realm, bytes_of("late"))
                                        .build());
    EXPECT_TRUE(mentions(text, "unknown attribute 0x7fee, comprehension required, 1 bytes"));
    EXPECT_TRUE(mentions(text, "unknown attribute 0xc057, comprehension optional, 0 bytes"));
    EXPECT_TRUE(mentions(text, "malformed value"));
    EXPECT_TRUE(mentions(text, "REALM, 4 bytes, ignored: behind message integrity"));
}

TEST(Describe, secrets_are_redacted_unless_asked_for) {
    const auto bytes = binding()
                           .attribute(AttributeType::Password, bytes_of("hunter2"))
                           .attribute(AttributeType::AccessToken, bytes_of("t0ken"))
                           .build();
    const auto text = describe_text(bytes);
    const auto json = describe_json(bytes).dump();
    for (const auto* secret :
         {"hunter2", "t0ken", "68 75 6e 74", "74 30 6b", "68756e74", "74306b"}) {
        EXPECT_FALSE(mentions(text, secret)) << secret;
        EXPECT_FALSE(mentions(json, secret)) << secret;
    }
    EXPECT_TRUE(mentions(text, "(8 bytes redacted)")) << text;
    EXPECT_TRUE(mentions(describe_text(bytes, {.show_secrets = true}), "hunter2"));
    EXPECT_TRUE(mentions(describe_json(bytes, {.show_secrets = true}).dump(), "hunter2"));
}

TEST(Describe, secret_that_overruns_the_message_is_redacted_too) {
    const auto bytes =
        binding()
            .attribute(AttributeType::Password, bytes_of("hunter2!"), {.claimed_length_bytes = 99})
            .build();
    EXPECT_FALSE(mentions(describe_text(bytes), "68 75 6e 74"));
    EXPECT_FALSE(mentions(describe_json(bytes).dump(), "68756e74"));
}

TEST(Describe, text_from_the_peer_cannot_steer_a_terminal) {
    const auto bytes =
        binding()
            .attribute(AttributeType::Software,
                       bytes_of("a\x1b[2J\r\n\"\xc2\x9b\xe2\x80\xae\xff\xe3\x83\x9e"))
            .build();
    const auto text = describe_text(bytes);
    EXPECT_TRUE(mentions(text, R"("a\x1b[2J\x0d\x0a\x22\xc2\x9b\xe2\x80\xae\xff)"
                               "\xe3\x83\x9e\""))
        << text;
    EXPECT_FALSE(mentions(text, "\x1b"));
    const auto json = describe_json(bytes);
    EXPECT_TRUE(json["attributes"][0].contains("value_hex"));  // not UTF-8
    EXPECT_NO_THROW(static_cast<void>(json.dump()));
}

TEST(DescribeJson, keys_are_stable) {
    const auto json = describe_json(binding()
                                        .attribute(AttributeType::Lifetime, from_hex("00000258"))
                                        .attribute(0x7FEE, from_hex("0102"), {})
                                        .build());
    EXPECT_EQ(json, nlohmann::json::parse(R"({
        "protocol": "stun", "size_bytes": 36, "class": "request", "method": "Binding",
        "method_number": 1, "length_bytes": 16, "magic_cookie": true,
        "transaction_id": "2112a442101112131415161718191a1b",
        "attributes": [
            {"type": "0x000d", "name": "LIFETIME", "source": "RFC 8656 s18.2", "offset_bytes": 20,
             "length_bytes": 4, "required": true, "known": true, "ignored": false,
             "malformed": false, "value_s": 600},
            {"type": "0x7fee", "offset_bytes": 28, "length_bytes": 2, "required": true,
             "known": false, "ignored": false, "malformed": false, "value_hex": "0102"}]})"));
}

TEST(DescribeJson, error_and_rest) {
    const auto json = describe_json(from_hex("000100"));
    EXPECT_EQ(json["error"]["code"], "peer.stun.short_header");
    EXPECT_EQ(json["error"]["offset_bytes"], 3);
    EXPECT_EQ(json["rest_hex"], "000100");
}

TEST(Describe, other_protocols_are_named) {
    EXPECT_TRUE(mentions(describe_text(from_hex("4001000568656c6c6f000000")), "TURN ChannelData"));
    EXPECT_EQ(describe_json(from_hex("4001000568656c6c6f000000"))["data_hex"], "68656c6c6f");
    EXPECT_EQ(describe_json(from_hex("4001ffff"))["error"]["code"], "peer.stun.channel_overrun");
    EXPECT_TRUE(mentions(describe_text(from_hex("16fefd")), "not STUN (dtls), 3 bytes"));
    EXPECT_EQ(describe_json(from_hex("80"))["protocol"], "rtp");
    EXPECT_TRUE(mentions(describe_text({}), "not STUN (unknown), 0 bytes"));
}

TEST(Describe, long_values_are_cut_in_text_only) {
    const auto bytes = binding().fill_to(2000, AttributeType::Data).build();
    EXPECT_LT(describe_text(bytes).size(), 4000U);
    EXPECT_TRUE(mentions(describe_text(bytes), "... 1720 more bytes"));
    EXPECT_EQ(describe_json(bytes)["attributes"][0]["value_hex"].get<std::string>().size(),
              2U * 1976);
}

TEST(Describe, any_bytes_are_described) {
    for (unsigned seed = 0; seed < 3000; ++seed) {
        std::mt19937 random(seed);
        auto bytes = from_hex(vectors::kRfc5769Request);
        for (unsigned i = 0; i < 1 + seed % 20; ++i) {
            bytes[random() % bytes.size()] = static_cast<std::byte>(random());
        }
        bytes.resize(random() % (bytes.size() + 1));
        EXPECT_FALSE(describe_text(bytes).empty()) << "seed " << seed;
        EXPECT_NO_THROW(static_cast<void>(describe_json(bytes).dump())) << "seed " << seed;
    }
}

TEST(Printable, utf8_is_checked_as_rfc3629_says) {
    for (const auto* good :
         {"", "a", "\xc2\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
        EXPECT_TRUE(is_utf8(good));
    }
    for (const auto* bad :
         {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xe0\x9f\xbf", "\xed\xa0\x80",
          "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xe2\x82"}) {
        EXPECT_FALSE(is_utf8(bad));
    }
}

}  // namespace
}  // namespace portolan::stun
