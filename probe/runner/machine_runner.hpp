#pragma once

#include <glib.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probe/discovery/machine.hpp"
#include "probe/stun/framing.hpp"
#include "probe/transport/clock.hpp"
#include "probe/transport/glib_ptr.hpp"
#include "probe/transport/tls_connection.hpp"
#include "probe/transport/udp_socket.hpp"

namespace portolan::runner {

struct RunnerOptions {
    std::string interface;  ///< sockets are bound to it; empty: any
    using Trust = std::shared_ptr<const transport::TlsCredentials>;

    /// Whom TLS attempts believe, asked when one is made. It answers at once or later, on the
    /// context; the attempt begins then. Null: they end with the server's certificate refused.
    std::function<void(std::function<void(Trust)>)> trust;
    transport::Duration stream_timeout = transport::kDefaultConnectTimeout;
};

/// Carries out a discovery machine's actions with real sockets on a GMainContext and tells it what
/// happened. The machine, the clock and the generator must outlive it.
class MachineRunner {
  public:
    MachineRunner(GMainContext* context, const transport::Clock& clock, transport::Random& random,
                  discovery::Machine& machine, RunnerOptions options,
                  std::function<void()> on_finished);
    ~MachineRunner();
    MachineRunner(const MachineRunner&) = delete;
    MachineRunner& operator=(const MachineRunner&) = delete;

    void start();
    /// Ends the machine now; on_finished is called as usual.
    void cancel();

    /// Why the run was given up although nobody cancelled it:
    /// environment.transport.no-sockets-left.
    [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

  private:
    void pump();
    void carry_out(const discovery::OpenSocket& action);
    void carry_out(const discovery::SendDatagram& action);
    void carry_out(const discovery::CloseSocket& action);
    void carry_out(const discovery::TryStream& action);
    [[nodiscard]] transport::TcpOptions tcp_options(const discovery::TryStream& action) const;
    transport::ByteStream::Handlers stream_handlers(discovery::StreamId id,
                                                    std::vector<std::byte> request,
                                                    transport::Duration held_back);
    void begin_tls(const discovery::TryStream& action, RunnerOptions::Trust trust,
                   transport::Time asked_at);
    void retire(discovery::StreamId id);
    void on_stream_bytes(discovery::StreamId id, transport::Bytes bytes);
    void set_timer();

    std::optional<Error> failure_;
    GMainContext* context_;
    const transport::Clock& clock_;
    transport::Random& random_;
    discovery::Machine& machine_;
    RunnerOptions options_;
    std::function<void()> on_finished_;
    std::map<discovery::SocketId, std::unique_ptr<transport::UdpSocket>> sockets_;
    std::map<discovery::StreamId, std::unique_ptr<transport::ByteStream>> streams_;
    std::map<discovery::StreamId, stun::StreamReader> readers_;
    std::vector<std::unique_ptr<transport::ByteStream>> ended_;
    glib::SourcePtr timer_;
    glib::SourcePtr finish_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< for answers that come late
    bool pumping_ = false;
    bool finished_ = false;
};

}  // namespace portolan::runner
