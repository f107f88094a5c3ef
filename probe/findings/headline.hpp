#pragma once

#include <string>
#include <vector>

#include "probe/discovery/inference.hpp"

namespace portolan::findings {

/// What a classification means for a call, in one sentence.
std::string section_headline(const discovery::Outcome& outcome);

/// The one sentence of a report: the section through which calls go best, and what is open.
std::string report_headline(const std::vector<discovery::Outcome>& outcomes);

}  // namespace portolan::findings
