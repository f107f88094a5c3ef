#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "probe/stun/attribute_table.hpp"
#include "probe/stun/attribute_value.hpp"
#include "probe/stun/describe.hpp"
#include "probe/stun/integrity.hpp"
#include "probe/stun/password_algorithms.hpp"
#include "probe/stun/raw_message.hpp"
#include "probe/stun/tests/support.hpp"

namespace portolan::stun {
namespace {

using test::copy_of;
using test::from_hex;
using test::parsed;
using test::sample_id;

const std::vector<std::byte>& algorithm_entries(bool single) {
    static const std::vector<std::byte> one = from_hex("00020000");
    static const std::vector<std::byte> two = from_hex("0002000000010000");
    return single ? one : two;
}

const std::vector<std::byte>& filler(std::size_t size) {
    static std::vector<std::byte> bytes;
    bytes.assign(size, std::byte{0x5A});
    return bytes;
}

// One value of the right alternative for each encoding: a new row is covered because its encoding
// is, and a new encoding does not compile without an entry here.
AttributeValue sample_value(const AttributeInfo& row) {
    switch (row.encoding) {
        case Encoding::Address:
        case Encoding::XorAddress:
            return *TransportAddress::parse("[2001:db8::7]:54321");
        case Encoding::U16:
            return std::uint16_t{0xABCD};
        case Encoding::U32:
            return std::uint32_t{0xDEADBEEF};
        case Encoding::U64:
            return std::uint64_t{0x0123456789ABCDEF};
        case Encoding::Text:
            return std::string_view("odd length text");
        case Encoding::Opaque:
            return OpaqueValue{filler(std::clamp<std::size_t>(5, row.min_bytes, row.max_bytes))};
        case Encoding::Flag:
            return Flag{};
        case Encoding::ChangeRequest:
            return ChangeRequest{true, false};
        case Encoding::ErrorCode:
            return ErrorCode{438, "Stale Nonce"};
        case Encoding::AddressErrorCode:
            return AddressErrorCode{2, {440, "No"}};
        case Encoding::TypeList:
            return TypeList{algorithm_entries(true)};
        case Encoding::HmacSha1:
            return OpaqueValue{filler(20)};
        case Encoding::HmacSha256:
            return OpaqueValue{filler(32)};
        case Encoding::Fingerprint:
            return FingerprintValue{0x01020304};
        case Encoding::PasswordAlgorithm:
            return PasswordAlgorithmsValue{algorithm_entries(true)};
        case Encoding::PasswordAlgorithms:
            return PasswordAlgorithmsValue{algorithm_entries(false)};
        case Encoding::ChannelNumber:
            return ChannelNumberValue{0x4001};
        case Encoding::RequestedTransport:
            return RequestedTransportValue{17};
        case Encoding::AddressFamily:
            return AddressFamilyValue{2};
        case Encoding::EvenPort:
            return EvenPortValue{true};
        case Encoding::Icmp:
            return IcmpValue{3, 4, 1280};
        case Encoding::EcnCheck:
            return EcnCheckValue{true, 2};
    }
    return OpaqueValue{};
}

// Encoding anew what was decoded must give the same bytes: stronger than comparing values, and the
// same statement for every alternative.
TEST(AttributeTable, every_row_round_trips) {
    for (const auto& row : attribute_table()) {
        SCOPED_TRACE(std::string(row.name));
        std::array<std::byte, 256> first{};
        MessageWriter writer(first, MessageClass::Request, Method::Binding, sample_id());
        ASSERT_TRUE(encode_value(writer, row.type, sample_value(row)));
        ASSERT_FALSE(writer.overflowed());
        const auto message = parsed(writer.bytes());
        const auto attribute = message.find(row.type);
        ASSERT_TRUE(attribute);
        EXPECT_TRUE(row.accepts_length(attribute->value.size()));
        const auto value = decode_value(row.type, attribute->value, message.transaction_id());
        ASSERT_TRUE(value);
        EXPECT_EQ(value->index(), sample_value(row).index());

        std::array<std::byte, 256> second{};
        second.fill(std::byte{0xFF});
        MessageWriter again(second, MessageClass::Request, Method::Binding, sample_id());
        ASSERT_TRUE(encode_value(again, row.type, *value));
        EXPECT_EQ(copy_of(again.bytes()), copy_of(writer.bytes()));
    }
}

TEST(AttributeTable, every_row_is_described_by_name) {
    for (const auto& row : attribute_table()) {
        SCOPED_TRACE(std::string(row.name));
        std::array<std::byte, 256> buffer{};
        MessageWriter writer(buffer, MessageClass::Request, Method::Binding, sample_id());
        ASSERT_TRUE(encode_value(writer, row.type, sample_value(row)));
        EXPECT_NE(describe_text(writer.bytes()).find(row.name), std::string::npos);
        const auto json = describe_json(writer.bytes());
        ASSERT_EQ(json["attributes"].size(), 1U);
        const auto& attribute = json["attributes"][0];
        EXPECT_EQ(attribute["name"], row.name);
        EXPECT_EQ(attribute["malformed"], false);
        const auto shown = static_cast<int>(attribute.contains("value")) +
                           static_cast<int>(attribute.contains("value_s")) +
                           static_cast<int>(attribute.contains("value_hex")) +
                           static_cast<int>(attribute.contains("redacted"));
        EXPECT_EQ(shown, 1);
        EXPECT_EQ(attribute.contains("redacted"), row.secret);
    }
}

TEST(AttributeTable, every_row_refuses_lengths_outside_its_bounds) {
    for (const auto& row : attribute_table()) {
        SCOPED_TRACE(std::string(row.name));
        if (row.min_bytes > 0) {
            EXPECT_FALSE(decode_value(row.type, filler(row.min_bytes - 1U), sample_id()));
        }
        if (row.max_bytes < 2000) {
            EXPECT_FALSE(decode_value(row.type, filler(row.max_bytes + 1U), sample_id()));
        }
    }
}

TEST(AttributeTable, every_row_refuses_values_of_other_encodings) {
    for (const auto& row : attribute_table()) {
        for (const auto& other : attribute_table()) {
            const auto value = sample_value(other);
            if (value.index() == sample_value(row).index()) continue;
            std::array<std::byte, 256> buffer{};
            MessageWriter writer(buffer, MessageClass::Request, Method::Binding, sample_id());
            EXPECT_FALSE(encode_value(writer, row.type, value)) << row.name << other.name;
            EXPECT_EQ(writer.bytes().size(), kHeaderBytes);
        }
    }
}

TEST(AttributeTable, rows_are_unique_and_found) {
    std::set<std::string_view> names;
    for (const auto& row : attribute_table()) {
        EXPECT_EQ(find_attribute(row.type), &row) << row.name;
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_EQ(row.comprehension_required(), static_cast<std::uint16_t>(row.type) < 0x8000);
        EXPECT_LE(row.min_bytes, row.max_bytes);
        EXPECT_GT(row.source.rfc, 3000);
        EXPECT_FALSE(row.source.section.empty());
    }
    std::size_t found = 0;
    for (unsigned type = 0; type <= 0xFFFF; ++type) {
        const auto* row = find_attribute(static_cast<AttributeType>(type));
        if (row == nullptr) continue;
        ++found;
        EXPECT_EQ(static_cast<unsigned>(row->type), type);
    }
    EXPECT_EQ(found, attribute_table().size());
}

TEST(AttributeTable, methods_survive_the_type_field) {
    for (const auto& row : method_table()) {
        EXPECT_EQ(find_method(row.method), &row);
        for (const auto message_class :
             {MessageClass::Request, MessageClass::Indication, MessageClass::SuccessResponse,
              MessageClass::ErrorResponse}) {
            std::array<std::byte, 20> buffer{};
            MessageWriter writer(buffer, message_class, row.method, sample_id());
            EXPECT_EQ(parsed(writer.bytes()).method(), row.method) << row.name;
            EXPECT_EQ(parsed(writer.bytes()).message_class(), message_class) << row.name;
        }
    }
}

TEST(AttributeTable, all_4096_methods_survive_the_type_field) {
    for (unsigned number = 0; number < 0x1000; ++number) {
        std::array<std::byte, 20> buffer{};
        MessageWriter writer(buffer, MessageClass::ErrorResponse, static_cast<Method>(number),
                             sample_id());
        ASSERT_EQ(static_cast<unsigned>(parsed(writer.bytes()).method()), number);
        ASSERT_EQ(parsed(writer.bytes()).message_class(), MessageClass::ErrorResponse);
    }
}

TEST(AttributeTable, errors_survive_the_attribute) {
    for (const auto& row : error_table()) {
        std::array<std::byte, 128> buffer{};
        MessageWriter writer(buffer, MessageClass::ErrorResponse, Method::Binding, sample_id());
        writer.add_error_code(row.code, row.reason);
        const auto error = parsed(writer.bytes()).error_code();
        ASSERT_TRUE(error) << row.code;
        EXPECT_EQ(error->code, row.code);
        EXPECT_EQ(error->reason, row.reason);
        EXPECT_EQ(default_reason(row.code), row.reason);
    }
    EXPECT_EQ(default_reason(499), "");
}

}  // namespace
}  // namespace portolan::stun
