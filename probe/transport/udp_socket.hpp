#pragma once

#include <glib.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "probe/stun/transport_address.hpp"
#include "probe/transport/bytes.hpp"
#include "probe/transport/clock.hpp"
#include "probe/transport/fault.hpp"
#include "reports/model/result.hpp"

namespace portolan::transport {

/// Random ports are taken from here: above what services listen on, the range of Linux's own choice
/// included.
inline constexpr std::uint16_t kFirstRandomPort = 32768;
inline constexpr std::uint16_t kLastRandomPort = 65535;

struct UdpOptions {
    AddressFamily family = AddressFamily::IPv4;
    std::optional<IpAddress> bind_ip = {};  ///< of that family; wildcard when absent
    /// 0: random in [kFirstRandomPort, kLastRandomPort], and the kernel's choice when several of
    /// them are taken.
    std::uint16_t port = 0;
    bool port_required = false;  ///< otherwise a taken port is replaced by a random one
    std::string interface = {};  ///< bound to it with SO_BINDTODEVICE; empty: any
    /// Longer datagrams are reported as truncated. The default holds any STUN message and a
    /// jumbo frame.
    std::size_t max_datagram_bytes = 9216;
};

struct Datagram {
    TransportAddress source;
    /// The destination address in the packet (IP_PKTINFO, IPV6_RECVPKTINFO), where the kernel says
    /// it. On a wildcard socket the only way to know.
    std::optional<IpAddress> local_ip;
    /// DSCP and ECN (RFC 2474 s3, RFC 3168 s5), where the kernel says them.
    std::optional<std::uint8_t> traffic_class;
    Bytes bytes;  ///< valid during the callback only
    Time received_at{};
};

/// A datagram that was longer than max_datagram_bytes and is lost.
struct TruncatedDatagram {
    TransportAddress source;
    std::size_t size_bytes = 0;  ///< as sent, where the kernel says it
    Bytes head = {};             ///< what fitted; valid during the callback only
};

/// One UDP socket on a GMainContext: never blocks, and calls back only from the context, never from
/// within send(). It may be destroyed inside its own callbacks.
class UdpSocket {
  public:
    struct Handlers {
        std::function<void(const Datagram&)> on_datagram = {};
        /// ICMP errors for datagrams sent earlier, with where they went.
        std::function<void(const FaultReport&)> on_fault = {};
        std::function<void(const TruncatedDatagram&)> on_truncated = {};
    };

    /// The clock must outlive the socket; `random` is used during the call only. Errors:
    /// usage.transport.family (bind_ip of the other family), usage.transport.interface (no such
    /// interface), environment.transport.bind-to-device (not permitted),
    /// environment.transport.no-sockets-left (files or memory), environment.transport.port-in-use,
    /// environment.transport.address-not-local, environment.transport.socket (anything else, with
    /// errno).
    static Result<std::unique_ptr<UdpSocket>> open(GMainContext* context, const Clock& clock,
                                                   Random& random, const UdpOptions& options,
                                                   Handlers handlers);
    ~UdpSocket();
    UdpSocket(const UdpSocket&) = delete;
    UdpSocket& operator=(const UdpSocket&) = delete;

    /// Hands one datagram to the kernel; nothing when it took it. A destination of the other family
    /// is Fault::NoRoute (EAFNOSUPPORT).
    [[nodiscard]] std::optional<FaultReport> send(const TransportAddress& to, Bytes bytes);

    /// Whether later datagrams may be fragmented on their way, by the sender included (IPv4's DF
    /// bit, RFC 791 s3.1). False when the system has no such choice; then nothing changes.
    [[nodiscard]] bool set_dont_fragment(bool dont_fragment);
    /// DSCP and ECN of later datagrams: the octet that IPv4 calls TOS and IPv6 traffic class. False
    /// when the system does not take it.
    [[nodiscard]] bool set_traffic_class(std::uint8_t traffic_class);

    /// As bound; the IP is unspecified on a wildcard socket.
    [[nodiscard]] const TransportAddress& local_address() const;

  private:
    struct State;
    explicit UdpSocket(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace portolan::transport
