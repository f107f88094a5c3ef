#pragma once

#include <array>
#include <string>

#include "nat-sim/scenario/scenario.hpp"
#include "nat-sim/scenario/ways.hpp"

/// What lost packets can keep a call from.
namespace portolan::scenario {

/// Of a link, over all its packets.
double loss_pct_of(const Link& link);

/// "A's link loses 10 % and B's link 3 % of the packets": of all links that something of the call
/// takes; empty when none loses any.
std::string losses_on_the_way(const Scenario& scenario);

/// What a call has to do to come out as the rules say.
struct Needs {
    bool direct_tcp = false;             ///< ICE-TCP (RFC 6544) alone leads from one to the other
    bool relays = false;                 ///< no direct pair is valid
    std::array<bool, 2> relay_by_tcp{};  ///< each party's way to its relay
};

/// The chance that all transmissions of one request or of its answer are lost on that way, when
/// none comes between them on any link: a burst lasts longer in packets than in time.
double chance_of_loss(const Way& way, unsigned transmission_count);

/// At most so often a call loses, for good, one of the requests that it needs. In [0, 1].
double chance_of_failure(const Scenario& scenario, const Needs& needs);

}  // namespace portolan::scenario
