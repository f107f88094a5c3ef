#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nat-sim/network/node.hpp"

namespace portolan::sim {

class Reassembly;
class TcpHost;
class UdpHost;

/// Sets what a packet of a host's looks like, beyond addresses and payload.
struct SendOptions {
    std::uint8_t ttl = 64;
    std::uint8_t tos = 0;
    bool dont_fragment = false;            ///< IPv4's DF; IPv6 never fragments on the way
    bool ignore_path_mtu = false;          ///< IP_PMTUDISC_PROBE
    bool may_fragment = true;              ///< at the source, when it is over the path MTU
    const Interface* interface = nullptr;  ///< SO_BINDTODEVICE, IP_PKTINFO
};

/// What arrived for a transport protocol, whole and with its IP header checked.
struct Arrival {
    IpAddress source;
    IpAddress destination;
    std::uint8_t protocol = 0;
    std::uint8_t ttl = 0;
    std::uint8_t tos = 0;
    Interface* in = nullptr;  ///< nothing on loopback
    std::span<const std::byte> payload;
    std::span<const std::byte> packet;  ///< with the IP header
    std::uint64_t packet_id = 0;
};

/// An ICMP or ICMPv6 error about a packet that this host sent.
struct IcmpArrival {
    IpAddress reported_by;
    Interface* in = nullptr;  ///< nothing when this host itself reports
    std::uint8_t type = 0;
    std::uint8_t code = 0;
    std::uint32_t info = 0;  ///< next-hop MTU, where it is one
    IpAddress source;        ///< of the packet it is about
    IpAddress destination;
    std::uint8_t protocol = 0;
    std::span<const std::byte> payload;  ///< of that packet, as much as came
};

/// An end system: IPv4 and IPv6, UDP and ICMP of its own, TCP from ns-3.
class Host final : public Node {
  public:
    Host(Fabric& fabric, std::string name);
    ~Host() override;

    /// Hands a datagram to the network, or to this host itself. 0 or errno: ENETUNREACH,
    /// EADDRNOTAVAIL, EMSGSIZE, ENETDOWN. The transport checksum must be in place already.
    int send(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
             std::span<const std::byte> payload, const SendOptions& options);
    /// What fits into one packet to there, IP header included.
    [[nodiscard]] std::size_t path_mtu_bytes(const IpAddress& destination) const;
    [[nodiscard]] bool is_local(const IpAddress& ip) const;

    [[nodiscard]] UdpHost& udp() { return *udp_; }
    /// ns-3's stack comes with the first use.
    [[nodiscard]] TcpHost& tcp();
    /// Sends "port unreachable" about what arrived.
    void refuse(const Arrival& arrival);
    /// The end of a packet that was given to a protocol.
    void delivered(const Arrival& arrival);
    void dropped(const Arrival& arrival, DropReason reason);
    /// A port from Linux's ephemeral range, drawn from the world's seed, for which `is_free` holds;
    /// 0 when there is none.
    std::uint16_t ephemeral_port(const std::function<bool(std::uint16_t)>& is_free);

    void receive(Interface& in, Packet packet) override;
    void no_neighbour(Interface& out, Packet packet) override;

  private:
    class Loopback;
    struct State;
    void accept(Interface* in, Packet packet);
    void handle_icmp(const Arrival& arrival);
    void report_icmp(const IcmpArrival& icmp);
    std::unique_ptr<State> state_;
    std::unique_ptr<UdpHost> udp_;
    std::unique_ptr<TcpHost> tcp_;
};

}  // namespace portolan::sim
