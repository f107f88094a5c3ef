#pragma once

#include <span>
#include <string_view>

#include "ice-tests/mutants/mutant.hpp"

namespace portolan::mutants {

struct FailsToo {
    Mutant mutant{};
    /// Ids with blanks between them: checks, and what is found out about every server.
    std::string_view ids;
};

/// What may fail besides the check that the mutant is for, because it rests on the same clause:
/// what did so in whole runs over UDP, TCP, TLS and DTLS. Checks may also be left open beside it.
std::span<const FailsToo> fails_too_table();

/// Of that mutant; empty: nothing.
std::string_view fails_too(Mutant mutant);

}  // namespace portolan::mutants
