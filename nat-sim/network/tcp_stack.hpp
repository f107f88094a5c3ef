#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

// ns-3's TCP (TcpSocketBase over TcpL4Protocol) behind a C++17 header without ns-3 in it. Segments
// go in and out as bytes; addresses, routes and IP are the host's business.
namespace portolan::sim {

struct TcpAddress {
    bool is_v6 = false;
    std::array<std::uint8_t, 16> octets{};  ///< the first four for IPv4
    std::uint16_t port = 0;
};

/// What a connection can look like from outside.
enum class TcpPhase : std::uint8_t {
    Idle,
    Listening,
    Connecting,
    Open,    ///< both ways, or what is left of it
    Closed,  ///< over: by both sides in order, a reset, or time-out
};

/// One TCP socket of ns-3's. Destroying it closes it in order; what the peer has not got yet still
/// goes out.
class TcpFlow {
  public:
    TcpFlow();
    ~TcpFlow();
    TcpFlow(const TcpFlow&) = delete;
    TcpFlow& operator=(const TcpFlow&) = delete;

    /// Called whenever anything below may have changed. It may destroy the flow.
    std::function<void()> on_change = {};
    /// For listeners: whether one more connection may begin, and each that is complete.
    std::function<bool()> may_accept = {};
    std::function<void(std::unique_ptr<TcpFlow>)> on_accept = {};

    bool reuses_address = false;  ///< SO_REUSEADDR, for those that come after it

    /// False when another listener has exactly this address.
    bool listen(const TcpAddress& local);
    /// False when the same connection exists already.
    bool connect(const TcpAddress& local, const TcpAddress& remote);

    [[nodiscard]] TcpPhase phase() const;
    [[nodiscard]] bool was_reset() const;  ///< by the peer: while connecting, refused
    [[nodiscard]] bool has_timed_out() const;
    [[nodiscard]] bool is_peer_done() const;  ///< FIN
    [[nodiscard]] TcpAddress local() const;
    [[nodiscard]] TcpAddress remote() const;

    /// How much of it was taken.
    std::size_t send(const std::uint8_t* bytes, std::size_t count);
    std::size_t receive(std::uint8_t* bytes, std::size_t count);
    [[nodiscard]] std::size_t writable_bytes() const;
    [[nodiscard]] std::size_t readable_bytes() const;
    [[nodiscard]] std::size_t unsent_bytes() const;
    void finish_sending();
    /// RST; what is queued is lost.
    void abort();
    void set_no_delay(bool on);

  private:
    friend class TcpStack;
    struct Hooks;
    struct State;
    void watch();
    std::unique_ptr<State> state_;
};

struct TcpLimits {
    std::size_t send_buffer_bytes = 262144;
    std::size_t receive_buffer_bytes = 131072;
    std::size_t segment_bytes = 1400;
};

/// TCP of one host.
class TcpStack {
  public:
    /// A segment with the TCP header in front and no checksum.
    using SendSegment = std::function<void(const TcpAddress& from, const TcpAddress& to,
                                           const std::uint8_t* bytes, std::size_t count)>;

    explicit TcpStack(SendSegment send);
    ~TcpStack();
    TcpStack(const TcpStack&) = delete;
    TcpStack& operator=(const TcpStack&) = delete;

    std::unique_ptr<TcpFlow> create(const TcpLimits& limits);
    /// False when no socket took it; it has then been answered with a RST.
    bool receive(const TcpAddress& from, const TcpAddress& to, const std::uint8_t* bytes,
                 std::size_t count);
    /// Whether a connection that nobody owns any more still occupies the local port.
    /// With SO_REUSEADDR on both, it does not.
    [[nodiscard]] bool is_lingering(std::uint16_t port, bool reuses_address) const;

  private:
    friend class TcpFlow;
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace portolan::sim
