#pragma once

#include <cstdint>

namespace portolan::stun {

/// RFC 8489 s18.2 (IANA "STUN Methods"), RFC 8656 s17, RFC 6062 s5, RFC 3489 s11.1.
enum class Method : std::uint16_t {
    Binding = 0x001,
    SharedSecret = 0x002,  // RFC 3489 only; reserved since RFC 5389
    Allocate = 0x003,
    Refresh = 0x004,
    Send = 0x006,
    Data = 0x007,
    CreatePermission = 0x008,
    ChannelBind = 0x009,
    Connect = 0x00A,
    ConnectionBind = 0x00B,
    ConnectionAttempt = 0x00C,
};

/// Numbers only; names, encodings and sources are in the table of attribute_table.hpp.
enum class AttributeType : std::uint16_t {
    MappedAddress = 0x0001,
    ResponseAddress = 0x0002,  // RFC 3489
    ChangeRequest = 0x0003,
    SourceAddress = 0x0004,   // RFC 3489
    ChangedAddress = 0x0005,  // RFC 3489
    Username = 0x0006,
    Password = 0x0007,  // RFC 3489
    MessageIntegrity = 0x0008,
    ErrorCode = 0x0009,
    UnknownAttributes = 0x000A,
    ReflectedFrom = 0x000B,  // RFC 3489
    ChannelNumber = 0x000C,
    Lifetime = 0x000D,
    XorPeerAddress = 0x0012,
    Data = 0x0013,
    Realm = 0x0014,
    Nonce = 0x0015,
    XorRelayedAddress = 0x0016,
    RequestedAddressFamily = 0x0017,
    EvenPort = 0x0018,
    RequestedTransport = 0x0019,
    DontFragment = 0x001A,
    AccessToken = 0x001B,
    MessageIntegritySha256 = 0x001C,
    PasswordAlgorithm = 0x001D,
    Userhash = 0x001E,
    XorMappedAddress = 0x0020,
    ReservationToken = 0x0022,
    Priority = 0x0024,
    UseCandidate = 0x0025,
    Padding = 0x0026,
    ResponsePort = 0x0027,
    ConnectionId = 0x002A,
    AdditionalAddressFamily = 0x8000,
    AddressErrorCode = 0x8001,
    PasswordAlgorithms = 0x8002,
    AlternateDomain = 0x8003,
    Icmp = 0x8004,
    Software = 0x8022,
    AlternateServer = 0x8023,
    CacheTimeout = 0x8027,
    Fingerprint = 0x8028,
    IceControlled = 0x8029,
    IceControlling = 0x802A,
    ResponseOrigin = 0x802B,
    OtherAddress = 0x802C,
    EcnCheck = 0x802D,
    ThirdPartyAuthorization = 0x802E,
    MobilityTicket = 0x8030,
};

}  // namespace portolan::stun
