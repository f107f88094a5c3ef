#pragma once

#include <map>
#include <string>

#include "reports/model/report.hpp"

namespace portolan::render {

/// Where each finding of a report is on its page.
using FindingAnchors = std::map<const report::Finding*, std::string>;

/// The id; of further findings with the same id, "ID~2" and so on, since an anchor is one place.
FindingAnchors anchors_of(const report::Report& report);

/// What fails, the worst first, and what to do about it, with links to the findings. Of several
/// servers or transports, what fails in the same way is said once. Empty when nothing does.
std::string attention_html(const report::Report& report, const FindingAnchors& anchors);

}  // namespace portolan::render
