#pragma once

#include <glib.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "probe/transport/byte_stream.hpp"
#include "probe/transport/clock.hpp"
#include "reports/model/result.hpp"

namespace portolan::transport {

/// Long enough for two retransmissions of the SYN (after 1 s and 3 s, RFC 6298 s2), and not longer
/// than a person waits.
inline constexpr Duration kDefaultConnectTimeout = std::chrono::seconds(5);

struct TcpOptions {
    TransportAddress remote;
    std::optional<IpAddress> bind_ip = {};
    /// With `bind_ip`; 0: any. Another one may be that of a TcpListener that shares its port.
    std::uint16_t bind_port = 0;
    std::string interface = {};  ///< SO_BINDTODEVICE; empty: any
    Duration timeout = kDefaultConnectTimeout;
    std::size_t max_queued_bytes = 256 * 1024;
};

class TcpConnection final : public ByteStream {
  public:
    /// Everything that goes wrong, also at once, comes as an outcome.
    static std::unique_ptr<TcpConnection> connect(GMainContext* context, const TcpOptions& options,
                                                  Handlers handlers);
    ~TcpConnection() override;

    [[nodiscard]] bool send(Bytes bytes) override;
    [[nodiscard]] std::size_t queued_bytes() const override;
    void close() override;
    void set_reading(bool wanted) override;
    [[nodiscard]] std::optional<TransportAddress> local_address() const override;
    [[nodiscard]] const TransportAddress& remote_address() const override;

    /// Replaces them, also inside one of them. For the connections of a listener, which come
    /// without.
    void set_handlers(Handlers handlers);

  private:
    friend class TcpListener;
    struct State;
    explicit TcpConnection(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

/// Accepts on one address.
class TcpListener {
  public:
    /// A connected stream; set its handlers before returning. Dropping it closes it.
    using OnConnection = std::function<void(std::unique_ptr<TcpConnection>)>;

    /// Port 0: the kernel's choice. Errors as UdpSocket::open. With `shares_port`, connections
    /// may be made from the same address and port (TcpOptions::bind_port); no other listener gets
    /// it.
    static Result<std::unique_ptr<TcpListener>> open(GMainContext* context,
                                                     const TransportAddress& address,
                                                     OnConnection on_connection,
                                                     bool shares_port = false);
    ~TcpListener();
    TcpListener(const TcpListener&) = delete;
    TcpListener& operator=(const TcpListener&) = delete;

    [[nodiscard]] const TransportAddress& local_address() const;

  private:
    struct State;
    explicit TcpListener(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace portolan::transport
