#include "ice-tests/server/binding.hpp"

#include <cstdint>
#include <optional>
#include <utility>

#include "ice-tests/server/misbehave.hpp"
#include "ice-tests/server/understood.hpp"
#include "probe/stun/attribute_table.hpp"
#include "probe/stun/integrity.hpp"

namespace portolan::server {
namespace {

using stun::AttributeType;
using stun::MessageClass;
using F = ServerFault;
using M = mutants::Mutant;

// What is comprehension-required and understood in a Binding request, in each of the two protocols.
// Credentials are understood and not asked for. RESPONSE-ADDRESS (RFC 3489 s11.2.2) is left out on
// purpose: it would let anybody aim the server at a third party.
constexpr AttributeType kUnderstood[] = {
    AttributeType::MappedAddress,
    AttributeType::ChangeRequest,
    AttributeType::Username,
    AttributeType::MessageIntegrity,
    AttributeType::ErrorCode,
    AttributeType::UnknownAttributes,
    AttributeType::Realm,
    AttributeType::Nonce,
    AttributeType::PasswordAlgorithm,
    AttributeType::MessageIntegritySha256,
    AttributeType::Userhash,
    AttributeType::XorMappedAddress,
    AttributeType::Padding,
    AttributeType::ResponsePort,
};
constexpr AttributeType kUnderstoodByRfc3489[] = {
    AttributeType::ChangeRequest,
    AttributeType::Username,
    AttributeType::MessageIntegrity,
};

// Comprehension-required, and in no registry.
constexpr auto kUndefinedAttribute = static_cast<AttributeType>(0x7FFE);
// Comprehension-optional, and in none either (RFC 8489 s18.3).
constexpr auto kUnknownOptional = static_cast<AttributeType>(0xFFFE);
constexpr std::size_t kAmplifiedBytes = 400;

struct ChangeFlags {
    bool ip = false;
    bool port = false;
    [[nodiscard]] bool any() const { return ip || port; }
};

// Everything about one request that the answer depends on.
struct Exchange {
    const BindingConfig& config;
    const Incoming& incoming;
    const stun::MessageView& request;
    bool is_classic;  // RFC 3489: no magic cookie
    std::optional<ChangeFlags> change;
    TransportAddress from;
    TransportAddress to;
    TransportAddress seen_at;  // what the answer says of the client

    [[nodiscard]] bool has(F fault) const { return config.faults.has(fault); }
    [[nodiscard]] bool is(M mutant) const { return config.mutants.has(mutant); }
    [[nodiscard]] std::optional<TransportAddress> other() const {
        if (has(F::NoOtherAddress) || is(M::Rfc8489S6_3_1ChangeRequest)) return std::nullopt;
        return config.layout.other(incoming.received_on);
    }
};

stun::MessageWriter begin(std::span<std::byte> buffer, const Exchange& exchange,
                          MessageClass message_class) {
    stun::TransactionId id = exchange.request.transaction_id();
    if (exchange.has(F::WrongTransactionId)) id.octets.back() ^= std::byte{1};
    return {buffer, message_class, stun::Method::Binding, id};
}

void finish(stun::MessageWriter& writer, const Exchange& exchange) {
    if (exchange.has(F::UnknownAttribute)) writer.add_u32(kUndefinedAttribute, 0);
    if (exchange.is_classic) return;
    if (!exchange.config.software.empty()) {
        writer.add_text(AttributeType::Software, exchange.config.software);
    }
    // RFC 8489 s7: a client that multiplexes needs it in the answer, and shows so by sending it.
    if (exchange.has(F::WrongFingerprint)) {
        writer.add_u32(AttributeType::Fingerprint, 0);
    } else if (exchange.request.has(AttributeType::Fingerprint) &&
               !exchange.is(M::Rfc8489S7FingerprintAnswered)) {
        writer.add_fingerprint();
    }
}

std::vector<Outgoing> send(const Exchange& exchange, stun::Bytes bytes,
                           const TransportAddress& from, const TransportAddress& to) {
    return misbehave(exchange.config, exchange.incoming,
                     {from, to, std::vector<std::byte>(bytes.begin(), bytes.end())});
}

// RFC 8489 s6.3.1.2: an error goes where the request came from, whatever else was asked.
std::vector<Outgoing> refuse(const Exchange& exchange, int code, std::string_view reason,
                             std::span<const std::uint16_t> unknown = {}) {
    // At most every attribute of the longest request is unknown.
    std::vector<std::byte> buffer(512 + exchange.config.software.size() + 2 * unknown.size());
    auto writer = begin(buffer, exchange, MessageClass::ErrorResponse);
    writer.add_error_code(code, exchange.is(M::Rfc8489S14_8ErrorCodeLength)
                                    ? std::string(reason) + '\0'
                                    : std::string(reason));
    if (code == 420 && !unknown.empty()) writer.add_unknown_attributes(unknown);
    finish(writer, exchange);
    return send(exchange, writer.bytes(), exchange.incoming.received_on, exchange.incoming.source);
}

std::vector<Outgoing> refuse_attribute(const Exchange& exchange, AttributeType type) {
    const std::uint16_t number = static_cast<std::uint16_t>(type);
    if (type == AttributeType::ChangeRequest && exchange.is(M::Rfc8489S6_3_1ChangeRequest)) {
        return refuse(exchange, 420, "Unknown Attribute");
    }
    return refuse(exchange, 420, "Unknown Attribute", std::span(&number, 1));
}

std::span<const AttributeType> understood(bool is_classic) {
    if (is_classic) return kUnderstoodByRfc3489;
    return kUnderstood;
}

// RFC 5780 s7.2: bit 2 asks for the other IP address, bit 1 for the other port.
std::optional<ChangeFlags> read_change_request(const stun::MessageView& request) {
    const auto flags = request.u32(AttributeType::ChangeRequest);
    if (!flags) return std::nullopt;
    return ChangeFlags{(*flags & 4U) != 0, (*flags & 2U) != 0};
}

TransportAddress mapped_address(const Exchange& exchange) {
    return exchange.has(F::Alg) ? alg_address(exchange.seen_at) : exchange.seen_at;
}

void add_rfc3489_attributes(stun::MessageWriter& writer, const Exchange& exchange) {
    // RFC 3489 s8.1. No XOR-MAPPED-ADDRESS: its type is mandatory there and unknown.
    if (exchange.is(M::Rfc8489S11ClassicStun)) {
        writer.add_address(AttributeType::MappedAddress,
                           {IpAddress::any(exchange.seen_at.family()), 0});
    } else if (!exchange.has(F::NoMappedAddress)) {
        writer.add_address(AttributeType::MappedAddress, mapped_address(exchange));
    }
    writer.add_address(AttributeType::SourceAddress,
                       stated_origin(exchange.config, exchange.incoming, exchange.from));
    if (const auto other = exchange.other()) {
        writer.add_address(AttributeType::ChangedAddress,
                           stated_other(exchange.config.faults, exchange.incoming, *other));
    }
}

void add_attributes(stun::MessageWriter& writer, const Exchange& exchange) {
    // RFC 5780 s6.1 (MUST): both of the mapped addresses, RESPONSE-ORIGIN, OTHER-ADDRESS.
    if (!exchange.has(F::NoXorMappedAddress)) {
        writer.add_address(AttributeType::XorMappedAddress, exchange.seen_at);
    }
    if (!exchange.has(F::NoMappedAddress)) {
        writer.add_address(AttributeType::MappedAddress, mapped_address(exchange));
    }
    writer.add_address(AttributeType::ResponseOrigin,
                       stated_origin(exchange.config, exchange.incoming, exchange.from));
    if (const auto other = exchange.other()) {
        writer.add_address(AttributeType::OtherAddress,
                           stated_other(exchange.config.faults, exchange.incoming, *other));
    }
    if (exchange.request.has(AttributeType::Padding)) {
        writer.add_bytes(AttributeType::Padding,
                         std::vector<std::byte>(exchange.config.padding_bytes));
    }
    if (exchange.is(M::SecurityAmplificationBinding)) {
        writer.add_bytes(kUnknownOptional, std::vector<std::byte>(kAmplifiedBytes));
    }
}

std::vector<Outgoing> succeed(const Exchange& exchange) {
    std::vector<std::byte> buffer(512 + kAmplifiedBytes + exchange.config.software.size() +
                                  exchange.config.padding_bytes);
    auto writer = begin(buffer, exchange, MessageClass::SuccessResponse);
    if (exchange.is_classic) {
        add_rfc3489_attributes(writer, exchange);
    } else {
        add_attributes(writer, exchange);
    }
    finish(writer, exchange);
    return send(exchange, writer.bytes(), exchange.from, exchange.to);
}

// RFC 5780 s6.1. Nothing: go on and answer.
std::optional<std::vector<Outgoing>> process_change_request(Exchange& exchange) {
    if (!exchange.change) {
        return refuse(exchange, 400, "Bad Request");
    }
    if (exchange.has(F::RejectChangeRequest)) {
        return refuse_attribute(exchange, AttributeType::ChangeRequest);
    }
    if (exchange.has(F::DropChangeRequest) && exchange.change->any()) {
        return std::vector<Outgoing>{};
    }
    // RFC 3489 clients send it always, with both flags clear when they want nothing.
    const bool is_harmless = !exchange.change->any() && exchange.is_classic;
    const auto other = exchange.other();
    if (!other && !is_harmless) return refuse_attribute(exchange, AttributeType::ChangeRequest);
    if (!exchange.change->any() || exchange.has(F::IgnoreChangeRequest)) return std::nullopt;
    // STUN opens no connections to clients, so over TCP there is no other source (RFC 5780 s4.1).
    if (!is_plain_udp(exchange.incoming.arrival)) {
        return refuse_attribute(exchange, AttributeType::ChangeRequest);
    }
    if (exchange.change->ip) exchange.from.ip = other->ip;
    if (exchange.change->port) exchange.from.port = other->port;
    return std::nullopt;
}

std::optional<std::vector<Outgoing>> process_response_port(Exchange& exchange) {
    const bool is_refused =
        exchange.has(F::NoResponsePort) && !exchange.is(M::SecurityAmplificationRfc5780);
    if (is_refused || !is_plain_udp(exchange.incoming.arrival)) {
        return refuse_attribute(exchange, AttributeType::ResponsePort);
    }
    // RFC 5780 s6.1 (MUST)
    if (exchange.request.has(AttributeType::Padding)) return refuse(exchange, 400, "Bad Request");
    const auto port = exchange.request.u16(AttributeType::ResponsePort);
    // RFC 5780 s7.5 allows port 0, to which nothing can be sent.
    if (!port || *port == 0) return refuse(exchange, 400, "Bad Request");
    exchange.to.port = *port;
    return std::nullopt;
}

std::vector<std::uint16_t> unknown_optional(const stun::MessageView& request) {
    std::vector<std::uint16_t> out;
    for (const stun::AttributeView attribute : request) {
        const auto type = static_cast<std::uint16_t>(attribute.type);
        if (type >= 0x8000 && stun::find_attribute(attribute.type) == nullptr) out.push_back(type);
    }
    return out;
}

// Whether a mutant takes it for a request.
bool is_request(const mutants::MutantSet& mutants, MessageClass message_class) {
    return message_class == MessageClass::Request ||
           (message_class == MessageClass::Indication &&
            mutants.has(M::Rfc8489S6_3_2BindingIndication)) ||
           (message_class == MessageClass::SuccessResponse &&
            mutants.has(M::Rfc8489S6_3_3UnsolicitedResponse));
}

std::vector<Outgoing> answer(Exchange& exchange) {
    if (exchange.has(F::Error500)) return refuse(exchange, 500, "Server Error");
    // RFC 8489 s11: the form of RFC 3489 has no place over DTLS.
    if (exchange.is_classic && exchange.incoming.arrival == Arrival::Dtls &&
        !exchange.is(M::Rfc8489S11ClassicDtls)) {
        return refuse(exchange, 500, "Server Error");
    }
    if (exchange.is(M::Rfc8489S7FingerprintOptional) &&
        !exchange.request.has(AttributeType::Fingerprint)) {
        return refuse(exchange, 400, "Bad Request");
    }
    if (exchange.is(M::Rfc8489S6_3_1UnknownOptional)) {
        if (const auto unknown = unknown_optional(exchange.request); !unknown.empty()) {
            return refuse(exchange, 420, "Unknown Attribute", unknown);
        }
    }
    if (const auto unknown = not_understood(exchange.request, understood(exchange.is_classic));
        !unknown.empty() && !exchange.is(M::Rfc8489S6_3_1UnknownRequired)) {
        return refuse(exchange, 420, "Unknown Attribute", unknown);
    }
    if (exchange.request.has(AttributeType::ChangeRequest)) {
        exchange.change = read_change_request(exchange.request);
        if (auto early = process_change_request(exchange)) return *std::move(early);
    }
    if (exchange.request.has(AttributeType::ResponsePort)) {
        if (auto early = process_response_port(exchange)) return *std::move(early);
    }
    return succeed(exchange);
}

}  // namespace

std::vector<Outgoing> respond(const BindingConfig& config, const Incoming& incoming) {
    if (config.faults.has(F::SilentUdp) && incoming.arrival == Arrival::Udp) return {};
    const auto request = stun::MessageView::parse(incoming.bytes);
    if (!request) return {};
    if (!is_request(config.mutants, request->message_class())) return {};
    if (request->method() != stun::Method::Binding) return {};
    const bool is_classic = !request->transaction_id().has_magic_cookie();
    // RFC 8489 s6.3: discarded in silence.
    if (!is_classic && !config.mutants.has(M::Rfc8489S6_3FingerprintWrong)) {
        const stun::Check check = stun::verify_fingerprint(*request);
        if (check != stun::Check::Valid && check != stun::Check::Absent) return {};
    }
    // Nobody to answer: such a source is forged.
    if (incoming.source.port == 0 || incoming.source.ip.is_unspecified()) return {};
    Exchange exchange{.config = config,
                      .incoming = incoming,
                      .request = *request,
                      .is_classic = is_classic,
                      .change = std::nullopt,
                      .from = incoming.received_on,
                      .to = incoming.source,
                      .seen_at = stated_mapped(config.faults, incoming.source)};
    if (exchange.is(is_stream(incoming.arrival) ? M::Rfc8489S12BindingTcp
                                                : M::Rfc8489S12BindingUdp)) {
        exchange.seen_at.port ^= 1U;
    }
    std::vector<Outgoing> replies = answer(exchange);
    if (config.faults.has(F::ContradictoryReplies)) {
        exchange.seen_at.port = static_cast<std::uint16_t>(exchange.seen_at.port ^ 1U);
        exchange.from = incoming.received_on;
        exchange.to = incoming.source;
        for (Outgoing& second : answer(exchange))
            replies.push_back(std::move(second));
    }
    return replies;
}

}  // namespace portolan::server
