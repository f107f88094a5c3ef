#include "probe/cli/report/server_section.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "probe/cli/report/catalogue.hpp"
#include "probe/cli/report/evidence.hpp"
#include "probe/cli/report/ice_section.hpp"
#include "probe/cli/report/quality.hpp"
#include "probe/cli/report/surroundings.hpp"

namespace portolan::nat_probe {
namespace {

using precall::Cause;
using precall::Problem;
using precall::Step;
using precall::Visit;
using report::Reason;
using report::Verdict;

// RFC 8656 s3.2: what an allocation lasts unless it is prolonged.
constexpr std::int64_t kAllocationLastsS = 600;

constexpr const char* kPublicAddressAdvice =
    "Tell the server its public address (coturn: external-ip), which it then gives to relays.";

Reason reason_of(const Problem& problem, const std::string& sentence) {
    const std::string code(precall::row_of(problem.cause).code.text());
    auto out = Reason::parse(code, sentence);
    return out ? *out : Reason("unknown", sentence);
}

std::string capitalised(std::string text) {
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') {
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    }
    return text;
}

void add_remedy(report::Finding& finding, Cause cause) {
    const std::string_view remedy = precall::row_of(cause).remedy;
    if (!remedy.empty()) finding.advice.emplace_back(remedy);
}

/// Its name has IPv6 addresses, and this computer has IPv4 only.
bool lacks_our_family(const CallFacts& facts, const ServerFacts& server) {
    return facts.has_route && !facts.has_ipv6_route && !server.attempts.empty() &&
           std::ranges::all_of(server.attempts, [](const auto& attempt) {
               return attempt->family == AddressFamily::IPv6 && attempt->visit.problem &&
                      attempt->visit.problem->cause == Cause::NoRoute;
           });
}

/// It has IPv4 addresses, and this computer has IPv6 only.
bool is_of_ipv4_alone(const CallFacts& facts, const ServerFacts& server) {
    return facts.has_ipv6_route && !server.attempts.empty() &&
           std::ranges::all_of(server.attempts, [](const auto& attempt) {
               return attempt->family == AddressFamily::IPv4 && attempt->visit.problem &&
                      attempt->visit.problem->cause == Cause::NoRoute;
           });
}

/// What a captive portal that answers in the server's place looks like, on the ports of the web.
bool may_be_portal(const ServerFacts& server, Cause cause) {
    constexpr Cause kLooks[] = {Cause::NotAServer,
                                Cause::Closed,
                                Cause::HandshakeFails,
                                Cause::TlsAlert,
                                Cause::CertificateSelfSigned,
                                Cause::CertificateUntrusted,
                                Cause::CertificateWrongName,
                                Cause::CertificateRefused};
    const bool is_web = server.uri.port == 443 || server.uri.port == 80;
    return is_web && std::ranges::find(kLooks, cause) != std::end(kLooks);
}

/// The remedy of the cause, unless what else was seen says more.
void add_remedy(report::Finding& finding, const CallFacts& facts, const ServerFacts& server,
                Cause cause) {
    if (std::string advice = family_advice(facts, server); !advice.empty()) {
        finding.advice.push_back(std::move(advice));
        return;
    }
    if (may_be_portal(server, cause) && !portal_words(facts).empty()) {
        finding.advice.emplace_back(
            "Log in to the network first (captive portal), with a browser, and run this again: "
            "until then something else may answer in the server's place.");
        return;
    }
    add_remedy(finding, cause);
}

/// Steps up to an answer belong to reaching the server; what comes then, to the relay.
bool is_about_reaching(const Problem& problem) {
    if (problem.step < Step::Ask) return true;
    return problem.step == Step::Ask && problem.cause != Cause::Forbidden &&
           problem.cause != Cause::NoTurn && problem.cause != Cause::NoCredentials &&
           problem.cause != Cause::OtherError;
}

/// There is one, or the run ended before that was known.
bool has_other_relay(const CallFacts& facts, const ServerFacts& server) {
    return std::ranges::any_of(facts.servers, [&](const auto& other) {
        return other.get() != &server &&
               ((other->uri.is_turn() && other->is_undecided()) || facts.serves_calls(*other) ||
                (!facts.counts(server) && facts.may_use(*other)));
    });
}

std::string other_families(const ServerFacts& server, const Attempt& best) {
    std::string out;
    for (const auto& attempt : server.attempts) {
        if (attempt.get() == &best || !attempt->visit.problem) continue;
        if (attempt->visit.problem->cause == Cause::NoRoute) continue;
        out += "; over " + std::string(attempt->family == AddressFamily::IPv6 ? "IPv6" : "IPv4") +
               " (" + attempt->visit.endpoint.server.ip.to_string() + ") " +
               attempt->visit.problem->sentence();
    }
    return out;
}

std::string address_of(const Visit& visit) {
    return visit.endpoint.server.to_string();
}

report::Finding name_finding(const CallFacts& facts, const ServerFacts& server) {
    if (!server.lookup_problem) {
        return call_not_tested("server/reachable", "out-of-time",
                               "Its name had not been looked up when the run ended");
    }
    const Problem& problem = *server.lookup_problem;
    // A name service that fails is the network's matter, and said there.
    if (problem.cause == Cause::NameServiceFails) {
        return call_not_tested("server/reachable", "name-not-looked-up",
                               facts.has_route
                                   ? "Its name could not be looked up: see Names"
                                   : "Without a network its name could not be looked up");
    }
    auto out =
        call_finding("server/reachable",
                     Verdict::fail(reason_of(problem, capitalised(problem.sentence()))), "", "");
    if (!has_other_relay(facts, server) && server.uri.is_turn()) {
        out.severity = report::Severity::High;
    }
    out.evidence_ids = visit_evidence_ids(server);
    add_remedy(out, problem.cause);
    return out;
}

report::Finding reachable_finding(const CallFacts& facts, const ServerFacts& server, Ways ways) {
    const Attempt* best = server.best();
    if (best == nullptr) return name_finding(facts, server);
    const Visit& visit = best->visit;
    const bool fails = visit.problem && is_about_reaching(*visit.problem);
    if (!fails && !visit.has_answered && !visit.has_succeeded) {
        return call_not_tested("server/reachable", "out-of-time",
                               "The run ended before the server had answered");
    }
    if (!fails) {
        const std::string steps = steps_text(server, visit);
        const auto answered_after = answer_time(visit);
        auto out = call_finding("server/reachable", Verdict::pass(),
                                answered_after ? ms_text(*answered_after) : "answers",
                                address_of(visit) + " answers" + (steps.empty() ? "" : ": ") +
                                    steps + other_families(server, *best));
        out.data["steps"] = steps_json(server, visit);
        // Of a request that had to be repeated nobody knows which copy was answered.
        if (visit.round_trip.count() > 0) out.data["rtt_us"] = visit.round_trip.count();
        if (!visit.readings.empty()) out.data["rtt_reading_count"] = visit.readings.size();
        out.data["address"] = address_of(visit);
        out.evidence_ids = visit_evidence_ids(server);
        return out;
    }
    const Problem& problem = *visit.problem;
    std::string sentence =
        address_of(visit) + ": " + problem.sentence() + other_families(server, *best);
    if (facts.other_way_that_works() != nullptr && was_lost(visit)) {
        auto out = call_finding(
            "server/reachable",
            Verdict::fail(Reason("network-blocks", "Nothing comes back by interface " +
                                                       facts.preferred_way +
                                                       " (see Ways out): " + sentence)),
            "", "");
        out.severity = report::Severity::Info;
        out.evidence_ids = visit_evidence_ids(server);
        return out;
    }
    if (explains(ways, server, visit)) {
        auto out =
            call_finding("server/reachable",
                         Verdict::fail(Reason(
                             "network-blocks",
                             (blocked_unless(facts).empty()
                                  ? "The network does not let it through (see Ways out): "
                                  : "The network seems not to let it through (see Ways out): ") +
                                 sentence)),
                         "", "");
        out.severity = report::Severity::Info;
        out.evidence_ids = visit_evidence_ids(server);
        return out;
    }
    // Where nothing came back from anybody, neither the server nor the network is to blame yet.
    auto out =
        call_finding("server/reachable", Verdict::fail(reason_of(problem, sentence)), "", "");
    out.data["failed_step"] = precall::to_string(problem.step);
    out.data["steps"] = steps_json(server, visit);
    out.evidence_ids = visit_evidence_ids(server);
    if (server.uri.is_turn() && !has_other_relay(facts, server)) {
        out.severity = report::Severity::High;
        out.impact = report::Impact::NeedsRelay;
    }
    add_remedy(out, facts, server, problem.cause);
    return out;
}

report::Finding allocation_finding(const CallFacts& facts, const ServerFacts& server) {
    const Attempt* best = server.best();
    if (best == nullptr && server.lookup_problem) {
        return call_not_tested("relay/allocation", "not-reached",
                               "The server was not reached: " + server.lookup_problem->sentence());
    }
    if (best == nullptr || (!best->visit.problem && !best->visit.has_succeeded)) {
        return call_not_tested("relay/allocation", "out-of-time",
                               "The run ended before an allocation was made");
    }
    const Visit& visit = best->visit;
    if (visit.has_succeeded && facts.is_relay_out_of_reach(server)) {
        auto out = call_finding(
            "relay/allocation",
            Verdict::fail(Reason("address-out-of-reach",
                                 "The server gives the relay " + visit.relayed->to_string() +
                                     ", an address of its own " +
                                     (is_of_host(visit.relayed->ip) ? "host" : "network") +
                                     ", while it is reached itself at " + address_of(visit) +
                                     ": peers elsewhere cannot send there")),
            "", "");
        out.advice = {kPublicAddressAdvice};
        out.evidence_ids = visit_evidence_ids(server);
        return out;
    }
    if (visit.has_succeeded && server.is_relay_here) {
        auto out = call_finding(
            "relay/allocation",
            Verdict::inconclusive(Reason(
                "address-out-of-reach",
                "The server gives the relay " + visit.relayed->to_string() +
                    ", an address of this computer, while it is reached itself at " +
                    address_of(visit) +
                    ": unless this computer passes on what comes there, peers cannot send to it")),
            "", "");
        out.advice = {kPublicAddressAdvice};
        out.evidence_ids = visit_evidence_ids(server);
        return out;
    }
    if (visit.has_succeeded) {
        auto out = call_finding("relay/allocation", Verdict::pass(), visit.relayed->ip.to_string(),
                                "The server gives the relay " + visit.relayed->to_string());
        out.evidence_ids = visit_evidence_ids(server);
        return out;
    }
    if (is_out_of_own_quota(facts, server)) {
        auto out = call_finding(
            "relay/allocation",
            Verdict::inconclusive(Reason("quota-of-this-report",
                                         capitalised(visit.problem->sentence()) +
                                             ", of which this report holds some itself: whether it "
                                             "gives one over this transport is open")),
            "", "");
        out.advice = {
            "Raise the server's quota for a user: callers ask for a relay over each transport at "
            "once, as this report does."};
        out.evidence_ids = visit_evidence_ids(server);
        return out;
    }
    if (is_about_reaching(*visit.problem)) {
        return call_not_tested("relay/allocation", "not-reached", "The server was not reached");
    }
    auto out = call_finding(
        "relay/allocation",
        Verdict::fail(reason_of(*visit.problem, capitalised(visit.problem->sentence()))), "", "");
    if (!has_other_relay(facts, server)) out.severity = report::Severity::High;
    out.evidence_ids = visit_evidence_ids(server);
    add_remedy(out, visit.problem->cause);
    return out;
}

/// Of a time-limited credential that was accepted: when it ends.
std::optional<report::Finding> credential_finding(const CallFacts& facts,
                                                  const ServerFacts& server) {
    if (!server.credential_expires_at_s) return std::nullopt;
    const std::int64_t left_s = *server.credential_expires_at_s - facts.unix_time_s;
    // One that has ended is a matter of clocks (network/clock).
    if (left_s < 0) return std::nullopt;
    const std::string when = "The time-limited credential ends in " + span_words(left_s);
    if (left_s > kAllocationLastsS) {
        auto out = call_finding("relay/credential", Verdict::pass(), span_words(left_s), when);
        out.evidence_ids = visit_evidence_ids(server);
        return out;
    }
    auto out =
        call_finding("relay/credential",
                     Verdict::fail(Reason(
                         "ends-soon", when + ": what asks for a relay after that gets none with "
                                             "it, and the server may end those that there are")),
                     span_words(left_s), "");
    out.evidence_ids = visit_evidence_ids(server);
    out.advice = {
        "Fetch a fresh credential when a call begins, and have it last longer than calls do."};
    return out;
}

report::Finding outside_finding(const CallFacts& facts, const ServerFacts& server) {
    const precall::FromOutside& outside = server.outside;
    if (facts.is_relay_out_of_reach(server) || server.is_relay_here) {
        return call_not_tested("relay/from-outside", "address-out-of-reach",
                               "What is sent from here to the relay's address, " +
                                   server.best()->visit.relayed->ip.to_string() +
                                   ", does not get to the server (see Relay)");
    }
    if (!server.asks_from_outside) {
        if (!server.no_media_because.empty()) {
            return call_not_tested("relay/from-outside", "left-out", server.no_media_because);
        }
        const bool is_asked_elsewhere = std::ranges::any_of(facts.servers, [&](const auto& other) {
            return other->uri.host == server.uri.host && other->asks_from_outside;
        });
        if (is_asked_elsewhere) {
            return call_not_tested("relay/from-outside", "asked-over-udp",
                                   "It is asked over UDP, of a relay of the same server");
        }
        if (facts.counts(server) && is_without_udp(ways_out(facts))) {
            return call_not_tested("relay/from-outside", "no-udp",
                                   "A stranger's packet takes UDP, which does not get out of this "
                                   "network");
        }
        return call_not_tested(
            "relay/from-outside", "asked-over-udp",
            "It is asked of relays that are reached over UDP without DTLS, of which none of this "
            "server's was");
    }
    if (outside.problem) {
        const Problem& problem = *outside.problem;
        if (problem.cause == Cause::Forbidden) {
            return call_finding(
                "relay/from-outside",
                Verdict::unsupported(reason_of(
                    problem,
                    "The server forbids this host's own address as a peer: " + problem.detail)),
                "", "");
        }
        return call_not_tested("relay/from-outside", "not-tried",
                               "It could not be tried: " + problem.sentence());
    }
    const auto with_evidence = [&](report::Finding finding) {
        finding.evidence_ids = {media_evidence_id(server)};
        return finding;
    };
    if (outside.has_arrived) {
        return with_evidence(call_finding("relay/from-outside", Verdict::pass(), "arrives",
                                          facts.counts(server)
                                              ? "A stranger's packet reaches the relay"
                                              : "A packet of another socket on this computer "
                                                "reaches the relay"));
    }
    if (!outside.is_done) {
        return call_not_tested("relay/from-outside", "out-of-time",
                               "The run ended before it was known");
    }
    const std::string counts = std::to_string(outside.copy_count) + " packets to the relay, " +
                               std::to_string(outside.control_count) +
                               " answers to the control on the same socket";
    // The permission is for one address; a NAT with several may send from another.
    const discovery::Outcome* nat = facts.nat();
    if (nat != nullptr && nat->pooling.known() &&
        *nat->pooling.value != discovery::Pooling::Paired) {
        return with_evidence(call_finding(
            "relay/from-outside",
            Verdict::inconclusive(Reason("several-addresses",
                                         "Nothing arrived, but this network leaves by several "
                                         "public addresses, of which one was permitted: " +
                                             counts)),
            "", ""));
    }
    if (!outside.is_proof_of_closure()) {
        return with_evidence(
            call_finding("relay/from-outside",
                         Verdict::inconclusive(Reason("no-control",
                                                      "Nothing arrived, but the controls did not "
                                                      "either: " +
                                                          counts)),
                         "", ""));
    }
    auto out = call_finding(
        "relay/from-outside",
        Verdict::fail(Reason("relay-closed",
                             "Nothing that a stranger sends to the relay arrives (" + counts +
                                 "): the server's firewall closes its relay ports, or this network "
                                 "lets UDP out to the server's own port alone")),
        "closed", "");
    out.advice = {
        "Open the server's relay ports (49152 to 65535 over UDP, if it has no range of "
        "its own) in its firewall, and check its external address."};
    return with_evidence(std::move(out));
}

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

bool lost_nothing(const precall::Loop& loop) {
    const auto quality = quality_of(loop);
    return quality && quality->is_enough && quality->lost.part == 0;
}

}  // namespace

std::string family_advice(const CallFacts& facts, const ServerFacts& server) {
    if (lacks_our_family(facts, server)) {
        return "Have the DNS name an IPv4 address (A) for the server too, or give this network "
               "IPv6: its name has IPv6 addresses (AAAA) only.";
    }
    if (!is_of_ipv4_alone(facts, server)) return {};
    const bool is_translated =
        std::ranges::any_of(facts.nats, [](const NatFacts& nat) { return nat.is_translated; });
    if (is_translated && server.uri.numeric()) {
        return "Name the server by its DNS name, or by an IPv6 address: this computer has IPv6 "
               "alone, and its network's NAT64 is found by names (DNS64).";
    }
    return "Give the server an IPv6 address, or this network IPv4 or a NAT64 with DNS64: this "
           "computer has IPv6 alone, and the server IPv4.";
}

bool is_out_of_own_quota(const CallFacts& facts, const ServerFacts& server) {
    const Attempt* best = server.best();
    if (best == nullptr || !best->visit.problem) return false;
    const Cause cause = best->visit.problem->cause;
    if (cause != Cause::Quota && cause != Cause::Capacity) return false;
    return std::ranges::any_of(facts.servers, [&](const auto& other) {
        return other.get() != &server && other->uri.host == server.uri.host &&
               other->uri.is_turn() && other->best() != nullptr &&
               other->best()->visit.has_succeeded;
    });
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

report::Section server_section(const CallFacts& facts, const ServerFacts& server, Ways ways) {
    report::Section out;
    out.id = server.id;
    out.title = server.title();
    out.subject["uri"] = server.uri.to_string();
    out.subject["transport"] = turn::to_string(server.transport());
    const Attempt* best = server.best();
    if (best != nullptr) {
        const Visit& visit = best->visit;
        out.subject["address"] = address_of(visit);
        if (visit.mapped) out.subject["mapped"] = visit.mapped->to_string();
        if (visit.relayed) out.subject["relayed"] = visit.relayed->to_string();
        if (!visit.software.empty()) out.subject["software"] = visit.software;
        if (visit.tls) out.subject["tls"] = visit.tls->description;
    }
    out.findings.push_back(reachable_finding(facts, server, ways));
    if (!server.uri.is_turn()) return out;
    out.findings.push_back(allocation_finding(facts, server));
    // Where there is no relay, nothing more is to be said of it.
    if (best == nullptr || !best->visit.has_succeeded) return out;
    if (auto credential = credential_finding(facts, server)) {
        out.findings.push_back(std::move(*credential));
    }
    out.findings.push_back(outside_finding(facts, server));
    out.findings.push_back(data_finding(facts, server));
    out.findings.push_back(relay_ice_finding(facts, server));
    out.findings.push_back(quality_finding(facts, server));
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
