#include "ice-tests/turn/request.hpp"

#include <array>

#include "probe/stun/wire.hpp"

namespace portolan::turn {
namespace {

using stun::AttributeType;
namespace wire = stun::wire;

// Longer than any message.
constexpr std::size_t kBufferBytes = 0x10000 + 64;

}  // namespace

Request& Request::address(AttributeType type, const TransportAddress& address) {
    attributes_.emplace_back(type, address);
    return *this;
}

Request& Request::bytes(AttributeType type, stun::Bytes value) {
    attributes_.emplace_back(type, std::vector<std::byte>(value.begin(), value.end()));
    return *this;
}

Request& Request::text(AttributeType type, std::string_view value) {
    return bytes(type, wire::as_bytes(value));
}

Request& Request::u8(AttributeType type, std::uint8_t value) {
    return bytes(type, std::array{std::byte{value}, std::byte{}, std::byte{}, std::byte{}});
}

Request& Request::u16(AttributeType type, std::uint16_t value) {
    std::array<std::byte, 4> out{};
    wire::store_u16(out.data(), value);
    return bytes(type, out);
}

Request& Request::u32(AttributeType type, std::uint32_t value) {
    std::array<std::byte, 4> out{};
    wire::store_u32(out.data(), value);
    return bytes(type, out);
}

Request& Request::u64(AttributeType type, std::uint64_t value) {
    std::array<std::byte, 8> out{};
    wire::store_u64(out.data(), value);
    return bytes(type, out);
}

Request& Request::flag(AttributeType type) {
    return bytes(type, {});
}

Request& Request::requested_transport(std::uint8_t protocol) {
    return u8(AttributeType::RequestedTransport, protocol);
}

Request& Request::lifetime(std::uint32_t value_s) {
    return u32(AttributeType::Lifetime, value_s);
}

Request& Request::peer(const TransportAddress& peer_address) {
    return address(AttributeType::XorPeerAddress, peer_address);
}

Request& Request::channel(std::uint16_t number) {
    return u16(AttributeType::ChannelNumber, number);
}

Request& Request::even_port(bool reserve_next) {
    // RFC 8656 s18.7: one octet, of which the first bit is R.
    return bytes(AttributeType::EvenPort, std::array{std::byte(reserve_next ? 0x80 : 0)});
}

Request& Request::family(AttributeType type, std::uint8_t number) {
    return u8(type, number);
}

void Request::write(stun::MessageWriter& writer) const {
    for (const auto& [type, value] : attributes_) {
        if (const auto* address = std::get_if<TransportAddress>(&value)) {
            writer.add_address(type, *address);
        } else {
            writer.add_bytes(type, std::get<std::vector<std::byte>>(value));
        }
    }
}

std::vector<std::byte> Request::build(const stun::TransactionId& id) const {
    std::vector<std::byte> buffer(kBufferBytes);
    stun::MessageWriter writer(buffer, class_, method_, id);
    write(writer);
    buffer.resize(writer.bytes().size());
    return buffer;
}

stun::RawMessage Request::raw(const stun::TransactionId& id) const {
    stun::RawMessage out(class_, method_, id);
    const std::vector<std::byte> built = build(id);
    if (const auto view = stun::MessageView::parse(built)) out.attributes_of(*view);
    return out;
}

Request binding() {
    return Request(stun::Method::Binding);
}

Request allocate() {
    Request out(stun::Method::Allocate);
    out.requested_transport();
    return out;
}

Request refresh(std::uint32_t lifetime_s) {
    Request out(stun::Method::Refresh);
    out.lifetime(lifetime_s);
    return out;
}

Request create_permission(const TransportAddress& peer) {
    Request out(stun::Method::CreatePermission);
    out.peer(peer);
    return out;
}

Request channel_bind(std::uint16_t channel, const TransportAddress& peer) {
    Request out(stun::Method::ChannelBind);
    out.channel(channel).peer(peer);
    return out;
}

Request allocate_tcp() {
    Request out(stun::Method::Allocate);
    out.requested_transport(kTcpProtocol);
    return out;
}

Request connect(const TransportAddress& peer) {
    Request out(stun::Method::Connect);
    out.peer(peer);
    return out;
}

Request connection_bind(std::uint32_t connection_id) {
    Request out(stun::Method::ConnectionBind);
    out.u32(AttributeType::ConnectionId, connection_id);
    return out;
}

Request send_to(const TransportAddress& peer, stun::Bytes data) {
    Request out(stun::Method::Send, stun::MessageClass::Indication);
    out.peer(peer).bytes(AttributeType::Data, data);
    return out;
}

}  // namespace portolan::turn
