#pragma once

#include <string>
#include <string_view>

namespace portolan::render {

/// Text for XML and HTML, in elements and in quoted attributes. Control characters, which XML 1.0
/// cannot hold (s2.2), become visible; invalid UTF-8 becomes U+FFFD. Line ends and tabs stay.
std::string escape_markup(std::string_view text);

/// "<p class="small">text</p>" and the end of the line: the text escaped, tag and class as they
/// are.
std::string element(std::string_view tag, std::string_view text, std::string_view css = {});

}  // namespace portolan::render
