#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nat-sim/scenario/call_result.hpp"
#include "nat-sim/scenario/scenario.hpp"
#include "reports/model/result.hpp"

namespace portolan::scenario {

struct CaptureFile {
    std::string name;  ///< "home-a.inside.pcap"
    std::vector<std::byte> bytes;
};

struct CallOptions {
    bool capture = false;  ///< inside and outside of each box
    /// One JSON line for each decision of a NAT; none: not made.
    std::function<void(const std::string& line)> on_nat_event = {};
    /// Asked again and again; true ends the run where it is, with what is known so far.
    std::function<bool()> is_cancelled = {};
};

struct Call {
    CallResult result;
    std::vector<CaptureFile> captures;
};

/// Builds the scenario's world and runs one call in it: two libnice agents, their servers, the
/// signalling between them, and media if asked for. The same scenario gives the same result.
/// Errors: those of plan_addresses() and forecast(); internal ones when a component refuses to
/// start.
Result<Call> run_call(const Scenario& scenario, const CallOptions& options = {});

}  // namespace portolan::scenario
