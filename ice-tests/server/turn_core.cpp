#include "ice-tests/server/turn_core.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "ice-tests/server/mutate.hpp"
#include "ice-tests/server/turn_request.hpp"
#include "ice-tests/server/understood.hpp"
#include "probe/stun/attribute_table.hpp"
#include "probe/stun/framing.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::server {
namespace {

using stun::AttributeType;
using stun::MessageClass;
using stun::Method;
using F = ServerFault;
using M = mutants::Mutant;

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
    AttributeType::ConnectionId,
};

// Header, padding and 64 KiB.
constexpr std::size_t kBufferBytes = 0x10000 + 64;
// More than any link of the internet carries in one packet.
constexpr std::size_t kOversizeBytes = 2000;
// Of the comprehension-optional types that nobody has (RFC 8489 s18.3).
constexpr auto kUnknownOptional = static_cast<AttributeType>(0xFFFE);
// More than ten times a bare header.
constexpr std::size_t kAmplifiedBytes = 400;
constexpr std::size_t kMaxSeenCount = 10'000;
// Never a key: those have 16 or 32 bytes.
constexpr std::array<std::byte, 1> kWrongKey{std::byte{0x55}};

bool is_turn_request(Method method) {
    return method == Method::Allocate || method == Method::Refresh ||
           method == Method::CreatePermission || method == Method::ChannelBind;
}

// Its first length goes past its end (RFC 7635 s6.2).
bool is_malformed_token(const stun::MessageView& message) {
    const auto token = message.find(AttributeType::AccessToken);
    return token && (token->value.size() < 2 ||
                     stun::wire::load_u16(token->value.data()) > token->value.size());
}

// A TURN request that is not what its attributes say, whereas its header is sound.
bool is_cut_request(stun::Bytes bytes) {
    constexpr std::size_t kHeaderBytes = 20;
    if (bytes.size() < kHeaderBytes || bytes[0] != std::byte{0}) return false;
    const std::size_t claimed = stun::wire::load_u16(bytes.data() + 2);
    return bytes[1] != std::byte{1} && claimed + kHeaderBytes == bytes.size();
}

// Longer than what a server that believes the length has room for.
bool has_long_nonce(const stun::MessageView& message) {
    constexpr std::uint16_t kRoomBytes = 256;
    const auto token = message.find(AttributeType::AccessToken);
    return token && token->value.size() >= 2 &&
           stun::wire::load_u16(token->value.data()) > kRoomBytes && !is_malformed_token(message);
}

bool is_tcp_request(Method method) {
    return method == Method::Connect || method == Method::ConnectionBind;
}

}  // namespace

TurnCore::TurnCore(TurnCoreConfig config, TurnAuth auth, transport::Random random,
                   TurnOutput& output)
    : config_(std::move(config)),
      auth_(std::move(auth)),
      random_(random),
      output_(output),
      allocations_(config_.relays, transport::Random(random_()), output),
      challenge_limit_(is(M::SecurityAmplificationRate) ? 0 : config_.quotas.challenge_count),
      buffer_(kBufferBytes),
      understood_(std::begin(kUnderstood), std::end(kUnderstood)) {
    if (config_.can_set_dont_fragment) understood_.push_back(AttributeType::DontFragment);
    if (auth_.takes_tokens() || is(M::Rfc7635S7Unexpected)) {
        understood_.push_back(AttributeType::AccessToken);
    }
}

void TurnCore::on_client(transport::Time now, const FiveTuple& tuple, stun::Bytes bytes) {
    expire(now);
    if (has(F::SilentUdp) && tuple.transport == Arrival::Udp) return;
    const auto repaired_bytes = repaired(config_.binding.mutants, bytes);
    if (repaired_bytes) bytes = *repaired_bytes;
    // The two bits tell ChannelData from STUN (RFC 8656 s12.5).
    if (!bytes.empty() && (bytes.front() & std::byte{0xC0}) == std::byte{0x40}) {
        return on_channel_data(now, tuple, bytes);
    }
    // Nobody to answer: such a source is forged.
    if (tuple.client.port == 0 || tuple.client.ip.is_unspecified()) return;
    const auto message = stun::MessageView::parse(bytes);
    if (!message) {
        has_died_ = has_died_ || (is(M::SecurityMutatedMessages) && is_cut_request(bytes));
        return;
    }
    on_message(now, tuple, *message);
}

void TurnCore::on_message(transport::Time now, const FiveTuple& tuple,
                          const stun::MessageView& message) {
    if (has_died_) return;
    if (message.method() == Method::Binding) return on_binding(tuple, message);
    // RFC 8656 s5: "TURN does not use the backwards-compatibility mechanism".
    if (!message.transaction_id().has_magic_cookie()) return;
    const stun::Check fingerprint = stun::verify_fingerprint(message);
    if (fingerprint != stun::Check::Valid && fingerprint != stun::Check::Absent &&
        !is(M::Rfc8489S6_3FingerprintWrong)) {
        return;
    }
    if (message.message_class() == MessageClass::Indication && message.method() == Method::Send) {
        return on_send(now, tuple, message);
    }
    if (message.message_class() != MessageClass::Request) return;
    if (is_turn_request(message.method()) ||
        (config_.with_tcp_relays && is_tcp_request(message.method()))) {
        return on_request(now, tuple, message);
    }
    if (is(M::Rfc8489S6_3UnknownMethod) && stun::find_method(message.method()) == nullptr) {
        challenge({.now = now, .tuple = tuple, .message = message}, 401);
    }
}

void TurnCore::on_binding(const FiveTuple& tuple, const stun::MessageView& message) {
    BindingConfig* config = &config_.binding;
    BindingConfig broken;
    if (is(M::Rfc8489S6_3_1Retransmission)) {
        if (seen_.size() >= kMaxSeenCount) seen_.clear();
        if (!seen_.insert(message.transaction_id()).second) {
            broken = config_.binding;
            broken.faults.add(F::Error500);
            config = &broken;
        }
    }
    for (Outgoing& reply : respond(*config, {.bytes = message.bytes(),
                                            .source = tuple.client,
                                            .received_on = tuple.server,
                                            .arrival = tuple.transport})) {
        if (is(M::Rfc8489S14PaddingZero)) fill_padding(reply.bytes, std::byte{0x20});
        output_.send_response(
            {.transport = tuple.transport, .client = reply.to, .server = reply.from}, reply.bytes);
    }
}

void TurnCore::on_request(transport::Time now, const FiveTuple& tuple,
                          const stun::MessageView& message) {
    Request request{.now = now, .tuple = tuple, .message = message};
    if (is(M::Rfc8489S10AlternateServer) && message.method() == Method::Allocate) {
        return refuse(request, 300);
    }
    if (is(M::Rfc7635S6_2Malformed) && is_malformed_token(message)) return;
    has_died_ = has_died_ || (is(M::Rfc7635S6_2LongNonce) && has_long_nonce(message));
    if (has_died_) return;
    const auto verdict = auth_.check(now, tuple.client, message, held_key(tuple, message));
    if (const auto* refusal = std::get_if<Refusal>(&verdict)) {
        if (overrule(request, *refusal)) return;
        forget_connection(request);
        if (!refusal->challenge || (refusal->is_stale && is(M::Rfc8489S9_2_4NonceInvented))) {
            return refuse(request, refusal->code);
        }
        return challenge(request, refusal->code);
    }
    request.principal = &std::get<Principal>(verdict);
    dispatch(request);
}

bool TurnCore::overrule(Request& request, const Refusal& refusal) {
    const Method method = request.message.method();
    const bool is_unsigned = refusal.code == 401 &&
                             !request.message.has(AttributeType::MessageIntegrity) &&
                             !request.message.has(AttributeType::MessageIntegritySha256);
    Allocation* allocation = allocations_.find(request.tuple);
    const bool is_obeyed =
        (method == Method::Allocate && is(M::SecurityOpenRelay)) ||
        (method == Method::Refresh && is(M::Rfc8656S5RefreshUnauthenticated) && allocation);
    if (!is_unsigned || !is_obeyed) return false;
    const Principal nobody{
        .username = {}, .quota_name = {}, .key = {}, .with_sha256 = false, .is_known = false};
    request.principal = &nobody;
    if (method == Method::Refresh) {
        refresh(request, *allocation);
    } else {
        dispatch(request);
    }
    request.principal = nullptr;
    return true;
}

std::optional<stun::LongTermKey> TurnCore::held_key(const FiveTuple& tuple,
                                                    const stun::MessageView& message) const {
    const Allocation* allocation = allocations_.find(tuple);
    if (message.method() == Method::ConnectionBind) {
        const auto id = message.u32(AttributeType::ConnectionId);
        const PeerConnection* connection = id ? allocations_.find_connection(*id) : nullptr;
        const Relay* relay =
            connection != nullptr ? allocations_.find_relay(connection->relay) : nullptr;
        allocation = relay != nullptr ? relay->owner : nullptr;
    }
    return allocation != nullptr ? allocation->token_key : std::nullopt;
}

void TurnCore::dispatch(const Request& request) {
    const auto unknown = not_understood(request.message, understood_);
    const bool is_allocate = request.message.method() == Method::Allocate;
    if (!unknown.empty() && !(is_allocate && is(M::Rfc8656S7_2UnknownRequired))) {
        return refuse(request, 420, unknown);
    }
    if (is_allocate) return allocate(request);
    if (request.message.method() == Method::Refresh &&
        request.message.has(AttributeType::MobilityTicket)) {
        return move(request);
    }
    if (request.message.method() == Method::ConnectionBind) return bind_connection(request);
    Allocation* allocation = allocations_.find(request.tuple);
    if (allocation == nullptr) return refuse_without_allocation(request);
    // RFC 8656 s5: against taking over somebody's allocation.
    if (allocation->username != request.principal->username && !is(M::Rfc8656S5ForeignUser)) {
        return refuse(request, 441);
    }
    switch (request.message.method()) {
        case Method::Refresh:
            return refresh(request, *allocation);
        case Method::CreatePermission:
            return create_permission(request, *allocation);
        case Method::Connect:
            return connect(request, *allocation);
        default:
            return bind_channel(request, *allocation);
    }
}

void TurnCore::refuse_without_allocation(const Request& request) {
    const Method method = request.message.method();
    if (method == Method::Refresh && is(M::Rfc8656S8_2NoAllocation)) return;
    const bool is_wrong = (method == Method::CreatePermission && is(M::Rfc8656S10_2NoAllocation)) ||
                          (method == Method::ChannelBind && is(M::Rfc8656S12_2NoAllocation));
    const bool is_forbidden = method == Method::Connect && is(M::Rfc6062S5_2NoAllocation);
    refuse(request, is_wrong ? 400 : is_forbidden ? 403 : 437);
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
    const bool is_success =
        stun::MessageView::parse(writer.bytes())->message_class() == MessageClass::SuccessResponse;
    const bool is_bare = has(F::TurnNoIntegrity) || is(is_success ? M::Rfc8489S9_2_4SuccessIntegrity
                                                                  : M::Rfc8489S9_2_4ErrorIntegrity);
    if (request.principal != nullptr && request.principal->is_known && !is_bare) {
        const stun::Bytes key =
            has(F::TurnWrongIntegrity) ? stun::Bytes(kWrongKey) : request.principal->key.bytes();
        // RFC 8489 s9.2.4: by what the request said, not by which attribute it had.
        if (request.principal->with_sha256) {
            writer.add_message_integrity_sha256(key);
        } else {
            writer.add_message_integrity(key);
        }
    }
    if (request.message.has(AttributeType::Fingerprint) && !is(M::Rfc8489S7FingerprintAnswered)) {
        writer.add_fingerprint();
    }
    send(request, writer.bytes());
}

void TurnCore::send(const Request& request, stun::Bytes message) {
    if (!is(M::Rfc8489S14PaddingZero)) return output_.send_response(request.tuple, message);
    std::vector<std::byte> dirty(message.begin(), message.end());
    fill_padding(dirty, std::byte{0x20});
    output_.send_response(request.tuple, dirty);
}

void TurnCore::add_error(stun::MessageWriter& writer, int code) const {
    std::string reason(stun::default_reason(code));
    if (is(M::Rfc8489S14_8ErrorCodeLength)) reason.push_back('\0');
    writer.add_error_code(code, reason);
}

void TurnCore::refuse(const Request& request, int code, std::span<const std::uint16_t> unknown) {
    auto writer = begin(request, MessageClass::ErrorResponse);
    add_error(writer, code);
    if (code == 420 && !unknown.empty()) writer.add_unknown_attributes(unknown);
    // RFC 8489 s10: the server to try is named in the response.
    if (code == 300) add_alternates(writer, request);
    finish(request, writer);
}

void TurnCore::challenge(const Request& request, int code) {
    // Nobody forges the source of a stream.
    if (!is_stream(request.tuple.transport) &&
        !challenge_limit_.admits(request.now, request.tuple.client.ip)) {
        return;
    }
    auto writer = begin(request, MessageClass::ErrorResponse);
    add_error(writer, code);
    auth_.add_challenge(writer, request.now, request.tuple.client);
    const auto username = request.message.text(AttributeType::Username);
    if (username && is(M::Rfc8489S9_2_4ChallengeBare)) {
        writer.add_text(AttributeType::Username, *username);
    }
    if (is(M::SecurityAmplificationChallenge)) {
        writer.add_bytes(kUnknownOptional, std::vector<std::byte>(kAmplifiedBytes));
    }
    finish(request, writer);
}

bool TurnCore::redirects(const Request& request) const {
    const auto& list =
        is_secure(request.tuple.transport) ? config_.secure_alternates : config_.alternates;
    return std::ranges::any_of(list, [&](const TransportAddress& alternate) {
        return alternate.family() == request.tuple.client.family();
    });
}

void TurnCore::add_alternates(stun::MessageWriter& writer, const Request& request) const {
    const bool is_v4 = request.tuple.server.family() == AddressFamily::IPv4;
    if (is(M::Rfc8489S10AlternateServer)) {
        const char* other = is_v4 ? "[2001:db8::1]:3478" : "192.0.2.1:3478";
        writer.add_address(AttributeType::AlternateServer,
                           TransportAddress::parse(other).value_or(request.tuple.server));
        return;
    }
    if (!redirects(request)) {
        writer.add_address(AttributeType::AlternateServer, request.tuple.server);
        return;
    }
    const bool is_with_tls = is_secure(request.tuple.transport);
    const auto& list = is_with_tls ? config_.secure_alternates : config_.alternates;
    // The one of the request's family first (MUST), then the other one (SHOULD).
    for (const bool same : {true, false}) {
        for (const TransportAddress& alternate : list) {
            if ((alternate.family() == request.tuple.client.family()) != same) continue;
            writer.add_address(AttributeType::AlternateServer, alternate);
        }
    }
    // RFC 8489 s10 (MUST): only to those who can make something of it.
    const bool knows_domains = request.principal != nullptr && request.principal->with_sha256;
    if (is_with_tls && knows_domains && !config_.alternate_domain.empty()) {
        writer.add_text(AttributeType::AlternateDomain, config_.alternate_domain);
    }
}

void TurnCore::succeed(const Request& request) {
    auto writer = begin(request, MessageClass::SuccessResponse);
    finish(request, writer);
}

void TurnCore::on_client_gone(const FiveTuple& tuple) {
    Allocation* allocation = allocations_.find(tuple);
    if (allocation == nullptr) return;
    // RFC 8016 s3.2.2: the end of the old connection is the end of the move.
    if (allocation->next_tuple && allocation->tuple == tuple) {
        return allocations_.complete_move(*allocation);
    }
    if (allocation->next_tuple == tuple) return;
    allocations_.end(*allocation);
    std::erase_if(connects_, [&](const auto& entry) { return entry.second.tuple == tuple; });
}

bool TurnCore::has_allocation(const FiveTuple& tuple) const {
    return allocations_.find(tuple) != nullptr;
}

std::optional<transport::Time> TurnCore::next_deadline() const {
    return allocations_.next_deadline();
}

void TurnCore::expire(transport::Time now) {
    allocations_.expire(now);
    answer_orphans(now);
}

}  // namespace portolan::server
