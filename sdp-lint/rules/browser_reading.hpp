#pragma once

#include "sdp-lint/rules/catalogue.hpp"
#include "sdp-lint/rules/finding.hpp"
#include "sdp-lint/sdp/description.hpp"

namespace portolan::lint {

/// Whether the browser reads the description otherwise than the rules do, so that no verdict on
/// what they find in `line` holds. Measured with attributes and octets of every kind.
bool is_read_otherwise(const Finding& finding, const sdp::Line& line,
                       const sdp::Description& description, Browser browser);

}  // namespace portolan::lint
