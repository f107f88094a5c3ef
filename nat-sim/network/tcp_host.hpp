#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "nat-sim/network/binding.hpp"
#include "nat-sim/network/host.hpp"
#include "nat-sim/network/tcp_stack.hpp"

namespace portolan::sim {

TcpAddress to_tcp(const TransportAddress& address);
TransportAddress from_tcp(const TcpAddress& address);

/// A TCP socket as its host sees it.
class TcpEndpoint {
  public:
    virtual ~TcpEndpoint() = default;
    TcpEndpoint() = default;
    TcpEndpoint(const TcpEndpoint&) = delete;
    TcpEndpoint& operator=(const TcpEndpoint&) = delete;

    /// An ICMP error about a segment of this connection.
    virtual void report(const IcmpArrival& icmp) = 0;

    Binding binding;
    bool is_listening = false;
    /// What its segments look like; kept by the socket's options.
    SendOptions segment_options;
};

/// TCP of one host: ports and their conflicts are decided here, the rest is ns-3's.
class TcpHost {
  public:
    explicit TcpHost(Host& host);
    ~TcpHost();

    /// 0 or EADDRINUSE, EADDRNOTAVAIL. Port 0 becomes an ephemeral one.
    int bind(TcpEndpoint& endpoint, const std::optional<IpAddress>& ip, std::uint16_t port);
    void unbind(TcpEndpoint& endpoint);
    /// For a connection that a listener has accepted: shares its port.
    void adopt(TcpEndpoint& endpoint);
    /// Whether it may become a listener: 0 or EADDRINUSE.
    [[nodiscard]] int check_listen(const TcpEndpoint& endpoint) const;

    [[nodiscard]] TcpStack& stack() { return stack_; }
    /// The most data in one segment on the way to there.
    [[nodiscard]] std::size_t segment_bytes(const IpAddress& destination) const;

    void receive(const Arrival& arrival);
    void report(const IcmpArrival& icmp);

  private:
    void send(const TransportAddress& from, const TransportAddress& to, const std::uint8_t* bytes,
              std::size_t count);
    [[nodiscard]] bool is_free(const TcpEndpoint& endpoint, const Binding& binding) const;
    [[nodiscard]] TcpEndpoint* find(const TransportAddress& local,
                                    const TransportAddress& peer) const;

    Host& host_;
    std::unordered_map<std::uint16_t, std::vector<TcpEndpoint*>> by_port_;
    std::vector<std::byte> buffer_;
    TcpStack stack_;
};

}  // namespace portolan::sim
