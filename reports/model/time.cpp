#include "reports/model/time.hpp"

#include <algorithm>
#include <cstdio>

namespace portolan::report {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp kEarliest = std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
constexpr Timestamp kLatest =
    std::chrono::sys_days(std::chrono::year(10000) / 1 / 1) - microseconds(1);

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Takes characters off the front; the first that does not fit makes everything after it fail.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    int digits(int count, int max) {
        int value = 0;
        for (int i = 0; i < count; ++i) {
            if (rest_.empty() || !is_digit(rest_.front())) {
                ok_ = false;
                return 0;
            }
            value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        if (value > max) ok_ = false;
        return value;
    }

    char one_of(std::string_view allowed) {
        if (rest_.empty() || allowed.find(rest_.front()) == std::string_view::npos) {
            ok_ = false;
            return '\0';
        }
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }
    bool at_digit() const { return !rest_.empty() && is_digit(rest_.front()); }
    bool finished() const { return ok_ && rest_.empty(); }

  private:
    std::string_view rest_;
    bool ok_ = true;
};

microseconds fraction(Scanner& in) {
    int value = 0;
    int scale = 100'000;
    in.one_of(".");
    value += in.digits(1, 9) * scale;
    while (in.at_digit()) {
        scale /= 10;
        value += in.digits(1, 9) * scale;
    }
    return microseconds(value);
}

minutes offset(Scanner& in) {
    const char sign = in.one_of("Zz+-");
    if (sign != '+' && sign != '-') return minutes(0);
    const int hour = in.digits(2, 23);
    in.one_of(":");
    const minutes magnitude = hours(hour) + minutes(in.digits(2, 59));
    return sign == '-' ? -magnitude : magnitude;
}

}  // namespace

std::string to_rfc3339(Timestamp time) {
    time = std::clamp(time, kEarliest, kLatest);
    const auto day = std::chrono::floor<days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    char text[64];
    std::snprintf(
        text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return text;
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
    Scanner in(text);
    const int year = in.digits(4, 9999);
    in.one_of("-");
    const int month = in.digits(2, 12);
    in.one_of("-");
    const int day = in.digits(2, 31);
    in.one_of("Tt ");
    const int hour = in.digits(2, 23);
    in.one_of(":");
    const int minute = in.digits(2, 59);
    in.one_of(":");
    const int second = in.digits(2, 60);
    const microseconds micro = in.next_is('.') ? fraction(in) : microseconds(0);
    const minutes east = offset(in);
    const auto date = std::chrono::year(year) / month / day;
    if (!in.finished() || !date.ok()) return std::nullopt;
    const Timestamp time = std::chrono::sys_days(date) + hours(hour) + minutes(minute) +
                           seconds(second) + micro - east;
    if (time < kEarliest || time > kLatest) return std::nullopt;
    return time;
}

}  // namespace portolan::report
