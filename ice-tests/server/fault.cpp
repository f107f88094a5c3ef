#include "ice-tests/server/fault.hpp"

#include <algorithm>
#include <iterator>
#include <string>

namespace portolan::server {
namespace {

using F = ServerFault;

constexpr FaultInfo kFaults[] = {
    {F::IgnoreChangeRequest, "ignore-change-request",
     "Answers a CHANGE-REQUEST from the address that was asked, and says so in RESPONSE-ORIGIN."},
    {F::DropChangeRequest, "drop-change-request",
     "Does not answer requests that ask for a changed address or port."},
    {F::RejectChangeRequest, "reject-change-request",
     "Answers every CHANGE-REQUEST with error 420, yet sends OTHER-ADDRESS."},
    {F::OtherAddressSameIp, "other-address-same-ip",
     "OTHER-ADDRESS has the IP address that was asked, with the other port."},
    {F::OtherAddressSamePort, "other-address-same-port",
     "OTHER-ADDRESS has the port that was asked, with the other IP address."},
    {F::OtherAddressPrivate, "other-address-private",
     "OTHER-ADDRESS is a private address, as of a server behind a NAT that does not know it."},
    {F::OtherAddressUnreachable, "other-address-unreachable",
     "OTHER-ADDRESS is an address where nobody answers."},
    {F::LyingResponseOrigin, "lying-response-origin",
     "RESPONSE-ORIGIN is not the address that the answer comes from."},
    {F::NoXorMappedAddress, "no-xor-mapped-address", "Leaves XOR-MAPPED-ADDRESS out."},
    {F::NoMappedAddress, "no-mapped-address", "Leaves MAPPED-ADDRESS out."},
    {F::NoOtherAddress, "no-other-address",
     "Leaves OTHER-ADDRESS (CHANGED-ADDRESS) out and refuses CHANGE-REQUEST with 420, as a server "
     "with one address does."},
    {F::WrongTransactionId, "wrong-transaction-id",
     "Answers with a transaction id that differs in its last bit."},
    {F::ReplyFromWrongAddress, "reply-from-wrong-address",
     "Answers from another of its addresses, or else ports, than the request calls for."},
    {F::TruncatedReply, "truncated-reply", "Sends only the first half of each answer."},
    {F::GarbageReply, "garbage-reply", "Answers with 48 bytes that are not STUN."},
    {F::DuplicateReply, "duplicate-reply", "Sends each answer twice."},
    {F::Error500, "error-500", "Answers every request with error 500."},
    {F::Alg, "alg",
     "MAPPED-ADDRESS is a private address, as if a NAT had rewritten the payload; "
     "XOR-MAPPED-ADDRESS is right."},
    {F::NoResponsePort, "no-response-port",
     "Does not know RESPONSE-PORT, which is optional to support: error 420."},
    {F::SilentUdp, "silent-udp", "Never answers over UDP; TCP works."},
    {F::OversizedReply, "oversized-reply",
     "Sends more bytes after each answer than its message length says."},
    {F::EchoRequest, "echo-request", "Sends each request back instead of answering it."},
    {F::ContradictoryReplies, "contradictory-replies",
     "Sends each answer a second time with another mapped port."},
    {F::WrongFingerprint, "wrong-fingerprint", "Each answer has a FINGERPRINT that is wrong."},
    {F::UnknownAttribute, "unknown-attribute",
     "Each answer has a comprehension-required attribute that no document defines."},
    {F::MappedPortZero, "mapped-port-zero", "The mapped addresses have port 0."},
    {F::MappedUnspecified, "mapped-unspecified", "The mapped addresses are 0.0.0.0 or ::."},
    {F::MappedMulticast, "mapped-multicast", "The mapped addresses are those of a group."},
    {F::MappedOtherFamily, "mapped-other-family",
     "The mapped addresses are of the other address family."},
    {F::TurnNoNonce, "turn-no-nonce", "Asks for credentials without a NONCE.", FaultScope::Turn},
    {F::TurnNoRealm, "turn-no-realm", "Asks for credentials without a REALM.", FaultScope::Turn},
    {F::TurnWrongRealm, "turn-wrong-realm", "Asks for credentials of another realm than its own.",
     FaultScope::Turn},
    {F::TurnStaleNonce, "turn-stale-nonce",
     "Calls every nonce stale, also the one it has just given: error 438.", FaultScope::Turn},
    {F::TurnAcceptsWrongCredentials, "turn-accepts-wrong-credentials",
     "Takes any username with any password.", FaultScope::Turn},
    {F::TurnNoIntegrity, "turn-no-integrity", "Leaves MESSAGE-INTEGRITY out of its responses.",
     FaultScope::Turn},
    {F::TurnWrongIntegrity, "turn-wrong-integrity", "Signs its responses with a wrong key.",
     FaultScope::Turn},
    {F::TurnWrongTransactionId, "turn-wrong-transaction-id",
     "Responds to TURN requests with a transaction id that differs in its last bit.",
     FaultScope::Turn},
    {F::TurnOversizedReply, "turn-oversized-reply",
     "Its TURN success responses carry 2000 bytes of an unknown attribute, more than a packet "
     "holds.",
     FaultScope::Turn},
    {F::TurnSilentAllocate, "turn-silent-allocate",
     "Never answers Allocate requests that have credentials.", FaultScope::Turn},
    {F::TurnMismatchAlways, "turn-mismatch-always",
     "Answers every Allocate request with error 437.", FaultScope::Turn},
    {F::TurnQuotaReached, "turn-quota-reached", "Answers every Allocate request with error 486.",
     FaultScope::Turn},
    {F::TurnAlternateLoop, "turn-alternate-loop",
     "Answers every Allocate request with error 300 and its own address as ALTERNATE-SERVER.",
     FaultScope::Turn},
    {F::TurnNoLifetime, "turn-no-lifetime", "Leaves LIFETIME out of its responses.",
     FaultScope::Turn},
    {F::TurnZeroLifetime, "turn-zero-lifetime",
     "States a LIFETIME of 0 for allocations that live on.", FaultScope::Turn},
    {F::TurnNoRelayedAddress, "turn-no-relayed-address", "Leaves XOR-RELAYED-ADDRESS out.",
     FaultScope::Turn},
    {F::TurnNoMappedAddress, "turn-no-mapped-address",
     "Leaves XOR-MAPPED-ADDRESS out of Allocate responses.", FaultScope::Turn},
    {F::TurnRelayedUnspecified, "turn-relayed-unspecified",
     "XOR-RELAYED-ADDRESS is 0.0.0.0 or ::, as of a server that does not know its address.",
     FaultScope::Turn},
    {F::TurnRelayedPrivate, "turn-relayed-private",
     "XOR-RELAYED-ADDRESS is a private address, as of a server behind a NAT that does not know it.",
     FaultScope::Turn},
    {F::TurnRelayedWrongPort, "turn-relayed-wrong-port",
     "XOR-RELAYED-ADDRESS has another port than the one it relays from.", FaultScope::Turn},
    {F::TurnIgnoresFamily, "turn-ignores-family",
     "Allocates its first relay address whatever REQUESTED-ADDRESS-FAMILY says.", FaultScope::Turn},
    {F::TurnRefusesRefresh, "turn-refuses-refresh", "Answers every Refresh request with error 437.",
     FaultScope::Turn},
    {F::TurnKeepsAfterRefreshZero, "turn-keeps-after-refresh-zero",
     "Answers a Refresh with LIFETIME 0 with success and keeps the allocation.", FaultScope::Turn},
    {F::TurnNeverExpires, "turn-never-expires", "Keeps allocations after their lifetime.",
     FaultScope::Turn},
    {F::TurnExpiresEarly, "turn-expires-early",
     "Ends allocations after a tenth of the LIFETIME it states.", FaultScope::Turn},
    {F::TurnForbidsPeers, "turn-forbids-peers",
     "Answers every CreatePermission and ChannelBind request with error 403.", FaultScope::Turn},
    {F::TurnForgetsPermissions, "turn-forgets-permissions",
     "Answers CreatePermission with success and installs nothing.", FaultScope::Turn},
    {F::TurnIgnoresPermissions, "turn-ignores-permissions",
     "Relays from and to peers without a permission.", FaultScope::Turn},
    {F::TurnRefusesChannels, "turn-refuses-channels",
     "Answers every ChannelBind request with error 508.", FaultScope::Turn},
    {F::TurnWrongChannel, "turn-wrong-channel",
     "Sends ChannelData with another channel number than the one bound.", FaultScope::Turn},
    {F::TurnIgnoresChannels, "turn-ignores-channels",
     "Sends Data indications although a channel is bound.", FaultScope::Turn},
    {F::TurnWrongPeerAddress, "turn-wrong-peer-address",
     "XOR-PEER-ADDRESS in Data indications has another port than the peer.", FaultScope::Turn},
    {F::TurnDropsData, "turn-drops-data", "Delivers nothing that peers send.", FaultScope::Turn},
    {F::TurnDuplicatesData, "turn-duplicates-data", "Delivers what peers send twice.",
     FaultScope::Turn},
    {F::TurnManglesData, "turn-mangles-data", "Changes the last byte of what peers send.",
     FaultScope::Turn},
    {F::TurnTruncatesData, "turn-truncates-data", "Delivers the first half of what peers send.",
     FaultScope::Turn},
    {F::TurnNoStreamPadding, "turn-no-stream-padding",
     "Leaves the padding of ChannelData out over TCP.", FaultScope::Turn},
};
static_assert(std::size(kFaults) == kServerFaultCount);

}  // namespace

std::span<const FaultInfo> fault_table() {
    return kFaults;
}

std::string_view to_string(ServerFault fault) {
    return kFaults[static_cast<std::size_t>(fault)].name;
}

FaultScope scope_of(ServerFault fault) {
    return kFaults[static_cast<std::size_t>(fault)].scope;
}

Result<ServerFault> parse_fault(std::string_view name) {
    const auto* row =
        std::ranges::find_if(kFaults, [&](const FaultInfo& info) { return info.name == name; });
    if (row != std::end(kFaults)) return row->fault;
    std::string allowed;
    for (const FaultInfo& info : kFaults) {
        allowed += (allowed.empty() ? "" : ", ") + std::string(info.name);
    }
    return Error{.culprit = Culprit::Usage,
                 .code = "server.fault",
                 .message = "there is no fault \"" + std::string(name) + '"',
                 .hint = "the faults are " + allowed};
}

}  // namespace portolan::server
