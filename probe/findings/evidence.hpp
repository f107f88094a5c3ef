#pragma once

#include <string>
#include <vector>

#include "probe/discovery/ledger.hpp"
#include "reports/model/evidence.hpp"

namespace portolan::findings {

/// "ipv4.probe.3"
std::string evidence_id(const std::string& section_id, discovery::ProbeId probe);

/// One transaction: when its copies left, what came back, when and from where; the first request
/// and the first reply as annotated hex.
report::Evidence packet_evidence(const discovery::Ledger& ledger, discovery::ProbeId id,
                                 const std::string& section_id);

/// The run as a whole: sockets, streams, strays, times. The evidence of what rests on no single
/// transaction.
report::Evidence run_evidence(const discovery::Ledger& ledger, const std::string& section_id);

}  // namespace portolan::findings
