#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace portolan::cli {

/// A lookup like getenv, so that decisions can be tested.
using Environment = std::function<std::optional<std::string>(const char* name)>;
Environment process_environment();

/// What the standard streams are.
struct Terminal {
    bool stdout_is_terminal = false;
    bool stderr_is_terminal = false;
    std::size_t width_columns = 80;  ///< of stdout; 80 where it is no terminal
};
Terminal detect_terminal();

enum class ColorMode { Plain, Color };

/// Colour only on a terminal that can do it, and never with NO_COLOR (https://no-color.org) set.
ColorMode decide_color(const Terminal& terminal, bool to_file, const Environment& environment);

/// A progress line only on a terminal that can do it, and not in CI, nor when quiet.
bool decide_progress(const Terminal& terminal, bool quiet, const Environment& environment);

}  // namespace portolan::cli
