#pragma once

#include <bitset>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

namespace portolan::mutants {

/// The one way to be wrong that a conformance check exists for: who is wrong in this way and in no
/// other has to be noticed by the check of that id. The embedded server is, when it is told to
/// (`ice-test serve --bug ID`). For a check of a deployment it is the misconfiguration.
enum class Mutant {
    // RFC 8489: STUN
    Rfc8489S12BindingUdp,
    Rfc8489S12BindingTcp,
    Rfc8489S7FingerprintOptional,
    Rfc8489S7FingerprintAnswered,
    Rfc8489S6_3FingerprintWrong,
    Rfc8489S6_3FirstBits,
    Rfc8489S6_3LengthWrong,
    Rfc8489S6_3AttributeOverrun,
    Rfc8489S6_3UnknownMethod,
    Rfc8489S6_3_1UnknownOptional,
    Rfc8489S6_3_1UnknownRequired,
    Rfc8489S6_3_1ChangeRequest,
    Rfc8489S6_3_1Retransmission,
    Rfc8489S6_3_2BindingIndication,
    Rfc8489S6_3_3UnsolicitedResponse,
    Rfc8489S6_2_2ByteByByte,
    Rfc8489S6_2_2Pipelined,
    Rfc8489S6_2_2StaysOpen,
    Rfc8489S11ClassicStun,
    Rfc8489S14PaddingZero,
    Rfc8489S14_8ErrorCodeLength,
    Rfc8489S14_10TextLengths,
    Rfc8489S14_14Software,
    // RFC 8489: long-term credentials
    Rfc8489S9_2_4Challenge,
    Rfc8489S9_2_4ChallengeBare,
    Rfc8489S9_2_4NoncePerClient,
    Rfc8489S9_2NonceCookie,
    Rfc8489S9_2_4PasswordAlgorithms,
    Rfc8489S14_6Sha256,
    Rfc8489S9_2_1BidDown,
    Rfc8489S9_2_4Userhash,
    Rfc8489S9_2_4WrongPassword,
    Rfc8489S9_2_4UnknownUser,
    Rfc8489S9_2_4UsernameMissing,
    Rfc8489S9_2_4RealmMissing,
    Rfc8489S9_2_4NonceMissing,
    Rfc8489S9_2_4NonceInvented,
    Rfc8489S9_2_4NonceReplayed,
    Rfc8489S9_2_4RealmWrong,
    Rfc8489S9_2_4SuccessIntegrity,
    Rfc8489S9_2_4ErrorIntegrity,
    Rfc8489S14_5AfterIntegrity,
    Rfc8489S14FirstOccurrence,
    Rfc8489S10AlternateServer,
    // RFC 8656: Allocate
    Rfc8656S5ForeignUser,
    Rfc8656S7_2Allocate,
    Rfc8656S7_2Mismatch,
    Rfc8656S7_2Retransmission,
    Rfc8656S7_2TransportMissing,
    Rfc8656S7_2TransportMalformed,
    Rfc8656S7_2TransportUnknown,
    Rfc8656S7_2LifetimeShort,
    Rfc8656S7_2LifetimeLong,
    Rfc8656S7_2DontFragment,
    Rfc8656S7_2EvenPort,
    Rfc8656S7_2EvenPortReserve,
    Rfc8656S7_2TokenTwice,
    Rfc8656S7_2TokenInvented,
    Rfc8656S7_2AfterRefusal,
    Rfc8656S7_2TokenEvenPort,
    Rfc8656S7_2TokenFamily,
    Rfc8656S7_2FamilyUnknown,
    Rfc8656S7_2FamilyRequested,
    Rfc8656S18_6FamilyReservedBits,
    Rfc8656S7_2FamilyAndAdditional,
    Rfc8656S7_2AdditionalIpv4,
    Rfc8656S7_2AdditionalEvenPort,
    Rfc8656S7_2AdditionalPartial,
    Rfc8656S7_2DualStack,
    Rfc8656S7_2Ipv4ByDefault,
    Rfc8656S7_2UnknownRequired,
    Rfc8656S7_2RelayPorts,
    Rfc8656S7_2Quota,
    // RFC 8656: Refresh and permissions
    Rfc8656S6ExpiresEarly,
    Rfc8656S6NeverExpires,
    Rfc8656S8_2NoAllocation,
    Rfc8656S8_2Lifetime,
    Rfc8656S8_2LifetimeShort,
    Rfc8656S8_2Delete,
    Rfc8656S8_2FamilyMismatch,
    Rfc8656S5RefreshUnauthenticated,
    Rfc8656S10_2NoAllocation,
    Rfc8656S10_2PeerMissing,
    Rfc8656S10_2FamilyMismatch,
    Rfc8656S10_2TwoPeers,
    Rfc8656S10_2AllOrNothing,
    Rfc8656S9AddressOnly,
    Rfc8656S11_2NoPermission,
    Rfc8656S11_2DataMissing,
    Rfc8656S11_2EmptyData,
    Rfc8656S11_2UnknownRequired,
    Rfc8656S11_3NoPermission,
    Rfc8656S11_3DataIndication,
    Rfc8656S11_5Icmp,
    // RFC 8656: channels
    Rfc8656S12_2ChannelRange,
    Rfc8656S12_2Rebind,
    Rfc8656S12_2NumberTaken,
    Rfc8656S12_2PeerTaken,
    Rfc8656S12_2NumberMissing,
    Rfc8656S12_2PeerMissing,
    Rfc8656S12_2FamilyMismatch,
    Rfc8656S12_2NoAllocation,
    Rfc8656S12_2Permission,
    Rfc8656S12_6Unbound,
    Rfc8656S12_6Overlong,
    Rfc8656S12_6Empty,
    Rfc8656S12_7ChannelData,
    Rfc8656S14TrafficClass,
    Rfc8656S12_5StreamPadding,
    Rfc7983S7FirstByte,
    // RFC 8016: mobility
    Rfc8016S3_1Ticket,
    Rfc8016S3_1TicketNotEmpty,
    Rfc8016S3_2_2Move,
    Rfc8016S3_2_2ForeignTicket,
    Rfc8016S3_2_2OldTuple,
    // RFC 6062: TCP allocations
    Rfc6062S5_1Allocate,
    Rfc6062S5_1UdpAttributes,
    Rfc6062S5_2Connect,
    Rfc6062S5_2SamePeer,
    Rfc6062S5_2Refused,
    Rfc6062S5_2NoAllocation,
    Rfc6062S5_2PeerMissing,
    Rfc6062S5_2Unbound,
    Rfc6062S5_3NoPermission,
    Rfc6062S5_3Attempt,
    Rfc6062S5_3Unbound,
    Rfc6062S5_4UnknownId,
    Rfc6062S5_4Data,
    Rfc6062S5_4EarlyData,
    Rfc6062S5_4Unauthenticated,
    Rfc6062S5_4ForeignUser,
    Rfc6062S5_4Nonce,
    Rfc6062S5_5PeerCloses,
    Rfc6062S5_5ClientCloses,
    Rfc6062S5_5AllocationEnds,
    // RFC 7635: third-party authorization
    Rfc7635S6_1ServerName,
    Rfc7635S6_2OtherServer,
    Rfc7635S6_2Malformed,
    Rfc7635S6_2LongNonce,
    Rfc7635S7Token,
    Rfc7635S7NotAuthentic,
    Rfc7635S7UnknownKid,
    Rfc7635S7Expired,
    Rfc7635S7NotYet,
    Rfc7635S7NoLifetime,
    Rfc7635S7MacKey,
    Rfc7635S7TokenMissing,
    Rfc7635S7Unexpected,
    Rfc7635S9Lifetime,
    Rfc7635S9Refresh,
    // TLS and DTLS
    Rfc6062S5_1UdpClient,
    Rfc7350S4_6TcpAllocation,
    SecurityEntropy,
    SecurityPermissionLimit,
    TlsCertificate,
    TlsCertificateDays,
    TlsOldVersions,
    TlsVersionS1_3,
    TlsWeakCiphers,
    TlsAlpn,
    TlsServerName,
    Rfc7350S4_6HelloVerify,
    Rfc8489S11ClassicDtls,
    TlsPlaintext,
    TlsOnPlainPort,
    // Deployment
    SecurityOpenRelay,
    SecurityWeakCredentials,
    SecurityPeerLoopback,
    SecurityPeerUnspecified,
    SecurityPeerLinkLocal,
    SecurityPeerPrivate,
    SecurityPeerReserved,
    SecurityPeerMulticast,
    SecurityPeerIpv6Local,
    SecurityPeerReEncoded,
    SecurityPeerTunnel,
    SecurityPeerNobody,
    SecurityRelayAddress,
    SecurityAmplificationChallenge,
    SecurityAmplificationRate,
    SecurityAmplificationBinding,
    SecurityAmplificationRfc5780,
    SecurityRestExpired,
    SecurityRestWrong,
    SecurityRestTtl,
    SecurityEvenPortLeak,
    SecurityRandomDatagrams,
    SecurityMutatedMessages,
    SecurityHttp,
    // With a lifetime, with other keys, with other peers
    Rfc8489S9_2_4NonceStale,
    Rfc8656S5NonceLifetime,
    Rfc8656S9PermissionLifetime,
    Rfc8656S12ChannelLifetime,
    TlsKeySize,
    TlsLegacyCiphers,
    TlsModernCiphers,
    TlsForwardSecrecy,
    SecurityPeerOwnAddress,
    SecurityPeerConnect,
    SecurityRestRefresh,
    SecurityIdleConnection,
};
inline constexpr std::size_t kMutantCount = 201;

struct MutantInfo {
    Mutant mutant{};
    std::string_view check_id;      ///< permanent
    std::string_view misbehaviour;  ///< what the server does, one sentence or two
};

/// In the order of the enum.
std::span<const MutantInfo> mutant_table();

/// The check's id.
std::string_view to_string(Mutant mutant);
std::optional<Mutant> find_mutant(std::string_view check_id);

/// Any number of them at once.
class MutantSet {
  public:
    MutantSet() = default;
    MutantSet(std::initializer_list<Mutant> mutants) {
        for (const Mutant mutant : mutants)
            add(mutant);
    }
    void add(Mutant mutant) { bits_.set(static_cast<std::size_t>(mutant)); }
    [[nodiscard]] bool has(Mutant mutant) const {
        return bits_.test(static_cast<std::size_t>(mutant));
    }
    [[nodiscard]] bool any() const { return bits_.any(); }

  private:
    std::bitset<kMutantCount> bits_;
};

}  // namespace portolan::mutants
