#pragma once

#include <vector>

#include "probe/cli/report/facts.hpp"
#include "reports/model/evidence.hpp"

namespace portolan::nat_probe {

/// What the whole run is seen in, as drawings: the way from this computer through its NATs to the
/// servers and their relays ("network-map"), and each server's relays over UDP, TCP, TLS and DTLS
/// side by side ("side-by-side"). Empty without servers.
std::vector<report::Evidence> overview_evidence(const CallFacts& facts);

}  // namespace portolan::nat_probe
