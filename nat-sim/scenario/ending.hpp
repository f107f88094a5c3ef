#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "nat-sim/scenario/call_result.hpp"
#include "nat-sim/scenario/scenario.hpp"

namespace portolan::scenario {

/// What changes in the network of its own accord, by the scenario's events or by the parameters of
/// a NAT.
struct Happening {
    Duration at{0};
    std::string what;                         ///< "A's NAT rebooted"
    bool breaks = true;                       ///< false: a link that comes up
    std::optional<std::size_t> network = {};  ///< whose box, or whose uplink
    bool is_of_link = false;
};
/// In the order of time; of networks that a party is behind.
std::vector<Happening> happenings_of(const Scenario& scenario);

/// What is of a network: "A's NAT", or "the NAT of \"office\"" when it is not one party's alone.
std::string name_of(const Scenario& scenario, std::size_t network, const std::string& part);

/// "17.570 s".
std::string seconds_of(Duration time);

/// Which media ended before its time or never came, and when: "nothing arrived at A from 10.240 s
/// on", "no video ever arrived at B"; empty when both directions lasted.
std::string silence_of(const CallResult& result, const Scenario& scenario);

/// Which events ended it, "A's NAT rebooted at 20.0 s": those from which the last packets were
/// still on their way. Empty when media lasted, or no event is near.
std::string causes_of_silence(const CallResult& result, const Scenario& scenario);

/// "A gave up after 26.870 s: ...", for each that gave up when the call had begun.
std::string given_up(const CallResult& result, const Scenario& scenario);

/// What the sentence of a call has to go on with when the call did not last: ", until ..." or
/// "; but ...", without the full stop. Empty when it did.
std::string ending_of(const CallResult& result, const Scenario& scenario);

}  // namespace portolan::scenario
