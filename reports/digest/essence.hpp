#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "reports/model/finding.hpp"

namespace portolan::digest {

/// What a sentence says apart from what differs from run to run: addresses with ports, times and
/// figures above 999 are replaced by words. Error codes and counts stay.
std::string essence(std::string_view sentence);

/// The essence of why the finding is no pass; empty for a pass.
std::string evidence_of(const report::Finding& finding);

/// "udp", "tcp", "tls", "dtls" from its tags; empty when it is about none.
std::string transport_of(const report::Finding& finding);

}  // namespace portolan::digest
