#pragma once

#include <functional>
#include <string>

#include "nat-sim/scenario/lab.hpp"

namespace portolan::scenario {

/// Has each decision of each box told as a line of JSON: when, which box, from which side, what
/// was done and why, the requirement behind it, and the packet before and after.
void log_nat_decisions(Lab& lab, std::function<void(const std::string& line)> sink);

}  // namespace portolan::scenario
