#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "reports/model/ascii.hpp"

/// Small tools on views into a description. Nothing here allocates, except where it says so.
namespace portolan::sdp {

/// Bytes [begin, end) of a description's text.
struct ByteRange {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;

    std::uint32_t size() const { return end - begin; }
    friend bool operator==(const ByteRange&, const ByteRange&) = default;
    friend auto operator<=>(const ByteRange&, const ByteRange&) = default;
};

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_alnum(char c) {
    return is_digit(c) || is_alpha(c);
}
constexpr bool is_hex(char c) {
    // One range less to look at: 'A' | 0x20 is 'a', and no other character becomes a to f.
    const auto lower = static_cast<unsigned char>(static_cast<unsigned char>(c) | 0x20U);
    return is_digit(c) || (lower >= 'a' && lower <= 'f');
}
using report::equal_in_any_case;
using report::lower_of;
using report::to_lower;
/// RFC 8839 s5.4: ice-char.
constexpr bool is_ice_char(char c) {
    return is_alnum(c) || c == '+' || c == '/';
}
/// RFC 8866 s9: token-char.
inline constexpr std::array<bool, 256> kTokenChars = [] {
    std::array<bool, 256> chars{};
    for (std::size_t c = 0x21; c <= 0x7E; ++c) {
        chars[c] = c == 0x21 || (c >= 0x23 && c <= 0x27) || c == 0x2A || c == 0x2B || c == 0x2D ||
                   c == 0x2E || (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x5A) || c >= 0x5E;
    }
    return chars;
}();
constexpr bool is_token_char(char c) {
    return kTokenChars[static_cast<unsigned char>(c)];
}

template <typename Predicate>
constexpr bool all_of(std::string_view text, Predicate predicate) {
    return std::all_of(text.begin(), text.end(), predicate);
}
/// Not empty, and digits only.
constexpr bool is_digits(std::string_view text) {
    return !text.empty() && all_of(text, is_digit);
}
/// Not empty, and token-chars only (RFC 8866 s9).
constexpr bool is_token(std::string_view text) {
    return !text.empty() && all_of(text, is_token_char);
}

constexpr bool starts_with_ignore_case(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && equal_in_any_case(text.substr(0, prefix.size()), prefix);
}

/// A decimal number without sign, blank or remainder; nothing when it does not fit.
inline std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value = 0;
    // So many digits fit, whatever they are: nearly all numbers of a description are short.
    constexpr std::size_t kFittingDigits = std::numeric_limits<std::uint64_t>::digits10;
    if (text.size() <= kFittingDigits) {
        for (const char c : text) {
            if (!is_digit(c)) return {};
            value = value * 10 + static_cast<std::uint64_t>(c - '0');
        }
        if (text.empty()) return {};
        return value;
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    return value;
}

/// The same, of hexadecimal digits.
inline std::optional<std::uint64_t> parse_hex(std::string_view text) {
    std::uint64_t value = 0;
    constexpr std::uint64_t kFits = std::numeric_limits<std::uint64_t>::max() >> 4U;
    for (const char c : text) {
        if (!is_hex(c) || value > kFits) return {};
        const char letter = to_lower(c);
        value = value << 4U | static_cast<std::uint64_t>(is_digit(c) ? c - '0' : letter - 'a' + 10);
    }
    if (text.empty()) return {};
    return value;
}

constexpr std::string_view trim_left(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    return text;
}
constexpr std::string_view trim(std::string_view text) {
    text = trim_left(text);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

/// The empty view at the end of `text`: where something is missing.
constexpr std::string_view end_of(std::string_view text) {
    return text.substr(text.size());
}
/// The empty view at the start of `text`.
constexpr std::string_view start_of(std::string_view text) {
    return text.substr(0, 0);
}
/// From the start of `first` to the end of `last`, both in one text.
inline std::string_view span_of(std::string_view first, std::string_view last) {
    return {first.data(), static_cast<std::size_t>(last.data() + last.size() - first.data())};
}

/// Takes tokens off the front of a text. Tokens are separated by one or more spaces.
class Cursor {
  public:
    explicit constexpr Cursor(std::string_view text) : rest_(text) {}

    /// The next token; empty at the end, then an empty view where it would have been.
    constexpr std::string_view word() {
        skip_spaces();
        return take(std::min(rest_.find(' '), rest_.size()));
    }
    /// Up to `separator`, which is dropped, or all that is left.
    constexpr std::string_view until(char separator) {
        const std::size_t length = rest_.find(separator);
        if (length == std::string_view::npos) return take(rest_.size());
        const std::string_view token = take(length);
        rest_.remove_prefix(1);
        return token;
    }
    constexpr void skip_spaces() {
        while (!rest_.empty() && rest_.front() == ' ')
            rest_.remove_prefix(1);
    }
    constexpr std::string_view rest() const { return rest_; }
    constexpr bool done() const { return rest_.empty(); }

  private:
    constexpr std::string_view take(std::size_t length) {
        const std::string_view token = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return token;
    }
    std::string_view rest_;
};

/// for (std::string_view token : split(text, ';')): every field, empty ones too; none of an empty
/// text.
class Split {
  public:
    class Iterator {
      public:
        using iterator_category = std::input_iterator_tag;
        using value_type = std::string_view;
        using difference_type = std::ptrdiff_t;
        using pointer = const std::string_view*;
        using reference = std::string_view;

        constexpr Iterator() = default;
        constexpr Iterator(std::string_view text, char separator)
            : text_(text), separator_(separator), end_(false) {
            measure();
        }
        constexpr std::string_view operator*() const { return text_.substr(0, length_); }
        constexpr Iterator& operator++() {
            if (length_ == text_.size()) {
                end_ = true;
            } else {
                text_.remove_prefix(length_ + 1);
                measure();
            }
            return *this;
        }
        constexpr bool operator!=(const Iterator& other) const { return end_ != other.end_; }

      private:
        constexpr void measure() { length_ = std::min(text_.find(separator_), text_.size()); }
        std::string_view text_;
        std::size_t length_ = 0;
        char separator_ = ' ';
        bool end_ = true;
    };

    constexpr Split(std::string_view text, char separator) : text_(text), separator_(separator) {}
    constexpr Iterator begin() const {
        return text_.empty() ? Iterator() : Iterator(text_, separator_);
    }
    static constexpr Iterator end() { return {}; }

  private:
    std::string_view text_;
    char separator_;
};

constexpr Split split(std::string_view text, char separator) {
    return {text, separator};
}

/// for (std::string_view word : words(text)): separated by one or more spaces, none of them empty.
class Words {
  public:
    class Iterator {
      public:
        constexpr Iterator() = default;
        constexpr explicit Iterator(std::string_view text) : cursor_(text), end_(false) { ++*this; }
        constexpr std::string_view operator*() const { return word_; }
        constexpr Iterator& operator++() {
            word_ = cursor_.word();
            end_ = word_.empty();
            return *this;
        }
        constexpr bool operator!=(const Iterator& other) const { return end_ != other.end_; }

      private:
        Cursor cursor_{{}};
        std::string_view word_;
        bool end_ = true;
    };

    explicit constexpr Words(std::string_view text) : text_(text) {}
    constexpr Iterator begin() const { return Iterator(text_); }
    static constexpr Iterator end() { return {}; }

  private:
    std::string_view text_;
};

constexpr Words words(std::string_view text) {
    return Words(text);
}

constexpr std::size_t count_words(std::string_view text) {
    std::size_t count = 0;
    for ([[maybe_unused]] const std::string_view word : words(text))
        ++count;
    return count;
}

}  // namespace portolan::sdp
