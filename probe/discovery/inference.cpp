#include "probe/discovery/inference.hpp"

#include <algorithm>
#include <optional>

#include "probe/discovery/observations.hpp"

namespace portolan::discovery {

namespace {

bool is_plain(Role role) {
    return role == Role::MapPP || role == Role::MapPA || role == Role::MapAP ||
           role == Role::MapAA || role == Role::MapOther || role == Role::FilterControl;
}

/// What a server that fell silent for good left unanswered is no loss, nor is what is on its way.
void read_loss(const Ledger& ledger, ServerAudit& server) {
    constexpr int kSilentCopies = 10;
    constexpr Duration kSilentFor = std::chrono::seconds(1);
    std::optional<Time> heard;
    for (const Probe& probe : ledger.probes) {
        if (probe.server != server.server) continue;
        for (const Arrival& arrival : probe.arrivals)
            heard = std::max(heard.value_or(arrival.at), arrival.at);
    }
    const auto rtt = rtt_range(ledger, server.server);
    if (!heard || !rtt) return;
    const Time on_its_way = ledger.ended - reply_wait(*rtt);
    int after = 0;
    for (const Probe& probe : ledger.probes) {
        const int answers = answer_count(ledger, probe);
        if (probe.server != server.server || !is_plain(probe.role) || answers == 0) continue;
        int sent = 0;
        // The destination may be slower than the server's others: what was sent later than its
        // first answer took before the end may still be on its way.
        const Duration own_wait =
            first_answer(ledger, probe)->at - probe.sent.front() + reply_wait(*rtt) - rtt->min;
        for (const Time at : probe.sent) {
            if (at <= *heard - reply_wait(*rtt) && at <= ledger.ended - own_wait) ++sent;
            if (at > *heard && at <= on_its_way) ++after;
        }
        server.plain_sent += sent;
        server.plain_unanswered += std::max(0, sent - answers);
    }
    server.fell_silent = after >= kSilentCopies && ledger.ended - *heard >= kSilentFor;
}

}  // namespace

Outcome infer(const Ledger& ledger) {
    Outcome outcome;
    for (std::size_t i = 0; i < ledger.servers.size(); ++i) {
        outcome.servers.push_back(audit_server(ledger, static_cast<int>(i)));
        ServerAudit& server = outcome.servers.back();
        read_loss(ledger, server);
        if (server.plain_sent > 0) {
            if (!outcome.loss) outcome.loss = LossSeen{};
            outcome.loss->sent += server.plain_sent;
            outcome.loss->unanswered += server.plain_unanswered;
        }
        const auto rtt = rtt_range(ledger, static_cast<int>(i));
        if (rtt && (!outcome.rtt || rtt->min < *outcome.rtt)) outcome.rtt = rtt->min;
    }
    infer_reachability(ledger, outcome);
    infer_translation(ledger, outcome);
    infer_mapping(ledger, outcome);
    infer_filtering(ledger, outcome);
    infer_ports(ledger, outcome);
    infer_hairpin(ledger, outcome);
    outcome.route_note = ledger.route_note;
    return outcome;
}

}  // namespace portolan::discovery
