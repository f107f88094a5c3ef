#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "nat-sim/network/tcp_host.hpp"
#include "nat-sim/virtual/socket.hpp"
#include "nat-sim/virtual/socket_address.hpp"

namespace portolan::sim {

/// SOCK_STREAM over TCP, as tcp(7), ip(7) and socket(7) describe it. SIGPIPE is not sent: EPIPE is
/// all that tells.
class StreamSocket final : public Socket, private TcpEndpoint {
  public:
    StreamSocket(Process& process, int domain);
    ~StreamSocket() override;

    int bind(const sockaddr* address, socklen_t length) override;
    int connect(const sockaddr* address, socklen_t length) override;
    int listen(int backlog) override;
    int accept(std::unique_ptr<Socket>& accepted, int flags) override;
    int local_name(sockaddr* address, socklen_t* length) override;
    int peer_name(sockaddr* address, socklen_t* length) override;
    ssize_t send(const msghdr& message, int flags) override;
    ssize_t receive(msghdr& message, int flags) override;
    int shutdown(int how) override;
    int readable_bytes() override;
    short ready() override;
    int set_option(int level, int name, const void* value, socklen_t length) override;
    int get_option(int level, int name, void* value, socklen_t* length) override;
    void orphan() override;

  private:
    enum class Phase { Fresh, Listening, Connecting, Open, Over };

    Binding& binding() override { return TcpEndpoint::binding; }
    void report(const IcmpArrival& icmp) override;
    [[nodiscard]] int bind_to(const SocketAddress& wanted);
    /// 0 or -errno; afterwards it is connecting.
    [[nodiscard]] int begin_connect(const SocketAddress& to);
    void take_over(std::unique_ptr<TcpFlow> flow);
    /// Looks at the flow and draws the conclusions; then lets the process look.
    void flow_changed();
    void fail(int error_number);
    [[nodiscard]] std::unique_ptr<TcpFlow> new_flow(std::size_t segment_bytes);
    [[nodiscard]] bool open_listener(const TransportAddress& local);
    [[nodiscard]] bool has_input() const;
    [[nodiscard]] bool is_at_end() const;
    /// What is there, at most `count`, without waiting.
    void fetch(std::size_t count);

    Phase phase_ = Phase::Fresh;
    std::unique_ptr<TcpFlow> flow_;
    std::vector<std::unique_ptr<TcpFlow>> listeners_;  ///< two for a dual-stack socket
    std::deque<std::unique_ptr<TcpFlow>> waiting_;
    std::size_t backlog_ = 0;
    std::vector<std::byte> fetched_;  ///< taken from the flow for MSG_PEEK
    std::vector<std::byte> send_buffer_;
    bool is_read_shut_ = false;
    bool is_write_shut_ = false;
    bool no_delay_ = false;
    bool is_connect_due_ = false;
    int keep_idle_seconds_ = 7200;
    int keep_interval_seconds_ = 75;
    int keep_count_ = 9;
    int user_timeout_ms_ = 0;
};

}  // namespace portolan::sim
