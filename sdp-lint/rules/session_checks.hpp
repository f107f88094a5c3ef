#pragma once

#include "sdp-lint/rules/rule.hpp"

/// The checks of the session group that are about where lines and attributes stand.
namespace portolan::lint {

/// The "v" of "v=0".
inline std::string_view letter_of(const sdp::Line& line) {
    return line.text.substr(0, 1);
}

/// SE015, SE016, SE017, SE026
void line_order(const Description& description, Reporter& reporter);
/// SE027, SE028
void media_attributes_in_session(const Description& description, Reporter& reporter);
/// SE029, SE030
void session_attributes_in_media(const Description& description, Reporter& reporter);

}  // namespace portolan::lint
