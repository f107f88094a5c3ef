#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/agent/agent.hpp"
#include "ice-tests/turn/surroundings.hpp"
#include "probe/transport/clock.hpp"

namespace portolan::precall {

/// An address that libnice would offer for a call.
struct SeenCandidate {
    std::string type;       ///< "host", "srflx", "prflx", "relay"
    std::string transport;  ///< "udp", "tcp-act", ...
    TransportAddress address;
    transport::Duration after{0};  ///< since gathering began
};

SeenCandidate seen(const agent::Candidate& candidate, transport::Duration after);

struct GatheringPlan {
    std::optional<TransportAddress> stun_server = {};
    bool wants_ipv4 = true;
    bool wants_ipv6 = true;
    std::vector<IpAddress> local_addresses = {};  ///< empty: all but loopback
    transport::Duration limit = std::chrono::seconds(2);
};

/// What libnice gathers without any relay, as far as it has come.
struct Gathering {
    bool was_begun = false;
    bool is_done = false;
    std::optional<TransportAddress> stun_server = {};
    std::vector<SeenCandidate> candidates = {};
    transport::Duration took{0};
    std::string why_not = {};      ///< it could not begin
    std::string description = {};  ///< the offer that would be made of it
    std::unique_ptr<agent::Agent> agent = {};
};

/// `out` outlives the task.
turn::Task<bool> gather(turn::Surroundings where, GatheringPlan plan, Gathering& out);

/// Ends what was cut off.
turn::Task<bool> release(turn::Surroundings where, Gathering& gathering, transport::Duration limit);

}  // namespace portolan::precall
