#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace portolan::render {

/// Makes text from a peer safe on a terminal and in a log, on one line: control characters (C0,
/// DEL, C1), line separators, and characters that reorder or hide text (bidirectional controls,
/// zero-width ones) become \n, \t, \x1b or \u{202e}; invalid UTF-8 becomes \xff byte by byte.
std::string escape_for_terminal(std::string_view text);

/// Columns on a terminal: combining marks 0, East Asian wide characters and emoji 2. For text
/// that is already escaped.
std::size_t display_width(std::string_view text);

/// Breaks at spaces into lines of at most `width_columns`; a word that is longer gets a line of its
/// own. Always at least one line.
std::vector<std::string> wrap(std::string_view text, std::size_t width_columns);

/// With spaces, to at least `width_columns`.
std::string pad_right(std::string_view text, std::size_t width_columns);

}  // namespace portolan::render
