#include <algorithm>
#include <cstddef>

#include "nat-sim/scenario/call_result.hpp"
#include "nat-sim/scenario/ending.hpp"

namespace portolan::scenario {

namespace {

std::string whose_relay(oracle::Legs legs, const std::string& a, const std::string& b) {
    if (legs.a_relay && legs.b_relay) return "both relays";
    return (legs.a_relay ? a : b) + "'s relay";
}

std::string outcome_of(const CallResult& result, const std::string& a, const std::string& b) {
    switch (result.reach) {
        case oracle::Reach::Direct:
            return a + " and " + b + " connect directly";
        case oracle::Reach::DirectTcp:
            return a + " and " + b + " connect directly over TCP";
        case oracle::Reach::Relayed:
            return a + " and " + b + " connect over " + whose_relay(result.legs, a, b);
        case oracle::Reach::Unreachable:
            break;
    }
    return a + " and " + b + " do not connect";
}

std::string expected_words(const Forecast& forecast) {
    std::string out;
    for (const oracle::Expectation& each : forecast.outcomes) {
        if (!out.empty()) out += " or ";
        out += to_string(each.reach);
    }
    return out;
}

/// More peer-reflexive candidates than any network has ports in use for one call.
constexpr std::ptrdiff_t kEndlessCount = 100;

/// What was seen of a failure, or what the agents themselves say.
std::string own_words(const CallResult& result, const Scenario& scenario) {
    const auto learnt =
        std::count_if(result.timeline.begin(), result.timeline.end(),
                      [](const CallEvent& event) { return event.what == "peer-reflexive"; });
    if (learnt >= kEndlessCount) {
        return "every check came from another port, so that the agents found " +
               std::to_string(learnt) +
               " peer-reflexive candidates and never came to an end of checking";
    }
    if (!result.parties[0].answer_received_at) {
        return scenario.parties[0].name + " had not received " + scenario.parties[1].name +
               "'s answer when the call ended";
    }
    if (const auto whose = result.never_nominated(scenario)) {
        const PartyResult& its = result.parties[*whose];
        return "no pair was nominated: " + scenario.parties[*whose].name +
               "'s agent had its first valid pair at " + seconds_of(*its.answered_at) + ", " +
               std::to_string(its.answered_count) + " in all";
    }
    for (std::size_t i = 0; i < result.parties.size(); ++i) {
        const auto& failure = result.parties[i].failure;
        if (!failure) continue;
        std::string message = failure->message;
        while (message.ends_with('.'))
            message.pop_back();
        return scenario.parties[i].name + "'s agent says: " + message;
    }
    return "the time limit was reached";
}

/// Whether the party's check went out after the other's had come in, as far as anybody can see: the
/// port of its pair is one that its NAT had not used before, or it was the second to check.
bool was_late(const CallResult& result, std::size_t party) {
    const PartyResult& its = result.parties[party];
    const PartyResult& other = result.parties[1 - party];
    const bool has_moved = its.pair && its.pair->local.type == agent::CandidateType::PeerReflexive;
    if (has_moved || result.reach == oracle::Reach::Direct) return has_moved;
    return other.first_check_at &&
           (!its.first_check_at || *its.first_check_at > *other.first_check_at);
}

/// The rules' sentence for what came out as they say.
std::string why_of(const CallResult& result, const oracle::Expectation& match) {
    for (const Forecast::LateCheck& late : result.forecast.late_checks) {
        const bool is_needed = !result.forecast.in_time.contains(late.reach);
        const bool is_direct = result.reach == oracle::Reach::Direct;
        if (late.reach == result.reach && (is_needed || is_direct) &&
            was_late(result, late.party)) {
            return late.why;
        }
    }
    if (result.family) {
        const auto its = match.why_of_family.find(
            *result.family == AddressFamily::IPv4 ? oracle::Family::IPv4 : oracle::Family::IPv6);
        if (its != match.why_of_family.end()) return its->second;
    }
    return match.why;
}

}  // namespace

std::string explain(const CallResult& result, const Scenario& scenario) {
    const std::string outcome =
        outcome_of(result, scenario.parties[0].name, scenario.parties[1].name);
    const Forecast& forecast = result.forecast;
    if (forecast.outcomes.empty()) {
        std::string out = outcome;
        if (!result.is_connected()) out += " (" + own_words(result, scenario) + ")";
        return out + "; the rules say nothing about it, because " + forecast.silent_because + ".";
    }
    const auto match = std::find_if(
        forecast.outcomes.begin(), forecast.outcomes.end(), [&](const oracle::Expectation& each) {
            return each.reach == result.reach &&
                   (each.legs.empty() || each.legs.contains(result.legs));
        });
    if (match != forecast.outcomes.end()) {
        return outcome + ": " + why_of(result, *match) + ".";
    }
    const std::string why = forecast.outcomes.front().why;
    const std::string rules =
        "the rules of the NATs lead to " + expected_words(forecast) + " (" + why + ")";
    switch (result.accordance()) {
        case Accordance::Early:
            return outcome +
                   ": its pair was valid and nominated before the direct one, which needs a "
                   "check to be sent again (" +
                   why + ").";
        case Accordance::Permitted:
            return outcome +
                   ", a pair that was valid and may be nominated at any time (RFC 8445 "
                   "s8.1.1); " +
                   rules + ".";
        case Accordance::NoConclusion:
            return outcome + " by the time limit: " + own_words(result, scenario) +
                   ", as conforming agents may (RFC 8445 s6.1.4.2); otherwise " + rules + ".";
        case Accordance::Handicapped:
            return outcome + "; " + rules + ", but " + forecast.handicap +
                   (result.is_connected() ? "" : "; " + own_words(result, scenario)) + ".";
        default:
            break;
    }
    std::string out = outcome + ", where " + rules;
    if (!result.is_connected()) out += "; " + own_words(result, scenario);
    return out + ".";
}

}  // namespace portolan::scenario
