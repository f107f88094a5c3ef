#pragma once

#include <string>

#include "ice-tests/conformance/check.hpp"

namespace portolan::ice_test {

/// What `ice-test turn` has to be told, beyond what is so by default, for the check to be run and
/// its failure to make the exit code 1: " --class wait --fail-on should"; empty: nothing.
std::string options_to_see(const conformance::Check& check);

/// What else the check needs to be run: a sentence, empty where it is nothing but a user.
std::string needs_to_see(const conformance::Check& check);

}  // namespace portolan::ice_test
