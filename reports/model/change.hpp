#pragma once

#include "reports/model/verdict.hpp"

namespace portolan::report {

/// Reason codes of what a comparison or a history found to be otherwise, and neither better nor
/// worse. No outcome means that: for machines it is "unsupported" with one of these, and whoever
/// shows it to people calls it changed.
inline constexpr ReasonCode kDiffers = "differs";
inline constexpr ReasonCode kChanged = "changed";
inline constexpr ReasonCode kTrend = "trend";

inline bool is_change(const Verdict& verdict) {
    if (verdict.outcome() != Outcome::Unsupported) return false;
    const std::string& code = verdict.reason()->code();
    return code == kDiffers.text() || code == kChanged.text() || code == kTrend.text();
}

}  // namespace portolan::report
