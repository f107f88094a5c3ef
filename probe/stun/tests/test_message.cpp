#include <gtest/gtest.h>

#include "probe/stun/integrity.hpp"
#include "probe/stun/message.hpp"
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

std::string parse_error(const std::vector<std::byte>& bytes) {
    const auto result = MessageView::parse(bytes);
    return result ? "" : result.error().code + '@' + std::to_string(*result.error().byte_offset);
}

TEST(MessageParse, malformed_framing_names_the_byte) {
    EXPECT_EQ(parse_error({}), "stun.short_header@0");
    EXPECT_EQ(parse_error(std::vector<std::byte>(19)), "stun.short_header@19");
    EXPECT_EQ(parse_error(RawMessage(0x8001, sample_id()).build()), "stun.not_stun@0");
    EXPECT_EQ(parse_error(RawMessage(0x4001, sample_id()).build()), "stun.not_stun@0");
    EXPECT_EQ(parse_error(binding().length_field(2).trailing(from_hex("0000")).build()),
              "stun.length_unaligned@2");
    EXPECT_EQ(parse_error(binding().length_field(4).build()), "stun.length_mismatch@2");
    EXPECT_EQ(parse_error(binding().trailing(from_hex("00000000")).build()),
              "stun.length_mismatch@2");
    EXPECT_EQ(parse_error(binding().append(from_hex("80220005")).build()),
              "stun.attribute_overrun@20");
    EXPECT_EQ(parse_error(binding()
                              .attribute(AttributeType::Software, bytes_of("abcd"))
                              .attribute(AttributeType::Nonce, bytes_of("abcd"),
                                         {.claimed_length_bytes = 0xFFFF})
                              .build()),
              "stun.attribute_overrun@28");
}

TEST(MessageParse, unpadded_attribute_is_unaligned) {
    const auto bytes = binding()
                           .attribute(AttributeType::Software, bytes_of("abc"),
                                      {.padding = RawMessage::Padding::Missing})
                           .build();
    EXPECT_EQ(parse_error(bytes), "stun.length_unaligned@2");
}

TEST(MessageParse, padding_may_be_anything) {
    const auto bytes = binding()
                           .attribute(AttributeType::Software, bytes_of("abc"),
                                      {.padding = RawMessage::Padding::NonZero})
                           .build();
    EXPECT_EQ(parsed(bytes).text(AttributeType::Software), "abc");
}

TEST(MessageParse, classic_message_has_no_cookie_and_all_of_its_id) {
    TransactionId id;
    for (std::size_t i = 0; i < 16; ++i)
        id.octets[i] = static_cast<std::byte>(i);
    std::array<std::byte, 64> buffer{};
    MessageWriter writer(buffer, MessageClass::Request, Method::Binding, id);
    writer.add_address(AttributeType::XorMappedAddress, *TransportAddress::parse("192.0.2.1:1"));
    const auto message = parsed(writer.bytes());
    EXPECT_FALSE(message.transaction_id().has_magic_cookie());
    EXPECT_EQ(message.transaction_id(), id);
    EXPECT_EQ(message.address(AttributeType::XorMappedAddress),
              TransportAddress::parse("192.0.2.1:1"));
}

TEST(MessageFind, first_of_duplicates_counts) {
    const auto bytes = binding()
                           .attribute(AttributeType::Software, bytes_of("one "))
                           .attribute(AttributeType::Software, bytes_of("two "))
                           .build();
    EXPECT_EQ(parsed(bytes).text(AttributeType::Software), "one ");
}

// RFC 8489 s14.5, s14.6 (MUST).
TEST(MessageFind, only_sha256_and_fingerprint_count_behind_integrity) {
    const auto key = bytes_of("key");
    const auto bytes = binding()
                           .message_integrity(key)
                           .attribute(AttributeType::Software, bytes_of("late"))
                           .message_integrity_sha256(key)
                           .attribute(AttributeType::Realm, bytes_of("late"))
                           .attribute(0x7FEE, bytes_of("late"), {})
                           .fingerprint()
                           .build();
    const auto message = parsed(bytes);
    EXPECT_TRUE(message.has(AttributeType::MessageIntegrity));
    EXPECT_TRUE(message.has(AttributeType::MessageIntegritySha256));
    EXPECT_TRUE(message.has(AttributeType::Fingerprint));
    EXPECT_FALSE(message.has(AttributeType::Software));
    EXPECT_FALSE(message.has(AttributeType::Realm));
    EXPECT_TRUE(message.unknown_comprehension_required().empty());
    EXPECT_EQ(verify_message_integrity(message, key), Check::Valid);
    EXPECT_EQ(verify_message_integrity_sha256(message, key), Check::Valid);
    EXPECT_EQ(verify_fingerprint(message), Check::Valid);
    EXPECT_EQ(std::distance(message.begin(), message.end()), 6);
}

TEST(MessageFind, sha1_behind_sha256_does_not_count) {
    const auto bytes =
        binding().message_integrity_sha256(bytes_of("k")).message_integrity(bytes_of("k")).build();
    EXPECT_FALSE(parsed(bytes).has(AttributeType::MessageIntegrity));
    EXPECT_EQ(verify_message_integrity(parsed(bytes), bytes_of("k")), Check::Absent);
}

TEST(MessageFind, unknown_required_attributes_each_once_in_order) {
    const auto bytes = binding()
                           .attribute(0x7FEE, {}, {})
                           .attribute(0xFFEE, {}, {})
                           .attribute(0x0010, {}, {})
                           .attribute(0x7FEE, {}, {})
                           .attribute(AttributeType::Priority, from_hex("00000001"))
                           .build();
    EXPECT_EQ(parsed(bytes).unknown_comprehension_required(),
              (std::vector<std::uint16_t>{0x7FEE, 0x0010}));
}

TEST(MessageGetters, malformed_values_are_nullopt) {
    const auto value = [](AttributeType type, std::string_view hex) {
        return RawMessage(MessageClass::Request, Method::Binding, sample_id())
            .attribute(type, from_hex(hex))
            .build();
    };
    const auto address = [&](std::string_view hex) {
        const auto bytes = value(AttributeType::MappedAddress, hex);
        return parsed(bytes).address(AttributeType::MappedAddress);
    };
    EXPECT_TRUE(address("00011234c0000201"));
    EXPECT_TRUE(address("ff011234c0000201"));   // RFC 8489 s14.1 (MUST): first octet ignored
    EXPECT_FALSE(address("00031234c0000201"));  // no such family
    EXPECT_FALSE(address("00021234c0000201"));  // IPv6 of four octets
    EXPECT_FALSE(address("00011234c00002"));
    EXPECT_FALSE(address(""));
    EXPECT_FALSE(address("00011234c0000201c0000201"));

    const auto error = [&](std::string_view hex) {
        const auto bytes = value(AttributeType::ErrorCode, hex);
        return parsed(bytes).error_code();
    };
    EXPECT_EQ(error("00000414")->code, 420);
    EXPECT_EQ(error("fffffc14")->code, 420);  // RFC 8489 s14.8 (MUST): reserved bits ignored
    EXPECT_FALSE(error("00000214"));
    EXPECT_FALSE(error("00000714"));
    EXPECT_FALSE(error("00000464"));
    EXPECT_FALSE(error("000004"));

    const auto lifetime = value(AttributeType::Lifetime, "000258");
    EXPECT_FALSE(parsed(lifetime).u32(AttributeType::Lifetime));
    const auto software = value(AttributeType::Software, "41424344");
    EXPECT_FALSE(parsed(software).u32(AttributeType::Software));
    EXPECT_FALSE(parsed(software).address(AttributeType::Software));
    const auto channel = value(AttributeType::ChannelNumber, "4001ffff");
    EXPECT_EQ(parsed(channel).u16(AttributeType::ChannelNumber), 0x4001);
    EXPECT_FALSE(parsed(channel).text(AttributeType::ChannelNumber));
    EXPECT_FALSE(parsed(channel).u64(AttributeType::ChannelNumber));
}

TEST(MessageGetters, both_readings_of_response_port_are_read) {
    for (const auto* hex : {"1f90", "1f900000"}) {
        const auto bytes = binding().attribute(AttributeType::ResponsePort, from_hex(hex)).build();
        EXPECT_EQ(parsed(bytes).u16(AttributeType::ResponsePort), 8080);
    }
}

TEST(MessageWriter, overflow_stops_and_stays) {
    std::array<std::byte, 27> buffer{};
    MessageWriter writer(buffer, MessageClass::Request, Method::Binding, sample_id());
    writer.add_u32(AttributeType::Priority, 1);
    EXPECT_TRUE(writer.overflowed());
    writer.add_flag(AttributeType::UseCandidate);
    EXPECT_EQ(writer.bytes().size(), kHeaderBytes);
    EXPECT_TRUE(MessageView::parse(writer.bytes()));

    std::array<std::byte, 19> tiny{};
    MessageWriter none(tiny, MessageClass::Request, Method::Binding, sample_id());
    EXPECT_TRUE(none.overflowed());
    EXPECT_TRUE(none.add_fingerprint().bytes().empty());
}

TEST(MessageWriter, error_codes_that_the_field_cannot_hold_are_not_written) {
    for (const int code : {-1, 800, 1020}) {
        std::array<std::byte, 100> buffer{};
        MessageWriter writer(buffer, MessageClass::ErrorResponse, Method::Binding, sample_id());
        EXPECT_TRUE(writer.add_error_code(code, "x").overflowed()) << code;
        EXPECT_EQ(writer.bytes().size(), kHeaderBytes) << code;
        MessageWriter other(buffer, MessageClass::ErrorResponse, Method::Binding, sample_id());
        EXPECT_TRUE(other.add_address_error_code(1, code, "x").overflowed()) << code;
    }
}

TEST(MessageWriter, length_fields_do_not_wrap) {
    std::vector<std::byte> buffer(200'000);
    MessageWriter writer(buffer, MessageClass::Request, Method::Binding, sample_id());
    writer.add_bytes(AttributeType::Padding, std::vector<std::byte>(65'528));
    EXPECT_FALSE(writer.overflowed());
    EXPECT_EQ(writer.bytes().size(), 65'552U);
    EXPECT_TRUE(MessageView::parse(writer.bytes()));
    writer.add_flag(AttributeType::UseCandidate);
    EXPECT_TRUE(writer.overflowed());
    MessageWriter other(buffer, MessageClass::Request, Method::Binding, sample_id());
    EXPECT_TRUE(other.add_bytes(AttributeType::Data, std::vector<std::byte>(65'529)).overflowed());
    EXPECT_EQ(other.bytes().size(), kHeaderBytes);
}

TEST(MessageWriter, padding_is_zero_even_in_a_dirty_buffer) {
    std::array<std::byte, 64> buffer{};
    buffer.fill(std::byte{0xFF});
    MessageWriter writer(buffer, MessageClass::Request, Method::Binding, sample_id());
    writer.add_text(AttributeType::Software, "a");
    EXPECT_EQ(copy_of(writer.bytes().last(8)), from_hex("8022000161000000"));
}

TEST(MessageWriter, message_is_complete_after_every_call) {
    std::array<std::byte, 256> buffer{};
    MessageWriter writer(buffer, MessageClass::Request, Method::Allocate, sample_id());
    EXPECT_TRUE(MessageView::parse(writer.bytes()));
    writer.add_text(AttributeType::Username, "u");
    EXPECT_TRUE(MessageView::parse(writer.bytes()));
    writer.add_unknown_attributes(std::array<std::uint16_t, 3>{1, 2, 3});
    EXPECT_TRUE(MessageView::parse(writer.bytes()));
    writer.add_message_integrity(bytes_of("key"));
    EXPECT_EQ(verify_message_integrity(parsed(writer.bytes()), bytes_of("key")), Check::Valid);
    writer.add_message_integrity_sha256(bytes_of("key"), 16);
    EXPECT_EQ(verify_message_integrity_sha256(parsed(writer.bytes()), bytes_of("key"), 16),
              Check::Valid);
    writer.add_fingerprint();
    EXPECT_EQ(verify_fingerprint(parsed(writer.bytes())), Check::Valid);
    EXPECT_EQ(verify_message_integrity(parsed(writer.bytes()), bytes_of("key")), Check::Valid);
}

TEST(MessageWriter, sha256_length_that_rfc8489_forbids_is_refused) {
    for (const std::size_t length : {0U, 12U, 17U, 36U}) {
        std::array<std::byte, 256> buffer{};
        MessageWriter writer(buffer, MessageClass::Request, Method::Binding, sample_id());
        EXPECT_TRUE(writer.add_message_integrity_sha256(bytes_of("k"), length).overflowed());
    }
}

}  // namespace
}  // namespace portolan::stun
