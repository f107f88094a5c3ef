#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nat-sim/scenario/call.hpp"
#include "nat-sim/scenario/scenario.hpp"
#include "probe/discovery/inference.hpp"
#include "probe/discovery/ledger.hpp"
#include "reports/cli/catalogue.hpp"
#include "reports/model/report.hpp"
#include "reports/model/result.hpp"

namespace portolan::scenario {

struct ProbeSpec {
    std::string nat;  ///< preset name
    /// IPv6 through a NAT64 reaches the server's IPv4 addresses (RFC 6052). Absent: IPv4 where the
    /// network carries it, else IPv6.
    std::optional<AddressFamily> family;
    double loss_pct = 0;  ///< of the link in front of the network
    bool hairpin = false;
    std::uint64_t seed = 1;
};

/// What a classification has to come to, from the parameters alone. Nothing where the parameters do
/// not say it.
struct Configured {
    std::optional<discovery::UdpReachability> udp;
    std::optional<discovery::Translation> translation;
    std::optional<discovery::Mapping> mapping;
    std::optional<discovery::Filtering> filtering;
    std::string limited_by;  ///< what in the parameters keeps the rules from saying it
    bool carries = true;     ///< false: nothing of that family passes
};
/// Of boxes one behind the other, from the hosts outwards.
Configured configured(const std::vector<nat::Parameters>& boxes, AddressFamily family);

struct ProbeRun {
    AddressFamily family = AddressFamily::IPv4;
    discovery::Ledger ledger;
    discovery::Outcome outcome;
    Configured configured;
    Duration simulated{0};
    std::vector<CaptureFile> captures;
};

/// nat-probe's own machine, runner and inference, on a host behind that NAT, with the embedded
/// server on two addresses on the other side.
Result<ProbeRun> run_probe(const ProbeSpec& spec, const CallOptions& options = {});

/// nat-probe's findings compared with what is configured: "as configured", inconclusive, or wrong.
report::Report report_of(const ProbeRun& run, const ProbeSpec& spec);
std::vector<cli::CatalogueEntry> probe_catalogue();

}  // namespace portolan::scenario
