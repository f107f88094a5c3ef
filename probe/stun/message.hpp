#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "probe/stun/attribute_type.hpp"
#include "probe/stun/transport_address.hpp"
#include "reports/model/result.hpp"

namespace portolan::stun {

using Bytes = std::span<const std::byte>;

inline constexpr std::uint32_t kMagicCookie = 0x2112A442;  // RFC 8489 s5
inline constexpr std::size_t kHeaderBytes = 20;

enum class MessageClass : std::uint8_t { Request, Indication, SuccessResponse, ErrorResponse };

/// The 128 bits after type and length. RFC 8489 calls the first 32 the magic cookie and the rest
/// the transaction id; RFC 3489 s11.1 used all 128 as the id. Comparing all of it is right for
/// both.
struct TransactionId {
    std::array<std::byte, 16> octets{};

    /// Writes the magic cookie and the 96 bits given.
    static TransactionId with_cookie(std::span<const std::byte, 12> id);
    [[nodiscard]] bool has_magic_cookie() const;
    friend auto operator<=>(const TransactionId&, const TransactionId&) = default;
};

struct ErrorCode {
    int code = 0;             ///< 300-699
    std::string_view reason;  ///< as sent, not trusted; UTF-8 not checked
};

/// One attribute inside a message; views the message's bytes.
struct AttributeView {
    AttributeType type{};
    Bytes value;                   ///< without padding
    std::size_t offset_bytes = 0;  ///< of the attribute's header from the start of the message
};

/// Zero-copy view of a well-framed STUN message. The bytes must outlive the view. Parsing checks
/// the framing (length, padding, attribute bounds), nothing about meaning; never allocates on
/// success.
class MessageView {
  public:
    /// Errors: peer.stun.* with the byte offset: short header, top bits set, length not a multiple
    /// of four, length other than the datagram's, attribute past the end.
    static Result<MessageView> parse(Bytes datagram);

    [[nodiscard]] MessageClass message_class() const;
    [[nodiscard]] Method method() const;
    [[nodiscard]] TransactionId transaction_id() const;
    [[nodiscard]] Bytes bytes() const { return bytes_; }

    /// Forward range of AttributeView in order of appearance, all of them.
    class Iterator {
      public:
        using value_type = AttributeView;
        using difference_type = std::ptrdiff_t;
        Iterator() = default;
        Iterator(Bytes message, std::size_t offset) : message_(message), offset_(offset) {}
        AttributeView operator*() const;
        Iterator& operator++();
        Iterator operator++(int) {
            Iterator before = *this;
            ++*this;
            return before;
        }
        friend bool operator==(const Iterator& a, const Iterator& b) {
            return a.offset_ == b.offset_;
        }

      private:
        Bytes message_;
        std::size_t offset_ = 0;
    };
    [[nodiscard]] Iterator begin() const { return {bytes_, kHeaderBytes}; }
    [[nodiscard]] Iterator end() const { return {bytes_, bytes_.size()}; }

    /// First occurrence of the attribute that counts: RFC 8489 s14.5 and s14.6 (MUST): after
    /// MESSAGE-INTEGRITY everything but MESSAGE-INTEGRITY-SHA256 and FINGERPRINT is ignored, and
    /// after MESSAGE-INTEGRITY-SHA256 everything but FINGERPRINT.
    [[nodiscard]] std::optional<AttributeView> find(AttributeType type) const;
    [[nodiscard]] bool has(AttributeType type) const { return find(type).has_value(); }

    // Typed getters: nullopt when the attribute is absent or its value malformed.
    /// Un-XORed when the attribute table says the encoding is XORed.
    [[nodiscard]] std::optional<TransportAddress> address(AttributeType type) const;
    [[nodiscard]] std::optional<std::uint16_t> u16(AttributeType type) const;
    [[nodiscard]] std::optional<std::uint32_t> u32(AttributeType type) const;
    [[nodiscard]] std::optional<std::uint64_t> u64(AttributeType type) const;
    [[nodiscard]] std::optional<std::string_view> text(AttributeType type) const;
    [[nodiscard]] std::optional<ErrorCode> error_code() const;

    /// Comprehension-required attributes (below 0x8000) that the table does not know, in order,
    /// each once (for a 420, RFC 8489 s6.3.1).
    [[nodiscard]] std::vector<std::uint16_t> unknown_comprehension_required() const;

  private:
    explicit MessageView(Bytes bytes) : bytes_(bytes) {}
    Bytes bytes_;
};

/// Builds a message into the caller's buffer: no allocation. Padding is zero (RFC 8489 s14). The
/// length field is right after every call, so `bytes()` may be taken at any moment.
/// When the buffer is too small the writer stops writing and `overflowed()` stays true.
class MessageWriter {
  public:
    MessageWriter(std::span<std::byte> buffer, MessageClass message_class, Method method,
                  const TransactionId& id);

    /// XORed when the attribute table says so; in a message without the magic cookie too (with the
    /// id's own first 32 bits, as RFC 3489-era servers did).
    MessageWriter& add_address(AttributeType type, const TransportAddress& address);
    MessageWriter& add_u16(AttributeType type, std::uint16_t value);  ///< plus two zero bytes
    MessageWriter& add_u32(AttributeType type, std::uint32_t value);
    MessageWriter& add_u64(AttributeType type, std::uint64_t value);
    MessageWriter& add_text(AttributeType type, std::string_view value);
    MessageWriter& add_bytes(AttributeType type, Bytes value);
    MessageWriter& add_flag(AttributeType type);  ///< no value
    MessageWriter& add_change_request(bool change_ip, bool change_port);
    MessageWriter& add_error_code(int code, std::string_view reason);
    /// RFC 8656 s18.12; `family` is the number on the wire, 1 or 2 unless the test is about others.
    MessageWriter& add_address_error_code(std::uint8_t family, int code, std::string_view reason);
    MessageWriter& add_unknown_attributes(std::span<const std::uint16_t> types);
    MessageWriter& add_message_integrity(Bytes key);
    /// `length_bytes` 16 to 32, a multiple of four (RFC 8489 s14.6).
    MessageWriter& add_message_integrity_sha256(Bytes key, std::size_t length_bytes = 32);
    MessageWriter& add_fingerprint();

    [[nodiscard]] Bytes bytes() const { return Bytes(buffer_.data(), size_); }
    [[nodiscard]] bool overflowed() const { return overflowed_; }

  private:
    std::byte* append(AttributeType type, std::size_t value_bytes);

    std::span<std::byte> buffer_;
    std::size_t size_ = 0;
    bool overflowed_ = false;
};

}  // namespace portolan::stun
