#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "nat-sim/network/binding.hpp"
#include "nat-sim/network/host.hpp"

namespace portolan::sim {

/// A UDP socket as its host sees it.
class UdpEndpoint {
  public:
    virtual ~UdpEndpoint() = default;
    UdpEndpoint() = default;
    UdpEndpoint(const UdpEndpoint&) = delete;
    UdpEndpoint& operator=(const UdpEndpoint&) = delete;

    /// False when there is no room for it.
    virtual bool deliver(const Arrival& arrival, const TransportAddress& from,
                         std::span<const std::byte> data) = 0;
    /// About a datagram that this socket sent; `data` is what the error quotes of it.
    virtual void report(const IcmpArrival& icmp, const TransportAddress& destination,
                        std::span<const std::byte> data) = 0;

    Binding binding;
};

/// UDP of one host (RFC 768, RFC 1122 s4.1): ports, checksums, who gets what.
class UdpHost {
  public:
    explicit UdpHost(Host& host) : host_(host) {}

    /// 0 or EADDRINUSE, EADDRNOTAVAIL. Port 0 becomes an ephemeral one. The endpoint must be taken
    /// out before it goes.
    int bind(UdpEndpoint& endpoint, const std::optional<IpAddress>& ip, std::uint16_t port);
    void unbind(UdpEndpoint& endpoint);
    /// 0 or errno.
    int send(const TransportAddress& from, const TransportAddress& to,
             std::span<const std::byte> data, const SendOptions& options);

    void receive(const Arrival& arrival);
    void report(const IcmpArrival& icmp);

  private:
    [[nodiscard]] bool is_free(const Binding& binding) const;
    [[nodiscard]] UdpEndpoint* find(const IpAddress& local, std::uint16_t port,
                                    const TransportAddress& peer, const Interface* in) const;

    Host& host_;
    std::unordered_map<std::uint16_t, std::vector<UdpEndpoint*>> by_port_;
    std::vector<std::byte> buffer_;
};

}  // namespace portolan::sim
