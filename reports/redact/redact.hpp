#pragma once

#include "reports/model/report.hpp"
#include "reports/redact/address_pseudonyms.hpp"

namespace portolan::redact {

/// A report that can be shown: addresses in every text and value become pseudonyms. Bytes of
/// packets, which hold addresses too, and what only the tool itself reads (`Report::data`) are left
/// out, so that the verdicts can be read but not derived again; the report says so. Names stay:
/// those of servers, interfaces and files are what the report is about.
report::Report redacted(report::Report report, AddressPseudonyms& pseudonyms);

}  // namespace portolan::redact
