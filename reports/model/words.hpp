#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace portolan::report {

/// One row of the table that spells an enumeration; printing, parsing and error texts all use it.
template <typename Enum>
struct Word {
    Enum value;
    std::string_view text;
};

template <typename Enum, std::size_t N>
constexpr std::string_view word_of(const std::array<Word<Enum>, N>& words, Enum value) {
    for (const auto& word : words) {
        if (word.value == value) return word.text;
    }
    return words[0].text;
}

template <typename Enum, std::size_t N>
constexpr std::optional<Enum> value_of(const std::array<Word<Enum>, N>& words,
                                       std::string_view text) {
    for (const auto& word : words) {
        if (word.text == text) return word.value;
    }
    return std::nullopt;
}

}  // namespace portolan::report
