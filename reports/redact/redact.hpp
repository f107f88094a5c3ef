#pragma once

#include <string>
#include <string_view>

#include "reports/model/report.hpp"
#include "reports/redact/address_pseudonyms.hpp"
#include "reports/redact/name_pseudonyms.hpp"

namespace portolan::redact {

/// What stands for what, in all reports that are shown together.
struct Pseudonyms {
    AddressPseudonyms addresses;
    NamePseudonyms names;

    /// Names as the report last learnt from has them, then addresses.
    std::string replace_in(std::string_view text) {
        return addresses.replace_in(names.replace_in(text));
    }
};

/// A report that can be shown: addresses, and names of hosts, interfaces and files, become
/// pseudonyms in every text and value. Bytes of packets, which hold addresses too, and what only
/// the tool itself reads (`Report::data`) are left out, so that the verdicts can be read but not
/// derived again; the report says so. What this program calls things stays: ids of findings, reason
/// codes, titles of findings but for what stands in parentheses.
report::Report redacted(report::Report report, Pseudonyms& pseudonyms);

}  // namespace portolan::redact
