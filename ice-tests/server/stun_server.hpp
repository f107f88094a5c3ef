#pragma once

#include <glib.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ice-tests/server/binding.hpp"
#include "probe/stun/transport_address.hpp"
#include "probe/transport/clock.hpp"
#include "reports/model/result.hpp"

namespace portolan::server {

struct StunServerOptions {
    /// Up to two of each family. RFC 5780 needs two, both with both ports.
    std::vector<IpAddress> addresses;
    std::uint16_t port = 0;      ///< 0: a free one, the same on all addresses
    std::uint16_t alt_port = 0;  ///< the same
    bool has_alt_port = true;    ///< false: one port, no RFC 5780
    bool tcp = true;             ///< listen on the same ports over TCP
    transport::Duration reply_delay{0};
    /// 0 to 100, of requests and of replies, each on its own; UDP only.
    double loss_pct = 0;
    FaultSet faults;
    std::string software = "Portolan";
};

struct StunServerStatistics {
    std::uint64_t received_count = 0;  ///< datagrams and framed messages
    std::uint64_t sent_count = 0;
    std::uint64_t lost_count = 0;  ///< by loss_pct
};

/// A STUN server on a GMainContext: respond() with sockets. Each answer leaves from the address it
/// must, because there is one socket for each.
class StunServer {
  public:
    /// Answers from when it returns. The clock must outlive the server. Errors: those of Layout and
    /// UdpSocket::open; usage.server.loss for a share outside 0 to 100;
    /// environment.server.no-common-port when no free port is free on all addresses.
    static Result<std::unique_ptr<StunServer>> start(GMainContext* context,
                                                     const transport::Clock& clock,
                                                     transport::Random random,
                                                     const StunServerOptions& options);
    ~StunServer();
    StunServer(const StunServer&) = delete;
    StunServer& operator=(const StunServer&) = delete;

    /// Every address with every port; the first is what clients should be given.
    [[nodiscard]] std::vector<TransportAddress> endpoints() const;
    [[nodiscard]] const Layout& layout() const;
    /// "stun:127.0.0.1:3478" for the first address of each family.
    [[nodiscard]] std::vector<std::string> uris() const;
    [[nodiscard]] const StunServerStatistics& statistics() const;

  private:
    struct State;
    explicit StunServer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace portolan::server
