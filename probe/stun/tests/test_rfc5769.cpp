#include <gtest/gtest.h>

#include "probe/stun/crypto.hpp"
#include "probe/stun/integrity.hpp"
#include "probe/stun/nonce_cookie.hpp"
#include "probe/stun/raw_message.hpp"
#include "probe/stun/tests/support.hpp"
#include "probe/stun/tests/vectors.hpp"

namespace portolan::stun {
namespace {

using test::from_hex;
using test::parsed;

Bytes password() {
    return short_term_key(vectors::kShortTermPassword);
}

TEST(Rfc5769, sample_request_reads_and_verifies) {
    const auto bytes = from_hex(vectors::kRfc5769Request);
    const auto message = parsed(bytes);
    EXPECT_EQ(message.message_class(), MessageClass::Request);
    EXPECT_EQ(message.method(), Method::Binding);
    EXPECT_TRUE(message.transaction_id().has_magic_cookie());
    EXPECT_EQ(message.text(AttributeType::Software), "STUN test client");
    EXPECT_EQ(message.u32(AttributeType::Priority), 0x6E0001FFU);
    EXPECT_EQ(message.u64(AttributeType::IceControlled), 0x932FF9B151263B36U);
    EXPECT_EQ(message.text(AttributeType::Username), "evtj:h6vY");
    EXPECT_EQ(verify_message_integrity(message, password()), Check::Valid);
    EXPECT_EQ(verify_fingerprint(message), Check::Valid);
    EXPECT_EQ(verify_message_integrity_sha256(message, password()), Check::Absent);
}

TEST(Rfc5769, sample_response_ipv4_reads_and_verifies) {
    const auto bytes = from_hex(vectors::kRfc5769ResponseIpv4);
    const auto message = parsed(bytes);
    EXPECT_EQ(message.message_class(), MessageClass::SuccessResponse);
    EXPECT_EQ(message.text(AttributeType::Software), "test vector");
    EXPECT_EQ(message.address(AttributeType::XorMappedAddress),
              TransportAddress::parse("192.0.2.1:32853"));
    EXPECT_EQ(verify_message_integrity(message, password()), Check::Valid);
    EXPECT_EQ(verify_fingerprint(message), Check::Valid);
}

TEST(Rfc5769, sample_response_ipv6_reads_and_verifies) {
    const auto bytes = from_hex(vectors::kRfc5769ResponseIpv6);
    const auto message = parsed(bytes);
    EXPECT_EQ(message.address(AttributeType::XorMappedAddress),
              TransportAddress::parse("[2001:db8:1234:5678:11:2233:4455:6677]:32853"));
    EXPECT_EQ(verify_message_integrity(message, password()), Check::Valid);
    EXPECT_EQ(verify_fingerprint(message), Check::Valid);
}

TEST(Rfc5769, sample_long_term_request_reads_and_verifies) {
    const auto bytes = from_hex(vectors::kRfc5769LongTermRequest);
    const auto message = parsed(bytes);
    EXPECT_EQ(message.text(AttributeType::Username), vectors::kLongTermUsername);
    EXPECT_EQ(message.text(AttributeType::Nonce), "f//499k954d6OL34oL9FSTvy64sA");
    EXPECT_EQ(message.text(AttributeType::Realm), vectors::kLongTermRealm);
    const auto key = long_term_key(PasswordAlgorithm::Md5, vectors::kLongTermUsername,
                                   vectors::kLongTermRealm, vectors::kLongTermPassword);
    ASSERT_TRUE(key);
    EXPECT_EQ(verify_message_integrity(message, key->bytes()), Check::Valid);
    EXPECT_EQ(verify_fingerprint(message), Check::Absent);
}

// The vector's length field counts the 20 bytes of the header as well, and its HMAC was computed
// over that. So it does not parse as printed, and once the length is right its HMAC is wrong; but
// it proves USERHASH, the SHA-256 key and the HMAC.
TEST(Rfc8489AppendixB, proves_userhash_and_sha256_key_despite_its_length) {
    auto bytes = from_hex(vectors::kRfc8489B1AsPrinted);
    EXPECT_EQ(MessageView::parse(bytes).error().code, "stun.length_mismatch");
    const auto key = long_term_key(PasswordAlgorithm::Sha256, vectors::kLongTermUsername,
                                   vectors::kLongTermRealm, vectors::kLongTermPassword);
    ASSERT_TRUE(key);
    std::array<std::byte, kSha256Bytes> mac{};
    const std::size_t covered = bytes.size() - 4 - mac.size();
    ASSERT_TRUE(crypto::hmac(crypto::Hash::Sha256, key->bytes(), {Bytes(bytes).first(covered)},
                             mac.data()));
    EXPECT_EQ(test::copy_of(mac), test::copy_of(Bytes(bytes).last(mac.size())));

    bytes[3] = static_cast<std::byte>(bytes.size() - kHeaderBytes);
    const auto message = parsed(bytes);
    const auto hash = userhash(vectors::kLongTermUsername, vectors::kLongTermRealm);
    ASSERT_TRUE(hash);
    EXPECT_EQ(test::copy_of(message.find(AttributeType::Userhash)->value), test::copy_of(*hash));
    EXPECT_EQ(verify_message_integrity_sha256(message, key->bytes()), Check::Invalid);
    EXPECT_EQ(parse_nonce_cookie(*message.text(AttributeType::Nonce))->bits, 2U);
}

// Each bit of each byte that the HMAC covers, and of the HMAC itself. A flip may also break the
// framing or hide the attribute; in no case may the result be Valid.
TEST(Rfc5769, no_single_flipped_bit_leaves_integrity_valid) {
    const auto original = from_hex(vectors::kRfc5769LongTermRequest);
    const auto key = long_term_key(PasswordAlgorithm::Md5, vectors::kLongTermUsername,
                                   vectors::kLongTermRealm, vectors::kLongTermPassword);
    ASSERT_TRUE(key);
    for (std::size_t bit = 0; bit < original.size() * 8; ++bit) {
        auto bytes = original;
        bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        const auto message = MessageView::parse(bytes);
        if (!message) continue;
        EXPECT_NE(verify_message_integrity(*message, key->bytes()), Check::Valid) << bit;
    }
}

TEST(Rfc5769, no_single_flipped_bit_leaves_the_fingerprint_valid) {
    const auto original = from_hex(vectors::kRfc5769ResponseIpv4);
    for (std::size_t bit = 0; bit < original.size() * 8; ++bit) {
        auto bytes = original;
        bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        const auto message = MessageView::parse(bytes);
        if (!message) continue;
        EXPECT_NE(verify_fingerprint(*message), Check::Valid) << bit;
    }
}

TEST(Rfc5769, wrong_key_is_invalid) {
    const auto bytes = from_hex(vectors::kRfc5769Request);
    EXPECT_EQ(verify_message_integrity(parsed(bytes), short_term_key("VOkJxbRl1RmTxUk/WvJxBT")),
              Check::Invalid);
    EXPECT_EQ(verify_message_integrity(parsed(bytes), {}), Check::Invalid);
}

TEST(Rfc5769, wrong_length_field_does_not_parse) {
    for (const unsigned length : {0x54U, 0x59U, 0x5CU, 0x00U}) {
        auto bytes = from_hex(vectors::kRfc5769Request);
        bytes[3] = static_cast<std::byte>(length);
        EXPECT_FALSE(MessageView::parse(bytes)) << length;
    }
}

TEST(Rfc5769, every_truncation_is_an_error) {
    for (const auto vector : {vectors::kRfc5769Request, vectors::kRfc5769ResponseIpv6}) {
        const auto bytes = from_hex(vector);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const auto result = MessageView::parse(Bytes(bytes).first(size));
            ASSERT_FALSE(result) << size;
            EXPECT_EQ(result.error().culprit, Culprit::Peer);
        }
    }
}

// RFC 8489 s14.5 (MUST): what follows MESSAGE-INTEGRITY is ignored, and the integrity still holds.
TEST(Rfc5769, attribute_after_integrity_is_ignored) {
    const auto original = from_hex(vectors::kRfc5769LongTermRequest);
    const auto source = parsed(original);
    const auto bytes = RawMessage(source.message_class(), source.method(), source.transaction_id())
                           .attributes_of(source)
                           .attribute(AttributeType::Priority, from_hex("01020304"))
                           .build();
    const auto message = parsed(bytes);
    EXPECT_FALSE(message.has(AttributeType::Priority));
    const auto key = long_term_key(PasswordAlgorithm::Md5, vectors::kLongTermUsername,
                                   vectors::kLongTermRealm, vectors::kLongTermPassword);
    ASSERT_TRUE(key);
    EXPECT_EQ(verify_message_integrity(message, key->bytes()), Check::Valid);
}

// Our writer pads with zeros, the vectors partly with spaces: equal but for padding and the values
// computed over it.
TEST(Rfc5769, writer_reproduces_the_long_term_request) {
    const auto bytes = from_hex(vectors::kRfc5769LongTermRequest);
    const auto key = long_term_key(PasswordAlgorithm::Md5, vectors::kLongTermUsername,
                                   vectors::kLongTermRealm, vectors::kLongTermPassword);
    ASSERT_TRUE(key);
    std::array<std::byte, 256> buffer{};
    MessageWriter writer(buffer, MessageClass::Request, Method::Binding,
                         parsed(bytes).transaction_id());
    writer.add_text(AttributeType::Username, vectors::kLongTermUsername)
        .add_text(AttributeType::Nonce, "f//499k954d6OL34oL9FSTvy64sA")
        .add_text(AttributeType::Realm, vectors::kLongTermRealm)
        .add_message_integrity(key->bytes());
    EXPECT_EQ(test::copy_of(writer.bytes()), bytes);
}

}  // namespace
}  // namespace portolan::stun
