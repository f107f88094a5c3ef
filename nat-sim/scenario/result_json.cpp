#include "nat-sim/scenario/result_json.hpp"

namespace portolan::scenario {

namespace {

using report::Json;

Json micros(const std::optional<Duration>& time) {
    return time ? Json(time->count()) : Json(nullptr);
}

std::string_view name_of(WireTransport transport) {
    return transport == WireTransport::Tcp ? "tcp" : "udp";
}

}  // namespace

std::string_view to_string(Sender sender) {
    switch (sender) {
        case Sender::HostA:
            return "host-a";
        case Sender::HostB:
            return "host-b";
        case Sender::RelayA:
            return "relay-a";
        case Sender::RelayB:
            break;
    }
    return "relay-b";
}

std::string describe(const agent::Candidate& candidate) {
    return std::string(to_string(candidate.type)) + " " +
           std::string(to_string(candidate.transport)) + " " + candidate.address.to_string();
}

Json to_json(const agent::Candidate& candidate) {
    return {{"type", to_string(candidate.type)},
            {"transport", to_string(candidate.transport)},
            {"address", candidate.address.to_string()},
            {"related", candidate.related ? Json(candidate.related->to_string()) : Json(nullptr)},
            {"priority", candidate.priority}};
}

Json to_json(const agent::CandidatePair& pair) {
    return {{"local", to_json(pair.local)}, {"remote", to_json(pair.remote)}};
}

Json to_json(oracle::Legs legs) {
    Json out = Json::array();
    if (legs.a_relay) out.push_back("a");
    if (legs.b_relay) out.push_back("b");
    return out;
}

Json to_json(const Forecast& forecast) {
    Json outcomes = Json::array();
    for (const oracle::Expectation& each : forecast.outcomes) {
        Json legs = Json::array();
        for (const oracle::Legs one : each.legs)
            legs.push_back(to_json(one));
        Json early = Json::array();
        for (const oracle::Legs one : each.early_legs)
            early.push_back(to_json(one));
        Json permitted = Json::array();
        for (const oracle::Legs one : each.permitted_legs)
            permitted.push_back(to_json(one));
        outcomes.push_back({{"reach", to_string(each.reach)},
                            {"relays_of", legs},
                            {"early_relays_of", early},
                            {"permitted_relays_of", permitted},
                            {"tcp_connects", each.tcp_connects},
                            {"may_not_conclude", each.may_not_conclude},
                            {"why", each.why}});
    }
    Json out = {{"outcomes", outcomes}};
    if (!forecast.handicap.empty()) out["handicap"] = forecast.handicap;
    if (!forecast.silent_because.empty()) out["silent_because"] = forecast.silent_because;
    return out;
}

Json to_json(const PartyResult& party) {
    Json candidates = Json::array();
    for (const agent::Candidate& candidate : party.candidates)
        candidates.push_back(to_json(candidate));
    Json silences = Json::array();
    for (const Silence& each : party.silences)
        silences.push_back({{"stream", each.stream}, {"since_us", micros(each.since)}});
    Json lapses = Json::array();
    for (const Lapse& each : party.lapses) {
        lapses.push_back({{"at_us", each.at.count()},
                          {"cause", to_string(each.failure.cause)},
                          {"back_at_us", micros(each.back_at)}});
    }
    Json out = {{"state", to_string(party.state)},
                {"selected_pair", party.pair ? to_json(*party.pair) : Json(nullptr)},
                {"candidates", candidates},
                {"gathered_after_us", micros(party.gathered_after)},
                {"first_check_at_us", micros(party.first_check_at)},
                {"answered_at_us", micros(party.answered_at)},
                {"answered_pairs_count", party.answered_count},
                {"selected_at_us", micros(party.selected_at)},
                {"connected_at_us", micros(party.connected_at)},
                {"ready_at_us", micros(party.ready_at)},
                {"first_media_at_us", micros(party.first_media_at)},
                {"silences", silences},
                {"failed_at_us", micros(party.failed_at)},
                {"failure", nullptr},
                {"lapses", lapses},
                {"media", nullptr}};
    if (party.failure) {
        out["failure"] = {{"cause", to_string(party.failure->cause)},
                          {"message", party.failure->message}};
    }
    if (party.media) out["media"] = media::to_json(*party.media);
    return out;
}

Json to_json(const CallResult& result) {
    Json flows = Json::array();
    for (const auto& [flow, count] : result.media_flows) {
        flows.push_back({{"sender", to_string(flow.sender)},
                         {"transport", name_of(flow.transport)},
                         {"source", flow.source.to_string()},
                         {"destination", flow.destination.to_string()},
                         {"packets_count", count}});
    }
    return {{"reach", to_string(result.reach)},
            {"relays_of", to_json(result.legs)},
            {"family", result.family ? Json(to_string(*result.family)) : Json(nullptr)},
            {"a", to_json(result.parties[0])},
            {"b", to_json(result.parties[1])},
            {"forecast", to_json(result.forecast)},
            {"media_flows", flows},
            {"simulated_us", result.simulated.count()},
            {"why", result.why}};
}

}  // namespace portolan::scenario
