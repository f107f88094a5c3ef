#pragma once

#include <cstdint>

#include "nat-sim/behavior/hash_index.hpp"

namespace portolan::nat {

/// What tells sessions of one kind from those of another: a protocol, and what the 32-bit addresses
/// of its keys are.
enum class Kind : std::uint8_t {
    Udp44,
    Tcp44,
    Icmp44,
    Other44,  // IPv4 addresses
    Udp64,
    Tcp64,
    Icmp64,
    Other64,  // NAT64: the inside address is a number of the address table
    Udp66,
    Tcp66,
    Icmp66,
    Other66,  // IPv6: all addresses are
};

constexpr int protocol_of(Kind kind) {
    return static_cast<int>(kind) & 3;
}
constexpr bool is_udp(Kind kind) {
    return protocol_of(kind) == 0;
}
constexpr bool is_tcp(Kind kind) {
    return protocol_of(kind) == 1;
}
constexpr bool is_icmp(Kind kind) {
    return protocol_of(kind) == 2;
}
constexpr bool is_ipv6_inside(Kind kind) {
    return kind >= Kind::Udp64;
}
constexpr bool is_ipv6_outside(Kind kind) {
    return kind >= Kind::Udp66;
}
constexpr Kind with_protocol(Kind kind, int protocol) {
    return static_cast<Kind>((static_cast<int>(kind) & ~3) | protocol);
}

/// An address, as its kind has it, and a port or an ICMP query id.
struct Endpoint {
    std::uint32_t address = 0;
    std::uint16_t port = 0;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// RFC 7857 s2, figure 1. CLOSED is no session at all.
enum class TcpState : std::uint8_t {
    None,  ///< not TCP
    Init,
    Established,
    ClientFin,
    ServerFin,
    BothFin,
    Trans,
};

/// One 5-tuple. What a packet of a known session needs is in this one cache line.
struct alignas(64) Session {
    union {
        std::uint32_t next_free = kNone;  ///< of the pool
        std::uint32_t mapping;            ///< while in use; kNone: the box itself is the inside
    };
    std::uint32_t inside_address = 0;
    std::uint32_t outside_address = 0;
    std::uint32_t remote_address = 0;
    std::uint16_t inside_port = 0;
    std::uint16_t outside_port = 0;
    std::uint16_t remote_port = 0;
    std::uint16_t wheel_slot = 0;
    std::int64_t deadline_us = 0;
    std::uint32_t wheel_prev = kNone;
    std::uint32_t wheel_next = kNone;
    std::uint32_t sibling_prev = kNone;  ///< of the same mapping; equal remote addresses adjoin
    std::uint32_t sibling_next = kNone;
    std::uint32_t serial = 0;  ///< of the mapping
    Kind kind = Kind::Udp44;
    TcpState tcp = TcpState::None;
    bool used : 1 = false;          ///< the entry is
    bool replied : 1 = false;       ///< packets were seen both ways
    bool confirmed : 1 = false;     ///< inside has sent: it keeps its mapping alive
    bool in_inside : 1 = false;     ///< is found by its inside tuple
    bool in_outside : 1 = false;    ///< is found by its outside tuple
    bool lease : 1 = false;         ///< stands for a mapping that a host asked for (PCP)
    bool from_outside : 1 = false;  ///< the outside host was first
    bool reset : 1 = false;         ///< RST was seen
    std::int64_t created_us = 0;

    [[nodiscard]] Endpoint inside() const { return {inside_address, inside_port}; }
    [[nodiscard]] Endpoint outside() const { return {outside_address, outside_port}; }
    [[nodiscard]] Endpoint remote() const { return {remote_address, remote_port}; }
};
static_assert(sizeof(Session) == 64);

/// An inside endpoint and the outside endpoint that stands for it, toward some remote endpoints.
struct Mapping {
    union {
        std::uint32_t next_free = kNone;  ///< of the pool
        std::uint32_t first_session;      ///< while in use
    };
    std::uint32_t serial = 0;  ///< permanent; 0: the entry is free
    std::uint32_t inside_address = 0;
    std::uint32_t outside_address = 0;
    /// The part of the remote endpoint that the mapping depends on; the rest is zero.
    std::uint32_t remote_address = 0;
    std::uint16_t remote_port = 0;
    std::uint16_t inside_port = 0;
    std::uint16_t outside_port = 0;
    Kind kind = Kind::Udp44;
    bool in_inside : 1 = false;   ///< is found by inside endpoint
    bool in_outside : 1 = false;  ///< is found by outside endpoint
    std::uint32_t confirmed_count = 0;

    [[nodiscard]] Endpoint inside() const { return {inside_address, inside_port}; }
    [[nodiscard]] Endpoint outside() const { return {outside_address, outside_port}; }
    [[nodiscard]] Endpoint remote() const { return {remote_address, remote_port}; }
};
static_assert(sizeof(Mapping) == 32);

}  // namespace portolan::nat
