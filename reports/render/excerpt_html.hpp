#pragma once

#include <string>

#include "reports/model/finding.hpp"

namespace portolan::render {

/// The line that a finding points at (data.line), with its number, the place marked and a caret
/// below; empty without one.
std::string excerpt_html(const report::Finding& finding);

}  // namespace portolan::render
