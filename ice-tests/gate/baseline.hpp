#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/report.hpp"

namespace portolan::gate {

inline constexpr std::string_view kBaselineSchema = "portolan.baseline/1";

/// A failure that is known and put up with, until a day.
struct Accepted {
    std::string id;
    std::string transport;  ///< "udp", ...; empty: of no transport
    std::string evidence;   ///< as digest::evidence_of(): another cause is another failure
    std::chrono::sys_days expires{};
    std::string reason = {};  ///< why; may be empty
};

struct Baseline {
    std::vector<Accepted> accepted;
};

/// baseline.schema.json says what it looks like. Usage errors with the JSON pointer.
Result<Baseline> parse_baseline(std::string_view json);
/// The same of a file; errors name it.
Result<Baseline> read_baseline(const std::string& path);

struct BaselineUse {
    std::size_t accepted_count = 0;
    std::size_t expired_count = 0;
    /// Entries whose failure is gone: what they are about was judged, and no failure matches.
    /// "rfc8656/8.2/delete over udp". What a run has left out or open says nothing of its entry.
    std::vector<std::string> unused;
    /// Entries that accept what an earlier one does: the first is the one that counts.
    std::vector<std::string> repeated;
};

/// Failures that are accepted become "unsupported" with the reason "accepted"; those whose day is
/// over stay failures, and say so. What it did is entered into the report's data.
BaselineUse apply(const Baseline& baseline, std::chrono::sys_days today, report::Report& report);

/// All failures of the report as a baseline, to be accepted until that day.
std::string baseline_of(const report::Report& report, std::chrono::sys_days expires);

/// "2027-01-31"
std::string date_text(std::chrono::sys_days day);

}  // namespace portolan::gate
