#include "nat-sim/scenario/call_result.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace portolan::scenario {

namespace {

using agent::CandidateTransport;
using agent::CandidateType;

/// What a reflexive candidate is of: packets leave from there (RFC 8445 s2).
std::optional<TransportAddress> base_of(const agent::Candidate& candidate) {
    const bool has_base = candidate.type == CandidateType::ServerReflexive ||
                          candidate.type == CandidateType::PeerReflexive;
    return has_base ? candidate.related : std::nullopt;
}

/// The party's relayed candidate that the local candidate of a pair is, or has as its base: behind
/// a NAT64 a peer sees a relay as 64:ff9b::/96 (RFC 6052), which makes a peer-reflexive candidate.
bool is_relayed(const PartyResult& party, const agent::Candidate& local) {
    if (local.type == CandidateType::Relayed) return true;
    const auto base = base_of(local);
    return base && std::any_of(party.candidates.begin(), party.candidates.end(),
                               [&](const agent::Candidate& own) {
                                   return own.type == CandidateType::Relayed &&
                                          own.address == *base;
                               });
}

std::string endpoints(const MediaFlow& flow) {
    return std::string(flow.transport == WireTransport::Tcp ? "TCP " : "UDP ") +
           flow.source.to_string() + " to " + flow.destination.to_string();
}

/// Active TCP candidates have no port of their own before they connect (RFC 6544 s4.5).
bool matches(const MediaFlow& claim, const MediaFlow& seen) {
    if (claim.sender != seen.sender || claim.transport != seen.transport) return false;
    if (claim.transport == WireTransport::Udp) {
        return claim.source == seen.source && claim.destination == seen.destination;
    }
    return claim.source.ip == seen.source.ip && claim.destination.ip == seen.destination.ip;
}

}  // namespace

MediaFlow claim_of(const PartyResult& its, std::size_t party, const agent::CandidatePair& pair) {
    MediaFlow flow;
    const bool by_relay = is_relayed(its, pair.local);
    if (party == 0) flow.sender = by_relay ? Sender::RelayA : Sender::HostA;
    if (party == 1) flow.sender = by_relay ? Sender::RelayB : Sender::HostB;
    flow.transport =
        pair.local.transport == CandidateTransport::Udp ? WireTransport::Udp : WireTransport::Tcp;
    flow.source = base_of(pair.local).value_or(pair.local.address);
    flow.destination = pair.remote.address;
    return flow;
}

Duration classify(CallResult& result, Duration until) {
    const auto last_of = [&](const PartyResult& party) {
        const std::pair<Duration, agent::CandidatePair>* last = nullptr;
        for (const auto& selection : party.selections) {
            if (last == nullptr || selection.first < until) last = &selection;
        }
        return last;
    };
    const auto& a = result.parties[0];
    const auto& b = result.parties[1];
    result.reach = oracle::Reach::Unreachable;
    result.legs = {};
    result.family.reset();
    const auto* of_a = last_of(a);
    const auto* of_b = last_of(b);
    const Duration since = std::max(of_a != nullptr ? of_a->first : Duration{0},
                                    of_b != nullptr ? of_b->first : Duration{0});
    // Consent that was lost later does not undo a connection.
    if (!a.connected_at || !b.connected_at || of_a == nullptr || of_b == nullptr) return since;
    const agent::Candidate& local = of_a->second.local;
    result.legs = {is_relayed(a, local), is_relayed(b, of_b->second.local)};
    result.family = base_of(local).value_or(local.address).family();
    if (result.legs.a_relay || result.legs.b_relay) {
        result.reach = oracle::Reach::Relayed;
    } else {
        result.reach = local.transport == CandidateTransport::Udp ? oracle::Reach::Direct
                                                                  : oracle::Reach::DirectTcp;
    }
    return since;
}

Accordance CallResult::accordance() const {
    if (forecast.outcomes.empty()) return Accordance::NoForecast;
    if (forecast.allows(reach, legs)) return Accordance::AsForecast;
    if (forecast.allows_early(reach, legs)) return Accordance::Early;
    if (forecast.permits(reach, legs)) return Accordance::Permitted;
    // Only who is still at it when time is up has come to no conclusion.
    if (!is_connected() && !has_given_up() && forecast.may_not_conclude()) {
        return Accordance::NoConclusion;
    }
    return forecast.handicap.empty() ? Accordance::Differs : Accordance::Handicapped;
}

std::optional<std::size_t> CallResult::never_nominated(const Scenario& scenario) const {
    // Longer than the checks that could still bring a better pair take at the usual delays.
    constexpr Duration kLongEnough = std::chrono::seconds(20);
    if (is_connected()) return std::nullopt;
    for (std::size_t i = 0; i < parties.size(); ++i) {
        const auto& at = parties[i].answered_at;
        if (scenario.parties[i].role != Role::Controlling || !at || parties[i].selected_at) {
            continue;
        }
        if (simulated - *at >= kLongEnough) return i;
    }
    return std::nullopt;
}

WireVerdict compare_with_claims(const CallResult& result) {
    WireVerdict verdict;
    std::vector<MediaFlow> claims;
    for (std::size_t party = 0; party < result.parties.size(); ++party) {
        const PartyResult& its = result.parties[party];
        if (!its.media) continue;
        verdict.was_checked = true;
        for (const agent::CandidatePair& pair : its.media_pairs)
            claims.push_back(claim_of(its, party, pair));
        // Only the pair that was used last must have been used.
        if (its.media_pairs.empty()) continue;
        const MediaFlow last = claim_of(its, party, its.media_pairs.back());
        const bool was_seen =
            std::any_of(result.media_flows.begin(), result.media_flows.end(),
                        [&](const auto& each) { return matches(last, each.first); });
        if (was_seen) continue;
        // Whose media never came so far, as to its relay, or ended before, shows nothing.
        const bool has_sent = its.last_sent_at && !its.selections.empty() &&
                              *its.last_sent_at > its.selections.back().first;
        if (has_sent) {
            verdict.unseen.push_back(endpoints(last));
        } else {
            ++verdict.silent_count;
        }
    }
    if (!verdict.was_checked) return verdict;
    for (const auto& each : result.media_flows) {
        const MediaFlow& flow = each.first;
        const bool is_claimed = std::any_of(
            claims.begin(), claims.end(), [&](const auto& claim) { return matches(claim, flow); });
        if (!is_claimed) {
            verdict.unclaimed.push_back(endpoints(flow) + ", " + std::to_string(each.second) +
                                        " packets");
        }
    }
    return verdict;
}

}  // namespace portolan::scenario
