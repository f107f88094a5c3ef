#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "nat-sim/scenario/lab.hpp"

namespace portolan::scenario {

/// Has each decision of each box told as a line of JSON: when, which box, from which side, what
/// was done and why, the requirement behind it, and the packet before and after.
void log_nat_decisions(Lab& lab, std::function<void(const std::string& line)> sink);

/// Captures from now on, inside and outside of each box, with the names of the files to be.
std::vector<std::pair<std::string, sim::Capture*>> start_captures(Lab& lab);

}  // namespace portolan::scenario
