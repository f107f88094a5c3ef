#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ice-tests/conformance/target.hpp"
#include "ice-tests/turn/surroundings.hpp"
#include "ice-tests/turn/transcript.hpp"
#include "reports/model/result.hpp"

namespace portolan::conformance {

/// What became of the credentials of another user.
struct OtherAllocation {
    std::string entry;  ///< as in OtherUser
    std::optional<Error> no_allocation;
    /// The answer was that there is no room (486, 508), which says nothing of the credentials.
    bool is_without_room = false;
};

/// What is learnt of a server before its checks: is it there, does it take our credentials.
struct Preflight {
    /// Why there is nothing to check: names the step and the cause. Reachable when absent.
    std::optional<Error> unreachable;
    /// Why no allocation was to be had; the checks that need one are not run.
    std::optional<Error> no_allocation;
    bool offers_sha256 = false;  ///< in its challenge
    /// Of Target::other_users; none where the server asks nobody for credentials.
    std::vector<OtherAllocation> others;
    /// Who sent us on, in order (error 300): the target is where that ended.
    std::vector<TransportAddress> redirected_by;
    std::optional<TransportAddress> local;
    std::optional<TransportAddress> mapped;
    std::optional<TransportAddress> relayed;
    std::string security;  ///< of TLS
    transport::Duration allocate_time{0};
    transport::Time begun{0};  ///< before anything was sent
    std::shared_ptr<turn::Transcript> transcript;
};

/// Fills in what Target says about the server, and follows it where it redirects to.
turn::Task<Preflight> preflight(turn::Surroundings where, Target& target);

}  // namespace portolan::conformance
