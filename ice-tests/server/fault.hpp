#pragma once

#include <bitset>
#include <span>
#include <string_view>

#include "reports/model/result.hpp"

namespace portolan::server {

/// Ways to be wrong on request, for testing clients. The names in the table are permanent.
enum class ServerFault {
    IgnoreChangeRequest,
    DropChangeRequest,
    RejectChangeRequest,
    OtherAddressSameIp,
    OtherAddressSamePort,
    OtherAddressPrivate,
    OtherAddressUnreachable,
    LyingResponseOrigin,
    NoXorMappedAddress,
    NoMappedAddress,
    NoOtherAddress,
    WrongTransactionId,
    ReplyFromWrongAddress,
    TruncatedReply,
    GarbageReply,
    DuplicateReply,
    Error500,
    Alg,
    NoResponsePort,
    SilentUdp,
    OversizedReply,
    EchoRequest,
    ContradictoryReplies,
    WrongFingerprint,
    UnknownAttribute,
    MappedPortZero,
    MappedUnspecified,
    MappedMulticast,
    MappedOtherFamily,
    // Of the TURN part.
    TurnNoNonce,
    TurnNoRealm,
    TurnWrongRealm,
    TurnStaleNonce,
    TurnAcceptsWrongCredentials,
    TurnNoIntegrity,
    TurnWrongIntegrity,
    TurnWrongTransactionId,
    TurnOversizedReply,
    TurnSilentAllocate,
    TurnMismatchAlways,
    TurnQuotaReached,
    TurnAlternateLoop,
    TurnNoLifetime,
    TurnZeroLifetime,
    TurnNoRelayedAddress,
    TurnNoMappedAddress,
    TurnRelayedUnspecified,
    TurnRelayedPrivate,
    TurnRelayedWrongPort,
    TurnIgnoresFamily,
    TurnRefusesRefresh,
    TurnKeepsAfterRefreshZero,
    TurnNeverExpires,
    TurnExpiresEarly,
    TurnForbidsPeers,
    TurnForgetsPermissions,
    TurnIgnoresPermissions,
    TurnRefusesChannels,
    TurnWrongChannel,
    TurnIgnoresChannels,
    TurnWrongPeerAddress,
    TurnDropsData,
    TurnDuplicatesData,
    TurnManglesData,
    TurnTruncatesData,
    TurnNoStreamPadding,
};
inline constexpr std::size_t kServerFaultCount = 66;

/// Which part of the server a fault is in.
enum class FaultScope { Binding, Turn };

struct FaultInfo {
    ServerFault fault{};
    std::string_view name;
    std::string_view explanation;  ///< one sentence: what the server does
    FaultScope scope = FaultScope::Binding;
};

/// In the order of the enum.
std::span<const FaultInfo> fault_table();

std::string_view to_string(ServerFault fault);
FaultScope scope_of(ServerFault fault);

/// Usage error "server.fault" with the names there are.
Result<ServerFault> parse_fault(std::string_view name);

/// Any number of faults at once.
class FaultSet {
  public:
    FaultSet() = default;
    FaultSet(std::initializer_list<ServerFault> faults) {
        for (const ServerFault fault : faults)
            add(fault);
    }
    void add(ServerFault fault) { bits_.set(static_cast<std::size_t>(fault)); }
    [[nodiscard]] bool has(ServerFault fault) const {
        return bits_.test(static_cast<std::size_t>(fault));
    }

  private:
    std::bitset<kServerFaultCount> bits_;
};

}  // namespace portolan::server
