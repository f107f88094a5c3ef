#include "reports/cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace portolan::cli {
namespace {

bool is_set(const Environment& environment, const char* name) {
    const auto value = environment(name);
    return value && !value->empty();
}

bool is_dumb(const Environment& environment) {
    const auto term = environment("TERM");
    return !term || term->empty() || *term == "dumb";
}

}  // namespace

Environment process_environment() {
    return [](const char* name) -> std::optional<std::string> {
        const char* const value = std::getenv(name);
        if (value == nullptr) return std::nullopt;
        return std::string(value);
    };
}

Terminal detect_terminal() {
    Terminal terminal;
    terminal.stdout_is_terminal = isatty(STDOUT_FILENO) == 1;
    terminal.stderr_is_terminal = isatty(STDERR_FILENO) == 1;
    winsize size{};
    if (terminal.stdout_is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
        size.ws_col > 0) {
        terminal.width_columns = size.ws_col;
    }
    return terminal;
}

ColorMode decide_color(const Terminal& terminal, bool to_file, const Environment& environment) {
    const bool wanted = terminal.stdout_is_terminal && !to_file &&
                        !is_set(environment, "NO_COLOR") && !is_dumb(environment);
    return wanted ? ColorMode::Color : ColorMode::Plain;
}

bool decide_progress(const Terminal& terminal, bool quiet, const Environment& environment) {
    return terminal.stderr_is_terminal && !quiet && !is_set(environment, "CI") &&
           !is_dumb(environment);
}

}  // namespace portolan::cli
