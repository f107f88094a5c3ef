#include "sdp-lint/rules/browsers.hpp"

#include <algorithm>

#include "sdp-lint/rules/browser_words.hpp"
#include "sdp-lint/sdp/text.hpp"

namespace portolan::lint {

namespace {

/// Shorter pieces of a message are in nearly every other one.
constexpr std::size_t kLeastLiteralBytes = 8;

/// The text between {placeholders}.
std::vector<std::string> literals_of(std::string_view message) {
    std::vector<std::string> out;
    while (!message.empty()) {
        const std::size_t open = std::min(message.find('{'), message.size());
        if (open > 0) out.push_back(std::string(message.substr(0, open)));
        if (open == message.size()) break;
        const std::size_t close = message.find('}', open);
        if (close == std::string_view::npos) break;
        message.remove_prefix(close + 1);
    }
    return out;
}

/// How many bytes of the template stand in the message, in order; 0 when one is missing.
std::size_t matched_bytes(const std::vector<std::string>& literals, const std::string& message) {
    std::size_t at = 0;
    std::size_t bytes = 0;
    for (const std::string& literal : literals) {
        const std::size_t found = message.find(literal, at);
        if (found == std::string::npos) return 0;
        at = found + literal.size();
        bytes += literal.size();
    }
    return bytes;
}

/// The other way round: a piece of the message that somebody quoted.
std::size_t quoted_bytes(const std::vector<std::string>& literals, const std::string& message) {
    for (const std::string& literal : literals) {
        if (literal.find(message) != std::string::npos) return message.size();
    }
    return 0;
}

std::string_view display_name(Browser browser) {
    switch (browser) {
        case Browser::Chrome:
            return "Chrome";
        case Browser::Firefox:
            return "Firefox";
        case Browser::Safari:
            return "Safari";
    }
    return "";
}

}  // namespace

std::string_view measured_version(Browser browser) {
    switch (browser) {
        case Browser::Chrome:
            return "156";
        case Browser::Firefox:
            return "153";
        case Browser::Safari:
            break;
    }
    return "";
}

std::string measured_name(Browser browser) {
    std::string name(display_name(browser));
    const std::string_view version = measured_version(browser);
    if (!version.empty()) name += " " + std::string(version);
    return name;
}

namespace {

/// "156", "156.0.8078.108"
bool is_version(std::string_view word) {
    const std::size_t dot = word.find('.');
    return sdp::is_digits(word.substr(0, dot)) &&
           (dot == std::string_view::npos || is_version(word.substr(dot + 1)));
}

}  // namespace

Result<Target> parse_target(std::string_view word) {
    const std::size_t at = word.find('@');
    const auto browser = parse_browser(word.substr(0, at));
    if (!browser || (at != std::string_view::npos && !is_version(word.substr(at + 1)))) {
        return Error{Culprit::Usage,
                     "lint.target",
                     "'" + std::string(word) + "' is no target",
                     {},
                     "targets are chrome, firefox and safari, with a version as in chrome@156"};
    }
    Target target{*browser, {}};
    if (at != std::string_view::npos) target.version = std::string(word.substr(at + 1));
    return target;
}

std::string caveat_of(const Target& target) {
    const std::string_view measured = measured_version(target.browser);
    const std::string name(display_name(target.browser));
    if (measured.empty()) {
        return "nothing was measured with " + name +
               ": only what its documents and bug reports say is known";
    }
    const std::string_view major =
        std::string_view(target.version).substr(0, target.version.find('.'));
    if (target.version.empty() || major == measured) return "";
    return "verdicts were measured with " + name + " " + std::string(measured) + "; " + name + " " +
           target.version + " may differ";
}

std::vector<MessageMatch> find_message(std::string_view message) {
    const BrowserWords said = browser_words(message);
    std::vector<MessageMatch> found;
    for (const CatalogueRow& row : catalogue()) {
        for (std::size_t i = 0; i < kBrowserCount; ++i) {
            for (const BrowserRow& cell : row.browsers[i]) {
                if (cell.message.empty()) continue;
                const std::string reason = browser_words(cell.message).reason;
                std::size_t bytes = 0;
                if (reason.empty() || said.reason.empty()) {
                    // Nothing but the beginning, which is that of every message.
                    if (reason.empty() && said.is_introduced &&
                        said.reason.size() < kLeastLiteralBytes) {
                        bytes = cell.message.size();
                    }
                } else {
                    const auto literals = literals_of(reason);
                    bytes = std::max(matched_bytes(literals, said.reason),
                                     quoted_bytes(literals, said.reason));
                    if (bytes < std::min(kLeastLiteralBytes, reason.size())) bytes = 0;
                }
                if (bytes == 0) continue;
                found.push_back({row.code, static_cast<Browser>(i), cell.message, bytes});
            }
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const MessageMatch& a, const MessageMatch& b) {
        return a.literal_bytes > b.literal_bytes;
    });
    return found;
}

}  // namespace portolan::lint
