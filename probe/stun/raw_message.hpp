#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "probe/stun/message.hpp"

namespace portolan::stun {

/// Builds messages that MessageWriter refuses to: each field may be wrong on its own while the rest
/// is right. Unless told otherwise it builds a correct message.
class RawMessage {
  public:
    enum class Padding : std::uint8_t { Zero, NonZero, Missing };

    struct AttributeOptions {
        /// What the attribute's length field says, when not the value's size.
        std::optional<std::uint16_t> claimed_length_bytes{};
        Padding padding = Padding::Zero;
    };

    enum class Fault : std::uint8_t {
        None,
        FlippedBit,        ///< the last bit of the correct value is wrong
        UnadjustedLength,  ///< computed with the length field as it stands without the attribute
        MissingXor,        ///< FINGERPRINT only: the CRC itself
    };

    RawMessage(MessageClass message_class, Method method, const TransactionId& id);
    /// All 16 bits of the type field, the two that have to be zero included.
    RawMessage(std::uint16_t type, const TransactionId& id);

    RawMessage& cookie(std::uint32_t value);  ///< overwrites the id's first 32 bits
    /// Fixes the length field for the rest of the message's life, integrity computations excepted.
    RawMessage& length_field(std::uint16_t value);

    RawMessage& attribute(std::uint16_t type, Bytes value, AttributeOptions options);
    RawMessage& attribute(AttributeType type, Bytes value) {
        return attribute(static_cast<std::uint16_t>(type), value, {});
    }
    RawMessage& attribute(AttributeType type, Bytes value, AttributeOptions options) {
        return attribute(static_cast<std::uint16_t>(type), value, options);
    }
    /// Everything behind the header of a well-formed message, as it is.
    RawMessage& attributes_of(const MessageView& message);
    /// Bytes that are no attribute, counted in the length field.
    RawMessage& append(Bytes bytes);
    /// Bytes behind the message, not counted in the length field.
    RawMessage& trailing(Bytes bytes);
    /// One DATA-sized filler attribute that brings the message to `total_bytes`, which may exceed
    /// what a datagram carries but not what the length fields can say (65,552).
    RawMessage& fill_to(std::size_t total_bytes, AttributeType type = AttributeType::Padding);

    RawMessage& message_integrity(Bytes key, Fault fault = Fault::None);
    /// Any length; RFC 8489 s14.6 allows 16 to 32 in steps of four. Above 32 the rest is zero.
    RawMessage& message_integrity_sha256(Bytes key, std::size_t length_bytes = 32,
                                         Fault fault = Fault::None);
    RawMessage& fingerprint(Fault fault = Fault::None);

    /// Overwrites one byte of what `build()` gives; ignored when past its end.
    RawMessage& overwrite(std::size_t offset_bytes, std::byte value);
    /// Keeps the first `size_bytes` of what `build()` would give.
    RawMessage& truncate(std::size_t size_bytes);

    [[nodiscard]] std::vector<std::byte> build() const;

  private:
    struct Overwrite {
        std::size_t offset_bytes;
        std::byte value;
    };
    void put_length(std::size_t counted_bytes);
    RawMessage& integrity(std::uint16_t type, Bytes key, std::size_t length_bytes, bool sha256,
                          Fault fault);

    std::vector<std::byte> bytes_;     // header and what the length field counts
    std::vector<std::byte> trailing_;  // what it does not
    std::vector<Overwrite> overwrites_;
    std::optional<std::uint16_t> length_field_;
    std::optional<std::size_t> truncate_to_;
};

}  // namespace portolan::stun
