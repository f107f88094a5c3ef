#pragma once

#include <string>
#include <utility>
#include <vector>

#include "reports/model/report.hpp"

namespace portolan::digest {

/// For each section of the report what it is about, the same in another run wherever the section
/// stands there: of a server its URL and transport (subject "uri" and "transport"), otherwise the
/// section's id. Equal ones, such as one URL with two credentials, are told apart by their turn.
/// The built-in server of a simulated run has another port each time, and is known by its section's
/// id. Never empty, and no two are equal.
std::vector<std::string> section_keys(const report::Report& report);

struct PairedKeys {
    std::vector<std::string> before;  ///< one for each section
    std::vector<std::string> after;   ///< likewise
    /// The servers that were paired although their URLs differ: the one before, the one after.
    std::vector<std::pair<std::string, std::string>> servers;
};

/// The keys of two reports that are compared. Where they have no server in common and equally many
/// (one each, as of two servers to be compared, or of one that got another port), the first of the
/// one goes by the first of the other, and so on; otherwise they are section_keys() of each.
PairedKeys paired_keys(const report::Report& before, const report::Report& after);

/// The key is a server's URL rather than a section's id.
bool is_of_server(const std::string& key);

}  // namespace portolan::digest
