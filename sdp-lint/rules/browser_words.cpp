#include "sdp-lint/rules/browser_words.hpp"

#include <algorithm>
#include <array>

#include "sdp-lint/rules/browser_message.hpp"
#include "sdp-lint/sdp/text.hpp"

namespace portolan::lint {

namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// Drops everything up to the end of that text, if it is there.
bool cut_through(std::string& text, std::string_view mark) {
    const std::size_t at = text.find(mark);
    if (at == std::string::npos) return false;
    text.erase(0, at + mark.size());
    return true;
}

/// "failed to set remote offer sdp: ": up to the colon. Other texts that begin so have none.
bool cut_applying(std::string& text) {
    constexpr std::string_view kOpen = "failed to set ";
    constexpr std::string_view kClose = " sdp:";
    const std::size_t open = text.find(kOpen);
    if (open == std::string::npos) return false;
    const std::size_t close = text.find(kClose, open);
    // "remote provisional answer" is the longest that stands between.
    if (close == std::string::npos || close - open > kOpen.size() + 26) return false;
    text.erase(0, close + kClose.size());
    return true;
}

/// Which section could not be applied: by mid in Chrome, in older versions by kind or not at all.
bool cut_section(std::string& text) {
    if (cut_through(text, "failed to push down transport description:")) return true;
    constexpr std::string_view kOpen = "failed to apply the description for ";
    constexpr std::string_view kMid = "m= section with mid='";
    if (!text.starts_with(kOpen)) return false;
    const bool has_mid = std::string_view(text).substr(kOpen.size()).starts_with(kMid);
    return cut_through(text, has_mid ? "':" : ":");
}

/// "operationerror: ", which a console writes before the message.
void cut_error_name(std::string& text) {
    const std::size_t colon = text.find(": ");
    if (colon == std::string::npos || text.find(' ') < colon) return;
    const std::string_view name = std::string_view(text).substr(0, colon);
    if (name.size() > 5 && (name.ends_with("error") || name == "domexception"))
        text.erase(0, colon + 2);
}

/// The number behind that text.
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view mark) {
    const std::size_t at = text.rfind(mark);
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + mark.size());
    return sdp::parse_number(text.substr(0, text.find_first_not_of("0123456789")));
}

std::optional<std::string> mid_in(std::string_view text) {
    for (const std::string_view mark : {"mid='", "a=mid value '"}) {
        const std::size_t open = text.find(mark);
        if (open == std::string_view::npos) continue;
        text.remove_prefix(open + mark.size());
        const std::size_t close = text.find('\'');
        if (close != std::string_view::npos) return std::string(text.substr(0, close));
    }
    return std::nullopt;
}

/// Variants for one medium, which older versions of Chrome have.
void generalise(std::string& text) {
    constexpr std::array<std::string_view, 3> kMedia{"audio ", "video ", "data "};
    constexpr std::string_view kParse = "failed to parse ";
    const std::size_t at = text.find(kParse);
    if (at == std::string::npos) return;
    for (const std::string_view medium : kMedia) {
        if (std::string_view(text).substr(at + kParse.size()).starts_with(medium)) {
            text.erase(at + kParse.size(), medium.size());
        }
    }
}

}  // namespace

std::string plain_words(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\0') continue;
        if (!is_blank(c)) {
            out += sdp::to_lower(c);
        } else if (!out.empty() && out.back() != ' ') {
            out += ' ';
        }
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

BrowserWords browser_words(std::string_view message) {
    BrowserWords out;
    out.reason = plain_words(message);
    std::string& text = out.reason;
    out.mid = mid_in(text);
    for (const std::string_view mark : {"at level ", "on level ", "at m-line ", "in m-section "}) {
        if (!out.level) out.level = number_after(text, mark);
    }
    bool cut = cut_through(text, "on 'rtcpeerconnection':");
    cut_error_name(text);
    cut = cut_applying(text) || cut;
    cut = cut_through(text, "sipcc failed to parse sdp") || cut;
    constexpr std::string_view kOnLine = "sdp parse error on line ";
    // SIPCC lists every warning before the error.
    if (const std::size_t last = text.rfind(kOnLine); last != std::string::npos) {
        out.line_number = number_after(text, kOnLine);
        text.erase(0, last + kOnLine.size());
        cut = cut_through(text, ":") || cut;
        // When that is a warning too, it gave no reason.
        if (text.starts_with(" warning:")) {
            out.line_number.reset();
            text.clear();
        }
    }
    cut = cut_through(text, "failed to parse sessiondescription.") || cut;
    while (!text.empty() && (text.front() == ' ' || text.front() == ':'))
        text.erase(0, 1);
    cut = cut_section(text) || cut;
    while (text.starts_with(' '))
        text.erase(0, 1);
    generalise(text);
    out.is_introduced = cut;
    return out;
}

bool is_foretold(std::string_view foretold, const BrowserWords& message) {
    const BrowserWords wanted = browser_words(foretold);
    if (wanted.line_number && wanted.line_number != message.line_number) return false;
    if (wanted.reason.empty() || message.reason.empty()) {
        return wanted.reason == message.reason && wanted.is_introduced && message.is_introduced;
    }
    std::string_view rest = message.reason;
    std::string_view pattern = wanted.reason;
    bool is_first = true;
    while (true) {
        const std::size_t gap = pattern.find(kUnknownValue);
        const std::string_view part = pattern.substr(0, gap);
        const bool is_last = gap == std::string_view::npos;
        const std::size_t at = is_last && !is_first
                                   ? (rest.ends_with(part) ? rest.size() - part.size() : rest.npos)
                                   : rest.find(part);
        if (at == rest.npos || (is_first && at != 0)) return false;
        rest.remove_prefix(at + part.size());
        if (is_last) return rest.empty();
        pattern.remove_prefix(gap + kUnknownValue.size());
        is_first = false;
    }
}

}  // namespace portolan::lint
