#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "nat-sim/network/udp_host.hpp"
#include "nat-sim/virtual/socket.hpp"
#include "nat-sim/virtual/socket_address.hpp"

namespace portolan::sim {

/// SOCK_DGRAM over UDP, as udp(7), ip(7) and ipv6(7) describe it.
class DatagramSocket final : public Socket, private UdpEndpoint {
  public:
    DatagramSocket(Process& process, int domain);
    ~DatagramSocket() override;

    int bind(const sockaddr* address, socklen_t length) override;
    int connect(const sockaddr* address, socklen_t length) override;
    int listen(int /*backlog*/) override { return -EOPNOTSUPP; }
    int accept(std::unique_ptr<Socket>& /*accepted*/, int /*flags*/) override {
        return -EOPNOTSUPP;
    }
    int local_name(sockaddr* address, socklen_t* length) override;
    int peer_name(sockaddr* address, socklen_t* length) override;
    ssize_t send(const msghdr& message, int flags) override;
    ssize_t receive(msghdr& message, int flags) override;
    int shutdown(int how) override;
    int readable_bytes() override;
    short ready() override;
    void orphan() override;

  private:
    struct Received {
        TransportAddress from;
        IpAddress to;
        unsigned interface_index = 0;
        std::uint8_t ttl = 0;
        std::uint8_t tos = 0;
        std::vector<std::byte> data;
    };
    struct QueuedError {
        int error_number = 0;
        std::uint8_t origin = 0;
        std::uint8_t type = 0;
        std::uint8_t code = 0;
        std::uint32_t info = 0;
        std::optional<IpAddress> offender;
        TransportAddress destination;
        std::vector<std::byte> data;
    };
    struct Destination {
        TransportAddress to;
        std::optional<IpAddress> source;
        const Interface* interface = nullptr;
    };

    Binding& binding() override { return UdpEndpoint::binding; }
    bool deliver(const Arrival& arrival, const TransportAddress& from,
                 std::span<const std::byte> data) override;
    void report(const IcmpArrival& icmp, const TransportAddress& destination,
                std::span<const std::byte> data) override;

    int bind_to(const SocketAddress& wanted);
    int bind_if_needed();
    /// 0 or -errno.
    int find_destination(const msghdr& message, Destination& out) const;
    int read_send_control(const msghdr& message, Destination& out) const;
    int transmit(const Destination& destination, std::span<const std::byte> data);
    ssize_t receive_error_message(msghdr& message);
    void write_control(msghdr& message, const Received& received) const;
    /// The interface that a scope id stands for.
    [[nodiscard]] const Interface* interface_of(std::uint32_t index) const;
    void queue_error(QueuedError error);

    std::deque<Received> received_;
    std::size_t received_bytes_ = 0;
    std::deque<QueuedError> errors_;
    std::optional<IpAddress> connected_source_;
    bool was_bound_by_user_ = false;
    bool is_read_shut_ = false;
    bool is_write_shut_ = false;
    std::vector<std::byte> send_buffer_;
};

}  // namespace portolan::sim
