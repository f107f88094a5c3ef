#include <algorithm>
#include <array>
#include <iterator>
#include <string>

#include "nat-sim/conformance/checks/groups.hpp"

namespace portolan::nat::conformance {
namespace {

/// "req-10a" after "req-9": digits count as numbers.
bool comes_before(std::string_view a, std::string_view b) {
    std::size_t i = 0;
    std::size_t j = 0;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto number = [&](std::string_view text, std::size_t& at) {
        unsigned value = 0;
        while (at < text.size() && is_digit(text[at]))
            value = value * 10 + static_cast<unsigned>(text[at++] - '0');
        return value;
    };
    while (i < a.size() && j < b.size()) {
        if (is_digit(a[i]) && is_digit(b[j])) {
            const unsigned left = number(a, i);
            const unsigned right = number(b, j);
            if (left != right) return left < right;
        } else {
            if (a[i] != b[j]) return a[i] < b[j];
            ++i;
            ++j;
        }
    }
    return a.size() - i < b.size() - j;
}

}  // namespace

const std::vector<Check>& check_table() {
    static const std::vector<Check> table = [] {
        std::vector<Check> out;
        for (const auto group :
             {mapping_checks, timer_checks, filtering_checks, hairpin_checks, determinism_checks,
              tcp_checks, fragment_checks, icmp_query_checks, icmp_error_checks,
              icmp_generation_checks, carrier_checks, nat64_checks}) {
            auto checks = group();
            std::move(checks.begin(), checks.end(), std::back_inserter(out));
        }
        std::stable_sort(out.begin(), out.end(),
                         [](const Check& a, const Check& b) { return comes_before(a.id, b.id); });
        return out;
    }();
    return table;
}

}  // namespace portolan::nat::conformance
