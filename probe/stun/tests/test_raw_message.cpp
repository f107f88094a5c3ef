#include <gtest/gtest.h>

#include "probe/stun/integrity.hpp"
#include "probe/stun/raw_message.hpp"
#include "probe/stun/tests/support.hpp"

namespace portolan::stun {
namespace {

using test::bytes_of;
using test::copy_of;
using test::from_hex;
using test::sample_id;

RawMessage binding() {
    return {MessageClass::Request, Method::Binding, sample_id()};
}

TEST(RawMessage, without_faults_equals_the_writer) {
    std::array<std::byte, 256> buffer{};
    MessageWriter writer(buffer, MessageClass::Request, Method::Binding, sample_id());
    writer.add_text(AttributeType::Software, "odd")
        .add_message_integrity(bytes_of("key"))
        .add_message_integrity_sha256(bytes_of("key"), 24)
        .add_fingerprint();
    const auto raw = binding()
                         .attribute(AttributeType::Software, bytes_of("odd"))
                         .message_integrity(bytes_of("key"))
                         .message_integrity_sha256(bytes_of("key"), 24)
                         .fingerprint()
                         .build();
    EXPECT_EQ(raw, copy_of(writer.bytes()));
}

TEST(RawMessage, every_header_field_can_be_wrong) {
    EXPECT_EQ(RawMessage(0xFFFF, sample_id()).build()[0], std::byte{0xFF});
    const auto cookie = binding().cookie(0xDEADBEEF).build();
    EXPECT_EQ(copy_of(Bytes(cookie).subspan(4, 4)), from_hex("deadbeef"));
    const auto length = binding().attribute(AttributeType::UseCandidate, {}).length_field(0x1233);
    EXPECT_EQ(copy_of(Bytes(length.build()).subspan(2, 2)), from_hex("1233"));
}

TEST(RawMessage, attributes_can_lie) {
    const auto bytes =
        binding()
            .attribute(AttributeType::Software, bytes_of("ab"),
                       {.claimed_length_bytes = 7, .padding = RawMessage::Padding::NonZero})
            .attribute(AttributeType::Realm, bytes_of("c"),
                       {.padding = RawMessage::Padding::Missing})
            .build();
    EXPECT_EQ(copy_of(Bytes(bytes).subspan(20)), from_hex("802200076162a5a50014000163"));
    EXPECT_EQ(bytes[3], std::byte{13});
}

TEST(RawMessage, truncate_trailing_overwrite_and_oversize) {
    EXPECT_EQ(binding().truncate(7).build().size(), 7U);
    EXPECT_EQ(binding().trailing(from_hex("0102")).build().size(), 22U);
    EXPECT_EQ(binding().overwrite(19, std::byte{9}).overwrite(99, std::byte{9}).build()[19],
              std::byte{9});
    const auto big = binding().fill_to(65'552).build();
    EXPECT_EQ(big.size(), 65'552U);
    EXPECT_TRUE(MessageView::parse(big));
    EXPECT_EQ(binding().fill_to(1'000'000).build().size(), 65'552U);
    EXPECT_EQ(binding().fill_to(21).build().size(), 20U);
    EXPECT_FALSE(MessageView::parse(binding().append(std::vector<std::byte>(70'000)).build()));
}

}  // namespace
}  // namespace portolan::stun
