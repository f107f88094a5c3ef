#include "probe/cli/report/media_findings.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

#include "probe/cli/report/catalogue.hpp"
#include "probe/cli/report/evidence.hpp"
#include "probe/cli/report/finding_parts.hpp"
#include "probe/cli/report/quality.hpp"

namespace portolan::nat_probe {
namespace {

using precall::Step;
using report::Reason;
using report::Verdict;

/// Why nothing was sent, where that is so.
std::optional<report::Finding> why_no_media(const ServerFacts& server, std::string_view id) {
    if (!server.no_media_because.empty()) {
        return call_not_tested(id, "left-out", server.no_media_because);
    }
    if (server.second.problem) {
        return call_not_tested(id, "no-second-allocation",
                               "It takes a second allocation, which the server does not give: " +
                                   server.second.problem->sentence());
    }
    if (!server.wants_media) return call_not_tested(id, "not-tried", "It was not tried");
    if (!server.audio.is_done && !server.audio.problem) {
        return call_not_tested(id, "out-of-time", "The run ended before the media did");
    }
    return std::nullopt;
}

bool lost_nothing(const precall::Loop& loop) {
    const auto quality = quality_of(loop);
    return quality && quality->is_enough && quality->lost.part == 0;
}

}  // namespace

report::Finding data_finding(const CallFacts& facts, const ServerFacts& server) {
    if (auto why = why_no_media(server, "relay/data")) return std::move(*why);
    const auto& problem = server.audio.problem;
    const auto with_evidence = [&](report::Finding finding) {
        finding.evidence_ids = {media_evidence_id(server)};
        return finding;
    };
    if (!problem) {
        return with_evidence(call_finding("relay/data", Verdict::pass(), "passes",
                                          "Media passes from one relay to the other and back"));
    }
    if (problem->step == Step::Permit) {
        const bool is_open = facts.forbids_peers(server);
        return with_evidence(call_finding(
            "relay/data",
            Verdict::unsupported(reason_of(
                *problem, "From relay to relay it cannot be tried: " + problem->sentence() +
                              (is_open ? "; nothing else shows that it serves any peer" : ""))),
            "", ""));
    }
    auto out = call_finding(
        "relay/data", Verdict::fail(reason_of(*problem, capitalised(problem->sentence()))), "", "");
    if (has_other_relay(facts, server)) {
        out.severity = report::Severity::Medium;
        out.impact = report::Impact::NeedsRelay;
    }
    add_remedy(out, problem->cause);
    return with_evidence(std::move(out));
}

report::Finding quality_finding(const CallFacts& facts, const ServerFacts& server) {
    if (auto why = why_no_media(server, "relay/quality")) return std::move(*why);
    const auto quality = quality_of(server.audio);
    if (!quality)
        return call_not_tested("relay/quality", "no-data", "No media came through the relay");
    const std::string words = words_of(*quality) + loss_attribution(facts, server);
    const bool judged = quality->is_enough && !quality->is_late;
    char mos[16];
    std::snprintf(mos, sizeof mos, "MOS %.1f", quality->mos);
    const auto finish = [&](report::Finding finding) {
        finding.data = to_json(*quality);
        add_measured(*quality, finding.data);
        finding.data["load_kbit_s"] = loop_load_kbit_s();
        finding.data["thresholds"] = to_json(QualityThresholds{});
        finding.data["preferred"] = facts.measured_relay() == &server;
        finding.evidence_ids = {media_evidence_id(server)};
        return finding;
    };
    if (!quality->impairments.empty() && server.was_beside_others && !quality->is_one_way) {
        return finish(call_finding(
            "relay/quality",
            Verdict::inconclusive(
                Reason("beside-others",
                       "Measured while media of other servers went out, for want of time, which "
                       "may be why: " +
                           words)),
            "", ""));
    }
    if (!quality->impairments.empty() && may_be_own_load(server, *quality)) {
        return finish(call_finding(
            "relay/quality",
            Verdict::inconclusive(
                Reason("own-load",
                       "Idle the server answers in " + ms_text(server.best()->visit.round_trip) +
                           "; under this measurement's own " + std::to_string(loop_load_kbit_s()) +
                           " kbit/s each way, twice what a call takes: " + words)),
            "", ""));
    }
    if (!quality->impairments.empty()) {
        const auto code = Reason::parse(to_string(quality->impairments.front()), words);
        auto out =
            call_finding("relay/quality", Verdict::fail(code ? *code : Reason("unknown", words)),
                         judged ? mos : "", "");
        out.severity =
            facts.measured_relay() == &server ? severity_of(*quality) : report::Severity::Info;
        if (out.severity == report::Severity::Critical) {
            out.impact = report::Impact::BreaksCall;
            const ServerFacts* other = facts.relay_that_holds();
            out.advice = {other != nullptr
                              ? "Have calls use " + other->title() +
                                    " and nothing else (iceTransportPolicy \"relay\", no other "
                                    "relay): it holds them from here. Or try another network."
                              : "Try another network, or a relay elsewhere."};
        }
        return finish(std::move(out));
    }
    if (!quality->is_enough) {
        return finish(call_finding(
            "relay/quality",
            Verdict::inconclusive(Reason("too-little", "Too little media: " + words)), "", ""));
    }
    if (quality->is_late) {
        return finish(call_finding(
            "relay/quality",
            Verdict::inconclusive(
                Reason("computer-late", "This computer was up to " + ms_text(quality->lag) +
                                            " late itself, so that delays say nothing: " + words)),
            "", ""));
    }
    return finish(call_finding("relay/quality", Verdict::pass(), mos, capitalised(words)));
}

std::string loss_attribution(const CallFacts& facts, const ServerFacts& server) {
    const auto quality = quality_of(server.audio);
    if (!quality || quality->lost.part == 0) return "";
    std::string out;
    if (facts.split && facts.servers[facts.split->first].get() == &server &&
        facts.split->loop.is_done) {
        const auto share = [](const precall::Leg& leg) {
            const media::LossCounts& loss = leg.audio->received.loss;
            return Share{loss.lost_count, loss.expected_count};
        };
        const Share up = share(facts.split->loop.there);
        const Share down = share(facts.split->loop.back);
        out += "; up " + pct_text(up.pct()) + ", down " + pct_text(down.pct());
    }
    const bool has_control = std::ranges::any_of(facts.servers, [&](const auto& other) {
        return other.get() != &server && other->uri.host == server.uri.host &&
               turn::is_stream(other->transport()) && lost_nothing(other->audio);
    });
    if (turn::is_stream(server.transport())) {
        return out + "; over TCP nothing is lost before the relay, so it was lost behind it";
    }
    out += has_control
               ? "; over TCP through the same server nothing was lost, so it was on the way "
                 "there"
               : "; where, is open without the same media over TCP";
    return out;
}

report::Finding under_load_finding(const CallFacts& facts) {
    if (!facts.loaded || !facts.loaded->loop.is_done) {
        return call_not_tested(
            "relay/under-load", facts.is_quick ? "left-out" : "not-tried",
            facts.is_quick ? "Left out with --quick" : "There was no relay, or no time, for it");
    }
    const ServerFacts& server = *facts.servers[facts.loaded->first];
    const precall::Loop& loop = facts.loaded->loop;
    const auto idle = quality_of(server.audio);
    const auto loaded = quality_of(loop);
    if (!idle || !loaded || loaded->is_late || !loop.there.video || !loop.back.video) {
        return call_not_tested("relay/under-load", "no-data",
                               loaded && loaded->is_late
                                   ? "This computer was late itself, so that nothing can be said"
                                   : "Nothing came back");
    }
    Share video;
    for (const precall::Leg* leg : {&loop.there, &loop.back}) {
        video.part += leg->video->received.loss.lost_count;
        video.whole += leg->video->received.loss.expected_count;
    }
    const transport::Duration later =
        std::max(loaded->median - idle->median, transport::Duration(0));
    // Both ways of the loop go up to the relay and come down from it.
    const std::string words = "With two megabits of video a second up and as much down, " +
                              pct_text(video.pct()) + " of " + std::to_string(video.whole) +
                              " video packets are lost, and audio takes " + ms_text(later) +
                              " longer than alone";
    auto out = call_finding("relay/under-load", Verdict::pass(), "holds", words);
    // What audio alone loses as well is no effect of the load.
    const bool loses = video.low_pct() > std::max(1.0, 2 * idle->lost.high_pct());
    const bool swells = later >= std::chrono::milliseconds(100);
    if (loses || swells) {
        out = call_finding(
            "relay/under-load",
            Verdict::fail(loses ? Reason("video-lost", words) : Reason("audio-late", words)),
            "suffers", "");
        out.advice = {
            "Send less video than two megabits a second, which this link does not carry, or see "
            "what else fills it."};
    }
    // Under a lossy line the load is no cause, and nothing holds.
    if (!loses && !swells && video.low_pct() > 1) {
        out.value.clear();
        out.summary.clear();
        out.verdict = Verdict::inconclusive(
            Reason("lossy-alone", "Audio alone loses " + pct_text(idle->lost.pct()) +
                                      " already, so that the load shows nothing: " + words));
    } else if (!loses && video.part > 0)
        out.summary += "; audio alone lost " + pct_text(idle->lost.pct());
    out.data["video_lost_count"] = video.part;
    out.data["video_expected_count"] = video.whole;
    out.data["audio_later_us"] = later.count();
    out.evidence_ids = {"under-load"};
    return out;
}

}  // namespace portolan::nat_probe
