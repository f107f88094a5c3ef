#include "probe/cli/report/surroundings.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "probe/cli/report/catalogue.hpp"
#include "probe/cli/report/evidence.hpp"

namespace portolan::nat_probe {
namespace {

using precall::Cause;
using precall::WebCheck;
using report::Reason;
using report::Verdict;

constexpr const char* kWebEvidence = "web-check";
constexpr const char* kMappingEvidence = "port-mapping";
constexpr int kNoContent = 204;
// RFC 6585 s6: for proxies that intercept, and never for the server that was asked.
constexpr int kNetworkAuthenticationRequired = 511;
// Less is no clock that is wrong: a Date has whole seconds, and a busy server writes it late.
constexpr std::int64_t kMostSkewS = 60;

/// "http://portal.example:8080" of any URL: what follows may be somebody's session.
std::string origin_of(const std::string& url) {
    const std::size_t host = url.find("://");
    if (host == std::string::npos) return {};
    return url.substr(0, std::min(url.find_first_of("/?#", host + 3), url.size()));
}

std::string host_of(const std::string& url) {
    const std::string origin = origin_of(url);
    if (origin.empty()) return {};
    std::string host = origin.substr(origin.find("://") + 3);
    const std::size_t colon = host.rfind(':');
    const bool is_port = colon != std::string::npos && host.find(']', colon) == std::string::npos;
    if (is_port) host.resize(colon);
    return host;
}

bool sends_elsewhere(const WebCheck& web) {
    const int status = web.head->status;
    if (status < 300 || status > 399) return false;
    const std::string host = host_of(web.head->location);
    return !host.empty() && host != web.host && host != '[' + web.host + ']';
}

bool has_portal(const CallFacts& facts) {
    if (!facts.web || !facts.web->head) return false;
    return facts.web->head->status == kNetworkAuthenticationRequired || sends_elsewhere(*facts.web);
}

/// Of the server's clock before this one; nothing where no answer told the time.
std::optional<std::int64_t> web_offset_s(const CallFacts& facts) {
    if (!facts.web || !facts.web->head || !facts.web->head->date_s) return std::nullopt;
    return *facts.web->head->date_s - facts.web->answered_at_s;
}

/// A server that took a credential although by this clock it had ended.
const ServerFacts* took_ended_credential(const CallFacts& facts) {
    for (const auto& server : facts.servers) {
        const Attempt* best = server->best();
        const bool is_over = server->credential_expires_at_s &&
                             *server->credential_expires_at_s + kMostSkewS < facts.unix_time_s;
        if (is_over && best != nullptr && best->visit.has_succeeded) return server.get();
    }
    return nullptr;
}

const ServerFacts* has_certificate_of_tomorrow(const CallFacts& facts) {
    for (const auto& server : facts.servers) {
        for (const auto& attempt : server->attempts) {
            const auto& problem = attempt->visit.problem;
            if (problem && problem->cause == Cause::CertificateNotYetValid) return server.get();
        }
    }
    return nullptr;
}

}  // namespace

std::string span_words(std::int64_t seconds) {
    constexpr std::pair<std::int64_t, const char*> kUnits[] = {
        {86'400, "days"}, {3'600, "hours"}, {60, "minutes"}};
    for (const auto& [size, words] : kUnits) {
        if (seconds >= 2 * size) return std::to_string(seconds / size) + ' ' + words;
    }
    return std::to_string(seconds) + " s";
}

report::Finding portal_finding(const CallFacts& facts) {
    constexpr std::string_view kId = "network/captive-portal";
    if (!facts.web) {
        return call_not_tested(kId, "not-asked",
                               "Nothing is asked of hosts that were not named: --check-url names a "
                               "page of your own that answers 204");
    }
    const WebCheck& web = *facts.web;
    if (!web.is_done) {
        return call_not_tested(kId, "out-of-time",
                               "The run ended before " + web.url + " had answered");
    }
    const auto finish = [](report::Finding out) {
        out.evidence_ids = {kWebEvidence};
        return out;
    };
    if (!web.head) {
        return finish(
            call_finding(kId,
                         Verdict::inconclusive(Reason(
                             "no-answer", web.url + " gave no answer: " + web.problem->sentence())),
                         "", ""));
    }
    const int status = web.head->status;
    if (status == kNoContent) {
        return finish(call_finding(kId, Verdict::pass(), "none",
                                   web.url + " is answered as it should be (204)"));
    }
    if (has_portal(facts)) {
        const std::string how =
            status == kNetworkAuthenticationRequired
                ? "it answers 511 (Network Authentication Required) in the place of " + web.host
                : "in the place of " + web.host + " it sends on to " +
                      origin_of(web.head->location);
        auto out = finish(call_finding(
            kId,
            Verdict::fail(Reason("captive-portal", "This network wants a login first: " + how)),
            "present", ""));
        out.advice = {"Open a web page in a browser, log in to the network, and run this again."};
        return out;
    }
    return finish(call_finding(
        kId,
        Verdict::inconclusive(Reason("unexpected-answer",
                                     web.url + " answers " + std::to_string(status) +
                                         " where 204 was expected: that is the page of a captive "
                                         "portal, or the URL is not made for this check")),
        "", ""));
}

std::string portal_words(const CallFacts& facts) {
    return has_portal(facts) ? "this network wants a login first (captive portal)" : "";
}

report::Finding clock_finding(const CallFacts& facts) {
    constexpr std::string_view kId = "network/clock";
    const auto offset = web_offset_s(facts);
    if (offset) {
        const std::int64_t apart = std::abs(*offset);
        const std::string where = facts.web->host;
        report::Finding out = call_finding(
            kId, Verdict::pass(), span_words(apart),
            "This computer's clock and that of " + where + " are " + span_words(apart) + " apart");
        if (apart > kMostSkewS) {
            const char* direction = *offset > 0 ? " behind" : " ahead of";
            out =
                call_finding(kId,
                             Verdict::fail(Reason("clock-differs",
                                                  "This computer's clock is " + span_words(apart) +
                                                      direction + " that of whoever answers for " +
                                                      where + ": one of the two is wrong")),
                             span_words(apart), "");
            out.advice = {
                "Set this computer's clock, unless it is the other that is wrong: certificates and "
                "time-limited credentials are judged by it."};
        }
        out.data["server_ahead_s"] = *offset;
        out.evidence_ids = {kWebEvidence};
        return out;
    }
    if (const ServerFacts* server = took_ended_credential(facts)) {
        const std::int64_t ago = facts.unix_time_s - *server->credential_expires_at_s;
        auto out = call_finding(
            kId,
            Verdict::inconclusive(Reason(
                "ended-credential-accepted",
                server->title() + " accepts a credential that by this computer's clock ended " +
                    span_words(ago) +
                    " ago: this clock is ahead, or the server's is behind, or "
                    "the server does not look")),
            "", "");
        out.evidence_ids = visit_evidence_ids(*server);
        return out;
    }
    if (const ServerFacts* server = has_certificate_of_tomorrow(facts)) {
        auto out =
            call_finding(kId,
                         Verdict::inconclusive(Reason(
                             "certificate-not-yet-valid",
                             "By this computer's clock the certificate of " + server->title() +
                                 " is not valid yet: this clock is behind, or the "
                                 "certificate is wrong")),
                         "", "");
        out.evidence_ids = visit_evidence_ids(*server);
        return out;
    }
    return call_not_tested(kId, "no-clock-seen",
                           "No answer told the time: --check-url names a page that does");
}

report::Finding port_mapping_finding(const CallFacts& facts) {
    constexpr std::string_view kId = "network/port-mapping";
    const precall::PortMapping& seen = facts.port_mapping;
    if (!seen.was_begun) {
        return call_not_tested(kId, "not-invasive",
                               "The router is asked how it maps ports only with --invasive");
    }
    if (!seen.problem.empty())
        return call_not_tested(kId, "not-tried", "Not tried: " + seen.problem);
    std::string names;
    const auto add = [&](bool is_there, const char* name) {
        if (is_there) names += (names.empty() ? "" : ", ") + std::string(name);
    };
    add(seen.has_upnp, "UPnP IGD");
    add(seen.has_nat_pmp, "NAT-PMP");
    add(seen.has_pcp, "PCP");
    if (names.empty() && !seen.is_done) {
        return call_not_tested(kId, "out-of-time", "The run ended before the router had answered");
    }
    std::string words = names.empty() ? "The router " + seen.router->to_string() +
                                            " answers none of UPnP IGD, NAT-PMP and PCP"
                                      : "Applications may open ports by " + names;
    if (seen.outside) words += "; by NAT-PMP its address outside is " + seen.outside->to_string();
    if (seen.has_upnp) words += "; UPnP answers from " + origin_of(seen.upnp_location);
    auto out = call_finding(kId, Verdict::pass(), names.empty() ? "none" : names, words);
    out.data["upnp_igd"] = seen.has_upnp;
    out.data["nat_pmp"] = seen.has_nat_pmp;
    out.data["pcp"] = seen.has_pcp;
    out.evidence_ids = {kMappingEvidence};
    return out;
}

std::vector<report::Evidence> surroundings_evidence(const CallFacts& facts) {
    std::vector<report::Evidence> out;
    if (facts.web && (facts.web->was_begun || facts.web->is_done)) {
        const WebCheck& web = *facts.web;
        report::Evidence one{.id = kWebEvidence, .kind = report::EvidenceKind::Measurement};
        one.title = "A page of the user's own: " + web.url;
        one.data["complete"] = web.is_done;
        one.data["took_us"] = web.took.count();
        if (web.head) {
            one.data["status"] = web.head->status;
            if (web.head->date_s) one.data["server_time_s"] = *web.head->date_s;
            one.data["own_time_s"] = web.answered_at_s;
            if (!web.head->location.empty()) one.data["sends_to"] = origin_of(web.head->location);
        }
        if (web.problem) one.data["failure"] = web.problem->sentence();
        out.push_back(std::move(one));
    }
    const precall::PortMapping& mapping = facts.port_mapping;
    if (mapping.was_begun && mapping.problem.empty()) {
        report::Evidence one{.id = kMappingEvidence, .kind = report::EvidenceKind::Measurement};
        one.title = "The router, asked how it maps ports";
        one.data["router"] = mapping.router->to_string();
        one.data["complete"] = mapping.is_done;
        one.data["took_us"] = mapping.took.count();
        if (mapping.outside) one.data["outside"] = mapping.outside->to_string();
        if (mapping.has_upnp) one.data["upnp_location"] = mapping.upnp_location;
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace portolan::nat_probe
