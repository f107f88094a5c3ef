#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "nat-sim/scenario/ending.hpp"
#include "nat-sim/scenario/findings.hpp"

namespace portolan::scenario {

namespace {

using report::Finding;
using report::Reason;
using report::Verdict;

// ITU-T G.107 Annex B: below R = 60, MOS 3.1, nearly all users are dissatisfied.
constexpr double kLowestMos = 3.1;

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

}  // namespace

std::vector<Finding> media_findings(const CallResult& result, const Scenario& scenario) {
    return {media_flows(result, scenario), speech(result), claimed_pair(result)};
}

}  // namespace portolan::scenario
