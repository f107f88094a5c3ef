#include <gtest/gtest.h>

#include "probe/stun/integrity.hpp"
#include "probe/stun/nonce_cookie.hpp"
#include "probe/stun/password_algorithms.hpp"
#include "probe/stun/raw_message.hpp"
#include "probe/stun/tests/support.hpp"

namespace portolan::stun {
namespace {

using test::bytes_of;
using test::copy_of;
using test::from_hex;
using test::parsed;
using test::sample_id;

RawMessage binding() {
    return {MessageClass::Request, Method::Binding, sample_id()};
}

// RFC 8489 s9.2.2 gives this example.
TEST(LongTermKey, md5_example_of_the_rfc) {
    const auto key = long_term_key(PasswordAlgorithm::Md5, "user", "realm", "pass");
    ASSERT_TRUE(key);
    EXPECT_EQ(copy_of(key->bytes()), from_hex("8493fbc53ba582fb4c044c456bdc40eb"));
}

// sha256sum of "user:realm:pass".
TEST(LongTermKey, sha256) {
    const auto key = long_term_key(PasswordAlgorithm::Sha256, "user", "realm", "pass");
    ASSERT_TRUE(key);
    EXPECT_EQ(copy_of(key->bytes()),
              from_hex("07e934117abd40836e7c6329b54731b2b2d2a5f9a71f544922d75e0730d8251b"));
}

// RFC 8489 s9.2.2: quotes and trailing NULs of username and realm, trailing NULs of the password.
TEST(LongTermKey, quotes_and_trailing_nuls_are_removed) {
    using namespace std::string_view_literals;
    const auto plain = long_term_key(PasswordAlgorithm::Md5, "user", "realm", "pass");
    const auto dressed =
        long_term_key(PasswordAlgorithm::Md5, "\"user\"\0"sv, "\"realm\"", "pass\0\0"sv);
    const auto quoted_password = long_term_key(PasswordAlgorithm::Md5, "user", "realm", "\"pass\"");
    ASSERT_TRUE(plain && dressed && quoted_password);
    EXPECT_EQ(copy_of(plain->bytes()), copy_of(dressed->bytes()));
    EXPECT_NE(copy_of(plain->bytes()), copy_of(quoted_password->bytes()));
}

TEST(LongTermKey, unknown_algorithm_is_a_usage_error) {
    const auto key = long_term_key(static_cast<PasswordAlgorithm>(3), "u", "r", "p");
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().culprit, Culprit::Usage);
    EXPECT_EQ(key.error().code, "stun.password_algorithm");
}

TEST(Integrity, absent_and_malformed_are_told_apart) {
    const auto key = bytes_of("key");
    const auto plain = binding().build();
    EXPECT_EQ(verify_message_integrity(parsed(plain), key), Check::Absent);
    EXPECT_EQ(verify_message_integrity_sha256(parsed(plain), key), Check::Absent);
    EXPECT_EQ(verify_fingerprint(parsed(plain)), Check::Absent);
    const auto cut = binding()
                         .attribute(AttributeType::MessageIntegrity, from_hex("00000000"))
                         .attribute(AttributeType::MessageIntegritySha256, from_hex("00000000"))
                         .attribute(AttributeType::Fingerprint, from_hex("000000"))
                         .build();
    EXPECT_EQ(verify_message_integrity(parsed(cut), key), Check::Malformed);
    EXPECT_EQ(verify_message_integrity_sha256(parsed(cut), key), Check::Malformed);
    EXPECT_EQ(verify_fingerprint(parsed(cut)), Check::Malformed);
}

TEST(Integrity, truncated_sha256_needs_permission) {
    const auto key = bytes_of("key");
    for (const std::size_t length : {16U, 20U, 24U, 28U, 32U}) {
        const auto bytes = binding().message_integrity_sha256(key, length).build();
        EXPECT_EQ(verify_message_integrity_sha256(parsed(bytes), key, 16), Check::Valid);
        EXPECT_EQ(verify_message_integrity_sha256(parsed(bytes), key),
                  length == 32 ? Check::Valid : Check::Malformed);
    }
    for (const std::size_t length : {0U, 12U, 18U, 36U}) {
        const auto bytes = binding().message_integrity_sha256(key, length).build();
        EXPECT_EQ(verify_message_integrity_sha256(parsed(bytes), key, 0), Check::Malformed);
    }
}

TEST(Integrity, faults_of_the_raw_builder_are_seen) {
    using Fault = RawMessage::Fault;
    const auto key = bytes_of("key");
    for (const auto fault : {Fault::FlippedBit, Fault::UnadjustedLength}) {
        EXPECT_EQ(
            verify_message_integrity(parsed(binding().message_integrity(key, fault).build()), key),
            Check::Invalid);
    }
    for (const auto fault : {Fault::FlippedBit, Fault::UnadjustedLength, Fault::MissingXor}) {
        const auto bytes = binding().fingerprint(fault).build();
        EXPECT_EQ(verify_fingerprint(parsed(bytes)), Check::Invalid);
    }
}

// RFC 8489 s14.7 (MUST): FINGERPRINT is the last attribute.
TEST(Integrity, fingerprint_that_is_not_last_is_malformed) {
    const auto bytes =
        binding().fingerprint().attribute(AttributeType::Software, bytes_of("late")).build();
    EXPECT_EQ(verify_fingerprint(parsed(bytes)), Check::Malformed);
}

// Longer than what is joined on the stack: the incremental path gives the same.
TEST(Integrity, long_messages_take_the_incremental_path) {
    const auto key = bytes_of("key");
    for (const std::size_t size : {1400U, 1500U, 1536U, 1560U, 1600U, 9000U, 65'000U}) {
        std::vector<std::byte> buffer(size + 100);
        MessageWriter writer(buffer, MessageClass::Request, Method::Binding, sample_id());
        writer.add_bytes(AttributeType::Padding, std::vector<std::byte>(size - 24))
            .add_message_integrity(key)
            .add_message_integrity_sha256(key);
        ASSERT_FALSE(writer.overflowed());
        EXPECT_EQ(verify_message_integrity(parsed(writer.bytes()), key), Check::Valid) << size;
        EXPECT_EQ(verify_message_integrity_sha256(parsed(writer.bytes()), key), Check::Valid);
        buffer[30] ^= std::byte{1};
        EXPECT_EQ(verify_message_integrity(parsed(writer.bytes()), key), Check::Invalid) << size;
    }
}

TEST(PasswordAlgorithms, build_and_parse) {
    const auto parameters = from_hex("010203");
    const std::array entries{PasswordAlgorithmEntry{PasswordAlgorithm::Sha256, {}},
                             PasswordAlgorithmEntry{PasswordAlgorithm{0x8001}, parameters},
                             PasswordAlgorithmEntry{PasswordAlgorithm::Md5, {}}};
    const auto value = build_password_algorithms(entries);
    EXPECT_EQ(value, from_hex("00020000"
                              "80010003"
                              "01020300"
                              "00010000"));
    const auto back = parse_password_algorithms(value);
    ASSERT_TRUE(back);
    ASSERT_EQ(back->size(), 3U);
    EXPECT_EQ((*back)[0].algorithm, PasswordAlgorithm::Sha256);
    EXPECT_EQ(copy_of((*back)[1].parameters), parameters);
    EXPECT_EQ((*back)[2].algorithm, PasswordAlgorithm::Md5);
}

TEST(PasswordAlgorithms, malformed_lists_are_refused) {
    for (const auto* hex :
         {"00", "000200", "00020004", "00020004000000", "0002000000", "00020001"}) {
        EXPECT_FALSE(parse_password_algorithms(from_hex(hex))) << hex;
        EXPECT_FALSE(is_password_algorithms(from_hex(hex))) << hex;
    }
    EXPECT_TRUE(parse_password_algorithms({}));
    EXPECT_TRUE(parse_password_algorithms(from_hex("00020001aa")));
}

// RFC 8489 s9.2 and s18.1: bit 0 is the most significant.
TEST(NonceCookie, bits_and_characters) {
    EXPECT_EQ(build_nonce({}, "xyz"), "obMatJos2AAAAxyz");
    EXPECT_EQ(build_nonce({SecurityFeatures::kPasswordAlgorithms}, ""), "obMatJos2gAAA");
    EXPECT_EQ(build_nonce({SecurityFeatures::kUsernameAnonymity}, ""), "obMatJos2QAAA");
    const auto features = parse_nonce_cookie("obMatJos2wAAArest");
    ASSERT_TRUE(features);
    EXPECT_TRUE(features->password_algorithms());
    EXPECT_TRUE(features->username_anonymity());
    for (std::uint32_t bits = 0; bits < (1U << 24); bits += 4099) {
        EXPECT_EQ(parse_nonce_cookie(build_nonce({bits}, "n"))->bits, bits);
    }
}

TEST(NonceCookie, nonces_without_one) {
    for (const auto* nonce :
         {"", "obMatJos2", "obMatJos2AAA", "obMatJos2AA=A", "f//499k954d6OL34o"}) {
        EXPECT_FALSE(parse_nonce_cookie(nonce)) << nonce;
    }
}

}  // namespace
}  // namespace portolan::stun
