#pragma once

#include <array>
#include <optional>
#include <string>

#include "ice-tests/agent/candidate.hpp"
#include "ice-tests/calls/tap.hpp"
#include "probe/transport/clock.hpp"
#include "reports/model/figure.hpp"

namespace portolan::calls {

class Call;

/// One side of a call, as it was seen between the agent and its TURN server.
struct LadderParty {
    std::string name;          ///< "offerer"
    const Tap* tap = nullptr;  ///< nothing of it was seen without one
    std::optional<TransportAddress> relayed = {};
    std::optional<agent::CandidatePair> pair = {};  ///< that it selected
    std::optional<transport::Time> selected_at = {};
};

/// What is left out beyond that is counted; the selected pair's go first.
inline constexpr std::size_t kMostLadderExchanges = 48;

/// What the two and their TURN servers asked each other since `begun`: allocations, permissions and
/// channels, and the checks (RFC 8445 s7.2) through the relays. A check that was seen to leave one
/// side and to reach the other has both times; of others it is known only that they left for the
/// server. The lanes' details are the relays.
report::Ladder ladder_of(const std::array<LadderParty, 2>& parties, transport::Time begun);

/// Of both sides; nothing where neither has asked anything.
std::optional<report::Ladder> ladder_of(Call& call);

}  // namespace portolan::calls
