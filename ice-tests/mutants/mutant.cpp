#include "ice-tests/mutants/mutant.hpp"

#include <algorithm>
#include <iterator>

namespace portolan::mutants {
namespace {

using M = Mutant;

constexpr MutantInfo kMutants[] = {
    // RFC 8489: STUN
    {M::Rfc8489S12BindingUdp, "rfc8489/12/binding-udp",
     "Answers Binding requests over UDP with an XOR-MAPPED-ADDRESS whose port is off by one."},
    {M::Rfc8489S12BindingTcp, "rfc8489/12/binding-tcp",
     "Answers Binding requests over TCP and TLS with an XOR-MAPPED-ADDRESS whose port is off by "
     "one."},
    {M::Rfc8489S7FingerprintOptional, "rfc8489/7/fingerprint-optional",
     "Answers 400 to Binding requests without FINGERPRINT."},
    {M::Rfc8489S7FingerprintAnswered, "rfc8489/7/fingerprint-answered",
     "Answers a request that has FINGERPRINT without one."},
    {M::Rfc8489S6_3FingerprintWrong, "rfc8489/6.3/fingerprint-wrong",
     "Answers requests whose FINGERPRINT is wrong, of Binding and of Allocate, as if it were "
     "right."},
    {M::Rfc8489S6_3FirstBits, "rfc8489/6.3/first-bits",
     "Takes the two most significant bits of the first octet for zero when the rest looks like a "
     "STUN request (0xC0, 0x80 and 0x40 alike), and answers it."},
    {M::Rfc8489S6_3LengthWrong, "rfc8489/6.3/length-wrong",
     "Answers Binding requests whose length field is not a multiple of four, or goes past the "
     "datagram, as if the length were right."},
    {M::Rfc8489S6_3AttributeOverrun, "rfc8489/6.3/attribute-overrun",
     "Answers a Binding request with success although its last attribute's length goes past the "
     "message, as if that attribute were not there."},
    {M::Rfc8489S6_3UnknownMethod, "rfc8489/6.3/unknown-method",
     "Answers requests of an unknown method (0x07F) with error 401 and a challenge instead of "
     "discarding them."},
    {M::Rfc8489S6_3_1UnknownOptional, "rfc8489/6.3.1/unknown-optional",
     "Answers error 420 to unknown comprehension-optional attributes (0x8000 and above) too, "
     "listing them."},
    {M::Rfc8489S6_3_1UnknownRequired, "rfc8489/6.3.1/unknown-required",
     "Ignores unknown comprehension-required attributes in Binding requests and answers with "
     "success."},
    {M::Rfc8489S6_3_1ChangeRequest, "rfc8489/6.3.1/change-request",
     "Answers error 420 without UNKNOWN-ATTRIBUTES to CHANGE-REQUEST (implies that it does not "
     "support RFC 5780)."},
    {M::Rfc8489S6_3_1Retransmission, "rfc8489/6.3.1/retransmission",
     "Answers the second copy of a Binding request (same transaction id, same 5-tuple) with error "
     "500."},
    {M::Rfc8489S6_3_2BindingIndication, "rfc8489/6.3.2/binding-indication",
     "Answers Binding indications with a success response."},
    {M::Rfc8489S6_3_3UnsolicitedResponse, "rfc8489/6.3.3/unsolicited-response",
     "Answers Binding success responses that it receives as if they were requests."},
    {M::Rfc8489S6_2_2ByteByByte, "rfc8489/6.2.2/byte-by-byte",
     "Over TCP, closes the connection when a message arrives in more than two pieces."},
    {M::Rfc8489S6_2_2Pipelined, "rfc8489/6.2.2/pipelined",
     "Over TCP, answers only the first of the messages that arrive in one read."},
    {M::Rfc8489S6_2_2StaysOpen, "rfc8489/6.2.2/stays-open",
     "Over TCP, closes the connection after each response."},
    {M::Rfc8489S11ClassicStun, "rfc8489/11/classic-stun",
     "Answers Binding requests without magic cookie (RFC 3489) with MAPPED-ADDRESS 0.0.0.0:0."},
    {M::Rfc8489S14PaddingZero, "rfc8489/14/padding-zero",
     "Fills the padding of attributes with 0x20 octets."},
    {M::Rfc8489S14_8ErrorCodeLength, "rfc8489/14.8/error-code-length",
     "The length of ERROR-CODE includes a NUL octet after the reason phrase."},
    {M::Rfc8489S14_10TextLengths, "rfc8489/14.10/text-lengths",
     "NONCE has 140 characters (a good nonce, filled up; RFC 8489 s14.10 allows fewer than 128)."},
    {M::Rfc8489S14_14Software, "rfc8489/14.14/software", "SOFTWARE has 800 octets."},
    // RFC 8489: long-term credentials
    {M::Rfc8489S9_2_4Challenge, "rfc8489/9.2.4/challenge",
     "The 401 to a request without credentials has no NONCE."},
    {M::Rfc8489S9_2_4ChallengeBare, "rfc8489/9.2.4/challenge-bare",
     "The 401 to a request that has USERNAME and no MESSAGE-INTEGRITY repeats that USERNAME."},
    {M::Rfc8489S9_2_4NoncePerClient, "rfc8489/9.2.4/nonce-per-client",
     "Gives every client the same nonce (and takes it from all)."},
    {M::Rfc8489S9_2NonceCookie, "rfc8489/9.2/nonce-cookie",
     "The nonce starts with \"obMatJos2\" followed by four characters that are no base64 "
     "(\"!!!!\")."},
    {M::Rfc8489S9_2_4PasswordAlgorithms, "rfc8489/9.2.4/password-algorithms",
     "The nonce cookie has the bit \"password algorithms\", and PASSWORD-ALGORITHMS is missing "
     "from 401 and 438."},
    {M::Rfc8489S14_6Sha256, "rfc8489/14.6/sha256",
     "Offers SHA-256 in PASSWORD-ALGORITHMS and answers 401 to correct requests with "
     "MESSAGE-INTEGRITY-SHA256."},
    {M::Rfc8489S9_2_1BidDown, "rfc8489/9.2.1/bid-down",
     "Accepts requests whose PASSWORD-ALGORITHMS differs from what was offered with the nonce."},
    {M::Rfc8489S9_2_4Userhash, "rfc8489/9.2.4/userhash",
     "The nonce cookie has the bit \"username anonymity\", and USERHASH is answered with 401."},
    {M::Rfc8489S9_2_4WrongPassword, "rfc8489/9.2.4/wrong-password",
     "Answers 400 without a challenge to a wrong MESSAGE-INTEGRITY."},
    {M::Rfc8489S9_2_4UnknownUser, "rfc8489/9.2.4/unknown-user",
     "Answers 400 to users that it does not know, and 401 to a wrong password."},
    {M::Rfc8489S9_2_4UsernameMissing, "rfc8489/9.2.4/username-missing",
     "Answers 401 instead of 400 to MESSAGE-INTEGRITY without USERNAME."},
    {M::Rfc8489S9_2_4RealmMissing, "rfc8489/9.2.4/realm-missing",
     "Answers 401 instead of 400 to MESSAGE-INTEGRITY without REALM."},
    {M::Rfc8489S9_2_4NonceMissing, "rfc8489/9.2.4/nonce-missing",
     "Answers 401 instead of 400 to MESSAGE-INTEGRITY without NONCE."},
    {M::Rfc8489S9_2_4NonceInvented, "rfc8489/9.2.4/nonce-invented",
     "Answers 438 without NONCE to a nonce that it never gave."},
    {M::Rfc8489S9_2_4NonceReplayed, "rfc8489/9.2.4/nonce-replayed",
     "Takes a nonce that it gave to another 5-tuple."},
    {M::Rfc8489S9_2_4RealmWrong, "rfc8489/9.2.4/realm-wrong",
     "Ignores the REALM of requests: computes the key with the realm that the request names, "
     "whatever it is."},
    {M::Rfc8489S9_2_4SuccessIntegrity, "rfc8489/9.2.4/success-integrity",
     "Success responses to authenticated requests have no MESSAGE-INTEGRITY."},
    {M::Rfc8489S9_2_4ErrorIntegrity, "rfc8489/9.2.4/error-integrity",
     "Error responses to authenticated requests (437, 403, 400, ...) have no MESSAGE-INTEGRITY."},
    {M::Rfc8489S14_5AfterIntegrity, "rfc8489/14.5/after-integrity",
     "Takes attributes behind MESSAGE-INTEGRITY for part of the request: a LIFETIME there counts."},
    {M::Rfc8489S14FirstOccurrence, "rfc8489/14/first-occurrence",
     "Uses the last XOR-PEER-ADDRESS of a Send indication that has two, not the first."},
    {M::Rfc8489S10AlternateServer, "rfc8489/10/alternate-server",
     "Answers every Allocate request (with and without credentials) with error 300 and an "
     "ALTERNATE-SERVER of the other address family ([2001:db8::1]:3478 for IPv4, 192.0.2.1:3478 "
     "for IPv6)."},
    // RFC 8656: Allocate
    {M::Rfc8656S5ForeignUser, "rfc8656/5/foreign-user",
     "Lets any authenticated user change an allocation (Refresh, CreatePermission, ChannelBind): "
     "no 441."},
    {M::Rfc8656S7_2Allocate, "rfc8656/7.2/allocate",
     "XOR-MAPPED-ADDRESS in Allocate responses has a port that is off by one."},
    {M::Rfc8656S7_2Mismatch, "rfc8656/7.2/mismatch",
     "A second Allocate on the same 5-tuple with another transaction id is answered with success "
     "and the same relay."},
    {M::Rfc8656S7_2Retransmission, "rfc8656/7.2/retransmission",
     "A retransmitted Allocate (same transaction id) is answered with 437."},
    {M::Rfc8656S7_2TransportMissing, "rfc8656/7.2/transport-missing",
     "Takes Allocate without REQUESTED-TRANSPORT for UDP."},
    {M::Rfc8656S7_2TransportMalformed, "rfc8656/7.2/transport-malformed",
     "Takes REQUESTED-TRANSPORT of one octet."},
    {M::Rfc8656S7_2TransportUnknown, "rfc8656/7.2/transport-unknown",
     "Answers 400 instead of 442 to REQUESTED-TRANSPORT of protocol 99."},
    {M::Rfc8656S7_2LifetimeShort, "rfc8656/7.2/lifetime-short",
     "Grants a LIFETIME of 0 or 1 as asked, instead of the default."},
    {M::Rfc8656S7_2LifetimeLong, "rfc8656/7.2/lifetime-long",
     "Grants any LIFETIME as asked: 2^31-1 too."},
    {M::Rfc8656S7_2DontFragment, "rfc8656/7.2/dont-fragment",
     "Answers DONT-FRAGMENT with 420 without UNKNOWN-ATTRIBUTES."},
    {M::Rfc8656S7_2EvenPort, "rfc8656/7.2/even-port", "Ignores EVEN-PORT: the port is odd."},
    {M::Rfc8656S7_2EvenPortReserve, "rfc8656/7.2/even-port-reserve",
     "EVEN-PORT with the R bit gives a RESERVATION-TOKEN, and the token gives a relay on another "
     "port than the next one."},
    {M::Rfc8656S7_2TokenTwice, "rfc8656/7.2/token-twice",
     "A RESERVATION-TOKEN can be used again: the second use gets an ordinary relay."},
    {M::Rfc8656S7_2TokenInvented, "rfc8656/7.2/token-invented",
     "An invented RESERVATION-TOKEN gets an ordinary relay."},
    {M::Rfc8656S7_2TokenEvenPort, "rfc8656/7.2/token-even-port",
     "Takes RESERVATION-TOKEN together with EVEN-PORT: ignores EVEN-PORT (so a bad token is a 508, "
     "not a 400)."},
    {M::Rfc8656S7_2TokenFamily, "rfc8656/7.2/token-family",
     "Takes RESERVATION-TOKEN together with REQUESTED-ADDRESS-FAMILY: ignores the latter (so a bad "
     "token is a 508, not a 400)."},
    {M::Rfc8656S7_2FamilyUnknown, "rfc8656/7.2/family-unknown",
     "Answers an unknown REQUESTED-ADDRESS-FAMILY (0x07), and one that it does not have, with an "
     "IPv4 relay."},
    {M::Rfc8656S18_6FamilyReservedBits, "rfc8656/18.6/family-reserved-bits",
     "Answers 400 when the reserved bits of REQUESTED-ADDRESS-FAMILY are not zero."},
    {M::Rfc8656S7_2FamilyAndAdditional, "rfc8656/7.2/family-and-additional",
     "Takes REQUESTED-ADDRESS-FAMILY together with ADDITIONAL-ADDRESS-FAMILY: ignores the latter."},
    {M::Rfc8656S7_2AdditionalIpv4, "rfc8656/7.2/additional-ipv4",
     "Takes ADDITIONAL-ADDRESS-FAMILY of IPv4: ignores it."},
    {M::Rfc8656S7_2AdditionalEvenPort, "rfc8656/7.2/additional-even-port",
     "Takes ADDITIONAL-ADDRESS-FAMILY together with EVEN-PORT with the R bit: ignores the former."},
    {M::Rfc8656S7_2AdditionalPartial, "rfc8656/7.2/additional-partial",
     "With one family only, answers ADDITIONAL-ADDRESS-FAMILY with success and without "
     "ADDRESS-ERROR-CODE."},
    {M::Rfc8656S7_2DualStack, "rfc8656/7.2/dual-stack",
     "With two families, answers ADDITIONAL-ADDRESS-FAMILY with the IPv4 relay alone, without "
     "ADDRESS-ERROR-CODE."},
    {M::Rfc8656S7_2Ipv4ByDefault, "rfc8656/7.2/ipv4-by-default",
     "Without REQUESTED-ADDRESS-FAMILY gives the family of the client's own address (IPv6 over "
     "IPv6)."},
    {M::Rfc8656S7_2UnknownRequired, "rfc8656/7.2/unknown-required",
     "Ignores unknown comprehension-required attributes in Allocate requests."},
    {M::Rfc8656S7_2RelayPorts, "rfc8656/7.2/relay-ports",
     "Relay ports are sequential from 30000 on."},
    {M::Rfc8656S7_2Quota, "rfc8656/7.2/quota",
     "No quota for one user: 486 never comes, whatever the option says."},
    // RFC 8656: Refresh and permissions
    {M::Rfc8656S8_2NoAllocation, "rfc8656/8.2/no-allocation",
     "Never answers Refresh without an allocation."},
    {M::Rfc8656S8_2Lifetime, "rfc8656/8.2/lifetime",
     "Refresh answers with the default LIFETIME whatever was asked."},
    {M::Rfc8656S8_2LifetimeShort, "rfc8656/8.2/lifetime-short",
     "Refresh grants a LIFETIME of 10 s as asked, instead of the default."},
    {M::Rfc8656S8_2Delete, "rfc8656/8.2/delete",
     "Answers Refresh with LIFETIME 0 with success and keeps the allocation."},
    {M::Rfc8656S8_2FamilyMismatch, "rfc8656/8.2/family-mismatch",
     "Ignores REQUESTED-ADDRESS-FAMILY in Refresh."},
    {M::Rfc8656S5RefreshUnauthenticated, "rfc8656/5/refresh-unauthenticated",
     "Obeys Refresh without credentials."},
    {M::Rfc8656S10_2NoAllocation, "rfc8656/10.2/no-allocation",
     "Answers 400 instead of 437 to CreatePermission without an allocation."},
    {M::Rfc8656S10_2PeerMissing, "rfc8656/10.2/peer-missing",
     "Answers CreatePermission without XOR-PEER-ADDRESS with success."},
    {M::Rfc8656S10_2FamilyMismatch, "rfc8656/10.2/family-mismatch",
     "Answers CreatePermission for a peer of a family that has no relay with success."},
    {M::Rfc8656S10_2TwoPeers, "rfc8656/10.2/two-peers",
     "Installs a permission for the first XOR-PEER-ADDRESS only."},
    {M::Rfc8656S10_2AllOrNothing, "rfc8656/10.2/all-or-nothing",
     "Of two peers of which the second is forbidden, answers 403 and installs the permission for "
     "the first."},
    {M::Rfc8656S9AddressOnly, "rfc8656/9/address-only",
     "Permissions are for address and port, not for the address alone."},
    {M::Rfc8656S11_2NoPermission, "rfc8656/11.2/no-permission",
     "Relays Send indications to peers without a permission (the policy of forbidden peers still "
     "holds)."},
    {M::Rfc8656S11_2DataMissing, "rfc8656/11.2/data-missing",
     "Relays a Send indication without DATA as an empty datagram."},
    {M::Rfc8656S11_2EmptyData, "rfc8656/11.2/empty-data",
     "Drops Send indications whose DATA is empty."},
    {M::Rfc8656S11_2UnknownRequired, "rfc8656/11.2/unknown-required",
     "Relays Send indications that have an unknown comprehension-required attribute."},
    {M::Rfc8656S11_3NoPermission, "rfc8656/11.3/no-permission",
     "Passes datagrams from peers without a permission to the client."},
    {M::Rfc8656S11_3DataIndication, "rfc8656/11.3/data-indication",
     "XOR-PEER-ADDRESS of Data indications has a port that is off by one."},
    {M::Rfc8656S11_5Icmp, "rfc8656/11.5/icmp", "Says nothing of ICMP errors from peers."},
    // RFC 8656: channels
    {M::Rfc8656S12_2ChannelRange, "rfc8656/12.2/channel-range",
     "Takes channel numbers from 0x5000 to 0x7FFF."},
    {M::Rfc8656S12_2Rebind, "rfc8656/12.2/rebind",
     "Answers 400 when the same channel is bound to the same peer again."},
    {M::Rfc8656S12_2NumberTaken, "rfc8656/12.2/number-taken",
     "Lets a bound channel number be bound to another peer."},
    {M::Rfc8656S12_2PeerTaken, "rfc8656/12.2/peer-taken",
     "Lets a bound peer be bound to a second channel number."},
    {M::Rfc8656S12_2NumberMissing, "rfc8656/12.2/number-missing",
     "Answers ChannelBind without CHANNEL-NUMBER with success."},
    {M::Rfc8656S12_2PeerMissing, "rfc8656/12.2/peer-missing",
     "Answers ChannelBind without XOR-PEER-ADDRESS with success."},
    {M::Rfc8656S12_2FamilyMismatch, "rfc8656/12.2/family-mismatch",
     "Answers 400 instead of 443 to ChannelBind for a peer of a family that has no relay."},
    {M::Rfc8656S12_2NoAllocation, "rfc8656/12.2/no-allocation",
     "Answers 400 instead of 437 to ChannelBind without an allocation."},
    {M::Rfc8656S12_2Permission, "rfc8656/12.2/permission", "ChannelBind installs no permission."},
    {M::Rfc8656S12_6Unbound, "rfc8656/12.6/unbound",
     "Relays ChannelData on an unbound number to the peer that was bound or permitted last."},
    {M::Rfc8656S12_6Overlong, "rfc8656/12.6/overlong",
     "Relays ChannelData over UDP whose Length goes past the datagram: sends Length octets, the "
     "missing ones as zeros (at most 1400)."},
    {M::Rfc8656S12_6Empty, "rfc8656/12.6/empty", "Drops ChannelData of Length 0."},
    {M::Rfc8656S12_7ChannelData, "rfc8656/12.7/channel-data",
     "Sends Data indications although a channel is bound to the peer."},
    {M::Rfc8656S12_5StreamPadding, "rfc8656/12.5/stream-padding",
     "Over TCP, fills the padding of ChannelData with 0x02 octets."},
    {M::Rfc7983S7FirstByte, "rfc7983/7/first-byte",
     "Answers a STUN Binding request that stands behind one octet of 0x50 (and behind 4 to 19, 80 "
     "to 127, 192 to 255), with success."},
    // RFC 8016: mobility
    {M::Rfc8016S3_1Ticket, "rfc8016/3.1/ticket",
     "Answers an empty MOBILITY-TICKET in Allocate with an empty one."},
    {M::Rfc8016S3_1TicketNotEmpty, "rfc8016/3.1/ticket-not-empty",
     "Takes a MOBILITY-TICKET that is not empty in an Allocate request."},
    {M::Rfc8016S3_2_2Move, "rfc8016/3.2.2/move", "Never answers a Refresh with MOBILITY-TICKET."},
    {M::Rfc8016S3_2_2ForeignTicket, "rfc8016/3.2.2/foreign-ticket",
     "Lets another user's ticket move the allocation."},
    {M::Rfc8016S3_2_2OldTuple, "rfc8016/3.2.2/old-tuple",
     "A moved allocation is gone from its old 5-tuple at once."},
    // TLS and DTLS
    {M::Rfc6062S5_1UdpClient, "rfc6062/5.1/udp-client",
     "Answers Allocate of protocol 6 over UDP with success."},
    {M::Rfc7350S4_6TcpAllocation, "rfc7350/4.6/tcp-allocation",
     "Answers Allocate of protocol 6 over DTLS with success."},
    {M::SecurityEntropy, "security/entropy", "RESERVATION-TOKENs count up by one."},
    {M::SecurityPermissionLimit, "security/permission-limit",
     "Installs any number of permissions."},
    {M::TlsCertificate, "tls/certificate",
     "The certificate is for another name than the one asked for."},
    {M::TlsCertificateDays, "tls/certificate-days", "The certificate ends within a week."},
    {M::TlsOldVersions, "tls/old-versions", "Negotiates TLS 1.0 and 1.1, and DTLS 1.0."},
    {M::TlsVersionS1_3, "tls/version-1.3", "Negotiates TLS 1.2 at most."},
    {M::TlsWeakCiphers, "tls/weak-ciphers", "Negotiates NULL encryption."},
    {M::TlsAlpn, "tls/alpn", "Selects http/1.1 too, when a client offers it."},
    {M::Rfc7350S4_6HelloVerify, "rfc7350/4.6/hello-verify",
     "Answers the first ClientHello with ServerHello, without HelloVerifyRequest."},
    {M::Rfc8489S11ClassicDtls, "rfc8489/11/classic-dtls",
     "Answers requests without magic cookie over DTLS with success."},
    {M::TlsPlaintext, "tls/plaintext", "Answers TURN in plaintext on the TLS port."},
    {M::TlsOnPlainPort, "tls/on-plain-port", "Answers TLS on the plain TCP port too."},
    // Deployment
    {M::SecurityOpenRelay, "security/open-relay", "Allocates without credentials."},
    {M::SecurityWeakCredentials, "security/weak-credentials",
     "Has a user \"test\" with the password \"test\"."},
    {M::SecurityPeerLoopback, "security/peer/loopback",
     "Permits peers in 127.0.0.0/8 and ::1 whatever it is told."},
    {M::SecurityPeerUnspecified, "security/peer/unspecified", "Permits 0.0.0.0 and ::."},
    {M::SecurityPeerLinkLocal, "security/peer/link-local",
     "Permits 169.254.0.0/16 (169.254.169.254 among them)."},
    {M::SecurityPeerPrivate, "security/peer/private",
     "Permits 10/8, 172.16/12, 192.168/16 and 100.64/10."},
    {M::SecurityPeerReserved, "security/peer/reserved",
     "Permits 192.0.0/24, 192.0.2/24, 192.88.99/24, 198.18/15, 198.51.100/24, 203.0.113/24."},
    {M::SecurityPeerMulticast, "security/peer/multicast",
     "Permits 224/4, 240/4 and 255.255.255.255."},
    {M::SecurityPeerIpv6Local, "security/peer/ipv6-local",
     "Permits fe80::/10, fc00::/7 and fec0::/10."},
    {M::SecurityPeerReEncoded, "security/peer/re-encoded",
     "Permits the loopback and private IPv4 addresses when they are written as ::ffff:a.b.c.d, "
     "::a.b.c.d, 2002::/16 or 64:ff9b::/96."},
    {M::SecurityPeerTunnel, "security/peer/tunnel",
     "Permits Teredo (2001::/32) and 6to4 (2002::/16) peers (RFC 8656 s21.4)."},
    {M::SecurityRelayAddress, "security/relay-address",
     "XOR-RELAYED-ADDRESS is a private address although the server is reached at another one."},
    {M::SecurityAmplificationChallenge, "security/amplification/challenge",
     "The 401 to a bare header is larger than ten times the request."},
    {M::SecurityAmplificationBinding, "security/amplification/binding",
     "The answer to a Binding request is larger than ten times the request."},
    {M::SecurityAmplificationRfc5780, "security/amplification/rfc5780",
     "Supports PADDING and RESPONSE-PORT of RFC 5780."},
    {M::SecurityRestExpired, "security/rest/expired",
     "Takes time-limited credentials after their expiry."},
    {M::SecurityRestWrong, "security/rest/wrong",
     "Takes time-limited credentials with a wrong password, or with a timestamp that is no "
     "number."},
    {M::SecurityRestTtl, "security/rest/ttl",
     "Takes time-limited credentials that are good for ten years."},
    {M::SecurityRandomDatagrams, "security/random-datagrams",
     "Stops answering after the first datagram that is no STUN message."},
    {M::SecurityHttp, "security/http", "Answers HTTP requests on the TURN port."},
};
static_assert(std::size(kMutants) == kMutantCount);

}  // namespace

std::span<const MutantInfo> mutant_table() {
    return kMutants;
}

std::string_view to_string(Mutant mutant) {
    return kMutants[static_cast<std::size_t>(mutant)].check_id;
}

std::optional<Mutant> find_mutant(std::string_view check_id) {
    const auto* row = std::ranges::find(kMutants, check_id, &MutantInfo::check_id);
    return row != std::end(kMutants) ? std::optional(row->mutant) : std::nullopt;
}

}  // namespace portolan::mutants
