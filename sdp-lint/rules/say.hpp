#pragma once

#include <string>
#include <string_view>

/// Words for messages.
namespace portolan::lint {

/// 'text', cut when it is long, with octets that do not print as '?'.
std::string quoted(std::string_view text);

}  // namespace portolan::lint
