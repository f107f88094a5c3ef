#pragma once

#include <string>
#include <vector>

#include "sdp-lint/cli/lint_report.hpp"

namespace portolan::sdp_lint {

struct TextOptions {
    bool color = false;
    bool quiet = false;    ///< one line a finding, and nothing else
    bool verbose = false;  ///< also why it matters and where it is written
    std::vector<lint::Target> targets = {};
};

/// As compilers write: file:line:column: error[CODE] what, the line, carets, related lines, the
/// fix, what browsers say; at the end what was negotiated and a count.
std::string text_output(const Inputs& inputs, const std::vector<SessionResult>& results,
                        const TextOptions& options);

/// The findings of one session alone.
std::string findings_text(const SessionResult& result, const TextOptions& options);

/// How often each code was found, the most frequent first.
std::string statistics_text(const std::vector<SessionResult>& results);
/// The same as a list of {"code", "name", "title", "count"}.
std::string statistics_json(const std::vector<SessionResult>& results);

}  // namespace portolan::sdp_lint
