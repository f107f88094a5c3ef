#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "reports/model/result.hpp"

namespace portolan::cli {

/// Numbers and durations as people write them. Errors are usage errors "value" that name the flag,
/// the value and what is allowed. `flag` is only for the message: "--budget".

/// A whole number in decimal.
Result<std::int64_t> parse_count(std::string_view flag, std::string_view text, std::int64_t min,
                                 std::int64_t max);

/// 0 to 2^64-1, decimal or 0x hexadecimal.
Result<std::uint64_t> parse_seed(std::string_view flag, std::string_view text);

/// A decimal number and a unit, us ms s m h: "250ms", "0.5s", "2m". A bare number has no meaning
/// and is refused. What is finer than a microsecond is refused, not rounded.
Result<std::chrono::microseconds> parse_duration(std::string_view flag, std::string_view text,
                                                 std::chrono::microseconds min,
                                                 std::chrono::microseconds max);

/// What somebody typed, for a message: quoted, escaped for a terminal, and cut after 60 bytes so
/// that an error stays one line.
std::string shown(std::string_view text);

/// The shortest exact form that parse_duration reads: "250ms", "1.5s", "2m".
std::string format_duration(std::chrono::microseconds duration);

}  // namespace portolan::cli
