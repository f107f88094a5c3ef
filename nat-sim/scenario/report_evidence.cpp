#include <utility>

#include "nat-sim/scenario/ending.hpp"
#include "nat-sim/scenario/figures.hpp"
#include "nat-sim/scenario/findings.hpp"
#include "nat-sim/scenario/result_json.hpp"

namespace portolan::scenario {

namespace {

using report::Evidence;
using report::EvidenceKind;

Evidence timeline(const CallResult& result, const Scenario& scenario) {
    Evidence out{.id = "call.timeline", .kind = EvidenceKind::Timing, .title = "Timeline"};
    out.data["simulated_us"] = result.simulated.count();
    for (const CallEvent& event : result.timeline) {
        out.lines.push_back(seconds_of(event.at) + "  " + event.who + " " + event.what +
                            (event.detail.empty() ? "" : " " + event.detail));
    }
    if (const auto figure = checks_figure(result, scenario)) add_figure(out, *figure);
    return out;
}

Evidence topology(const CallResult& result, const Scenario& scenario) {
    Evidence out{
        .id = "call.topology", .kind = EvidenceKind::Environment, .title = "The simulated network"};
    for (std::size_t i = 0; i < scenario.networks.size(); ++i) {
        const Network& network = scenario.networks[i];
        report::Json one = {{"name", network.name},
                            {"preset", network.nat ? network.nat->preset : std::string()},
                            {"delay_us", network.uplink.delay.count()},
                            {"loss_pct", network.uplink.loss_pct}};
        if (network.behind) one["behind"] = scenario.networks[*network.behind].name;
        out.data["networks"].push_back(std::move(one));
    }
    add_figure(out, topology_figure(result, scenario));
    return out;
}

Evidence wire(const CallResult& result) {
    Evidence out{.id = "call.wire", .kind = EvidenceKind::Packets, .title = "Media on the wire"};
    out.data["media_flows"] = to_json(result).at("media_flows");
    out.data["unclaimed"] = result.wire.unclaimed;
    out.data["unseen"] = result.wire.unseen;
    return out;
}

Evidence media_evidence(const CallResult& result, const Scenario& scenario) {
    Evidence out{.id = "call.media", .kind = EvidenceKind::Measurement, .title = "Media"};
    out.data["a"] = media::to_json(*result.parties[0].media);
    out.data["b"] = media::to_json(*result.parties[1].media);
    if (const auto figure = media_figure(result, scenario)) add_figure(out, *figure);
    return out;
}

}  // namespace

std::vector<Evidence> evidence_of(const CallResult& result, const Scenario& scenario) {
    std::vector<Evidence> out;
    out.push_back(topology(result, scenario));
    out.push_back(timeline(result, scenario));
    out.push_back({.id = "call.forecast",
                   .kind = EvidenceKind::Derivation,
                   .title = "What the rules say",
                   .data = to_json(result.forecast)});
    if (result.parties[0].media && result.parties[1].media) {
        out.push_back(media_evidence(result, scenario));
        out.push_back(wire(result));
    }
    out.push_back({.id = "call.seed",
                   .kind = EvidenceKind::Seed,
                   .title = "Seed",
                   .data = {{"seed", std::to_string(scenario.seed)}}});
    return out;
}

}  // namespace portolan::scenario
