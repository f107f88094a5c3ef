#include "probe/cli/report/server_section.hpp"

#include <algorithm>
#include <utility>

#include "probe/cli/report/catalogue.hpp"
#include "probe/cli/report/evidence.hpp"
#include "probe/cli/report/finding_parts.hpp"
#include "probe/cli/report/ice_section.hpp"
#include "probe/cli/report/media_findings.hpp"
#include "probe/cli/report/outside_finding.hpp"
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
void add_advice(report::Finding& finding, const CallFacts& facts, const ServerFacts& server,
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
    add_advice(out, facts, server, problem.cause);
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

}  // namespace portolan::nat_probe
