#include <algorithm>
#include <array>
#include <chrono>

#include "ice-tests/server/turn_core.hpp"
#include "ice-tests/server/turn_request.hpp"
#include "probe/stun/attribute_table.hpp"
#include "probe/stun/wire.hpp"

// Allocate (RFC 8656 s7.2) and Refresh (s8.2).
namespace portolan::server {
namespace {

using stun::AttributeType;
using stun::MessageClass;
using F = ServerFault;
using M = mutants::Mutant;

constexpr std::uint8_t kUdpProtocol = 17;
constexpr std::uint8_t kTcpProtocol = 6;
constexpr AddressFamily kFamilies[] = {AddressFamily::IPv4, AddressFamily::IPv6};

// Nothing when the attribute is absent, and nothing inside that when it is malformed.
template <typename T>
std::optional<std::optional<T>> value_of(const stun::MessageView& message, AttributeType type) {
    const auto attribute = message.find(type);
    if (!attribute) return std::nullopt;
    const auto value = stun::decode_value(type, attribute->value, message.transaction_id());
    const T* decoded = value ? std::get_if<T>(&*value) : nullptr;
    return decoded != nullptr ? std::optional<T>(*decoded) : std::optional<T>();
}

std::uint8_t number_of(AddressFamily family) {
    return static_cast<std::uint8_t>(family);
}

}  // namespace

/// What an Allocate request asks for.
struct TurnCore::AllocateWish {
    AddressFamily family = AddressFamily::IPv4;
    bool both_families = false;
    RelayKind kind = RelayKind::Udp;
    PortWish port = PortWish::Any;
    std::optional<ReservationToken> token;
};

/// What it gets.
struct TurnCore::Relays {
    std::array<Relay*, 2> relays{};
    std::optional<ReservationToken> reserved;
    std::optional<AddressFamily> refused_family;
    int refused_code = 0;
};

namespace {

bool has_reserved_bits(const stun::MessageView& message) {
    const auto family = message.find(AttributeType::RequestedAddressFamily);
    return family && std::ranges::any_of(family->value.subspan(1),
                                         [](std::byte octet) { return octet != std::byte{}; });
}

}  // namespace

bool TurnCore::is_additional_ignored(const stun::MessageView& message) const {
    const auto additional =
        value_of<stun::AddressFamilyValue>(message, AttributeType::AdditionalAddressFamily);
    const bool is_ipv4 =
        additional && *additional && (*additional)->family == number_of(AddressFamily::IPv4);
    return (message.has(AttributeType::RequestedAddressFamily) &&
            is(M::Rfc8656S7_2FamilyAndAdditional)) ||
           (is_ipv4 && is(M::Rfc8656S7_2AdditionalIpv4)) ||
           (message.has(AttributeType::EvenPort) && is(M::Rfc8656S7_2AdditionalEvenPort));
}

// The checks 3 and 5 to 9 of RFC 8656 s7.2, in that order. An error code, or nothing.
std::optional<int> TurnCore::read_wish(const Request& request, AllocateWish& wish) const {
    const stun::MessageView& message = request.message;
    const auto transport =
        value_of<stun::RequestedTransportValue>(message, AttributeType::RequestedTransport);
    const bool is_ignored = transport ? !*transport && is(M::Rfc8656S7_2TransportMalformed)
                                      : is(M::Rfc8656S7_2TransportMissing);
    if ((!transport || !*transport) && !is_ignored) return 400;
    const bool is_given_anyway =
        !is_ignored && (*transport)->protocol == kTcpProtocol &&
        ((request.tuple.transport == Arrival::Udp && is(M::Rfc6062S5_1UdpClient)) ||
         (request.tuple.transport == Arrival::Dtls && is(M::Rfc7350S4_6TcpAllocation)));
    auto token = message.find(AttributeType::ReservationToken);
    auto even = value_of<stun::EvenPortValue>(message, AttributeType::EvenPort);
    const bool is_tcp = !is_ignored && (*transport)->protocol == kTcpProtocol;
    if (is_tcp && config_.with_tcp_relays && !is_given_anyway) {
        // RFC 6062 s5.1, 2 and 3.
        if (!is_stream(request.tuple.transport)) return 400;
        const bool is_for_udp = token || even || message.has(AttributeType::DontFragment);
        if (is_for_udp && !is(M::Rfc6062S5_1UdpAttributes)) return 400;
        token.reset();
        even.reset();
        wish.kind = RelayKind::Tcp;
    } else if (!is_ignored && !is_given_anyway && (*transport)->protocol != kUdpProtocol) {
        return is(M::Rfc8656S7_2TransportUnknown) ? 400 : 442;
    }

    auto family =
        value_of<stun::AddressFamilyValue>(message, AttributeType::RequestedAddressFamily);
    auto additional =
        value_of<stun::AddressFamilyValue>(message, AttributeType::AdditionalAddressFamily);
    if (family && is(M::Rfc8656S18_6FamilyReservedBits) && has_reserved_bits(message)) return 400;
    if (token && is(M::Rfc8656S7_2TokenEvenPort)) even.reset();
    if (token && is(M::Rfc8656S7_2TokenFamily)) family.reset();
    if (additional && is_additional_ignored(message)) additional.reset();
    if (token && (even || family || additional)) return 400;
    if (token) {
        wish.token = message.u64(AttributeType::ReservationToken);
        if (!wish.token) return 400;
    }
    if (family && additional) return 400;
    if ((family && !*family) || (even && !*even) || (additional && !*additional)) return 400;
    if (family) {
        const auto known = std::ranges::find_if(
            kFamilies, [&](AddressFamily f) { return number_of(f) == (*family)->family; });
        const bool is_had = known != std::end(kFamilies) && allocations_.has_family(*known);
        if (!is_had && is(M::Rfc8656S7_2FamilyUnknown)) {
            wish.family = AddressFamily::IPv4;
        } else if (known == std::end(kFamilies)) {
            return 440;
        } else {
            wish.family = *known;
        }
    } else if (is(M::Rfc8656S7_2Ipv4ByDefault)) {
        wish.family = request.tuple.client.family();
    }
    if (has(F::TurnIgnoresFamily) || is(M::Rfc8656S7_2FamilyRequested)) {
        wish.family = config_.relays.ips.front().family();
    }
    if (even) wish.port = (*even)->reserve_next ? PortWish::EvenAndNext : PortWish::Even;
    if (additional) {
        if (wish.port == PortWish::EvenAndNext) return 400;
        // RFC 8656 s18.11: the value is 0x02, and 0x01 is a 400.
        if ((*additional)->family != number_of(AddressFamily::IPv6)) return 400;
        wish.both_families =
            !(is(M::Rfc8656S7_2DualStack) && allocations_.has_family(AddressFamily::IPv6));
    }
    if (!wish.both_families && !wish.token && !allocations_.has_family(wish.family)) return 440;
    return std::nullopt;
}

Relay* TurnCore::take(ReservationToken token) {
    Relay* relay = allocations_.take(token);
    const bool is_taken_anyway = is(M::Rfc8656S7_2TokenInvented) || used_tokens_.contains(token);
    if (relay == nullptr && is_taken_anyway) {
        return allocations_.open(AddressFamily::IPv4, PortWish::Any);
    }
    if (relay != nullptr && is(M::Rfc8656S7_2TokenTwice)) used_tokens_.insert(token);
    return relay;
}

std::optional<int> TurnCore::open_relays(transport::Time now, const AllocateWish& wish,
                                         Relays& out) {
    if (wish.token) {
        Relay* relay = take(*wish.token);
        if (relay == nullptr) return 508;
        out.relays[0] = relay;
        return std::nullopt;
    }
    if (!wish.both_families) {
        Relay* next = nullptr;
        PortWish port = wish.port;
        if (port == PortWish::Even && is(M::Rfc8656S7_2EvenPort)) port = PortWish::Odd;
        const bool is_elsewhere =
            port == PortWish::EvenAndNext && is(M::Rfc8656S7_2EvenPortReserve);
        if (is_elsewhere) {
            // Taken first, so that it cannot be the next port.
            next = allocations_.open(wish.family, PortWish::Even);
            port = PortWish::Even;
        }
        out.relays[0] =
            allocations_.open(wish.family, port, wish.kind, is_elsewhere ? nullptr : &next);
        if (out.relays[0] == nullptr) return 508;
        if (next != nullptr) {
            out.reserved = allocations_.reserve(*next, now + config_.lifetimes.reservation);
        }
        return std::nullopt;
    }
    // RFC 8656 s7.2, check 9: one of the two is a success that says why the other is missing.
    for (std::size_t i = 0; i < std::size(kFamilies); ++i) {
        out.relays[i] = allocations_.open(kFamilies[i], wish.port, wish.kind);
        if (out.relays[i] != nullptr || is(M::Rfc8656S7_2AdditionalPartial)) continue;
        out.refused_family = kFamilies[i];
        out.refused_code = allocations_.has_family(kFamilies[i]) ? 508 : 440;
    }
    if (out.relays[0] == nullptr && out.relays[1] == nullptr) return 508;
    return std::nullopt;
}

void TurnCore::allocate(const Request& request) {
    if (has(F::TurnSilentAllocate)) return;
    if (has(F::TurnMismatchAlways)) return refuse(request, 437);
    if (has(F::TurnQuotaReached)) return refuse(request, 486);
    if (has(F::TurnAlternateLoop) || redirects(request)) return refuse(request, 300);
    const stun::TransactionId id = request.message.transaction_id();
    if (const Allocation* existing = allocations_.find(request.tuple)) {
        // RFC 8656 s7.2: a retransmission is answered as the request was.
        const bool is_repeated =
            is(M::Rfc8656S7_2Mismatch) ||
            (existing->made_by == id && existing->username == request.principal->username &&
             !is(M::Rfc8656S7_2Retransmission));
        return is_repeated ? confirm_allocation(request, *existing) : refuse(request, 437);
    }
    if (request.message.has(AttributeType::DontFragment) && is(M::Rfc8656S7_2DontFragment)) {
        return refuse(request, 420);
    }
    if (const auto code = check_ticket_wish(request.message)) return refuse(request, *code);
    AllocateWish wish;
    if (const auto code = read_wish(request, wish)) return refuse(request, *code);
    const std::string& quota_name = request.principal->quota_name;
    if (allocations_.count_of(quota_name) >= config_.quotas.user_allocation_count) {
        return refuse(request, 486);
    }
    if (allocations_.count() >= config_.quotas.allocation_count) return refuse(request, 508);
    Relays relays;
    if (const auto code = open_relays(request.now, wish, relays)) {
        if (is(M::Rfc8656S7_2AfterRefusal)) refused_.insert(request.tuple.client);
        return refuse(request, *code);
    }
    Allocation& allocation = allocations_.create(request.tuple, quota_name);
    allocation.username = request.principal->username;
    allocation.made_by = id;
    take_token(request, allocation);
    allocation.reserved = relays.reserved;
    allocation.refused_family = relays.refused_family;
    allocation.refused_code = relays.refused_code;
    const auto until = end_of(request.now, lifetime_for(request));
    for (Relay* relay : relays.relays) {
        if (relay != nullptr) allocations_.give(allocation, *relay, until);
    }
    if (request.message.has(AttributeType::MobilityTicket)) allocations_.issue_ticket(allocation);
    confirm_allocation(request, allocation);
}

// RFC 7635 s9: the new token of a Refresh request takes the place of the one before.
void TurnCore::take_token(const Request& request, Allocation& allocation) const {
    if (auth_.takes_tokens() && request.message.has(AttributeType::AccessToken)) {
        allocation.token_key = request.principal->key;
    }
}

void TurnCore::confirm_allocation(const Request& request, const Allocation& allocation) {
    auto writer = begin(request, MessageClass::SuccessResponse);
    for (const AddressFamily family : kFamilies) {
        const Relay* relay = allocation.relay(family);
        if (relay == nullptr) continue;
        const bool is_forgotten = refused_.contains(request.tuple.client);
        add_relayed_address(
            writer, is_forgotten ? TransportAddress{IpAddress::any(family), 0} : relay->address);
    }
    add_lifetime(writer, lifetime_for(request));
    if (allocation.reserved) writer.add_u64(AttributeType::ReservationToken, *allocation.reserved);
    if (allocation.is_tcp() && is(M::Rfc6062S5_1Allocate)) {
        writer.add_u64(AttributeType::ReservationToken, random_());
    }
    if (allocation.refused_family) {
        writer.add_address_error_code(number_of(*allocation.refused_family),
                                      allocation.refused_code,
                                      stun::default_reason(allocation.refused_code));
    }
    add_ticket(writer, allocation);
    if (!has(F::TurnNoMappedAddress)) {
        TransportAddress mapped = request.tuple.client;
        if (is(M::Rfc8656S7_2Allocate)) mapped.port ^= 1U;
        writer.add_address(AttributeType::XorMappedAddress, mapped);
    }
    finish(request, writer);
}

void TurnCore::add_relayed_address(stun::MessageWriter& writer,
                                   const TransportAddress& address) const {
    TransportAddress stated = address;
    const bool is_v4 = address.family() == AddressFamily::IPv4;
    if (has(F::TurnNoRelayedAddress)) return;
    if (has(F::TurnRelayedUnspecified)) stated.ip = IpAddress::any(address.family());
    if (has(F::TurnRelayedPrivate) || is(M::SecurityRelayAddress)) {
        stated.ip =
            IpAddress::parse(is_v4 ? "10.254.254.253" : "fd00:fe::fffd").value_or(stated.ip);
    }
    if (has(F::TurnRelayedWrongPort)) stated.port ^= 1U;
    writer.add_address(AttributeType::XorRelayedAddress, stated);
}

void TurnCore::add_lifetime(stun::MessageWriter& writer, std::chrono::seconds lifetime) const {
    if (has(F::TurnNoLifetime)) return;
    writer.add_u32(AttributeType::Lifetime,
                   has(F::TurnZeroLifetime) ? 0U : static_cast<std::uint32_t>(lifetime.count()));
}

std::uint32_t TurnCore::proposed_lifetime_s(const stun::MessageView& message) const {
    std::uint32_t out = message.u32(AttributeType::Lifetime).value_or(0);
    if (!is(M::Rfc8489S14_5AfterIntegrity)) return out;
    for (const stun::AttributeView attribute : message) {
        if (attribute.type == AttributeType::Lifetime && attribute.value.size() == 4) {
            out = stun::wire::load_u32(attribute.value.data());
        }
    }
    return out;
}

// RFC 8656 s7.2 and s8.2: what the client proposes, but not less than the default nor more than the
// maximum.
std::chrono::seconds TurnCore::lifetime_for(const Request& request) const {
    const stun::MessageView& message = request.message;
    const TurnLifetimes& lifetimes = config_.lifetimes;
    const std::chrono::seconds proposed(proposed_lifetime_s(message));
    const bool is_allocate = message.method() == stun::Method::Allocate;
    if (!is_allocate && is(M::Rfc8656S8_2Lifetime)) return lifetimes.default_allocation;
    const bool is_short =
        message.has(AttributeType::Lifetime) && proposed < lifetimes.default_allocation &&
        is(is_allocate ? M::Rfc8656S7_2LifetimeShort : M::Rfc8656S8_2LifetimeShort);
    if (is_short) return proposed;
    if (is_allocate && is(M::Rfc8656S7_2LifetimeLong)) {
        return std::max(proposed, lifetimes.default_allocation);
    }
    const auto usual =
        std::max(std::min(proposed, lifetimes.max_allocation), lifetimes.default_allocation);
    if (!is_allocate && is(M::Rfc7635S9Refresh)) return usual;
    // RFC 7635 s9 (MUST): no longer than the access token.
    return std::min(usual, request.principal->max_lifetime.value_or(usual));
}

std::optional<transport::Time> TurnCore::end_of(transport::Time now,
                                                std::chrono::seconds lifetime) const {
    if (has(F::TurnNeverExpires) || is(M::Rfc8656S6NeverExpires)) return std::nullopt;
    const transport::Duration lasts = lifetime;
    if (is(M::Rfc8656S6ExpiresEarly)) return now + lasts / 2;
    return now + (has(F::TurnExpiresEarly) ? lasts / 10 : lasts);
}

// An allocation that loses its last relay is gone, and must not be touched after that.
void TurnCore::end_families(Allocation& allocation, bool v4, bool v6) {
    if (v4 && v6) return allocations_.end(allocation);
    allocations_.end(allocation, v4 ? AddressFamily::IPv4 : AddressFamily::IPv6);
}

void TurnCore::refresh(const Request& request, Allocation& allocation) {
    if (has(F::TurnRefusesRefresh)) return refuse(request, 437);
    const auto wanted =
        value_of<stun::AddressFamilyValue>(request.message, AttributeType::RequestedAddressFamily);
    if (wanted && !*wanted) return refuse(request, 400);
    const auto is_meant = [&](AddressFamily family) {
        return allocation.relay(family) != nullptr &&
               (!wanted || (*wanted)->family == number_of(family));
    };
    if (std::ranges::none_of(kFamilies, is_meant)) {
        return is(M::Rfc8656S8_2FamilyMismatch) ? succeed(request) : refuse(request, 443);
    }
    const auto proposed = request.message.u32(AttributeType::Lifetime);
    if (!proposed && request.message.has(AttributeType::Lifetime)) return refuse(request, 400);
    // It may be gone before the response is written.
    const auto ticket =
        request.message.has(AttributeType::MobilityTicket) ? allocation.ticket : std::nullopt;
    take_token(request, allocation);
    const bool is_end = proposed && *proposed == 0;
    const std::chrono::seconds lifetime = is_end ? std::chrono::seconds(0) : lifetime_for(request);
    if (!is_end) {
        for (const AddressFamily family : kFamilies) {
            if (!is_meant(family)) continue;
            allocations_.set_expiry(*allocation.relay(family), end_of(request.now, lifetime));
        }
    } else if (!has(F::TurnKeepsAfterRefreshZero) && !is(M::Rfc8656S8_2Delete)) {
        end_families(allocation, is_meant(AddressFamily::IPv4), is_meant(AddressFamily::IPv6));
    }
    auto writer = begin(request, MessageClass::SuccessResponse);
    add_lifetime(writer, lifetime);
    if (ticket) writer.add_bytes(AttributeType::MobilityTicket, *ticket);
    finish(request, writer);
}

}  // namespace portolan::server
