#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "reports/model/accepted.hpp"
#include "reports/model/finding.hpp"

namespace portolan::digest {

/// What a sentence says apart from what differs from run to run: addresses with ports, times and
/// figures above 999 are replaced by words. Error codes and counts stay.
std::string essence(std::string_view sentence);

/// As essence(), but whole percentages stay: "89 % direct, 11 % relayed" is no reading that differs
/// from run to run, and says something else than "50 % direct, 50 % relayed".
std::string essence_with_shares(std::string_view text);

/// Codes of the reasons of failures that are accepted until a day, and of those no longer.
inline constexpr report::ReasonCode kAccepted = report::kAccepted;
inline constexpr report::ReasonCode kAcceptanceExpired = "acceptance-expired";

/// It fails, whether that is accepted or not.
bool is_failure(const report::Finding& finding);

/// What the failure is about in every run alike, as peers that a server permits: data "about".
std::set<std::string> subjects_of(const report::Finding& finding);

/// The essence of why the finding is no pass, with what it is about; empty for a pass.
std::string evidence_of(const report::Finding& finding);

/// "udp", "tcp", "tls", "dtls" from its tags; empty when it is about none.
std::string transport_of(const report::Finding& finding);

}  // namespace portolan::digest
