#pragma once

#include "sdp-lint/rules/catalogue.hpp"
#include "sdp-lint/rules/finding.hpp"
#include "sdp-lint/sdp/description.hpp"

namespace portolan::lint {

/// Whether the browser reads the description otherwise than the rules do, so that no verdict on
/// what they find in `line` holds. Measured with attributes and octets of every kind.
bool is_read_otherwise(const Finding& finding, const sdp::Line& line,
                       const sdp::Description& description, Browser browser);

/// Whether Chrome never comes to the refusal that `row` tells, because the section is of a kind
/// that it disables: neither audio nor video nor data channels. Of those it reads the lines that
/// all kinds have, and compares mids. Measured with every mutant of an offer.
bool is_of_kind_unknown_to_chrome(const BrowserRow& row, const Finding& finding,
                                  const sdp::Line& line, const sdp::Description& description);

}  // namespace portolan::lint
