#include <algorithm>

#include "nat-sim/scenario/ending.hpp"
#include "nat-sim/scenario/findings.hpp"

namespace portolan::scenario {

namespace {

using report::Finding;
using report::Verdict;

Finding connectivity(const CallResult& result) {
    if (!result.is_connected() && !result.has_given_up()) {
        return finding("call/connectivity", Verdict::inconclusive({"time-limit", result.why}),
                       std::string(to_string(result.reach)), result.why,
                       {"call.topology", "call.timeline"});
    }
    if (!result.is_connected()) {
        return finding("call/connectivity", Verdict::fail({"no-pair", result.why}),
                       std::string(to_string(result.reach)), result.why,
                       {"call.topology", "call.timeline"});
    }
    const Duration at = std::max(*result.parties[0].connected_at, *result.parties[1].connected_at);
    return finding("call/connectivity", Verdict::pass(), std::string(to_string(result.reach)),
                   "both sides were connected after " + seconds_of(at),
                   {"call.topology", "call.timeline"});
}

Finding held(const CallResult& result, const Scenario& scenario) {
    const std::vector<std::string> evidence{"call.timeline"};
    if (!result.is_connected()) {
        return finding("call/held", Verdict::not_tested({"no-call", "no call came about"}), "", "",
                       evidence);
    }
    const std::string ended = given_up(result, scenario);
    if (ended.empty() && result.is_cut_off) {
        const std::string sentence = "nobody had given the pair up when the call was interrupted";
        return finding("call/held", Verdict::inconclusive({"interrupted", sentence}), "so far",
                       sentence, evidence);
    }
    if (ended.empty()) {
        return finding("call/held", Verdict::pass(), "to its end", "nobody gave the pair up",
                       evidence);
    }
    return finding("call/held", Verdict::fail({"given-up", ended}), "no", ended, evidence);
}

Finding as_forecast(const CallResult& result) {
    const std::string value(to_string(result.reach));
    const std::vector<std::string> evidence{"call.forecast"};
    if (result.forecast.outcomes.empty()) {
        return finding("call/forecast",
                       Verdict::not_tested({"no-forecast", result.forecast.silent_because}), value,
                       "", evidence);
    }
    switch (result.accordance()) {
        case Accordance::AsForecast:
            return finding("call/forecast", Verdict::pass(), value, "as the NATs' rules say",
                           evidence);
        case Accordance::Early:
            return finding("call/forecast", Verdict::pass(), value,
                           "nominated before the direct pair was valid, as RFC 8445 s8.1.1 allows",
                           evidence);
        case Accordance::Permitted:
            return finding("call/forecast", Verdict::pass(), value,
                           "another valid pair than the rules lead to, as RFC 8445 s8.1.1 allows",
                           evidence);
        case Accordance::NoConclusion:
            return finding("call/forecast", Verdict::pass(), value,
                           "relayed, or no conclusion: checks may go on for ever (RFC 8445 "
                           "s6.1.4.2)",
                           evidence);
        case Accordance::Handicapped:
            return finding("call/forecast",
                           Verdict::not_tested({"handicap", result.forecast.handicap}), value, "",
                           evidence);
        default:
            break;
    }
    return finding("call/forecast", Verdict::fail({"differs", result.why}), value, result.why,
                   evidence);
}

Finding nomination(const CallResult& result, const Scenario& scenario) {
    const std::vector<std::string> evidence{"call.timeline"};
    if (const auto whose = result.never_nominated(scenario)) {
        const PartyResult& its = result.parties[*whose];
        const std::string sentence =
            scenario.parties[*whose].name + "'s agent had its first valid pair at " +
            seconds_of(*its.answered_at) + ", " + std::to_string(its.answered_count) +
            (its.answered_count == 1 ? " pair" : " pairs") + " in all, and nominated none by " +
            seconds_of(result.simulated);
        return finding("call/nomination", Verdict::fail({"never-nominated", sentence}), "never",
                       sentence, evidence);
    }
    if (!result.is_connected()) {
        return finding("call/nomination",
                       Verdict::not_tested({"no-pair", "no pair was valid for long"}), "", "", {});
    }
    switch (result.accordance()) {
        case Accordance::Early:
            return finding("call/nomination", Verdict::pass(), "early",
                           "a relay, where the direct pair needs a check to be sent again",
                           evidence);
        case Accordance::Permitted:
            return finding("call/nomination", Verdict::pass(), "permitted",
                           "another pair, although the direct one needs no check to be sent again",
                           evidence);
        case Accordance::AsForecast:
            return finding("call/nomination", Verdict::pass(), "as-forecast",
                           "the kind of pair that the rules lead to", evidence);
        default:
            break;
    }
    return finding("call/nomination", Verdict::pass(), "other", "a valid pair", evidence);
}

}  // namespace

std::vector<Finding> connection_findings(const CallResult& result, const Scenario& scenario) {
    return {connectivity(result), as_forecast(result), nomination(result, scenario),
            held(result, scenario)};
}

}  // namespace portolan::scenario
