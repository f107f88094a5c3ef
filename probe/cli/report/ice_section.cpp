#include "probe/cli/report/ice_section.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "ice-tests/precall/sdp_check.hpp"
#include "probe/cli/report/catalogue.hpp"
#include "probe/cli/report/quality.hpp"
#include "reports/model/figure.hpp"

namespace portolan::nat_probe {
namespace {

using precall::Gathering;
using precall::IceTrial;
using precall::SeenCandidate;
using report::Reason;
using report::Verdict;

constexpr const char* kGatheringEvidence = "candidates";

std::string trial_evidence_id(const ServerFacts& server) {
    return server.id + ".ice";
}

std::vector<std::string> description_evidence(const CallFacts& facts) {
    std::vector<std::string> out;
    if (!facts.gathering.description.empty()) out.emplace_back(kGatheringEvidence);
    for (const auto& server : facts.servers) {
        if (!server->ice.descriptions.empty()) out.push_back(trial_evidence_id(*server));
    }
    return out;
}

std::string type_words(const std::string& type) {
    if (type == "srflx") return "server-reflexive";
    if (type == "prflx") return "peer-reflexive";
    if (type == "relay") return "relayed";
    return type;
}

std::size_t relay_count(const CallFacts& facts) {
    return static_cast<std::size_t>(std::ranges::count_if(
        facts.servers, [](const auto& server) { return !server->ice.candidates.empty(); }));
}

/// "1 host, 1 server-reflexive, relayed at 3 servers"
std::string counts_of(const CallFacts& facts) {
    std::map<std::string, int> counts;
    for (const SeenCandidate& each : facts.gathering.candidates)
        ++counts[each.type];
    std::string out;
    for (const auto& [type, count] : counts) {
        if (!out.empty()) out += ", ";
        out += std::to_string(count) + ' ' + type_words(type);
    }
    if (const std::size_t relays = relay_count(facts); relays > 0) {
        if (!out.empty()) out += ", ";
        out += "relayed at " + std::to_string(relays) + (relays == 1 ? " server" : " servers");
    }
    return out;
}

/// "IPv4: host after 1 ms, server-reflexive after 32 ms; relayed after 64 to 98 ms"
std::string times_of(const CallFacts& facts) {
    std::string out;
    for (const AddressFamily family : {AddressFamily::IPv4, AddressFamily::IPv6}) {
        std::string words;
        for (const SeenCandidate& each : facts.gathering.candidates) {
            if (each.address.family() != family) continue;
            words += (words.empty() ? "" : ", ") + type_words(each.type) + " after " +
                     ms_text(each.after);
        }
        if (words.empty()) continue;
        out += (out.empty() ? "" : "; ") +
               std::string(family == AddressFamily::IPv4 ? "IPv4: " : "IPv6: ") + words;
    }
    std::optional<transport::Duration> first;
    std::optional<transport::Duration> last;
    for (const auto& server : facts.servers) {
        if (!server->ice.gathered_after) continue;
        first = std::min(first.value_or(*server->ice.gathered_after), *server->ice.gathered_after);
        last = std::max(last.value_or(*server->ice.gathered_after), *server->ice.gathered_after);
    }
    if (first) {
        out += (out.empty() ? "" : "; ") + std::string("relayed after ") + ms_text(*first);
        if (*first != *last) out += " to " + ms_text(*last);
    }
    return out;
}

/// The address that the STUN server of the gathering told our own client, where a NAT makes it
/// another than the one the packets left from.
std::optional<IpAddress> translated_ip(const CallFacts& facts) {
    for (const auto& server : facts.servers) {
        for (const auto& attempt : server->attempts) {
            const precall::Visit& visit = attempt->visit;
            if (visit.endpoint.server != facts.gathering.stun_server) continue;
            if (visit.mapped && visit.local && visit.mapped->ip != visit.local->ip) {
                return visit.mapped->ip;
            }
        }
    }
    return std::nullopt;
}

bool has_reflexive(const Gathering& gathering) {
    return std::ranges::any_of(gathering.candidates,
                               [](const SeenCandidate& each) { return each.type == "srflx"; });
}

report::Finding candidates_finding(const CallFacts& facts) {
    constexpr std::string_view kId = "ice/candidates";
    const Gathering& gathering = facts.gathering;
    if (!gathering.was_begun) {
        return call_not_tested(kId, "out-of-time", "The run ended before libnice could gather");
    }
    const auto with_evidence = [&](report::Finding out) {
        out.evidence_ids = {kGatheringEvidence};
        return out;
    };
    if (gathering.candidates.empty() && relay_count(facts) == 0) {
        if (!gathering.is_done && gathering.why_not.empty()) {
            return with_evidence(
                call_not_tested(kId, "out-of-time", "The run ended before libnice had gathered"));
        }
        return with_evidence(call_finding(
            kId,
            Verdict::fail(Reason("no-candidates",
                                 "libnice finds no address to offer" +
                                     (gathering.why_not.empty() ? "" : ": " + gathering.why_not))),
            "", ""));
    }
    const std::string words = counts_of(facts) + " (" + times_of(facts) + ')';
    const auto expected = translated_ip(facts);
    if (expected && !has_reflexive(gathering)) {
        return with_evidence(call_finding(
            kId,
            Verdict::inconclusive(Reason(
                "no-reflexive",
                "libnice did not learn the address outside of the NAT, " + expected->to_string() +
                    ", from " + gathering.stun_server->to_string() +
                    (gathering.is_done
                         ? ": it asks in the form of RFC 3489, which servers need not answer; "
                         : " in time; ") +
                    words)),
            "", ""));
    }
    // libnice's sockets are tied to the interface of their address.
    const auto& stun = gathering.stun_server;
    const bool is_loopback = stun && stun->ip.address_class() == AddressClass::Loopback;
    return with_evidence(call_finding(
        kId, Verdict::pass(), counts_of(facts),
        times_of(facts) + (is_loopback ? "; from the loopback interface alone, where the only STUN "
                                         "server is"
                                       : "")));
}

/// Agents that did not get their relays describe nothing to call: the relay is the matter then.
bool is_worth_checking(const IceTrial& trial) {
    if (trial.is_connected) return !trial.descriptions.empty();
    return !trial.descriptions.empty() &&
           std::ranges::all_of(trial.descriptions, [](const std::string& description) {
               return description.find("\na=candidate:") != std::string::npos;
           });
}

precall::SdpCheck check_descriptions(const CallFacts& facts) {
    precall::SdpCheck out;
    if (!facts.gathering.description.empty() && !facts.gathering.candidates.empty()) {
        out.add(precall::check_sdp({facts.gathering.description}));
    }
    for (const auto& server : facts.servers) {
        if (is_worth_checking(server->ice)) out.add(precall::check_sdp(server->ice.descriptions));
    }
    return out;
}

report::Finding sdp_finding(const CallFacts& facts) {
    constexpr std::string_view kId = "ice/sdp";
    const precall::SdpCheck check = check_descriptions(facts);
    if (check.description_count == 0) {
        return call_not_tested(kId, "no-descriptions", "No session description was made");
    }
    const std::string count = std::to_string(check.description_count) +
                              (check.description_count == 1 ? " description" : " descriptions");
    if (check.complaints.empty()) {
        auto out = call_finding(kId, Verdict::pass(), "clean",
                                "sdp-lint has nothing against the " + count + " made on the way");
        // Where nothing is wrong one is as good as all: each is with its relay.
        out.evidence_ids = description_evidence(facts);
        out.evidence_ids.resize(std::min<std::size_t>(out.evidence_ids.size(), 1));
        return out;
    }
    auto out = call_finding(kId,
                            Verdict::fail(Reason("sdp-defect", "In " + count + ", sdp-lint finds " +
                                                                   check.complaints.front())),
                            "", "");
    out.data["complaints"] = check.complaints;
    out.evidence_ids = description_evidence(facts);
    return out;
}

/// What our own client met where libnice met a failure.
std::optional<precall::Problem> own_problem(const ServerFacts& server) {
    if (server.second.problem) return server.second.problem;
    return server.audio.problem;
}

/// A lost packet is a matter of every path that shares it: over TCP it is a wait of seconds.
bool is_disturbed(const ServerFacts& server) {
    const auto quality = quality_of(server.audio);
    return quality && (quality->lost.part > 0 || quality->is_late);
}

std::string what_fails(const IceTrial& trial) {
    return trial.is_connected ? "libnice connects, and its data does not get through"
                              : "libnice does not connect";
}

report::Finding failed_trial(const CallFacts& facts, const ServerFacts& server) {
    constexpr std::string_view kId = "relay/ice";
    const IceTrial& trial = server.ice;
    const auto own = own_problem(server);
    if (trial.was_out_of_room) {
        return call_finding(
            kId,
            Verdict::inconclusive(
                Reason("quota",
                       "The server has no room for two more allocations beside those of this "
                       "report: " +
                           trial.why_not)),
            "", "");
    }
    if (own) {
        const std::string sentence = own->sentence();
        const auto code = Reason::parse(
            precall::row_of(own->cause).code.text(),
            what_fails(trial) + " by this relay, and our own client found out why: " + sentence);
        const Reason reason = code ? *code : Reason("unknown", sentence);
        // A server may forbid to relay to itself, and serves calls all the same.
        if (own->step == precall::Step::Permit) {
            return call_finding(kId, Verdict::unsupported(reason), "", "");
        }
        auto out = call_finding(kId, Verdict::fail(reason), "", "");
        out.severity = report::Severity::Info;  // the cause is a finding of its own
        return out;
    }
    if (!server.audio.is_done) {
        return call_finding(
            kId,
            Verdict::inconclusive(Reason(
                "no-control",
                what_fails(trial) + ", and our own client has not been through: " + trial.why_not)),
            "", "");
    }
    const bool anywhere =
        std::ranges::any_of(facts.servers, [](const auto& each) { return is_disturbed(*each); });
    if (!quality_of(server.audio) || anywhere) {
        return call_finding(
            kId,
            Verdict::inconclusive(
                Reason("disturbed",
                       what_fails(trial) +
                           " in time, which lost packets or a busy computer can explain here: " +
                           trial.why_not)),
            "", "");
    }
    return call_finding(
        kId,
        Verdict::fail(Reason("libnice-fails", "Our own client's data gets through, but " +
                                                  what_fails(trial) + ": " + trial.why_not)),
        "", "");
}

}  // namespace

report::Section ice_section(const CallFacts& facts) {
    report::Section out{.id = "ice", .title = "ICE with libnice"};
    out.findings.push_back(candidates_finding(facts));
    out.findings.push_back(sdp_finding(facts));
    return out;
}

report::Finding relay_ice_finding(const CallFacts& facts, const ServerFacts& server) {
    constexpr std::string_view kId = "relay/ice";
    const IceTrial& trial = server.ice;
    if (!trial.was_begun) {
        return server.no_media_because.empty()
                   ? call_not_tested(kId, "not-tried", "It was not tried")
                   : call_not_tested(kId, "left-out", server.no_media_because);
    }
    report::Finding out = call_not_tested(
        kId, "out-of-time",
        trial.is_connected ? "The run ended after libnice had connected, and before its data had "
                             "got through"
                           : "The run ended before libnice had connected");
    if (trial.is_connected && trial.has_carried) {
        out = call_finding(kId, Verdict::pass(), "connects",
                           "Two agents that have nothing but this relay gather in " +
                               ms_text(*trial.gathered_after) + ", connect after " +
                               ms_text(*trial.connected_after) + ", and exchange data");
        out.data["connected_us"] = trial.connected_after->count();
        out.data["gathered_us"] = trial.gathered_after->count();
    } else if (trial.is_done) {
        out = failed_trial(facts, server);
    }
    out.evidence_ids = {trial_evidence_id(server)};
    return out;
}

std::vector<report::Evidence> ice_evidence(const CallFacts& facts) {
    std::vector<report::Evidence> out;
    const auto to_json = [](const std::vector<SeenCandidate>& candidates) {
        report::Json json = report::Json::array();
        for (const SeenCandidate& each : candidates) {
            json.push_back({{"type", each.type},
                            {"transport", each.transport},
                            {"address", each.address.to_string()},
                            {"family", portolan::to_string(each.address.family())},
                            {"after_us", each.after.count()}});
        }
        return json;
    };
    if (facts.gathering.was_begun) {
        report::Evidence one{.id = kGatheringEvidence, .kind = report::EvidenceKind::Measurement};
        one.title = "What libnice gathers without a relay";
        one.data["candidates"] = to_json(facts.gathering.candidates);
        one.data["complete"] = facts.gathering.is_done;
        if (facts.gathering.is_done) one.data["took_us"] = facts.gathering.took.count();
        if (facts.gathering.stun_server) {
            one.data["stun_server"] = facts.gathering.stun_server->to_string();
        }
        out.push_back(std::move(one));
    }
    for (const auto& server : facts.servers) {
        const IceTrial& trial = server->ice;
        if (!trial.was_begun) continue;
        report::Evidence one{.id = trial_evidence_id(*server),
                             .kind = report::EvidenceKind::Measurement};
        one.title = "Two libnice agents with nothing but " + server->title();
        one.data["candidates"] = to_json(trial.candidates);
        one.data["complete"] = trial.is_done;
        one.data["connected"] = trial.is_connected;
        one.data["carried"] = trial.has_carried;
        if (trial.gathered_after) one.data["gathered_us"] = trial.gathered_after->count();
        if (trial.connected_after) one.data["connected_us"] = trial.connected_after->count();
        if (!trial.pair.empty()) one.data["selected_pair"] = trial.pair;
        if (!trial.security.empty()) one.data["security"] = trial.security;
        if (!trial.why_not.empty()) one.data["failure"] = trial.why_not;
        one.lines = trial.lines;
        if (trial.ladder) {
            report::add_figure(
                one,
                {.title = "ICE through " + server->title(),
                 .note = "As both agents' packets passed on their way to the server and back, "
                         "below each agent's name its relay; time runs downwards, not to scale. "
                         "Blue: the pair that was selected. Dashed: the answer. Grey: no answer.",
                 .body = *trial.ladder});
        }
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace portolan::nat_probe
