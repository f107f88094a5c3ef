#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace portolan::report {

/// UTC, to the microsecond. Only `main` reads a clock: the core is given the time.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// RFC 3339 in UTC with six fractional digits, "2026-08-30T12:00:00.000000Z". Years outside
/// 0000-9999 are clamped, as RFC 3339 has no form for them.
std::string to_rfc3339(Timestamp time);

/// Any RFC 3339 date-time, offsets included; a fraction is cut to microseconds. A leap second
/// (":60") counts as the second after.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace portolan::report
