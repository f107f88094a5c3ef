#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nat-sim/behavior/tests/lab.hpp"

namespace portolan::nat::test {

/// A proof that a parameter does what it says. Given a deliberate defect, the empty string says
/// that the box behaves as its parameters want, and anything else what it does instead.
struct ParameterCase {
    int number = 0;                      ///< of the parameter
    Sabotage sabotage = Sabotage::None;  ///< the defect that must make the proof fail
    std::string name;
    std::function<std::string(Sabotage)> prove;
};

inline void PrintTo(const ParameterCase& c, std::ostream* out) {
    *out << c.name;
}

const std::vector<ParameterCase>& parameter_cases();

}  // namespace portolan::nat::test
