#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "probe/stun/transport_address.hpp"
#include "reports/model/result.hpp"

namespace portolan::server {

/// The addresses that share their first bits: "192.0.2.0/24".
struct IpRange {
    IpAddress base;
    unsigned prefix_bits = 0;

    /// Also a single address without a length. Usage error "server.range".
    static Result<IpRange> parse(std::string_view text);
    [[nodiscard]] bool contains(const IpAddress& ip) const;
};

/// All that is not on the internet: loopback, private, link-local, multicast and special-purpose
/// addresses (RFC 6890, RFC 8656 s21).
std::vector<IpRange> near_ranges();

/// Which peers a TURN server relays to (RFC 8656 s10.2, s11.2, s12.2: error 403).
struct PeerPolicy {
    std::vector<IpRange> denied;
    /// Taken out of `denied`, and of the refusal of loopback.
    std::vector<IpRange> allowed;
    /// Whether loopback addresses are peers. Nothing: no; the server's shell says yes when it
    /// answers on a loopback address itself.
    std::optional<bool> loopback;
    /// Before everything else: only mutants have any.
    std::vector<IpRange> permitted = {};

    /// Never for addresses that no host has (unspecified, multicast, reserved) nor for those of
    /// tunnels (RFC 8656 s21.4, MUST NOT: Teredo and 6to4), and for an IPv4 address in an IPv6 one
    /// (RFC 4291 s2.5.5, RFC 6052 s2.1) what goes for the IPv4 address.
    [[nodiscard]] bool permits(const IpAddress& peer) const;
};

}  // namespace portolan::server
