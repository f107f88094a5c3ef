#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "probe/discovery/inference.hpp"
#include "probe/discovery/tests/sim_nat.hpp"

/// Holds an outcome against the truth of the simulated NAT.
namespace portolan::discovery::sim {

enum class Grade {
    Right,
    Wrong,
    Weaker,  ///< true, but says less than could be known ("address-independent" of an EIM)
    Inconclusive,
    Unsupported,
    NotTested,
};
inline constexpr int kGradeCount = 6;

/// `truth` None: the outcome has to say that nothing translates; of mapping it says
/// endpoint-independent or nothing.
Grade grade_mapping(const Outcome& outcome, MappingRule truth);
/// `truth` Open counts as endpoint-independent.
Grade grade_filtering(const Outcome& outcome, FilteringRule truth);
/// Translation, reachability and layers of a plain NAT or firewall.
Grade grade_translation(const Outcome& outcome, MappingRule truth);

std::string_view to_string(Grade grade);
inline std::ostream& operator<<(std::ostream& out, Grade grade) {
    return out << to_string(grade);
}

/// Breaches of the form of a judgement: a value exactly with pass and fail, a reason exactly
/// without pass, a sentence always but for pass, evidence that exists, a probability as error
/// bound.
std::vector<std::string> defects(const Outcome& outcome, const Ledger& ledger);

/// Every judgement in one line, with reasons: for failure messages, and equal for equal outcomes.
std::string describe(const Outcome& outcome);

}  // namespace portolan::discovery::sim
