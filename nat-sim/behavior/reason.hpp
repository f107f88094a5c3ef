#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace portolan::nat {

/// Why a packet went where it went. The order is not permanent, the names in reason_table() are.
enum class Reason : std::uint8_t {
    // forwarded
    Created,
    SessionCreated,
    Refreshed,
    Passed,
    Admitted,
    IcmpErrorTranslated,
    FragmentForwarded,
    PrefixTranslated,
    Untracked,
    // dropped
    Filtered,
    NoMapping,
    TtlExceeded,
    Capacity,
    SessionCapacity,
    Quota,
    Rate,
    PortExhausted,
    Quarantine,
    Conflict,
    Malformed,
    BadChecksum,
    HairpinOff,
    UdpBlocked,
    TcpInBlocked,
    WebOnly,
    FragmentsDropped,
    FragmentOutOfOrder,
    FragmentCapacity,
    FragmentOverlap,
    TooBig,
    NotOurs,
    ProtocolUnsupported,
    IcmpDropped,
    IcmpUnmatched,
    TcpWithoutSession,
    UnsolicitedSynHeld,
    Ipv6Off,
    Ipv4Off,
    RealmConflict,
    BadAddress,
    // consumed
    Local,
    LocalTracked,
    PortControl,
    FragmentWaiting,
    kCount,
};

inline constexpr std::size_t kReasonCount = static_cast<std::size_t>(Reason::kCount);

struct ReasonRow {
    Reason reason;
    std::string_view name;         ///< permanent, lower case with hyphens
    std::string_view requirement;  ///< "RFC 4787 REQ-8"; "" where no RFC asks
    std::string_view meaning;      ///< one sentence
};

/// One row for each reason, in the order of the enumeration.
const std::vector<ReasonRow>& reason_table();

std::string_view to_string(Reason reason);

}  // namespace portolan::nat
