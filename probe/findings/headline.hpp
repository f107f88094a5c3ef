#pragma once

#include <string>
#include <vector>

#include "probe/discovery/inference.hpp"

namespace portolan::findings {

/// What a classification means for a call, in one sentence; where several runs of it came to
/// different ones, how many came to which. At least one run.
std::string section_headline(const std::vector<discovery::Outcome>& runs);

/// Where the servers are that alone answered, if all are inside ("the provider's own network") and
/// nothing is said of the way to others; empty otherwise, and for those on this machine itself,
/// which show that the tool works.
std::string only_asked_inside(const discovery::Outcome& outcome);

/// The runs of one section, and its title: "IPv4 from eth0".
struct SectionRuns {
    std::string title;
    std::vector<discovery::Outcome> runs;
};

/// What a report says first: the sentence of its sections where they agree, else each one's, with
/// its title. What is open in one section contradicts nothing that was shown in another.
std::string report_headline(const std::vector<SectionRuns>& sections);

}  // namespace portolan::findings
