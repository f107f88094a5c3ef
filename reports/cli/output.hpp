#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "reports/model/result.hpp"

namespace portolan::cli {

/// Whether write_output could succeed, to learn it before the work and not after. Environment error
/// "output".
Result<void> check_output(const std::optional<std::string>& path);

/// Without a path to stdout, else to the file, whole or not at all: a temporary file in the same
/// folder, flushed, then renamed; symbolic links are followed, an existing file keeps its mode.
/// Devices and FIFOs are written directly. A reader that closes the pipe early has what it wanted:
/// no error. Everything else is an environment error "output" with the system's reason. SIGPIPE
/// must be ignored, which run_tool does.
Result<void> write_output(std::string_view text, const std::optional<std::string>& path);

/// The same for what holds credentials: a file is its owner's alone (mode 0600), whatever it was
/// before. Devices and FIFOs keep their mode.
Result<void> write_private_output(std::string_view text, const std::string& path);

/// All of it, over partial writes and interruptions; the errno of the first failure, else 0.
int write_all(int descriptor, std::string_view text);

}  // namespace portolan::cli
