#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "probe/stun/message.hpp"
#include "probe/stun/raw_message.hpp"
#include "probe/stun/transport_address.hpp"

namespace portolan::turn {

inline constexpr std::uint8_t kUdpProtocol = 17;  // RFC 8656 s18.8
inline constexpr std::uint8_t kTcpProtocol = 6;   // RFC 6062 s4.1

/// What a message says, without transaction id and credentials: it can be sent again with others.
/// Attributes may be of any type, in any order, and more than once.
class Request {
  public:
    explicit Request(stun::Method method,
                     stun::MessageClass message_class = stun::MessageClass::Request)
        : method_(method), class_(message_class) {}

    Request& address(stun::AttributeType type, const TransportAddress& address);
    Request& bytes(stun::AttributeType type, stun::Bytes value);
    Request& text(stun::AttributeType type, std::string_view value);
    Request& u8(stun::AttributeType type, std::uint8_t value);  ///< plus three zero octets
    Request& u16(stun::AttributeType type, std::uint16_t value);
    Request& u32(stun::AttributeType type, std::uint32_t value);
    Request& u64(stun::AttributeType type, std::uint64_t value);
    Request& flag(stun::AttributeType type);

    Request& requested_transport(std::uint8_t protocol = kUdpProtocol);
    Request& lifetime(std::uint32_t value_s);
    Request& peer(const TransportAddress& address);
    Request& channel(std::uint16_t number);
    Request& even_port(bool reserve_next);
    Request& family(stun::AttributeType type, std::uint8_t number);

    [[nodiscard]] stun::Method method() const { return method_; }
    [[nodiscard]] stun::MessageClass message_class() const { return class_; }

    /// Everything so far goes into the writer.
    void write(stun::MessageWriter& writer) const;
    /// The message without credentials.
    [[nodiscard]] std::vector<std::byte> build(const stun::TransactionId& id) const;
    /// The same, to be made wrong.
    [[nodiscard]] stun::RawMessage raw(const stun::TransactionId& id) const;

  private:
    using Value = std::variant<TransportAddress, std::vector<std::byte>>;

    stun::Method method_;
    stun::MessageClass class_;
    std::vector<std::pair<stun::AttributeType, Value>> attributes_;
};

// The requests that are sent all the time.
Request binding();
Request allocate();
Request refresh(std::uint32_t lifetime_s);
Request create_permission(const TransportAddress& peer);
Request channel_bind(std::uint16_t channel, const TransportAddress& peer);
// RFC 6062
Request allocate_tcp();
Request connect(const TransportAddress& peer);
Request connection_bind(std::uint32_t connection_id);
/// A Send indication.
Request send_to(const TransportAddress& peer, stun::Bytes data);

}  // namespace portolan::turn
