#pragma once

#include <string>

#include "probe/cli/report/facts.hpp"

/// The first sentence of a report before a call where no relay is there that calls can take.
namespace portolan::nat_probe {

/// Where the only relay is on this computer.
std::string with_relay_of_open_reach(const CallFacts& facts, const ServerFacts& relay);
/// Where the only relay refuses the peers that were asked of it.
std::string with_forbidding_relay(const CallFacts& facts, const ServerFacts& relay);
/// Where there is none.
std::string headline_without_relay(const CallFacts& facts);

}  // namespace portolan::nat_probe
