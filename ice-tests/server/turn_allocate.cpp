#include <algorithm>
#include <array>
#include <chrono>

#include "ice-tests/server/turn_core.hpp"
#include "ice-tests/server/turn_request.hpp"
#include "probe/stun/attribute_table.hpp"

// Allocate (RFC 8656 s7.2) and Refresh (s8.2).
namespace portolan::server {
namespace {

using stun::AttributeType;
using stun::MessageClass;
using F = ServerFault;

constexpr std::uint8_t kUdpProtocol = 17;
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

// The checks 3 and 5 to 9 of RFC 8656 s7.2, in that order. An error code, or nothing.
std::optional<int> TurnCore::read_wish(const Request& request, AllocateWish& wish) const {
    const stun::MessageView& message = request.message;
    const auto transport =
        value_of<stun::RequestedTransportValue>(message, AttributeType::RequestedTransport);
    if (!transport || !*transport) return 400;
    if ((*transport)->protocol != kUdpProtocol) return 442;

    const auto token = message.find(AttributeType::ReservationToken);
    const auto even = value_of<stun::EvenPortValue>(message, AttributeType::EvenPort);
    const auto family =
        value_of<stun::AddressFamilyValue>(message, AttributeType::RequestedAddressFamily);
    const auto additional =
        value_of<stun::AddressFamilyValue>(message, AttributeType::AdditionalAddressFamily);
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
        if (known == std::end(kFamilies)) return 440;
        wish.family = *known;
    }
    if (has(F::TurnIgnoresFamily)) wish.family = config_.relays.ips.front().family();
    if (even) wish.port = (*even)->reserve_next ? PortWish::EvenAndNext : PortWish::Even;
    if (additional) {
        if (wish.port == PortWish::EvenAndNext) return 400;
        // RFC 8656 s18.11: the value is 0x02, and 0x01 is a 400.
        if ((*additional)->family != number_of(AddressFamily::IPv6)) return 400;
        wish.both_families = true;
    }
    if (!wish.both_families && !wish.token && !allocations_.has_family(wish.family)) return 440;
    return std::nullopt;
}

std::optional<int> TurnCore::open_relays(transport::Time now, const AllocateWish& wish,
                                         Relays& out) {
    if (wish.token) {
        Relay* relay = allocations_.take(*wish.token);
        if (relay == nullptr) return 508;
        out.relays[0] = relay;
        return std::nullopt;
    }
    if (!wish.both_families) {
        Relay* next = nullptr;
        out.relays[0] = allocations_.open(wish.family, wish.port, &next);
        if (out.relays[0] == nullptr) return 508;
        if (next != nullptr) {
            out.reserved = allocations_.reserve(*next, now + config_.lifetimes.reservation);
        }
        return std::nullopt;
    }
    // RFC 8656 s7.2, check 9: one of the two is a success that says why the other is missing.
    for (std::size_t i = 0; i < std::size(kFamilies); ++i) {
        out.relays[i] = allocations_.open(kFamilies[i], wish.port);
        if (out.relays[i] != nullptr) continue;
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
    if (has(F::TurnAlternateLoop)) return refuse(request, 300);
    const stun::TransactionId id = request.message.transaction_id();
    if (const Allocation* existing = allocations_.find(request.tuple)) {
        // RFC 8656 s7.2: a retransmission is answered as the request was.
        const bool is_repeated =
            existing->made_by == id && existing->username == request.principal->username;
        return is_repeated ? confirm_allocation(request, *existing) : refuse(request, 437);
    }
    AllocateWish wish;
    if (const auto code = read_wish(request, wish)) return refuse(request, *code);
    const std::string& quota_name = request.principal->quota_name;
    if (allocations_.count_of(quota_name) >= config_.quotas.user_allocation_count) {
        return refuse(request, 486);
    }
    if (allocations_.count() >= config_.quotas.allocation_count) return refuse(request, 508);
    Relays relays;
    if (const auto code = open_relays(request.now, wish, relays)) return refuse(request, *code);
    Allocation& allocation = allocations_.create(request.tuple, quota_name);
    allocation.username = request.principal->username;
    allocation.made_by = id;
    allocation.reserved = relays.reserved;
    allocation.refused_family = relays.refused_family;
    allocation.refused_code = relays.refused_code;
    const auto until = end_of(request.now, lifetime_for(request.message));
    for (Relay* relay : relays.relays) {
        if (relay != nullptr) allocations_.give(allocation, *relay, until);
    }
    confirm_allocation(request, allocation);
}

void TurnCore::confirm_allocation(const Request& request, const Allocation& allocation) {
    auto writer = begin(request, MessageClass::SuccessResponse);
    for (const AddressFamily family : kFamilies) {
        const Relay* relay = allocation.relay(family);
        if (relay != nullptr) add_relayed_address(writer, relay->address);
    }
    add_lifetime(writer, lifetime_for(request.message));
    if (allocation.reserved) writer.add_u64(AttributeType::ReservationToken, *allocation.reserved);
    if (allocation.refused_family) {
        writer.add_address_error_code(number_of(*allocation.refused_family),
                                      allocation.refused_code,
                                      stun::default_reason(allocation.refused_code));
    }
    if (!has(F::TurnNoMappedAddress)) {
        writer.add_address(AttributeType::XorMappedAddress, request.tuple.client);
    }
    finish(request, writer);
}

void TurnCore::add_relayed_address(stun::MessageWriter& writer,
                                   const TransportAddress& address) const {
    TransportAddress stated = address;
    const bool is_v4 = address.family() == AddressFamily::IPv4;
    if (has(F::TurnNoRelayedAddress)) return;
    if (has(F::TurnRelayedUnspecified)) stated.ip = IpAddress::any(address.family());
    if (has(F::TurnRelayedPrivate)) {
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

// RFC 8656 s7.2 and s8.2: what the client proposes, but not less than the default nor more than the
// maximum.
std::chrono::seconds TurnCore::lifetime_for(const stun::MessageView& message) const {
    const TurnLifetimes& lifetimes = config_.lifetimes;
    const std::chrono::seconds proposed(message.u32(AttributeType::Lifetime).value_or(0));
    return std::max(std::min(proposed, lifetimes.max_allocation), lifetimes.default_allocation);
}

std::optional<transport::Time> TurnCore::end_of(transport::Time now,
                                                std::chrono::seconds lifetime) const {
    if (has(F::TurnNeverExpires)) return std::nullopt;
    const transport::Duration lasts = lifetime;
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
    if (std::ranges::none_of(kFamilies, is_meant)) return refuse(request, 443);
    const auto proposed = request.message.u32(AttributeType::Lifetime);
    if (!proposed && request.message.has(AttributeType::Lifetime)) return refuse(request, 400);
    const bool is_end = proposed && *proposed == 0;
    const std::chrono::seconds lifetime =
        is_end ? std::chrono::seconds(0) : lifetime_for(request.message);
    if (!is_end) {
        for (const AddressFamily family : kFamilies) {
            if (!is_meant(family)) continue;
            allocations_.set_expiry(*allocation.relay(family), end_of(request.now, lifetime));
        }
    } else if (!has(F::TurnKeepsAfterRefreshZero)) {
        end_families(allocation, is_meant(AddressFamily::IPv4), is_meant(AddressFamily::IPv6));
    }
    auto writer = begin(request, MessageClass::SuccessResponse);
    add_lifetime(writer, lifetime);
    finish(request, writer);
}

}  // namespace portolan::server
