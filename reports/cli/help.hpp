#pragma once

#include <string>
#include <string_view>

#include "reports/cli/spec.hpp"

namespace portolan::cli {

/// --help of the tool ("") or of one command. Ends in a newline.
std::string help_text(const ToolSpec& tool, std::string_view command, std::size_t width_columns);

/// The whole tool, all commands, as a roff man page for section 1. The same bytes in every build.
std::string man_page(const ToolSpec& tool);

}  // namespace portolan::cli
