#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "ice-tests/conformance/masking.hpp"
#include "ice-tests/turn/request.hpp"
#include "ice-tests/turn/signature.hpp"
#include "probe/stun/attribute_table.hpp"
#include "probe/stun/raw_message.hpp"

namespace portolan::conformance {
namespace {

using stun::AttributeType;
using Octets = std::vector<std::byte>;

turn::Signature signature(bool with_sha256) {
    turn::Signature out;
    out.username = "alice";
    out.realm = "example.org";
    out.nonce = "nonce";
    out.with_sha256 = with_sha256;
    const auto algorithm =
        with_sha256 ? stun::PasswordAlgorithm::Sha256 : stun::PasswordAlgorithm::Md5;
    out.key = *stun::long_term_key(algorithm, "alice", "example.org", "wonderland");
    return out;
}

Octets signed_message(bool with_sha256 = false) {
    return signature(with_sha256).build(turn::allocate(), stun::TransactionId{});
}

Octets value_of(const Octets& message, AttributeType type) {
    const auto view = stun::MessageView::parse(message);
    const auto attribute = view ? view->find(type) : std::nullopt;
    return attribute ? Octets(attribute->value.begin(), attribute->value.end()) : Octets();
}

bool contains(const Octets& bytes, const Octets& part) {
    return !std::ranges::search(bytes, part).empty();
}

TEST(Masking, integrity_is_gone_and_the_rest_is_there) {
    for (const bool with_sha256 : {false, true}) {
        const Octets message = signed_message(with_sha256);
        const AttributeType type =
            with_sha256 ? AttributeType::MessageIntegritySha256 : AttributeType::MessageIntegrity;
        const Octets value = value_of(message, type);
        ASSERT_EQ(value.size(), with_sha256 ? 32U : 20U);
        const Masked shown = mask(message);
        EXPECT_EQ(shown.bytes.size(), message.size());
        EXPECT_FALSE(contains(shown.bytes, value));
        ASSERT_EQ(shown.parts.size(), 1U);
        EXPECT_EQ(shown.parts[0].name, stun::find_attribute(type)->name);
        EXPECT_EQ(shown.parts[0].size_bytes, value.size());
        const std::size_t at = shown.parts[0].offset_bytes;
        EXPECT_TRUE(
            std::equal(message.begin(), message.begin() + std::ptrdiff_t(at), shown.bytes.begin()));
    }
}

// CRC-32 of what the integrity is in tells a right guess from all others, too.
TEST(Masking, fingerprint_over_an_integrity_is_gone_and_any_other_is_not) {
    const Octets plain = [] {
        return turn::binding().raw(stun::TransactionId{}).fingerprint().build();
    }();
    EXPECT_EQ(mask(plain).bytes, plain);
    EXPECT_TRUE(mask(plain).parts.empty());

    stun::RawMessage raw = signature(false).raw(turn::allocate(), stun::TransactionId{});
    const Octets message =
        raw.message_integrity(signature(false).key.bytes()).fingerprint().build();
    const Octets crc = value_of(message, AttributeType::Fingerprint);
    ASSERT_EQ(crc.size(), 4U);
    EXPECT_FALSE(contains(mask(message).bytes, crc));
    EXPECT_EQ(mask(message).parts.size(), 2U);
}

TEST(Masking, what_is_malformed_or_cut_or_behind_another_message_is_masked_too) {
    const Octets message = signed_message();
    const Octets value = value_of(message, AttributeType::MessageIntegrity);
    Octets wrong_length = message;
    wrong_length[3] ^= std::byte{1};
    EXPECT_FALSE(contains(mask(wrong_length).bytes, value));
    Octets overrun = message;
    overrun[22] = std::byte{0x7F};  // the length of the first attribute
    EXPECT_FALSE(contains(mask(overrun).bytes, value));
    const Octets cut(message.begin(), message.end() - 4);
    EXPECT_FALSE(contains(mask(cut).bytes, Octets(value.begin(), value.begin() + 8)));
    Octets two = turn::binding().build(stun::TransactionId{});
    two.insert(two.end(), message.begin(), message.end());
    EXPECT_FALSE(contains(mask(two).bytes, value));
}

TEST(Masking, channel_data_is_shown_as_it_is) {
    const Octets data = {std::byte{0x40}, std::byte{0},    std::byte{0}, std::byte{4},
                         std::byte{0},    std::byte{0x08}, std::byte{0}, std::byte{0x14}};
    EXPECT_EQ(mask(data).bytes, data);
}

}  // namespace
}  // namespace portolan::conformance
