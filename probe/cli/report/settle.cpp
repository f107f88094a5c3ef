#include "probe/cli/report/settle.hpp"

#include <algorithm>
#include <vector>

namespace portolan::nat_probe {

using precall::Cause;

namespace {

std::vector<precall::Visit*> failed_visits(const CallFacts& facts, bool is_stream) {
    std::vector<precall::Visit*> out;
    for (const auto& server : facts.servers) {
        if (turn::is_stream(server->transport()) != is_stream) continue;
        for (const auto& attempt : server->attempts) {
            if (attempt->visit.problem) out.push_back(&attempt->visit);
        }
    }
    return out;
}

/// The first that answered over TCP or TLS, of that family.
const precall::Visit* answer_over_stream(const CallFacts& facts, AddressFamily family) {
    for (const auto& server : facts.servers) {
        if (!turn::is_stream(server->transport())) continue;
        for (const auto& attempt : server->attempts) {
            const bool fits = attempt->family == family && facts.counts(*attempt);
            if (fits && attempt->visit.has_answered) return &attempt->visit;
        }
    }
    return nullptr;
}

}  // namespace

void settle_causes(CallFacts& facts) {
    const auto over_udp = failed_visits(facts, false);
    for (precall::Visit* visit : over_udp) {
        if (visit->problem->cause != Cause::Silent) continue;
        const auto refused = std::ranges::find_if(over_udp, [&](const precall::Visit* other) {
            const Cause cause = other->problem->cause;
            return other->endpoint.server == visit->endpoint.server &&
                   other->endpoint.transport == visit->endpoint.transport &&
                   (cause == Cause::PortClosed || cause == Cause::Prohibited);
        });
        if (refused != over_udp.end()) visit->problem = (*refused)->problem;
    }
    for (precall::Visit* visit : failed_visits(facts, true)) {
        precall::Problem& problem = *visit->problem;
        if (problem.cause != Cause::PortClosed) continue;
        const auto rejected = std::ranges::find_if(over_udp, [&](const precall::Visit* other) {
            return other->endpoint.server.ip == visit->endpoint.server.ip &&
                   other->problem->cause == Cause::Prohibited;
        });
        if (rejected == over_udp.end()) continue;
        problem.cause = Cause::Refused;
        problem.detail += (problem.detail.empty() ? "" : "; ") +
                          std::string("UDP to it is rejected on the way: ") +
                          (*rejected)->problem->detail;
    }
}

void tell_of_visits(const CallFacts& facts, NatFacts& nat) {
    // By another way the visits did not go.
    if (!nat.other_way.empty()) return;
    auto& udp = nat.outcome.udp;
    const precall::Visit* heard = answer_over_stream(facts, nat.family);
    nat.outcome.streams_work |= heard != nullptr;
    if (udp.reason == "no-answer" && heard != nullptr) {
        udp.sentence = "nothing answered over UDP in that time, while " +
                       heard->endpoint.server.to_string() + " answers over " +
                       (heard->endpoint.transport == turn::Transport::Tls ? "TLS" : "TCP") +
                       ": the network may block UDP, or the server not answer over it";
    }
    if (udp.reason == "cut-off" && nat.is_cut_off && facts.is_classified()) {
        udp.sentence = "nothing answered over UDP in that time, and no visit to a server over " +
                       std::string(nat.family == AddressFamily::IPv6 ? "IPv6" : "IPv4") +
                       " got an answer either";
    }
}

}  // namespace portolan::nat_probe
