#pragma once

#include <string>
#include <vector>

#include "reports/model/report.hpp"

namespace portolan::digest {

/// For each section of the report what it is about, the same in another run wherever the section
/// stands there: of a server its URL and transport (subject "uri" and "transport"), otherwise the
/// section's id. Equal ones, such as one URL with two credentials, are told apart by their turn.
/// The built-in server of a simulated run has another port each time, and is known by its section's
/// id. Never empty, and no two are equal.
std::vector<std::string> section_keys(const report::Report& report);

/// The key is a server's URL rather than a section's id.
bool is_of_server(const std::string& key);

}  // namespace portolan::digest
