#include "nat-sim/scenario/report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "nat-sim/network/world.hpp"
#include "nat-sim/scenario/ending.hpp"
#include "nat-sim/scenario/figures.hpp"
#include "nat-sim/scenario/result_json.hpp"

namespace portolan::scenario {

namespace {

using report::Evidence;
using report::EvidenceKind;
using report::Finding;
using report::Json;
using report::Reason;
using report::Verdict;

// ITU-T G.107 Annex B: below R = 60, MOS 3.1, nearly all users are dissatisfied.
constexpr double kLowestMos = 3.1;

struct Row {
    const char* id;
    const char* title;
    report::Severity severity;
    report::Impact impact;
    bool decides;
    std::vector<report::Reference> references;
    std::vector<std::string> explanation;
};

const std::vector<Row>& rows() {
    using report::Impact;
    using report::Severity;
    static const std::vector<Row> kRows = {
        {"call/connectivity",
         "Connectivity",
         Severity::High,
         Impact::BreaksCall,
         true,
         {{"RFC 8445", "7"}, {"RFC 8445", "8"}},
         {"Whether both agents, libnice as it is, came to a selected pair within the time limit, "
          "and of what kind: direct, direct over TCP, or over a relay and whose."}},
        {"call/forecast",
         "Forecast",
         Severity::High,
         Impact::BreaksCall,
         false,
         {{"RFC 4787", "4"}, {"RFC 4787", "5"}, {"RFC 8445", "7"}, {"RFC 8445", "8.1.1"}},
         {"Whether that is what follows from the NATs' mapping and filtering rules alone, as the "
          "oracle derives it without packets. A difference is a finding about the agent, the "
          "simulated NAT or the oracle.",
          "Two differences are none. RFC 8445 s8.1.1 lets the controlling agent nominate any valid "
          "pair as soon as it likes, so that where the rules lead to a direct pair a relay is "
          "permitted. And where each check comes from another port, agents may go on checking for "
          "ever (s6.1.4.2). Lossy or slow links, slow signalling and a short time limit excuse "
          "another outcome: then it is not tested."}},
        {"call/nomination",
         "Nomination",
         Severity::Medium,
         Impact::BreaksCall,
         false,
         {{"RFC 8445", "8.1.1"}},
         {"Which of the valid pairs the controlling agent nominated: what the rules lead to, or a "
          "relay before the direct pair was valid. `early` is where the direct pair needs a check "
          "to be sent again, a criterion of this project's own; `permitted` is any other. Or none: "
          "when it had a valid pair for 20 s, as answers on the wire show, and nominated nothing, "
          "where one must be picked eventually.",
          "libnice 0.1.21 nominates when two pairs are valid, or when one is and nothing is left "
          "to check. At a round trip above its first retransmission, 500 ms, it may have valid "
          "pairs and nominate none: without NATs it did so at 0.6 to 0.8 s and from 1.6 s "
          "on, while it connected at 1.0 to 1.4 s."}},
        {"call/held",
         "Held",
         Severity::High,
         Impact::BreaksCall,
         true,
         {{"RFC 7675", "5.1"}},
         {"Whether a call that had begun, with both sides connected, lasted to its end. libnice "
          "0.1.21 gives a pair up after "
          "10 seconds without an answer to its consent checks, which are about five seconds apart: "
          "one that is lost can be enough. RFC 7675 s5.1 waits 30 seconds. A call that was "
          "interrupted is judged up to there."}},
        {"call/media",
         "Media",
         Severity::High,
         Impact::BreaksCall,
         false,
         {{"RFC 3550", "6.4.1"}},
         {"Whether RTP packets arrived in both directions, with loss, duplication, reordering, "
          "jitter and delay. More than 200 ms without a packet is an interruption; one that lasts "
          "to the end of the media that was asked for fails, and what happened in the network just "
          "before it is named. Where one of two streams ended, it is named."}},
        {"call/speech-quality",
         "Speech",
         Severity::Low,
         Impact::Degrades,
         false,
         {{"ITU-T G.107", "7"}, {"ITU-T G.107", "Annex B"}},
         {"What the E-model makes of delay and loss: the worse of the two directions. Below a MOS "
          "of 3.1 nearly all users are dissatisfied."}},
        {"call/claimed-pair",
         "Path",
         Severity::High,
         Impact::BreaksCall,
         false,
         {{"RFC 8445", "12.1"}},
         {"Whether the media packets on the simulated wire leave from and go to the addresses of "
          "the pair that ICE says it selected, and no others. A side of which no media was seen "
          "since it selected its pair shows nothing."}},
    };
    return kRows;
}

Finding finding(const char* id, Verdict verdict, std::string value, std::string summary,
                std::vector<std::string> evidence) {
    const auto row = std::find_if(rows().begin(), rows().end(),
                                  [&](const Row& each) { return std::string_view(each.id) == id; });
    return {.id = id,
            .title = row->title,
            .verdict = std::move(verdict),
            .severity = row->severity,
            .impact = row->impact,
            .decides = row->decides,
            .value = std::move(value),
            .summary = std::move(summary),
            .references = row->references,
            .evidence_ids = std::move(evidence)};
}

/// To go on with after a sentence.
std::string without_stop(std::string sentence) {
    if (!sentence.empty() && sentence.back() == '.') sentence.pop_back();
    return sentence;
}

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

struct Stream {
    std::string name;  ///< "video"; empty where there is but one
    const media::SinkStatistics* received = nullptr;
};

std::vector<Stream> streams_of(const media::MediaStatistics& media) {
    std::vector<Stream> out;
    const bool are_two = media.audio_received && media.video_received;
    if (media.audio_received) {
        out.push_back({are_two ? "audio" : "", &media.audio_received->received});
    }
    if (media.video_received) {
        out.push_back({are_two ? "video" : "", &media.video_received->received});
    }
    return out;
}

/// "50 of 100 packets after 42 ms, interrupted once for 3.000 s".
std::string summary_of(const Stream& stream) {
    const media::SinkStatistics& received = *stream.received;
    std::string out = std::to_string(received.loss.received_count) + " of " +
                      std::to_string(received.loss.expected_count) +
                      (stream.name.empty() ? "" : " " + stream.name) + " packets";
    if (received.delay_p50) {
        out += " after " + std::to_string(received.delay_p50->count() / 1000) + " ms";
    }
    if (received.interruption_count != 0) {
        const std::uint64_t count = received.interruption_count;
        out += ", interrupted " + (count == 1 ? "once" : std::to_string(count) + " times") +
               " for " + seconds_of(received.interrupted) + (count == 1 ? "" : " in all");
    }
    return out;
}

std::optional<Reason> no_media_reason(const CallResult& result) {
    if (result.parties[0].media && result.parties[1].media) return std::nullopt;
    if (!result.is_connected()) {
        return Reason{"not-connected", "without a connection there is no media"};
    }
    return Reason{"not-asked", "no media was asked for"};
}

Finding media_flows(const CallResult& result, const Scenario& scenario) {
    if (auto reason = no_media_reason(result)) {
        return finding("call/media", Verdict::not_tested(*std::move(reason)), "", "", {});
    }
    const std::vector<std::string> evidence{"call.media"};
    std::string summary;
    for (std::size_t i = 0; i < result.parties.size(); ++i) {
        std::string its;
        for (const Stream& stream : streams_of(*result.parties[i].media))
            its += (its.empty() ? " got " : " and ") + summary_of(stream);
        if (!summary.empty()) summary += "; ";
        summary += scenario.parties[i].name;
        summary += its;
    }
    if (const std::string silence = silence_of(result, scenario); !silence.empty()) {
        const std::string causes = causes_of_silence(result, scenario);
        const std::string sentence = silence + (causes.empty() ? "" : ": " + causes);
        const auto without =
            std::count_if(result.parties.begin(), result.parties.end(),
                          [](const PartyResult& party) { return !party.first_media_at; });
        constexpr std::array<const char*, 3> kValues{"ended", "one-way", "none"};
        const report::ReasonCode code =
            without == 0 ? report::ReasonCode("ended") : report::ReasonCode("silence");
        return finding("call/media", Verdict::fail({code, sentence}),
                       kValues.at(static_cast<std::size_t>(without)), summary, evidence);
    }
    return finding("call/media", Verdict::pass(), "both-ways", summary, evidence);
}

std::optional<double> worst_mos(const CallResult& result) {
    std::optional<double> worst;
    for (const PartyResult& party : result.parties) {
        if (!party.media || !party.media->audio_received) continue;
        const auto& speech = party.media->audio_received->speech;
        if (!speech) continue;
        if (!worst || speech->result.mos < *worst) worst = speech->result.mos;
    }
    return worst;
}

Finding speech(const CallResult& result) {
    const auto mos = worst_mos(result);
    if (!mos) {
        auto reason = no_media_reason(result);
        if (!reason) reason = Reason{"no-speech", "no audio arrived"};
        return finding("call/speech-quality", Verdict::not_tested(*std::move(reason)), "", "", {});
    }
    const auto tenths = std::lround(*mos * 10);
    const std::string value = std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
    const std::vector<std::string> evidence{"call.media"};
    if (*mos < kLowestMos) {
        const std::string sentence = "a MOS of " + value + ": nearly all would be dissatisfied";
        return finding("call/speech-quality", Verdict::fail({"poor", sentence}), value, sentence,
                       evidence);
    }
    return finding("call/speech-quality", Verdict::pass(), value,
                   "MOS " + value + " in the worse direction", evidence);
}

Finding claimed_pair(const CallResult& result) {
    if (!result.wire.was_checked) {
        auto reason = no_media_reason(result);
        if (!reason) reason = Reason{"not-asked", "no media was asked for"};
        return finding("call/claimed-pair", Verdict::not_tested(*std::move(reason)), "", "", {});
    }
    const std::vector<std::string> evidence{"call.wire"};
    if (result.media_flows.empty()) {
        const std::string sentence = "no media was seen on the wire";
        return finding("call/claimed-pair", Verdict::inconclusive({"no-media", sentence}), "",
                       sentence, evidence);
    }
    if (result.wire.agrees()) {
        return finding("call/claimed-pair", Verdict::pass(), "as-claimed",
                       result.wire.silent_count == 0
                           ? "the packets take the selected pair"
                           : "the packets that were seen take the selected pair; of one side none "
                             "was",
                       evidence);
    }
    const bool strays = !result.wire.unclaimed.empty();
    const std::string sentence =
        strays ? "media went by " + result.wire.unclaimed.front() + ", which no side claims"
               : "no media went by " + result.wire.unseen.front() + ", which a side claims";
    return finding(
        "call/claimed-pair",
        Verdict::fail(
            {strays ? report::ReasonCode("unclaimed") : report::ReasonCode("unseen"), sentence}),
        "other", sentence, evidence);
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

std::vector<cli::CatalogueEntry> catalogue(std::string_view prefix) {
    std::vector<cli::CatalogueEntry> out;
    for (const Row& row : rows()) {
        out.push_back({.id = row.id,
                       .title = row.title,
                       .explanation = row.explanation,
                       .references = row.references});
    }
    out.push_back({.id = "matrix/forecast",
                   .title = "Forecast",
                   .explanation = {"Whether each call of a matrix is what follows from the NATs' "
                                   "rules, or permitted, as call/forecast says for one."},
                   .references = {{"RFC 4787", "4"}, {"RFC 4787", "5"}, {"RFC 8445", "7"}}});
    out.push_back({.id = "matrix/early-nomination",
                   .title = "Relays",
                   .explanation = {"How many calls use a relay though a direct pair would do, and "
                                   "whether all of them are such in which the direct pair needs a "
                                   "check to be sent again. More than those say that the agent "
                                   "prefers relays: permitted (RFC 8445 s8.1.1), but worse calls."},
                   .references = {{"RFC 8445", "8.1.1"}}});
    out.push_back({.id = "matrix/nomination",
                   .title = "Nomination",
                   .explanation = {"Whether in each call a controlling agent that had a valid pair "
                                   "nominated one, as call/nomination says for one."},
                   .references = {{"RFC 8445", "8.1.1"}}});
    std::erase_if(out,
                  [&](const cli::CatalogueEntry& each) { return !each.id.starts_with(prefix); });
    return out;
}

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
    call.findings = {connectivity(result),          as_forecast(result),
                     nomination(result, scenario),  held(result, scenario),
                     media_flows(result, scenario), speech(result),
                     claimed_pair(result)};
    out.sections.push_back(std::move(call));

    out.evidence.push_back(topology(result, scenario));
    out.evidence.push_back(timeline(result, scenario));
    out.evidence.push_back({.id = "call.forecast",
                            .kind = EvidenceKind::Derivation,
                            .title = "What the rules say",
                            .data = to_json(result.forecast)});
    if (result.parties[0].media && result.parties[1].media) {
        out.evidence.push_back(media_evidence(result, scenario));
        out.evidence.push_back(wire(result));
    }
    out.evidence.push_back({.id = "call.seed",
                            .kind = EvidenceKind::Seed,
                            .title = "Seed",
                            .data = {{"seed", std::to_string(scenario.seed)}}});
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
