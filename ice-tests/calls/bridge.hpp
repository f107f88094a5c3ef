#pragma once

#include <memory>
#include <optional>

#include "ice-tests/agent/options.hpp"
#include "ice-tests/calls/tap.hpp"
#include "ice-tests/turn/endpoint.hpp"
#include "ice-tests/turn/surroundings.hpp"
#include "reports/model/result.hpp"

namespace portolan::calls {

/// A port on the loopback interface that leads to a TURN server: over UDP to one that is spoken to
/// by UDP or DTLS, over TCP to one that is spoken to by TCP or TLS. libnice 0.1.21 has no TLS for
/// TURN (it sends plaintext where it says TLS); here TLS and DTLS are done by our own client, which
/// verifies the certificate. On its way everything is seen by the tap.
class Bridge {
  public:
    /// Errors as UdpSocket::open and TcpListener::open.
    static Result<std::unique_ptr<Bridge>> open(const turn::Surroundings& where,
                                                turn::Endpoint server,
                                                std::shared_ptr<turn::Transcript> transcript,
                                                std::string name);
    ~Bridge();
    Bridge(const Bridge&) = delete;
    Bridge& operator=(const Bridge&) = delete;

    /// Where libnice finds the server.
    [[nodiscard]] const TransportAddress& address() const;
    [[nodiscard]] agent::TurnServerRef::Transport transport() const;
    [[nodiscard]] const Tap& tap() const;
    /// Nothing passes any more, either way, or again.
    void set_cut(bool is_cut);
    /// Why the way to the server could not be opened, or how it ended: the errors of turn::Wire.
    [[nodiscard]] const std::optional<Error>& error() const;
    /// "TLS1.3 AES-256-GCM"; empty without TLS.
    [[nodiscard]] std::string security() const;

  private:
    struct State;
    explicit Bridge(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace portolan::calls
