#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "probe/discovery/actions.hpp"
#include "probe/discovery/tests/sim_random.hpp"
#include "probe/stun/transport_address.hpp"

/// What an attacker off the path, a broken middlebox or plain bad luck may put on a socket. Nobody
/// here can do what no client could survive: a reply with the right transaction id from the right
/// address.
namespace portolan::discovery::sim {

struct Hostility {
    double rate = 0.0;  ///< hostile datagrams per genuine packet
    /// The attacker has seen the requests: forgeries carry right transaction ids.
    bool knows_transaction_ids = true;
    double icmp_rate = 0.0;                             ///< forged ICMP errors per genuine packet
    Duration horizon = std::chrono::milliseconds(500);  ///< how much later they arrive, at most
};

/// A genuine datagram, for the attacker to spoil.
struct Captured {
    SocketId socket = 0;
    TransportAddress source;
    std::vector<std::byte> bytes;
};

class HostileSource {
  public:
    void reset(const Hostility& rules, std::uint64_t seed);
    void capture(SocketId socket, const TransportAddress& source, std::span<const std::byte> bytes);
    /// Something to throw at `socket`.
    Captured make(SocketId socket);
    Random& random() { return random_; }

  private:
    [[nodiscard]] const Captured* pick();

    const Hostility* rules_ = nullptr;
    Random random_;
    std::vector<Captured> captured_;
    std::size_t next_ = 0;
};

}  // namespace portolan::discovery::sim
