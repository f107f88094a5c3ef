#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "probe/stun/transport_address.hpp"
#include "reports/model/result.hpp"

namespace portolan::server {

/// The addresses a server answers on: up to two IP addresses of each family, all with the same one
/// or two ports (RFC 5780 s6).
struct Layout {
    std::vector<IpAddress> ips;
    std::uint16_t port = 0;
    std::optional<std::uint16_t> alt_port;

    /// Usage errors "server.addresses": none, more than two of a family, one of them twice, an
    /// unspecified or multicast one, or two equal ports.
    static Result<Layout> make(std::vector<IpAddress> ips, std::uint16_t port,
                               std::optional<std::uint16_t> alt_port);

    /// Every address with every port, in the order of `ips`, first port first.
    [[nodiscard]] std::vector<TransportAddress> endpoints() const;

    /// RFC 5780 s6.1, table 1: the other IP address of the same family (Ca) and the other port
    /// (Cp).
    [[nodiscard]] std::optional<IpAddress> other_ip(const IpAddress& ip) const;
    [[nodiscard]] std::optional<std::uint16_t> other_port(std::uint16_t one_port) const;
    /// Ca:Cp, only where both exist: what makes a server able to do NAT behaviour discovery.
    [[nodiscard]] std::optional<TransportAddress> other(const TransportAddress& endpoint) const;
};

}  // namespace portolan::server
