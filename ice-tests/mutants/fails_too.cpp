#include "ice-tests/mutants/fails_too.hpp"

#include <algorithm>
#include <iterator>

namespace portolan::mutants {
namespace {

using M = Mutant;

constexpr FailsToo kFailsToo[] = {
    {M::Rfc8489S12BindingUdp, "rfc8489/11/classic-stun"},
    // Each sends a Binding request without FINGERPRINT.
    {M::Rfc8489S7FingerprintOptional,
     "rfc8489/12/binding-udp rfc8489/12/binding-tcp rfc8489/6.3.1/change-request "
     "rfc8489/6.3.1/unknown-optional rfc8489/6.3.1/unknown-required rfc8489/6.2.2/byte-by-byte"},
    {M::Rfc8489S6_3AttributeOverrun, "rfc8489/6.3/length-wrong"},
    {M::Rfc8489S6_2_2StaysOpen, "server/allocation server/other-users rfc8489/6.2.2/pipelined"},
    {M::Rfc8489S14_10TextLengths, "security/amplification/challenge"},
    {M::Rfc8489S14_14Software,
     "rfc8489/14.10/text-lengths security/amplification/binding security/amplification/challenge"},
    {M::Rfc8489S9_2_4Challenge, "server/allocation server/other-users"},
    {M::Rfc8489S9_2_4NoncePerClient, "rfc8489/9.2.4/nonce-replayed"},
    {M::Rfc8489S9_2NonceCookie, "rfc8489/9.2.4/password-algorithms"},
    {M::Rfc8489S14_6Sha256, "server/allocation server/other-users"},
    {M::Rfc8489S9_2_4WrongPassword, "rfc8489/9.2.4/unknown-user security/rest/wrong"},
    {M::Rfc8489S9_2_4UnknownUser, "security/rest/expired security/rest/ttl security/rest/wrong"},
    {M::Rfc8489S9_2_4NonceInvented, "rfc6062/5.4/unauthenticated rfc6062/5.4/unknown-id"},
    {M::Rfc8489S9_2_4SuccessIntegrity, "rfc8489/14.6/sha256"},
    {M::Rfc8489S10AlternateServer, "server/reachable"},
    {M::Rfc8656S7_2TokenInvented, "rfc8656/7.2/token-twice"},
    {M::Rfc8656S7_2FamilyUnknown, "rfc8656/7.2/family-requested"},
    {M::Rfc8656S7_2UnknownRequired, "rfc7635/7/unexpected"},
    {M::Rfc8656S8_2Delete, "rfc6062/5.5/allocation-ends"},
    {M::Rfc8656S10_2NoAllocation, "rfc8656/8.2/delete"},
    {M::Rfc8656S9AddressOnly, "rfc8656/12.2/permission"},
    {M::Rfc8656S11_2NoPermission, "rfc8656/10.2/all-or-nothing"},
    {M::Rfc8656S12_2Permission, "rfc8656/12.7/channel-data"},
    {M::Rfc8016S3_1Ticket,
     "rfc8016/3.1/ticket-not-empty rfc8016/3.2.2/foreign-ticket rfc8016/3.2.2/move"},
    {M::Rfc8016S3_2_2Move, "rfc8016/3.2.2/foreign-ticket"},
    {M::Rfc6062S5_4Data, "rfc6062/5.4/early-data"},
    {M::Rfc6062S5_4Unauthenticated, "rfc6062/5.4/nonce"},
    {M::Rfc6062S5_4Nonce, "rfc6062/5.4/unauthenticated"},
    {M::Rfc7635S6_1ServerName, "rfc7635/7/unexpected"},
    // It answers nobody any more.
    {M::Rfc7635S6_2LongNonce, "server/reachable"},
    {M::Rfc7635S7NotAuthentic, "rfc7635/6.2/malformed rfc7635/6.2/other-server"},
    {M::TlsCertificate, "server/reachable"},
    {M::TlsWeakCiphers, "tls/version-1.3"},
    {M::TlsServerName, "server/reachable"},
    // It gives allocations to whoever asks, and asks for credentials for everything else.
    {M::SecurityOpenRelay,
     "rfc8489/9.2.4/error-integrity rfc8656/8.2/delete rfc8656/8.2/family-mismatch "
     "rfc8656/8.2/lifetime rfc8656/8.2/lifetime-short rfc8656/10.2/family-mismatch "
     "rfc8656/10.2/peer-missing rfc8656/10.2/two-peers rfc8656/12.2/channel-range "
     "rfc8656/12.2/family-mismatch rfc8656/12.2/number-missing rfc8656/12.2/peer-missing "
     "rfc6062/5.2/connect rfc6062/5.2/no-allocation rfc6062/5.2/peer-missing rfc6062/5.2/refused "
     "rfc6062/5.4/unknown-id"},
    {M::SecurityPeerLoopback, "security/peer/own-address security/peer/re-encoded"},
    {M::SecurityPeerPrivate, "security/peer/re-encoded"},
    {M::SecurityPeerTunnel, "security/peer/re-encoded"},
    {M::TlsKeySize, "tls/forward-secrecy"},
    {M::SecurityPeerOwnAddress, "security/peer/loopback security/peer/re-encoded"},
    {M::SecurityRelayAddress, "rfc8656/11.3/data-indication rfc6062/5.2/connect"},
    {M::SecurityRestExpired, "security/rest/wrong security/rest/refresh"},
    {M::SecurityRestWrong,
     "security/rest/expired security/rest/refresh rfc8489/9.2.4/unknown-user"},
};

}  // namespace

std::span<const FailsToo> fails_too_table() {
    return kFailsToo;
}

std::string_view fails_too(Mutant mutant) {
    const auto* row = std::ranges::find(kFailsToo, mutant, &FailsToo::mutant);
    return row != std::end(kFailsToo) ? row->ids : std::string_view();
}

}  // namespace portolan::mutants
