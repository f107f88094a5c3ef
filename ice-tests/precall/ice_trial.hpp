#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/calls/call.hpp"
#include "ice-tests/precall/candidates.hpp"
#include "ice-tests/turn/credentials.hpp"
#include "ice-tests/turn/endpoint.hpp"
#include "ice-tests/turn/surroundings.hpp"
#include "probe/transport/clock.hpp"
#include "reports/model/figure.hpp"

namespace portolan::precall {

struct IceTrialPlan {
    turn::Endpoint endpoint;                         ///< of the relay
    const turn::Credentials* credentials = nullptr;  ///< there, and outlive the trial
    transport::Duration limit = std::chrono::seconds(3);
};

/// Two libnice agents on this host, each with nothing but a relay on one server, as far as they
/// have come.
struct IceTrial {
    bool was_begun = false;
    bool is_done = false;       ///< came to an end, good or bad
    bool is_connected = false;  ///< both selected a pair
    bool has_carried = false;   ///< payloads, both ways
    /// Since the beginning; of the later of the two agents.
    std::optional<transport::Duration> gathered_after = {};
    std::optional<transport::Duration> connected_after = {};
    std::vector<SeenCandidate> candidates = {};  ///< of both
    std::string pair = {};                       ///< "192.0.2.1:50000 to 192.0.2.1:50002"
    std::string why_not = {};                    ///< sentences
    /// 486 or 508 came: the server has no room for more allocations, these among them.
    bool was_out_of_room = false;
    std::string security = {};                   ///< of TLS and DTLS
    std::vector<std::string> lines = {};         ///< what went on, for people
    std::vector<std::string> descriptions = {};  ///< the offer, then the answer
    std::optional<report::Ladder> ladder = {};   ///< who asked whom, since the beginning
    std::unique_ptr<calls::Call> call = {};      ///< while it lasts
};

/// Lets the two connect, and exchange payloads, and closes them. Neither of them talks to the
/// server directly: our own client does TLS and DTLS for them.
turn::Task<bool> try_ice(turn::Surroundings where, IceTrialPlan plan, IceTrial& out);

/// What a trial that was cut off has come to; closes it within the time. Does nothing otherwise.
turn::Task<bool> release(IceTrial& trial, transport::Duration limit);

}  // namespace portolan::precall
