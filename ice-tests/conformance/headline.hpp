#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "reports/model/report.hpp"

namespace portolan::conformance {

/// "1 check", "2 checks".
std::string count_text(std::size_t count, std::string_view thing);

/// A line over all targets: which of them cannot be tested, how the things counted ("check") came
/// out, and what else is wrong with a server.
std::string headline_of(const report::Report& report, std::string_view thing);

}  // namespace portolan::conformance
