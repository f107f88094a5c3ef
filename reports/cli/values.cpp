#include "reports/cli/values.hpp"

#include <array>
#include <charconv>
#include <limits>

#include "reports/render/escape.hpp"

namespace portolan::cli {
namespace {

using std::chrono::microseconds;

struct Unit {
    std::string_view name;
    std::int64_t microseconds;
};

/// From coarse to fine, for format_duration.
constexpr std::array<Unit, 5> kUnits{
    {{"h", 3'600'000'000}, {"m", 60'000'000}, {"s", 1'000'000}, {"ms", 1'000}, {"us", 1}}};

Error bad_value(std::string_view flag, std::string_view text, const std::string& allowed) {
    return {Culprit::Usage, "value",
            std::string(flag) + " cannot be " + shown(text) + ": it takes " + allowed};
}

template <typename Int>
bool parse_whole(std::string_view text, Int& value, int base = 10) {
    const auto [end, problem] =
        std::from_chars(text.data(), text.data() + text.size(), value, base);
    return problem == std::errc() && end == text.data() + text.size();
}

/// Exact, without floating point: nothing if it is malformed, too large or finer than 1 us.
bool parse_scaled(std::string_view number, std::int64_t unit, std::int64_t& total) {
    const auto point = number.find('.');
    const std::string_view whole = number.substr(0, point);
    std::string_view fraction;
    if (point != std::string_view::npos) {
        fraction = number.substr(point + 1);
        if (fraction.empty() || whole.empty()) return false;
    }
    std::int64_t count = 0;
    if (whole.empty() || whole.front() == '-' || !parse_whole(whole, count)) return false;
    if (count > std::numeric_limits<std::int64_t>::max() / unit - 1) return false;
    total = count * unit;
    for (const char digit : fraction) {
        if (digit < '0' || digit > '9') return false;
        // A minute does not divide by 10 for ever; what is left over must be zeros.
        if (unit % 10 != 0 && digit != '0') return false;
        if (unit % 10 == 0) {
            unit /= 10;
            total += (digit - '0') * unit;
        }
    }
    return true;
}

}  // namespace

Result<std::int64_t> parse_count(std::string_view flag, std::string_view text, std::int64_t min,
                                 std::int64_t max) {
    std::int64_t value = 0;
    if (parse_whole(text, value) && value >= min && value <= max) return value;
    std::string allowed = "a whole number";
    if (max == std::numeric_limits<std::int64_t>::max()) {
        allowed += ", at least " + std::to_string(min);
    } else {
        allowed += " from " + std::to_string(min) + " to " + std::to_string(max);
    }
    return bad_value(flag, text, allowed);
}

Result<std::uint64_t> parse_seed(std::string_view flag, std::string_view text) {
    std::uint64_t value = 0;
    const bool is_hex = text.starts_with("0x");
    if (is_hex ? parse_whole(text.substr(2), value, 16) : parse_whole(text, value)) return value;
    return bad_value(flag, text, "a whole number from 0 to 18446744073709551615");
}

Result<microseconds> parse_duration(std::string_view flag, std::string_view text, microseconds min,
                                    microseconds max) {
    const auto unit_at = text.find_first_not_of("0123456789.");
    const std::string_view number = text.substr(0, unit_at);
    const std::string_view name =
        unit_at == std::string_view::npos ? std::string_view() : text.substr(unit_at);
    for (const auto& unit : kUnits) {
        std::int64_t total = 0;
        if (unit.name != name || !parse_scaled(number, unit.microseconds, total)) continue;
        if (total >= min.count() && total <= max.count()) return microseconds(total);
    }
    return bad_value(flag, text,
                     "a time from " + format_duration(min) + " to " + format_duration(max) +
                         ", with its unit: us, ms, s, m or h");
}

std::string shown(std::string_view text) {
    constexpr std::size_t kMaxShownBytes = 60;
    return "'" + render::escape_for_terminal(text.substr(0, kMaxShownBytes)) + "'";
}

std::string format_duration(microseconds duration) {
    const std::int64_t count = duration.count();
    if (count == 0) return "0s";
    for (const auto& unit : kUnits) {
        if (count % unit.microseconds == 0) {
            return std::to_string(count / unit.microseconds) + std::string(unit.name);
        }
        // "1.5s" reads better than "1500ms"; three digits are enough for that.
        const bool divides = unit.name == "s" || unit.name == "ms";
        if (divides && count > unit.microseconds && count % (unit.microseconds / 1000) == 0) {
            std::string digits =
                std::to_string(count % unit.microseconds / (unit.microseconds / 1000));
            digits.insert(0, 3 - digits.size(), '0');
            digits.erase(digits.find_last_not_of('0') + 1);
            return std::to_string(count / unit.microseconds) + "." + digits +
                   std::string(unit.name);
        }
    }
    return std::to_string(count) + "us";
}

}  // namespace portolan::cli
