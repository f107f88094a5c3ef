#pragma once

#include "probe/discovery/server_check.hpp"
#include "probe/findings/classification.hpp"

namespace portolan::findings {

/// One server, checked and judged: a section with a finding for each row of
/// discovery::audit_check_table(), and the packets as evidence. Only audit/answers decides whether
/// the run is conclusive.
Classification classify_server_check(const discovery::Ledger& ledger,
                                     const discovery::ServerCheckOutcome& outcome,
                                     const SectionNames& names);

}  // namespace portolan::findings
