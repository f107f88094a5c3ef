#pragma once

#include <glib.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "probe/transport/byte_stream.hpp"
#include "probe/transport/clock.hpp"
#include "probe/transport/fault.hpp"
#include "probe/transport/tls_connection.hpp"

namespace portolan::transport {

struct DtlsOptions {
    TransportAddress remote;
    std::optional<IpAddress> bind_ip = {};
    std::string interface = {};  ///< SO_BINDTODEVICE; empty: any
    /// As TlsOptions::server_name.
    std::string server_name;
    std::shared_ptr<const TlsCredentials> credentials;
    TlsClientPolicy policy = {};
    Duration timeout = kDefaultConnectTimeout;
};

/// DTLS 1.2 over UDP (RFC 6347) as a client; it always verifies. The interface is that of a stream,
/// with datagrams: each send() is one record in one datagram, and each on_bytes() is one.
class DtlsConnection final : public ByteStream {
  public:
    /// Everything that goes wrong, also at once, comes as an outcome. The clock must outlive the
    /// connection; `random` is used during the call only, for the local port.
    static std::unique_ptr<DtlsConnection> connect(GMainContext* context, const Clock& clock,
                                                   Random& random, const DtlsOptions& options,
                                                   Handlers handlers);
    ~DtlsConnection() override;

    /// False when it is not connected, or the bytes do not fit into one record.
    [[nodiscard]] bool send(Bytes bytes) override;
    /// Datagrams do not wait: always 0.
    [[nodiscard]] std::size_t queued_bytes() const override;
    /// Sends close_notify.
    void close() override;
    void set_reading(bool /*wanted*/) override {}
    [[nodiscard]] std::optional<TransportAddress> local_address() const override;
    [[nodiscard]] const TransportAddress& remote_address() const override;

    /// "DTLS1.2 AES-128-GCM"; empty before it is connected.
    [[nodiscard]] std::string description() const;
    /// Empty before it is connected.
    [[nodiscard]] const TlsFacts& facts() const;
    /// The last that befell a datagram of the handshake; who reported it is in it.
    [[nodiscard]] const std::optional<FaultReport>& last_fault() const;

  private:
    struct State;
    explicit DtlsConnection(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace portolan::transport
