#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probe/cli/report/peers.hpp"

namespace portolan::nat_probe {

/// nat-sim's presets for NATs that measured like this one: one, or all that may be. Empty where the
/// network is none that its presets describe, or too little is known of it.
std::vector<std::string> own_presets(const CallFacts& facts);

/// For nat-sim: calls from behind each of these to every kind of peer, with and without relays.
std::vector<std::string> simulation_arguments(const std::vector<std::string>& own);

/// Enters what nat-sim wrote: its report in JSON.
void read_simulation(std::string_view text, PeerSimulation& out);

/// The finding peers/simulated: whether unmodified libnice, behind a simulated NAT like this one,
/// reaches whom the rules say.
report::Finding simulation_finding(const CallFacts& facts, const PeerForecast& forecast);

/// Enters what `nat-sim probe` wrote: the NAT that this program's classification found there. False
/// where it cannot be read.
bool read_simulated_nat(std::string_view text, const std::string& preset, CallFacts& facts);

/// Where no server was named: the section about the home router that is simulated instead.
report::Section simulated_nat_section(const CallFacts& facts);

/// Of both; none where nothing was simulated.
std::vector<report::Evidence> simulation_evidence(const CallFacts& facts);

}  // namespace portolan::nat_probe
