#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/precall/cause.hpp"
#include "ice-tests/turn/client.hpp"
#include "ice-tests/turn/credentials.hpp"
#include "ice-tests/turn/endpoint.hpp"
#include "ice-tests/turn/surroundings.hpp"
#include "ice-tests/turn/transcript.hpp"

namespace portolan::precall {

struct StepTime {
    Step step = Step::Resolve;
    transport::Duration duration{0};
};

/// What is asked of a server, and as whom.
struct VisitPlan {
    turn::Endpoint endpoint;
    bool wants_relay = false;                        ///< an allocation; else a Binding response
    const turn::Credentials* credentials = nullptr;  ///< outlive the visit
    /// For each step; a silent server is given up after it.
    transport::Duration step_limit = std::chrono::seconds(3);
    std::chrono::seconds unix_time{0};  ///< now, to tell whether a credential has expired
};

/// One try to use one address of a server over one transport, as far as it has come: it can be read
/// at any time, also when the try was cut off.
struct Visit {
    std::vector<StepTime> steps = {};  ///< those that are done
    std::optional<Step> under_way = {};
    std::optional<Problem> problem = {};
    bool has_answered = false;  ///< with STUN, be it an error
    bool has_succeeded = false;
    turn::Endpoint endpoint = {};  ///< where it ended: error 300 may have led elsewhere
    std::vector<TransportAddress> redirected_by = {};
    std::optional<TransportAddress> local = {};
    std::optional<TransportAddress> mapped = {};
    std::optional<TransportAddress> relayed = {};
    /// Smoothed; after take_readings() the median. 0 where nothing was measured.
    transport::Duration round_trip{0};
    /// What that rests on: of requests that were sent once only.
    std::vector<transport::Duration> readings = {};
    int copy_count = 0;  ///< of the last request, over UDP and DTLS
    std::optional<transport::TlsFacts> tls = {};
    std::string software = {};
    /// With the allocation, while it is wanted.
    std::unique_ptr<turn::Client> client = {};
    std::shared_ptr<turn::Transcript> transcript = std::make_shared<turn::Transcript>();
};

/// Goes as far as it gets, and enters what it sees into `visit`, which outlives it.
turn::Task<bool> make_visit(turn::Surroundings where, VisitPlan plan, std::string name,
                            Visit& visit);

/// Asks a server that the visit has got through to a few times more how far away it is: `count`
/// Binding requests, one after the other, within `limit`. False where none was read.
turn::Task<bool> take_readings(turn::Surroundings where, Visit& visit, int count,
                               transport::Duration limit);

/// Ends the allocation (RFC 8656 s7.3: a Refresh with a lifetime of zero), waiting for the
/// answer as long as that at most, and drops the client.
turn::Task<bool> release(Visit& visit, transport::Duration limit);

}  // namespace portolan::precall
