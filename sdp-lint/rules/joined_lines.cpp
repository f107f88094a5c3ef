#include "sdp-lint/rules/joined_lines.hpp"

#include <algorithm>
#include <array>

#include "sdp-lint/sdp/attribute_table.hpp"
#include "sdp-lint/sdp/text.hpp"

namespace portolan::lint {

namespace {

/// How much of a line may come before the network type of an origin: time stays linear.
constexpr std::size_t kMaxOriginBytes = 256;

template <std::size_t kCount>
bool starts_with_any(std::string_view text,
                     const std::array<std::string_view, kCount>& beginnings) {
    return std::any_of(beginnings.begin(), beginnings.end(),
                       [&](std::string_view each) { return text.starts_with(each); });
}

/// "0 0", whatever follows.
bool is_timing(std::string_view text) {
    const std::string_view start = text.substr(0, text.find(' '));
    if (start.size() == text.size() || !sdp::is_digits(start)) return false;
    text.remove_prefix(start.size() + 1);
    return sdp::is_digits(text.substr(0, text.find(' ')));
}

bool is_attribute(std::string_view text) {
    const std::string_view name = text.substr(0, text.find_first_of(": "));
    return sdp::find_attribute(name) != sdp::Attr::Unknown;
}

bool is_value_of_line(char type, std::string_view rest) {
    constexpr std::array<std::string_view, 6> kMedia{"audio ", "video ",   "application ",
                                                     "text ",  "message ", "image "};
    constexpr std::array<std::string_view, 2> kConnections{"IN IP4 ", "IN IP6 "};
    constexpr std::array<std::string_view, 5> kBandwidths{"AS:", "TIAS:", "CT:", "RS:", "RR:"};
    switch (type) {
        case 'v':
            return rest == "0" || rest.starts_with("0 ");
        case 'o':
            return rest.substr(0, kMaxOriginBytes).find(" IN IP") != rest.npos;
        case 's':
            return rest == "-" || rest.starts_with("- ");
        case 't':
            return is_timing(rest);
        case 'c':
            return starts_with_any(rest, kConnections);
        case 'b':
            return starts_with_any(rest, kBandwidths);
        case 'm':
            return starts_with_any(rest, kMedia);
        case 'a':
            return is_attribute(rest);
        default:
            return false;
    }
}

}  // namespace

std::string_view line_within(std::string_view line) {
    // Free text may speak of lines.
    if (line.starts_with("i=") || line.starts_with("u=")) return {};
    for (std::size_t at = line.find('=', 2); at != line.npos; at = line.find('=', at + 1)) {
        if (at < 4 || line[at - 2] != ' ') continue;
        if (is_value_of_line(line[at - 1], line.substr(at + 1))) return line.substr(at - 1);
    }
    return {};
}

}  // namespace portolan::lint
