#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace portolan::cli {

/// The candidate fewest edits away (insert, delete, replace, swap neighbours), the first of equals;
/// none if it takes more than a third of the word.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

/// "did you mean X?", or "" when nothing is near.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

/// "a, b or c"
std::string join_or(std::span<const std::string> words);

}  // namespace portolan::cli
