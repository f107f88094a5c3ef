#include "nat-sim/scenario/check_steps.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>

namespace portolan::scenario {
namespace {

Duration micros(sim::SimTime time) {
    return std::chrono::duration_cast<Duration>(time);
}

CheckPlace place_of(Lab& lab, const sim::Node* node) {
    CheckPlace out;
    for (std::size_t i = 0; i < lab.boxes().size(); ++i) {
        if (lab.boxes()[i].node == node) out.network = i;
    }
    for (const std::size_t party : {0, 1}) {
        if (&lab.party(party) == node) out.host = party == 0 ? Sender::HostA : Sender::HostB;
        if (lab.has_turn(party) && &lab.turn_host(party) == node)
            out.host = party == 0 ? Sender::RelayA : Sender::RelayB;
    }
    return out;
}

bool ended_alike(const CheckStep& a, const CheckStep& b) {
    return !a.answered_at && !b.answered_at && a.is_delivered == b.is_delivered &&
           a.is_dropped == b.is_dropped && a.last_seen == b.last_seen && a.why == b.why;
}

}  // namespace

std::vector<CheckStep> check_steps(Lab& lab, const CheckTrail& trail) {
    std::vector<CheckStep> out;
    std::map<std::array<std::byte, 12>, std::size_t> newest;
    for (const CheckTrace& trace : trail.traces()) {
        CheckStep step{.sender = trace.sender,
                       .source = trace.source,
                       .destination = trace.destination,
                       .at = micros(trace.at),
                       .is_nominating = trace.is_nominating,
                       .last_seen = place_of(lab, trace.last_node),
                       .is_delivered = trace.is_delivered,
                       .is_dropped = trace.is_dropped,
                       .why = trace.why,
                       .is_refused = trace.is_refused};
        if (trace.ended_at) step.ended_at = micros(*trace.ended_at);
        if (trace.answered_at) step.answered_at = micros(*trace.answered_at);
        const auto before = newest.find(trace.transaction);
        if (before != newest.end() && ended_alike(out[before->second], step)) {
            ++out[before->second].sent_count;
            continue;
        }
        newest[trace.transaction] = out.size();
        out.push_back(std::move(step));
    }
    return out;
}

}  // namespace portolan::scenario
