#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "nat-sim/scenario/figures.hpp"
#include "nat-sim/scenario/result_json.hpp"

namespace portolan::scenario {
namespace {

using report::Ladder;
using report::LadderExchange;
using report::LadderState;

/// A place that a check can be seen at, from left to right: A, its boxes, the relays, B's boxes, B.
class Lanes {
  public:
    Lanes(const Scenario& scenario, const AddressPlan& plan) {
        const std::vector<std::string> names = box_names(scenario);
        const auto a = chain_of(scenario, scenario.parties[0]);
        auto b = chain_of(scenario, scenario.parties[1]);
        std::ranges::reverse(b);
        const auto add_host = [&](std::size_t party) {
            const auto& its = plan.parties[party];
            const auto& ip = its.v4 ? its.v4 : its.v6;
            hosts_[party == 0 ? Sender::HostA : Sender::HostB] = lanes_.size();
            lanes_.push_back({.name = scenario.parties[party].name,
                              .detail = ip ? ip->to_string() : std::string()});
        };
        const auto add_box = [&](std::size_t network) {
            if (!boxes_.emplace(network, lanes_.size()).second) return;
            const auto& outside = plan.networks[network].outside_v4;
            lanes_.push_back({.name = names[network],
                              .detail = outside.empty() ? "" : outside.front().to_string()});
        };
        add_host(0);
        std::ranges::for_each(a, add_box);
        for (const std::size_t party : {0, 1}) {
            if (scenario.parties[party].turn.empty()) continue;
            hosts_[party == 0 ? Sender::RelayA : Sender::RelayB] = lanes_.size();
            lanes_.push_back({.name = scenario.parties[party].name + "'s relay",
                              .detail = relay_address(party, AddressFamily::IPv4).to_string()});
        }
        std::ranges::for_each(b, add_box);
        add_host(1);
    }

    [[nodiscard]] std::optional<std::size_t> of(const CheckPlace& place) const {
        if (place.network) return found(boxes_, *place.network);
        if (place.host) return found(hosts_, *place.host);
        return std::nullopt;
    }
    [[nodiscard]] std::size_t of(Sender sender) const { return found(hosts_, sender).value_or(0); }
    [[nodiscard]] std::vector<report::LadderLane> take() { return std::move(lanes_); }

  private:
    template <typename Key>
    static std::optional<std::size_t> found(const std::map<Key, std::size_t>& in, const Key& key) {
        const auto at = in.find(key);
        return at == in.end() ? std::nullopt : std::optional(at->second);
    }

    std::vector<report::LadderLane> lanes_;
    std::map<Sender, std::size_t> hosts_;
    std::map<std::size_t, std::size_t> boxes_;
};

std::size_t party_of(Sender sender) {
    return sender == Sender::HostA || sender == Sender::RelayA ? 0 : 1;
}

bool is_of(const MediaFlow& flow, const CheckStep& check) {
    return flow.transport == WireTransport::Udp && flow.sender == check.sender &&
           flow.source == check.source && flow.destination == check.destination;
}

/// What the destination is to the other side; a peer-reflexive one it has never announced.
std::string type_of(const PartyResult& other, const TransportAddress& destination) {
    for (const agent::Candidate& candidate : other.candidates) {
        if (candidate.address == destination) return std::string(to_string(candidate.type));
    }
    return "prflx";
}

LadderState state_of(const CheckStep& check) {
    if (check.answered_at) return LadderState::Answered;
    if (check.is_delivered) return LadderState::Unanswered;
    return check.is_dropped ? LadderState::Dropped : LadderState::Unknown;
}

}  // namespace

std::optional<report::Figure> checks_figure(const CallResult& result, const Scenario& scenario) {
    if (result.checks.empty()) return std::nullopt;
    std::array<std::optional<MediaFlow>, 2> claims;
    for (const std::size_t party : {0, 1}) {
        const auto& its = result.parties[party];
        if (its.pair) claims[party] = claim_of(its, party, *its.pair);
    }
    const auto is_selected = [&](const CheckStep& check) {
        const auto& claim = claims[party_of(check.sender)];
        return claim && check.answered_at && is_of(*claim, check);
    };
    // The selected pairs' first, then the earliest.
    std::set<std::size_t> kept;
    for (const bool selected : {true, false}) {
        for (std::size_t i = 0; i < result.checks.size(); ++i) {
            if (kept.size() < kMostChecksInFigure && is_selected(result.checks[i]) == selected)
                kept.insert(i);
        }
    }
    Lanes lanes(scenario, result.plan);
    Ladder ladder;
    for (const std::size_t i : kept) {
        const CheckStep& check = result.checks[i];
        const PartyResult& other = result.parties[1 - party_of(check.sender)];
        const std::string type = type_of(other, check.destination);
        LadderExchange one{.at_us = check.at.count(),
                           .from = lanes.of(check.sender),
                           .to = lanes.of(check.last_seen).value_or(lanes.of(check.sender)),
                           .state = state_of(check)};
        if (check.ended_at) one.ended_at_us = check.ended_at->count();
        if (check.answered_at) one.answered_at_us = check.answered_at->count();
        one.name = (check.is_nominating ? "nominates " : "to ") + type;
        one.pair = check.source.to_string() + " to " + type + " " + check.destination.to_string();
        one.note = check.is_refused ? "an error response" : check.is_dropped ? check.why : "";
        one.sent_count = check.sent_count;
        one.is_selected = is_selected(check);
        ladder.exchanges.push_back(std::move(one));
    }
    ladder.left_out_count = result.checks.size() - kept.size() + result.unseen_checks_count;
    for (const std::size_t party : {0, 1}) {
        const PartyResult& its = result.parties[party];
        const std::size_t lane = lanes.of(party == 0 ? Sender::HostA : Sender::HostB);
        if (!its.selections.empty()) {
            ladder.marks.push_back({.at_us = its.selections.front().first.count(),
                                    .lane = lane,
                                    .name = "pair selected"});
        }
    }
    std::ranges::stable_sort(ladder.marks, {}, &report::LadderMark::at_us);
    ladder.lanes = lanes.take();
    report::Figure out{.title = "ICE checks",
                       .note =
                           "Connectivity checks over UDP as the simulated wire shows them, "
                           "before media; time runs downwards, not to scale. Blue: the pair "
                           "that was selected. Dashed: the answer. A cross: dropped there.",
                       .body = std::move(ladder)};
    return out;
}

}  // namespace portolan::scenario
