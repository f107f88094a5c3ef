#include "ice-tests/server/turn_core.hpp"

#include <array>
#include <utility>

#include "ice-tests/server/turn_request.hpp"
#include "ice-tests/server/understood.hpp"
#include "probe/stun/attribute_table.hpp"
#include "probe/stun/framing.hpp"

namespace portolan::server {
namespace {

using stun::AttributeType;
using stun::MessageClass;
using stun::Method;
using F = ServerFault;

// What is comprehension-required and understood in a TURN request. Attributes that have no meaning
// in that method are ignored.
constexpr AttributeType kUnderstood[] = {
    AttributeType::Username,
    AttributeType::MessageIntegrity,
    AttributeType::ErrorCode,
    AttributeType::UnknownAttributes,
    AttributeType::ChannelNumber,
    AttributeType::Lifetime,
    AttributeType::XorPeerAddress,
    AttributeType::Data,
    AttributeType::Realm,
    AttributeType::Nonce,
    AttributeType::XorRelayedAddress,
    AttributeType::RequestedAddressFamily,
    AttributeType::EvenPort,
    AttributeType::RequestedTransport,
    AttributeType::MessageIntegritySha256,
    AttributeType::PasswordAlgorithm,
    AttributeType::Userhash,
    AttributeType::XorMappedAddress,
    AttributeType::ReservationToken,
    AttributeType::DontFragment,  // the last, for servers that do not
};

// Header, padding and 64 KiB.
constexpr std::size_t kBufferBytes = 0x10000 + 64;
// More than any link of the internet carries in one packet.
constexpr std::size_t kOversizeBytes = 2000;
// Of the comprehension-optional types that nobody has (RFC 8489 s18.3).
constexpr auto kUnknownOptional = static_cast<AttributeType>(0xFFFE);
// Never a key: those have 16 or 32 bytes.
constexpr std::array<std::byte, 1> kWrongKey{std::byte{0x55}};

bool is_turn_request(Method method) {
    return method == Method::Allocate || method == Method::Refresh ||
           method == Method::CreatePermission || method == Method::ChannelBind;
}

}  // namespace

TurnCore::TurnCore(TurnCoreConfig config, TurnAuth auth, transport::Random random,
                   TurnOutput& output)
    : config_(std::move(config)),
      auth_(std::move(auth)),
      random_(random),
      output_(output),
      allocations_(config_.relays, transport::Random(random_()), output),
      buffer_(kBufferBytes) {}

void TurnCore::on_client(transport::Time now, const FiveTuple& tuple, stun::Bytes bytes) {
    expire(now);
    if (has(F::SilentUdp) && tuple.transport == Arrival::Udp) return;
    // The two bits tell ChannelData from STUN (RFC 8656 s12.5).
    if (!bytes.empty() && (bytes.front() & std::byte{0xC0}) == std::byte{0x40}) {
        return on_channel_data(now, tuple, bytes);
    }
    // Nobody to answer: such a source is forged.
    if (tuple.client.port == 0 || tuple.client.ip.is_unspecified()) return;
    const auto message = stun::MessageView::parse(bytes);
    if (!message) return;
    if (message->method() == Method::Binding) {
        for (const Outgoing& reply : respond(config_.binding, {.bytes = bytes,
                                                              .source = tuple.client,
                                                              .received_on = tuple.server,
                                                              .arrival = tuple.transport})) {
            output_.send_response(
                {.transport = tuple.transport, .client = reply.to, .server = reply.from},
                reply.bytes);
        }
        return;
    }
    // RFC 8656 s5: "TURN does not use the backwards-compatibility mechanism".
    if (!message->transaction_id().has_magic_cookie()) return;
    const stun::Check fingerprint = stun::verify_fingerprint(*message);
    if (fingerprint != stun::Check::Valid && fingerprint != stun::Check::Absent) return;
    if (message->message_class() == MessageClass::Indication && message->method() == Method::Send) {
        return on_send(now, tuple, *message);
    }
    if (message->message_class() == MessageClass::Request && is_turn_request(message->method())) {
        on_request(now, tuple, *message);
    }
}

void TurnCore::on_request(transport::Time now, const FiveTuple& tuple,
                          const stun::MessageView& message) {
    Request request{.now = now, .tuple = tuple, .message = message};
    const auto verdict = auth_.check(now, tuple.client, message);
    if (const auto* refusal = std::get_if<Refusal>(&verdict)) {
        if (refusal->challenge) return challenge(request, refusal->code);
        return refuse(request, refusal->code);
    }
    request.principal = &std::get<Principal>(verdict);
    dispatch(request);
}

void TurnCore::dispatch(const Request& request) {
    const std::span<const AttributeType> known(kUnderstood);
    const auto unknown = not_understood(
        request.message, config_.can_set_dont_fragment ? known : known.first(known.size() - 1));
    if (!unknown.empty()) return refuse(request, 420, unknown);
    if (request.message.method() == Method::Allocate) return allocate(request);
    Allocation* allocation = allocations_.find(request.tuple);
    if (allocation == nullptr) return refuse(request, 437);
    // RFC 8656 s5: against taking over somebody's allocation.
    if (allocation->username != request.principal->username) return refuse(request, 441);
    switch (request.message.method()) {
        case Method::Refresh:
            return refresh(request, *allocation);
        case Method::CreatePermission:
            return create_permission(request, *allocation);
        default:
            return bind_channel(request, *allocation);
    }
}

stun::MessageWriter TurnCore::begin(const Request& request, MessageClass message_class) {
    stun::TransactionId id = request.message.transaction_id();
    if (has(F::TurnWrongTransactionId)) id.octets.back() ^= std::byte{1};
    stun::MessageWriter writer(buffer_, message_class, request.message.method(), id);
    if (has(F::TurnOversizedReply) && message_class == MessageClass::SuccessResponse) {
        writer.add_bytes(kUnknownOptional, std::vector<std::byte>(kOversizeBytes));
    }
    return writer;
}

void TurnCore::finish(const Request& request, stun::MessageWriter& writer) {
    if (!config_.binding.software.empty()) {
        writer.add_text(AttributeType::Software, config_.binding.software);
    }
    if (request.principal != nullptr && !has(F::TurnNoIntegrity)) {
        const stun::Bytes key =
            has(F::TurnWrongIntegrity) ? stun::Bytes(kWrongKey) : request.principal->key.bytes();
        // RFC 8489 s9.2.4: by what the request said, not by which attribute it had.
        if (request.principal->with_sha256) {
            writer.add_message_integrity_sha256(key);
        } else {
            writer.add_message_integrity(key);
        }
    }
    if (request.message.has(AttributeType::Fingerprint)) writer.add_fingerprint();
    output_.send_response(request.tuple, writer.bytes());
}

void TurnCore::refuse(const Request& request, int code, std::span<const std::uint16_t> unknown) {
    auto writer = begin(request, MessageClass::ErrorResponse);
    writer.add_error_code(code, stun::default_reason(code));
    if (code == 420) writer.add_unknown_attributes(unknown);
    // RFC 8489 s10: the server to try is named in the response.
    if (code == 300) writer.add_address(AttributeType::AlternateServer, request.tuple.server);
    finish(request, writer);
}

void TurnCore::challenge(const Request& request, int code) {
    auto writer = begin(request, MessageClass::ErrorResponse);
    writer.add_error_code(code, stun::default_reason(code));
    auth_.add_challenge(writer, request.now, request.tuple.client);
    finish(request, writer);
}

void TurnCore::succeed(const Request& request) {
    auto writer = begin(request, MessageClass::SuccessResponse);
    finish(request, writer);
}

void TurnCore::on_client_gone(const FiveTuple& tuple) {
    if (Allocation* allocation = allocations_.find(tuple)) allocations_.end(*allocation);
}

bool TurnCore::has_allocation(const FiveTuple& tuple) const {
    return allocations_.find(tuple) != nullptr;
}

std::optional<transport::Time> TurnCore::next_deadline() const {
    return allocations_.next_deadline();
}

void TurnCore::expire(transport::Time now) {
    allocations_.expire(now);
}

}  // namespace portolan::server
