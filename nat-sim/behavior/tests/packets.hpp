#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nat-sim/behavior/nat.hpp"

// Packets for tests, built and judged without the engine's own code for headers and checksums.

namespace portolan::nat::test {

using Bytes = std::vector<std::byte>;

/// "192.168.1.2:5000", "[2001:db8::1]:5000", or an address alone.
struct Address {
    std::string ip;
    std::uint16_t port = 0;

    Address() = default;
    Address(std::string text, std::uint16_t number) : ip(std::move(text)), port(number) {}
    Address(const char* text);

    friend bool operator==(const Address&, const Address&) = default;
};

std::ostream& operator<<(std::ostream& out, const Address& address);

struct Options {
    std::uint8_t ttl = 64;
    bool dont_fragment = false;
    bool udp_checksum = true;
    std::uint16_t id = 0x1234;
    Bytes ip_options = {};
};

inline constexpr std::uint8_t kFin = 1;
inline constexpr std::uint8_t kSyn = 2;
inline constexpr std::uint8_t kRst = 4;
inline constexpr std::uint8_t kAck = 16;

Bytes bytes_of(std::string_view text);
Bytes udp(const Address& from, const Address& to, const Bytes& payload = bytes_of("hello"),
          const Options& options = {});
Bytes tcp(const Address& from, const Address& to, std::uint8_t flags, const Bytes& payload = {},
          const Options& options = {});
/// An echo request or reply; the port of `from` is the query id.
Bytes echo(const Address& from, const Address& to, bool request, std::uint16_t id);
/// An ICMP error from `from` to `to` that quotes `about`, at most `quote` bytes of it.
Bytes icmp_error(const Address& from, const Address& to, std::uint8_t type, std::uint8_t code,
                 const Bytes& about, std::size_t quote = 1000);
/// Fragments of an IPv4 datagram with `size` bytes of payload each, a multiple of eight.
std::vector<Bytes> fragments(const Bytes& datagram, std::size_t size);

/// What a packet says, and whether it is sound.
struct View {
    bool valid = false;  ///< lengths agree, and every checksum is right when computed anew
    std::string problem;
    int version = 0;
    std::uint8_t protocol = 0;
    std::uint8_t ttl = 0;
    bool dont_fragment = false;
    bool more_fragments = false;
    std::size_t fragment_offset = 0;
    Address from;
    Address to;  ///< ICMP queries: the id is the port of both
    std::uint8_t icmp_type = 0;
    std::uint8_t icmp_code = 0;
    std::uint32_t icmp_rest = 0;
    std::uint8_t tcp_flags = 0;
    std::uint16_t udp_checksum = 0;
    std::size_t header_size = 0;
    Bytes payload;  ///< behind the transport header; of ICMP errors, the quoted packet
};

/// `complete` false: a quoted packet, which may be cut off and has only its IP header checked.
View view(const Bytes& packet, bool complete = true);

}  // namespace portolan::nat::test
