#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

// Turning what a peer sent into something that may be shown.
namespace portolan::stun {

bool is_utf8(std::string_view text);

/// Appends the text with everything escaped (\xNN) that is not UTF-8 or could steer a terminal or
/// hide its neighbours: control characters, bidirectional overrides, line separators, zero-width
/// marks; also the quote and the backslash, so that the result is unambiguous between quotes.
void append_escaped(std::string& out, std::string_view text);

/// "2112a442", or "21 12 a4 42" with a separator.
void append_hex(std::string& out, std::span<const std::byte> bytes,
                std::string_view separator = {});
std::string to_hex(std::span<const std::byte> bytes);

}  // namespace portolan::stun
