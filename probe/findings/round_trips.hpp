#pragma once

#include "probe/discovery/ledger.hpp"
#include "reports/model/json.hpp"

namespace portolan::findings {

/// How long each server takes to answer, with its spread (report::add_measured): "round trip to
/// stun:example.org", in milliseconds, of all answers to plain requests, from any of its
/// addresses. A scheduler's hiccup, 20 ms,
/// counts with the spread, as where the discovery waits (reply_wait()).
void add_round_trips(const discovery::Ledger& ledger, report::Json& data);

}  // namespace portolan::findings
