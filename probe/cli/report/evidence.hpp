#pragma once

#include <optional>
#include <string>
#include <vector>

#include "probe/cli/report/facts.hpp"
#include "reports/model/evidence.hpp"

namespace portolan::nat_probe {

/// "server-1.ipv4"
std::string visit_evidence_id(const ServerFacts& server, const Attempt& attempt);
std::vector<std::string> visit_evidence_ids(const ServerFacts& server);
/// What all servers did in one table: of what rests on all of them, instead of a list of all.
constexpr const char* kSideBySideEvidence = "side-by-side";
/// That table, where there is one.
std::vector<std::string> side_by_side_evidence_ids(const CallFacts& facts);
/// "server-1.media"
std::string media_evidence_id(const ServerFacts& server);

/// The steps of each visit with their times, and what went over the wire: methods and sizes. No
/// message whole: a time-limited credential's user name is as good as half of the password.
std::vector<report::Evidence> evidence_of(const ServerFacts& server);
/// Of the loops that several servers took part in.
std::vector<report::Evidence> evidence_of_loops(const CallFacts& facts);

/// From the first request to its answer, repeats included; nothing where it got none that helps.
std::optional<transport::Duration> answer_time(const precall::Visit& visit);
/// {"resolve_us": 1200, "ask_us": 31000, ...}
report::Json steps_json(const ServerFacts& server, const precall::Visit& visit);
/// "name 1.2 ms, connection 30 ms, TLS 62 ms, answer 31 ms, allocation 31 ms"
std::string steps_text(const ServerFacts& server, const precall::Visit& visit);

}  // namespace portolan::nat_probe
