#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "probe/stun/access_token.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::stun {
namespace {

std::vector<std::byte> counted(std::size_t size, unsigned first) {
    std::vector<std::byte> out(size);
    for (std::size_t i = 0; i < size; ++i)
        out[i] = std::byte(first + i);
    return out;
}

AccessToken token_of(std::size_t key_bytes) {
    return {.mac_key = *LongTermKey::from_bytes(counted(key_bytes, 0x40)),
            .issued_at = std::chrono::microseconds(1'300'819'380'500'000),
            .lifetime = std::chrono::seconds(3600)};
}

TEST(AccessToken, comes_out_as_it_went_in) {
    for (const std::size_t size : {kA128GcmKeyBytes, kA256GcmKeyBytes}) {
        const auto key = counted(size, 1);
        const auto sealed = seal(token_of(20), key, counted(12, 7), "turn1@example.com");
        ASSERT_TRUE(sealed) << sealed.error().message;
        // RFC 7635 s6.2: length and nonce, 2 + 20 + 8 + 4 bytes, and the tag.
        EXPECT_EQ(sealed->size(), 2U + 12 + 34 + 16);
        EXPECT_EQ(wire::load_u16(sealed->data()), 12);
        const auto opened = open_token(*sealed, key, "turn1@example.com");
        ASSERT_TRUE(opened);
        EXPECT_TRUE(std::ranges::equal(opened->mac_key.bytes(), counted(20, 0x40)));
        EXPECT_EQ(opened->issued_at, token_of(20).issued_at);
        EXPECT_EQ(opened->lifetime, std::chrono::seconds(3600));
    }
}

std::vector<std::byte> from_hex(const std::string& hex) {
    std::vector<std::byte> out;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        out.push_back(std::byte(std::stoul(hex.substr(i, 2), nullptr, 16)));
    return out;
}

Bytes bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

// RFC 7635 appendix A: both of its samples, read and written octet by octet.
TEST(AccessToken, samples_of_rfc_7635) {
    constexpr std::string_view kKey = "HGkj32KJGiuy098sdfaqbNjOiaz71923";
    constexpr std::string_view kName = "blackdow.carleon.gov";
    const AccessToken token{.mac_key = *LongTermKey::from_bytes(bytes_of("ZksjpweoixXmvn67534m")),
                            .issued_at = std::chrono::seconds(92470300704768 >> 16),
                            .lifetime = std::chrono::seconds(3600)};
    const std::pair<std::size_t, std::string> samples[] = {
        {kA256GcmKeyBytes,
         "000c68346a336b326c326e346235617ef134a3d5e44e9a19cc7dc104b0c03d03"
         "b2a551d8fdf5cd3b6dca6f10cfb77e5b2ddec84d293a5c50499359f0c2e26f76"},
        {kA128GcmKeyBytes,
         "000c68346a336b326c326e3462357fb9e99f0827be3df1e1bd651493d3031d36"
         "df57079784aee5eacb65fad4f27fab1a3f97974b69f851b24bf5af09eda357e0"}};
    for (const auto& [key_bytes, hex] : samples) {
        const Bytes key = bytes_of(kKey).first(key_bytes);
        EXPECT_EQ(*seal(token, key, bytes_of("h4j3k2l2n4b5"), kName), from_hex(hex));
        const auto opened = open_token(from_hex(hex), key, kName);
        ASSERT_TRUE(opened);
        EXPECT_TRUE(std::ranges::equal(opened->mac_key.bytes(), token.mac_key.bytes()));
        EXPECT_EQ(opened->issued_at, token.issued_at);
        EXPECT_EQ(opened->lifetime, token.lifetime);
    }
}

// Encrypted by OpenSSL (python3-cryptography's AESGCM) from the fields of RFC 7635 s6.2, so that a
// mistake that both directions share is seen.
TEST(AccessToken, of_another_implementation_is_read) {
    const std::string hex =
        "000c0708090a0b0c0d0e0f10111253237dfec61af35fe1ee2e2682480ed703ab"
        "38a3dfb32747e473011743d334a1740001ad853926499a51ade10ac123e181bb";
    const auto opened = open_token(from_hex(hex), counted(32, 1), "turn1@example.com");
    ASSERT_TRUE(opened);
    EXPECT_TRUE(std::ranges::equal(opened->mac_key.bytes(), counted(20, 0x40)));
    EXPECT_EQ(opened->issued_at, std::chrono::microseconds(1'300'819'380'500'000));
    EXPECT_EQ(opened->lifetime, std::chrono::seconds(3600));
}

TEST(AccessToken, every_changed_bit_is_noticed_and_every_cut_too) {
    const auto key = counted(32, 1);
    const auto sealed = *seal(token_of(20), key, counted(12, 7), "turn");
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        auto changed = sealed;
        changed[bit / 8] ^= std::byte(1U << bit % 8);
        EXPECT_FALSE(open_token(changed, key, "turn")) << bit;
    }
    for (std::size_t size = 0; size < sealed.size(); ++size)
        EXPECT_FALSE(open_token(Bytes(sealed).first(size), key, "turn")) << size;
}

TEST(AccessToken, is_for_one_server_and_one_key) {
    const auto key = counted(32, 1);
    const auto sealed = *seal(token_of(20), key, counted(12, 7), "turn1");
    EXPECT_FALSE(open_token(sealed, key, "turn2"));
    EXPECT_FALSE(open_token(sealed, counted(32, 2), "turn1"));
    EXPECT_FALSE(open_token(sealed, counted(16, 1), "turn1"));
    EXPECT_FALSE(open_token(sealed, counted(24, 1), "turn1"));
}

// 48 bits of seconds are more than 64 bits of microseconds.
TEST(AccessToken, latest_time_is_bounded) {
    AccessToken token = token_of(20);
    token.issued_at = std::chrono::microseconds::max();
    const auto key = counted(32, 1);
    const auto opened = open_token(*seal(token, key, counted(12, 7), "turn"), key, "turn");
    ASSERT_TRUE(opened);
    EXPECT_LT(opened->issued_at, token.issued_at);
    EXPECT_GT(opened->issued_at, std::chrono::hours(24 * 365 * 5000));
}

TEST(AccessToken, keys_and_nonces_of_other_lengths_are_refused) {
    EXPECT_EQ(full_code(seal(token_of(20), counted(24, 1), counted(12, 7), "turn").error()),
              "usage.stun.token-key");
    EXPECT_EQ(full_code(seal(token_of(20), counted(32, 1), counted(8, 7), "turn").error()),
              "usage.stun.token-nonce");
    EXPECT_FALSE(LongTermKey::from_bytes(counted(33, 0)));
    EXPECT_FALSE(LongTermKey::from_bytes({}));
}

}  // namespace
}  // namespace portolan::stun
