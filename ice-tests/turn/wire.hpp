#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/turn/endpoint.hpp"
#include "ice-tests/turn/surroundings.hpp"
#include "ice-tests/turn/task.hpp"
#include "ice-tests/turn/transcript.hpp"
#include "probe/stun/message.hpp"
#include "probe/transport/byte_stream.hpp"
#include "probe/transport/bytes.hpp"
#include "probe/transport/fault.hpp"
#include "reports/model/result.hpp"

namespace portolan::turn {

/// A STUN message, ChannelData (on streams without padding), or over UDP and DTLS whatever came.
struct Frame {
    std::vector<std::byte> bytes;
    transport::Time at{};
};

/// One 5-tuple between this host and a server. Streams are cut into frames (RFC 8489 s6.2.2).
class Wire {
  public:
    Wire(const Surroundings& where, Endpoint endpoint, std::shared_ptr<Transcript> transcript,
         std::string name);
    ~Wire();
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    /// Once, before anything else. Errors say which step failed: environment.turn.socket;
    /// peer.turn.refused, .unreachable, .connect-timeout; peer.turn.tls-alert, .tls-certificate,
    /// .tls-handshake, .tls-timeout.
    Task<Result<void>> open();

    /// False when it is not open, or the kernel does not take it.
    bool send(transport::Bytes bytes);
    /// The next frame; nothing at the deadline, or at once when the wire has ended.
    Task<std::optional<Frame>> receive(transport::Time deadline);
    /// The same; nothing also once more faults than these were met (fault_count()).
    Task<std::optional<Frame>> receive_or_fault(transport::Time deadline, std::size_t known_count);
    /// Over UDP, ICMP errors that came back and sends that this host refused.
    [[nodiscard]] std::size_t fault_count() const;
    /// The last of them.
    [[nodiscard]] const std::optional<transport::FaultReport>& last_fault() const;
    /// How connecting went; nothing over UDP, and while it is under way.
    [[nodiscard]] const std::optional<transport::StreamReport>& outcome() const;
    /// Over UDP, DSCP and ECN of what is sent later. False elsewhere, and when the system does not
    /// take it.
    bool set_traffic_class(std::uint8_t traffic_class);
    /// On a stream, bytes as they come instead of frames.
    void stop_framing();
    /// The same behind the first success response of that method: RFC 6062's ConnectionBind.
    void stop_framing_after(stun::Method method);
    /// Sends what is queued, then closes our side of a stream.
    void close();

    /// Why nothing comes any more: peer.turn.closed, .reset, .bad-stream; over UDP
    /// peer.turn.unreachable while ICMP errors come back.
    [[nodiscard]] const std::optional<Error>& ended() const;
    [[nodiscard]] bool is_open() const;
    [[nodiscard]] const Endpoint& endpoint() const;
    [[nodiscard]] const std::string& name() const;
    /// With the address that packets are sent from; nothing before it is open.
    [[nodiscard]] std::optional<TransportAddress> local_address() const;
    /// Of a stream, the last octets as they came, padding and all.
    [[nodiscard]] const std::vector<std::byte>& raw() const;
    /// "TLS1.3 AES-256-GCM"; empty without TLS.
    [[nodiscard]] std::string security() const;
    /// Nothing without TLS, and before it is open.
    [[nodiscard]] std::optional<transport::TlsFacts> tls_facts() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace portolan::turn
