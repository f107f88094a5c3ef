#include "probe/cli/report/evidence.hpp"

#include <algorithm>
#include <cstdio>

#include "ice-tests/media/media_statistics.hpp"
#include "probe/cli/report/figures.hpp"
#include "probe/cli/report/quality.hpp"
#include "probe/stun/attribute_table.hpp"
#include "probe/stun/message.hpp"

namespace portolan::nat_probe {
namespace {

using precall::Loop;
using precall::Step;
using precall::Visit;

std::string_view words_of(Step step) {
    constexpr std::string_view kWords[] = {"name",       "connection", "handshake", "answer",
                                           "allocation", "permission", "data"};
    return kWords[static_cast<std::size_t>(step)];
}

std::string frame_words(stun::Bytes bytes) {
    std::string size = std::to_string(bytes.size()) + " bytes";
    const auto view = stun::MessageView::parse(bytes);
    if (!view) return size;
    std::string out(stun::name_of(view->method()));
    out += ' ';
    out += stun::to_string(view->message_class());
    if (const auto error = view->error_code()) out += ' ' + std::to_string(error->code);
    return out + ", " + size;
}

std::vector<std::string> transcript_lines(const Visit& visit) {
    std::vector<std::string> out;
    const auto& exchanges = visit.transcript->exchanges();
    if (exchanges.empty()) return out;
    const transport::Time first = exchanges.front().at;
    for (const turn::Exchange& each : exchanges) {
        char when[32];
        std::snprintf(when, sizeof when, "%8.1f ms  ",
                      static_cast<double>((each.at - first).count()) / 1000);
        const bool is_sent = each.direction == turn::Direction::Sent;
        out.push_back(when + (each.bytes.empty()
                                  ? each.note
                                  : (is_sent ? "sent " : "received ") + frame_words(each.bytes)));
    }
    return out;
}

report::Json loop_json(const Loop& loop, const std::string& title) {
    report::Json out = report::Json::object();
    if (const auto quality = quality_of(loop)) out = to_json(*quality);
    const report::Json figure = delay_figure(loop, title);
    if (!figure.is_null()) out["figures"] = report::Json::array({figure});
    out["complete"] = loop.is_done;
    for (const auto& [name, leg] :
         {std::pair{"video_there", &loop.there}, std::pair{"video_back", &loop.back}}) {
        if (!leg->video) continue;
        const media::LossCounts& loss = leg->video->received.loss;
        out[name] = {{"expected_count", loss.expected_count},
                     {"lost_count", loss.lost_count},
                     {"jitter_us", leg->video->received.jitter_us}};
    }
    return out;
}

report::Json ways_json(const Loop& loop) {
    const auto leg = [](const precall::Leg& each) -> report::Json {
        if (!each.audio) return nullptr;
        const media::LossCounts& loss = each.audio->received.loss;
        return {{"expected_count", loss.expected_count}, {"lost_count", loss.lost_count}};
    };
    return {{"up", leg(loop.there)}, {"down", leg(loop.back)}, {"complete", loop.is_done}};
}

report::Evidence visit_evidence(const ServerFacts& server, const Attempt& attempt) {
    const Visit& visit = attempt.visit;
    report::Evidence out;
    out.id = visit_evidence_id(server, attempt);
    out.kind = report::EvidenceKind::Timing;
    out.title = server.title() + " at " + visit.endpoint.server.to_string();
    out.data["steps"] = steps_json(server, visit);
    out.data["address"] = visit.endpoint.server.to_string();
    if (visit.local) out.data["local"] = visit.local->to_string();
    if (visit.mapped) out.data["mapped"] = visit.mapped->to_string();
    if (visit.relayed) out.data["relayed"] = visit.relayed->to_string();
    if (visit.copy_count > 0) out.data["last_request_copy_count"] = visit.copy_count;
    if (!visit.software.empty()) out.data["software"] = visit.software;
    if (visit.tls) {
        out.data["tls"] = visit.tls->description;
        if (visit.tls->expires_at_s != 0) {
            out.data["certificate_expires_at_s"] = visit.tls->expires_at_s;
        }
    }
    if (!visit.redirected_by.empty()) {
        out.data["redirected_by"] = report::Json::array();
        for (const TransportAddress& each : visit.redirected_by)
            out.data["redirected_by"].push_back(each.to_string());
    }
    if (visit.problem) {
        out.data["failed_step"] = precall::to_string(visit.problem->step);
        out.data["failure"] = visit.problem->detail;
    }
    if (visit.under_way) out.data["cut_off_in_step"] = precall::to_string(*visit.under_way);
    out.lines = transcript_lines(visit);
    return out;
}

}  // namespace

std::string visit_evidence_id(const ServerFacts& server, const Attempt& attempt) {
    return server.id + '.' + std::string(portolan::to_string(attempt.family));
}

std::vector<std::string> visit_evidence_ids(const ServerFacts& server) {
    std::vector<std::string> out;
    for (const auto& attempt : server.attempts)
        out.push_back(visit_evidence_id(server, *attempt));
    if (out.empty()) out.push_back(server.id + ".name");
    return out;
}

std::vector<std::string> side_by_side_evidence_ids(const CallFacts& facts) {
    if (facts.servers.empty()) return {};
    return {kSideBySideEvidence};
}

std::string media_evidence_id(const ServerFacts& server) {
    return server.id + ".media";
}

std::optional<transport::Duration> answer_time(const Visit& visit) {
    const auto step = std::ranges::find(visit.steps, Step::Ask, &precall::StepTime::step);
    if (step == visit.steps.end()) return std::nullopt;
    return step->duration;
}

report::Json steps_json(const ServerFacts& server, const Visit& visit) {
    report::Json out = report::Json::object();
    if (server.is_looked_up && !server.uri.numeric()) {
        out["resolve_us"] = server.lookup_time.count();
    }
    for (const precall::StepTime& each : visit.steps)
        out[std::string(precall::to_string(each.step)) + "_us"] = each.duration.count();
    return out;
}

std::string steps_text(const ServerFacts& server, const Visit& visit) {
    std::string out;
    const auto add = [&](Step step, transport::Duration duration) {
        if (!out.empty()) out += ", ";
        out += std::string(words_of(step)) + ' ' + ms_text(duration);
    };
    if (server.is_looked_up && !server.uri.numeric()) add(Step::Resolve, server.lookup_time);
    for (const precall::StepTime& each : visit.steps)
        add(each.step, each.duration);
    return out;
}

std::vector<report::Evidence> evidence_of(const ServerFacts& server) {
    std::vector<report::Evidence> out;
    for (const auto& attempt : server.attempts)
        out.push_back(visit_evidence(server, *attempt));
    if (out.empty()) {
        report::Evidence name{.id = server.id + ".name", .kind = report::EvidenceKind::Timing};
        name.title = "Looking up " + server.uri.host;
        name.data["resolve_us"] = server.lookup_time.count();
        name.data["complete"] = server.is_looked_up;
        if (server.lookup_problem) name.data["failure"] = server.lookup_problem->detail;
        out.push_back(std::move(name));
    }
    const bool has_media = server.wants_media || server.asks_from_outside || server.audio.problem;
    if (!has_media) return out;
    report::Evidence media{.id = media_evidence_id(server),
                           .kind = report::EvidenceKind::Measurement};
    media.title = "Audio (some " + std::to_string(loop_load_kbit_s()) +
                  " kbit/s up, and as much down) out over one allocation of " + server.title() +
                  ", back over another";
    media.data = loop_json(server.audio, server.title());
    if (server.audio.problem) media.data["failure"] = server.audio.problem->sentence();
    if (server.second.problem) {
        media.data["second_allocation_failure"] = server.second.problem->sentence();
    }
    if (server.asks_from_outside) {
        const precall::FromOutside& outside = server.outside;
        media.data["from_outside"] = {{"arrived", outside.has_arrived},
                                      {"complete", outside.is_done},
                                      {"copy_count", outside.copy_count},
                                      {"control_count", outside.control_count}};
        if (outside.problem) media.data["from_outside"]["failure"] = outside.problem->sentence();
    }
    out.push_back(std::move(media));
    return out;
}

std::vector<report::Evidence> evidence_of_loops(const CallFacts& facts) {
    std::vector<report::Evidence> out;
    if (facts.split) {
        report::Evidence split{.id = "loss-each-way", .kind = report::EvidenceKind::Measurement};
        split.title = "Audio up over " + facts.servers[facts.split->first]->title() +
                      " and down over " + facts.servers[facts.split->second]->title() +
                      ", and the reverse";
        split.data = ways_json(facts.split->loop);
        out.push_back(std::move(split));
    }
    if (facts.loaded) {
        report::Evidence loaded{.id = "under-load", .kind = report::EvidenceKind::Measurement};
        loaded.title = "Audio and video through " + facts.servers[facts.loaded->first]->title();
        loaded.data = loop_json(facts.loaded->loop, loaded.title);
        out.push_back(std::move(loaded));
    }
    return out;
}

}  // namespace portolan::nat_probe
