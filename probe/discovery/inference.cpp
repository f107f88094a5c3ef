#include "probe/discovery/inference.hpp"

#include "probe/discovery/observations.hpp"

namespace portolan::discovery {

Outcome infer(const Ledger& ledger) {
    Outcome outcome;
    for (std::size_t i = 0; i < ledger.servers.size(); ++i) {
        outcome.servers.push_back(audit_server(ledger, static_cast<int>(i)));
        const auto rtt = rtt_range(ledger, static_cast<int>(i));
        if (rtt && (!outcome.rtt || rtt->min < *outcome.rtt)) outcome.rtt = rtt->min;
    }
    infer_reachability(ledger, outcome);
    infer_translation(ledger, outcome);
    infer_mapping(ledger, outcome);
    infer_filtering(ledger, outcome);
    infer_ports(ledger, outcome);
    infer_hairpin(ledger, outcome);
    return outcome;
}

}  // namespace portolan::discovery
