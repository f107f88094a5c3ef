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
};
static_assert(std::size(kFaults) == kServerFaultCount);

}  // namespace

std::span<const FaultInfo> fault_table() {
    return kFaults;
}

std::string_view to_string(ServerFault fault) {
    return kFaults[static_cast<std::size_t>(fault)].name;
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
