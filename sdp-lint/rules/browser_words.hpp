#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portolan::lint {

/// What a browser says, apart from what it says before every such message: the call that failed,
/// what was being applied, that it was the parser. Small letters, single blanks.
struct BrowserWords {
    /// Empty when nothing else was said: Chrome has reasons that it keeps to itself.
    std::string reason;
    bool is_introduced = false;                     ///< one of these beginnings was there
    std::optional<std::uint64_t> line_number = {};  ///< from 1, as Firefox counts
    /// The number of the section that it names, as Firefox does.
    std::optional<std::uint64_t> level = {};
    /// The section that it names, as Chrome does.
    std::optional<std::string> mid = {};
};

/// Of a browser's message as a console shows it, or of a row's template.
BrowserWords browser_words(std::string_view message);

/// The text in small letters, each run of blanks and line ends as one blank, none at its ends.
std::string plain_words(std::string_view text);

/// Whether the message is what was foretold, where "..." stands for any value.
bool is_foretold(std::string_view foretold, const BrowserWords& message);

}  // namespace portolan::lint
