#pragma once

#include <string>
#include <string_view>

#include "sdp-lint/rules/reporter.hpp"

/// The usual edits of fixes. `where` is always a view into the description's text.
namespace portolan::lint {

inline ViewEdit replace(std::string_view where, std::string replacement) {
    return {where, std::move(replacement)};
}
inline ViewEdit erase(std::string_view where) {
    return {where, {}};
}
inline ViewEdit insert_before(std::string_view where, std::string text) {
    return {sdp::start_of(where), std::move(text)};
}
inline ViewEdit insert_after(std::string_view where, std::string text) {
    return {sdp::end_of(where), std::move(text)};
}

/// The line with its end.
ViewEdit erase_line(const sdp::Line& line);
/// The line of an attribute, with its end.
ViewEdit erase_line(const sdp::Description& description, const sdp::Attribute& attribute);
/// A whole new line; `text` without line end. The end is the one that the text uses.
ViewEdit insert_line_before(const sdp::Description& description, const sdp::Line& line,
                            std::string_view text);
ViewEdit insert_line_after(const sdp::Description& description, const sdp::Line& line,
                           std::string_view text);
/// At the end of a section (or of the session part): where attributes are added.
ViewEdit append_line(const sdp::Description& description, const sdp::Section& section,
                     std::string_view text);

}  // namespace portolan::lint
