#pragma once

#include "reports/model/verdict.hpp"

namespace portolan::report {

/// Reason code of a failure that is known and put up with until a day. For machines it is
/// "unsupported" with this reason, and whoever shows it to people calls it accepted.
inline constexpr ReasonCode kAccepted = "accepted";

inline bool is_accepted(const Verdict& verdict) {
    return verdict.outcome() == Outcome::Unsupported &&
           verdict.reason()->code() == kAccepted.text();
}

}  // namespace portolan::report
