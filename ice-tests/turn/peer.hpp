#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/turn/surroundings.hpp"
#include "ice-tests/turn/task.hpp"
#include "ice-tests/turn/transcript.hpp"
#include "probe/stun/transport_address.hpp"
#include "probe/transport/bytes.hpp"
#include "reports/model/result.hpp"

namespace portolan::turn {

struct PeerDatagram {
    TransportAddress source;
    std::vector<std::byte> bytes;
    transport::Time at{};
    std::optional<std::uint8_t> traffic_class = {};  ///< as transport::Datagram
};

/// A host that a client talks to through a relay: a UDP socket of our own.
class Peer {
  public:
    /// Errors as UdpSocket::open.
    static Result<std::unique_ptr<Peer>> open(const Surroundings& where, const IpAddress& ip,
                                              std::shared_ptr<Transcript> transcript,
                                              std::string name);
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    /// Where it is to be reached: its own address, or what set_address() says.
    [[nodiscard]] const TransportAddress& address() const;
    /// Its address outside of the NAT that it is behind.
    void set_address(const TransportAddress& address);
    void send(const TransportAddress& to, transport::Bytes bytes);
    /// The next datagram; nothing at the deadline.
    Task<std::optional<PeerDatagram>> receive(transport::Time deadline);

  private:
    struct State;
    explicit Peer(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace portolan::turn
