#pragma once

#include <string>

#include "sdp-lint/rules/catalogue.hpp"
#include "sdp-lint/rules/finding.hpp"
#include "sdp-lint/sdp/description.hpp"

namespace portolan::lint {

/// What the browser does with this finding; nullptr when nobody measured it.
const BrowserRow* browser_row_of(const Finding& finding, const sdp::Description& description,
                                 Browser browser);

/// Stands in a message for a value that does not follow from the finding.
inline constexpr std::string_view kUnknownValue = "...";

/// What that browser says about the finding: the row's message with the description's values in the
/// place of the {words}. `description` is the one that the finding is in.
std::string message_of(const BrowserRow& row, const Finding& finding,
                       const sdp::Description& description);

}  // namespace portolan::lint
