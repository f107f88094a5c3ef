#include "nat-sim/scenario/report.hpp"

#include <utility>

#include "nat-sim/network/world.hpp"
#include "nat-sim/scenario/ending.hpp"
#include "nat-sim/scenario/findings.hpp"
#include "nat-sim/scenario/result_json.hpp"

namespace portolan::scenario {

namespace {

using report::Json;
using report::Reason;

/// To go on with after a sentence.
std::string without_stop(std::string sentence) {
    if (!sentence.empty() && sentence.back() == '.') sentence.pop_back();
    return sentence;
}

/// Each side's pair, as it sees it.
std::string pairs(const CallResult& result, const Scenario& scenario) {
    std::string out;
    for (std::size_t i = 0; i < result.parties.size(); ++i) {
        const auto& pair = result.parties[i].pair;
        out += (out.empty() ? "" : "; ") + scenario.parties[i].name +
               (pair ? ": " + describe(pair->local) + " to " + describe(pair->remote)
                     : " selected no pair");
    }
    return out + ".";
}

}  // namespace

report::Report report_of(const CallResult& result, const Scenario& scenario) {
    report::Report out;
    out.started_at = report::Timestamp(std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::nanoseconds(sim::kDefaultEpoch)));
    out.duration = result.simulated;
    out.simulated_time = true;
    out.complete = true;
    out.headline = without_stop(result.why) + ending_of(result, scenario) + ".";
    if (result.is_cut_off) {
        const std::string when = "after " + seconds_of(result.simulated) + " of simulated time";
        out.complete = false;
        out.cut_off = Reason{"interrupted", "Interrupted " + when + "."};
        out.headline = "Interrupted " + when + "; so far: " + out.headline;
    }
    out.subject["scenario"] = scenario.name;
    out.subject["reach"] = to_string(result.reach);

    report::Section call{.id = "call", .title = "Call", .headline = pairs(result, scenario)};
    call.findings = connection_findings(result, scenario);
    for (report::Finding& each : media_findings(result, scenario))
        call.findings.push_back(std::move(each));
    out.sections.push_back(std::move(call));

    out.evidence = evidence_of(result, scenario);
    out.data["call"] = to_json(result);
    return out;
}

report::Json summary_of(const CallResult& result, const Scenario& scenario) {
    Json out = {{"reach", to_string(result.reach)},
                {"relays_of", to_json(result.legs)},
                {"family", result.family ? Json(to_string(*result.family)) : Json(nullptr)},
                {"forecast", to_json(result.forecast)},
                {"as_forecast",
                 result.forecast.outcomes.empty() ? Json(nullptr) : Json(result.as_forecast())},
                {"accordance", to_string(result.accordance())},
                {"nominated_early", result.is_early()},
                {"never_nominated", result.never_nominated(scenario).has_value()},
                {"why", result.why},
                {"simulated_us", result.simulated.count()}};
    for (std::size_t i = 0; i < result.parties.size(); ++i) {
        const PartyResult& its = result.parties[i];
        Json& party = out[i == 0 ? "a" : "b"];
        party["selected_pair"] = its.pair ? to_json(*its.pair) : Json(nullptr);
        party["connected_at_us"] =
            its.connected_at ? Json(its.connected_at->count()) : Json(nullptr);
    }
    return out;
}

}  // namespace portolan::scenario
