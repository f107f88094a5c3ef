#pragma once

#include <map>
#include <vector>

#include "ice-tests/turn/endpoint.hpp"
#include "probe/stun/message.hpp"
#include "probe/transport/clock.hpp"
#include "reports/model/result.hpp"

namespace portolan::turn {

/// The way of one client from server to server, as error 300 (Try Alternate) leads it (RFC 8489
/// s10), and where it ends.
class Redirections {
  public:
    /// RFC 8489 s10 (MUST): a server is not asked again within five minutes.
    static constexpr transport::Duration kMemory = std::chrono::minutes(5);
    /// An operator chains one or two; more are somebody's mistake.
    static constexpr std::size_t kMaxCount = 5;

    Redirections(Endpoint first, transport::Time now);

    /// Where the request that got this response has to be sent: over the same transport, and with
    /// the certificate of the same name unless ALTERNATE-DOMAIN says otherwise. Errors:
    /// peer.turn.redirect-unusable when it names no server that a client of this family can use,
    /// peer.turn.redirect-loop when it was asked before, peer.turn.redirect-limit.
    Result<Endpoint> follow(const stun::MessageView& response, transport::Time now);

    /// Who sent the client on, in order.
    [[nodiscard]] const std::vector<TransportAddress>& passed() const { return passed_; }

  private:
    Endpoint at_;
    std::map<TransportAddress, transport::Time> asked_;
    std::vector<TransportAddress> passed_;
};

}  // namespace portolan::turn
