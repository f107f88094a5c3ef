#pragma once

#include <string>
#include <vector>

#include "probe/discovery/inference.hpp"

namespace portolan::findings {

/// What a classification means for a call, in one sentence; where several runs of it came to
/// different ones, how many came to which. At least one run.
std::string section_headline(const std::vector<discovery::Outcome>& runs);

/// The runs of one section, and its title: "IPv4 from eth0".
struct SectionRuns {
    std::string title;
    std::vector<discovery::Outcome> runs;
};

/// What a report says first: the sentence of its sections where they agree, else each one's, with
/// its title. What is open in one section contradicts nothing that was shown in another.
std::string report_headline(const std::vector<SectionRuns>& sections);

}  // namespace portolan::findings
