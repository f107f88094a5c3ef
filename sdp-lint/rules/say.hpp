#pragma once

#include <string>
#include <string_view>

/// Words for messages.
namespace portolan::lint {

/// 'text', cut when it is long, with what does not print or is no UTF-8 as '?'.
[[gnu::cold]] std::string quoted(std::string_view text);

/// The first octet that is not UTF-8 (RFC 3629 s4), or npos.
std::size_t find_invalid_utf8(std::string_view text);

}  // namespace portolan::lint
