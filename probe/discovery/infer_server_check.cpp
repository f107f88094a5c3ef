#include <algorithm>
#include <cassert>

#include "probe/discovery/observations.hpp"
#include "probe/discovery/server_check_judge.hpp"

namespace portolan::discovery {

namespace {

constexpr int kUnauthenticated = 401;  // RFC 8489 s14.8
constexpr int kTryAlternate = 300;

Time end_of(const Ledger& ledger) {
    Time end = std::max(ledger.started, ledger.ended);
    if (ledger.ended >= ledger.started && ledger.ended != Time{}) return end;
    for (const Probe& probe : ledger.probes) {
        if (!probe.sent.empty()) end = std::max(end, probe.sent.back());
        if (!probe.arrivals.empty()) end = std::max(end, probe.arrivals.back().at);
    }
    return end;
}

/// Whose fault it is that a request did not arrive, as far as the fault says.
std::string not_through(const FaultReport& fault) {
    switch (fault.fault) {
        case NetworkFault::NoRoute:
            return "this host cannot send there (" + fault.detail +
                   "): it has no route, or one that forbids it";
        case NetworkFault::NotPermitted:
            return "this host's own firewall does not let requests out (" + fault.detail + ")";
        default:
            return "requests do not get through: " + fault.detail;
    }
}

}  // namespace

std::string error_text(const Arrival& reply) {
    return "error " + std::to_string(reply.error_code.value_or(0));
}

std::string join(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts)
        text += (text.empty() ? "" : ", ") + part;
    return text;
}

void add_once(std::vector<std::string>& list, const std::string& what) {
    if (std::find(list.begin(), list.end(), what) == list.end()) list.push_back(what);
}

const AuditCheck& ServerCheckOutcome::check(std::string_view id) const {
    const auto match = std::find_if(checks.begin(), checks.end(),
                                    [&](const AuditCheck& row) { return row.info->id == id; });
    assert(match != checks.end());
    return *match;
}

ServerJudge::ServerJudge(const Ledger& ledger)
    : ledger_(ledger),
      now_(end_of(ledger)),
      audit_(ledger.servers.empty() ? NamedAlternate{} : named_alternate(ledger)) {
    for (const AuditCheckInfo& info : audit_check_table()) {
        outcome_.checks.push_back({.info = &info,
                                   .verdict = Kind::NotTested,
                                   .reason = "no-success-response",
                                   .sentence = "not asked: the server did not answer a plain "
                                               "request with success",
                                   .evidence = {},
                                   .error_bound = {}});
    }
}

AuditCheck& ServerJudge::set(std::string_view id, Kind verdict, std::string reason,
                             std::string sentence, std::vector<ProbeId> evidence) {
    const auto match = std::find_if(outcome_.checks.begin(), outcome_.checks.end(),
                                    [&](const AuditCheck& row) { return row.info->id == id; });
    assert(match != outcome_.checks.end());
    std::erase_if(evidence, [](ProbeId probe) { return probe < 0; });
    std::sort(evidence.begin(), evidence.end());
    evidence.erase(std::unique(evidence.begin(), evidence.end()), evidence.end());
    match->verdict = verdict;
    match->reason = std::move(reason);
    match->sentence = std::move(sentence);
    match->evidence = std::move(evidence);
    return *match;
}

std::vector<ProbeId> ServerJudge::ids_of(const std::vector<AuditStep>& steps) const {
    std::vector<ProbeId> ids;
    for (const AuditStep step : steps) {
        if (const ProbeId id = probe_of(ledger_, step); id >= 0) ids.push_back(id);
    }
    return ids;
}

void ServerJudge::set_silence(std::string_view id, const StepReading& reading, AuditStep step,
                              const std::string& question) {
    std::vector<ProbeId> evidence = ids_of(controls_of(step));
    evidence.push_back(reading.probe);
    if (reading.unusable != nullptr) {
        const Disbelief why = disbelief_of(*reading.unusable);
        set(id, Kind::Fail, why.reason, question + " is answered with " + why.what, evidence);
        return;
    }
    switch (reading.state) {
        case StepState::Silent:
            set(id, Kind::Fail, "no-reply",
                question + " is not answered, while plain requests at the same moments are",
                evidence)
                .error_bound = reading.error_bound;
            return;
        case StepState::NotAsked:
            set(id, ledger_.cut_off ? Kind::Inconclusive : Kind::NotTested,
                ledger_.cut_off ? "cut-off" : "not-asked", question + " was not asked", evidence);
            return;
        case StepState::Pending:
            set(id, Kind::Inconclusive, "cut-off",
                question + " was not answered when the time was over", evidence);
            return;
        default:
            break;
    }
    if (reading.probe >= 0 && !probe(reading.probe).faults.empty()) {
        const FaultReport& fault = probe(reading.probe).faults.front().report;
        set(id, Kind::Inconclusive, std::string(to_string(fault.fault)),
            question + " did not get through: " + fault.detail, evidence);
    } else if (is_path_open(ledger_, step)) {
        set(id, Kind::Inconclusive, "loss",
            question + " was not answered, but so much is lost on the way that it proves nothing",
            evidence);
    } else {
        set(id, Kind::Inconclusive, "path-not-open",
            question +
                " was not answered, which a NAT, a firewall or fragmentation on the way could "
                "explain",
            evidence);
    }
}

void ServerJudge::judge_answers() {
    constexpr std::string_view kId = "audit/answers";
    const std::vector<ProbeId> ids = ids_of({AuditStep::Primary, AuditStep::SecondSocket});
    const StepReading first = read(AuditStep::Primary);
    const StepReading second = read(AuditStep::SecondSocket);
    const bool second_better =
        first.reply == nullptr || (second.reply && is_success(*second.reply));
    const Arrival* reply = second_better ? second.reply : first.reply;
    const auto not_asked = [&](const char* reason, const char* sentence) {
        for (AuditCheck& row : outcome_.checks) {
            if (row.verdict != Kind::NotTested) continue;
            row.reason = reason;
            row.sentence = sentence;
        }
    };
    const Arrival* elsewhere = first.elsewhere != nullptr ? first.elsewhere : second.elsewhere;
    const TransportAddress own = ledger_.servers.front().address;
    if (reply != nullptr) {
        pass(kId, own.to_string() + " answers", ids);
        if (is_success(*reply)) {
            pass("audit/success-response", "a plain request is answered with success", ids);
        } else {
            const int code = reply->error_code.value_or(0);
            std::string reason = "error-response";
            std::string why = "a plain request is answered with " + error_text(*reply);
            if (code == kUnauthenticated) {
                reason = "authentication-required";
                why +=
                    ": it wants credentials (RFC 5780 s5.2 allows it), so nobody without them "
                    "can use it";
            } else if (code == kTryAlternate) {
                reason = "alternate-server";
                why += ": it sends clients to another server";
            }
            set("audit/success-response", Kind::Fail, reason, why, ids);
        }
        if (first.reply == nullptr)
            not_asked("loss", "not asked: the first socket was not answered");
        return;
    }
    not_asked("no-answer", "not asked: the server did not answer");
    const ServerStrays strays = strays_of(ledger_, audit_);
    const Arrival* unusable = first.unusable != nullptr ? first.unusable : second.unusable;
    if (ids.empty()) {
        std::string why = "nothing could be sent: no socket could be opened";
        if (!ledger_.socket_faults.empty()) {
            why += " (" + ledger_.socket_faults.front().report.detail + ")";
        }
        set(kId, Kind::NotTested, "no-socket", why);
    } else if (elsewhere != nullptr) {
        set(kId, Kind::Fail, "wrong-reply-address",
            "answers come from " + elsewhere->source.to_string() + " instead of " +
                own.to_string() + ": clients behind a NAT never see them",
            ids);
    } else if (unusable != nullptr) {
        const Disbelief why = disbelief_of(*unusable);
        set(kId, Kind::Fail, why.reason, own.to_string() + " answers, but with " + why.what, ids);
    } else if (strays.wrong_id_count >= kProvingStrays &&
               strays.wrong_id_count >= strays.malformed_count) {
        set(kId, Kind::Fail, "wrong-transaction-id",
            "answers do not have the transaction id of the request", ids)
            .rests_on_run = true;
    } else if (strays.malformed_count > 0) {
        const bool proved = strays.malformed_count >= kProvingStrays;
        set(kId, proved ? Kind::Fail : Kind::Inconclusive, "malformed-reply",
            own.to_string() +
                (proved ? " answers, but with datagrams that answer no request ("
                        : " may answer, but what came answers no request (") +
                strays.malformed + ")",
            ids)
            .rests_on_run = true;
    } else {
        const auto faulty = std::find_if(ids.begin(), ids.end(),
                                         [&](ProbeId id) { return !probe(id).faults.empty(); });
        if (faulty != ids.end()) {
            const FaultReport& fault = probe(*faulty).faults.front().report;
            set(kId, Kind::Inconclusive, std::string(to_string(fault.fault)), not_through(fault),
                ids);
        } else {
            set(kId, Kind::Inconclusive, "no-answer",
                "nothing answers: the server is down or UDP does not get there and back", ids);
        }
    }
}

void ServerJudge::judge_tcp() {
    constexpr std::string_view kId = "audit/tcp";
    if (ledger_.streams.empty()) {
        set(kId, Kind::NotTested, "not-asked", "TCP was not tried");
        return;
    }
    const StreamRecord& stream = ledger_.streams.front();
    const std::string to = "TCP to " + stream.to.to_string();
    if (!stream.report) {
        set(kId, Kind::Inconclusive, "no-answer", to + " was not accepted in time");
        return;
    }
    switch (stream.report->outcome) {
        case StreamOutcome::Connected:
        case StreamOutcome::TlsFailed:
            pass(kId, to + " is accepted");
            return;
        case StreamOutcome::Refused:
            set(kId, Kind::Unsupported, "refused", to + " is refused");
            return;
        case StreamOutcome::TimedOut:
        case StreamOutcome::Unreachable:
        case StreamOutcome::NotPermitted:
            set(kId, Kind::Inconclusive, std::string(to_string(stream.report->outcome)),
                to + " does not get through");
            return;
    }
}

void ServerJudge::judge_usability() {
    const auto sum_up = [&](std::string_view id, const std::string& good,
                            const std::vector<std::string_view>& needs) {
        constexpr Kind kWorstFirst[] = {Kind::Fail, Kind::Unsupported, Kind::Inconclusive,
                                        Kind::NotTested};
        std::vector<ProbeId> evidence;
        for (const std::string_view need : needs) {
            const auto& more = outcome_.check(need).evidence;
            evidence.insert(evidence.end(), more.begin(), more.end());
        }
        for (const Kind kind : kWorstFirst) {
            for (const std::string_view need : needs) {
                const AuditCheck& row = outcome_.check(need);
                if (row.verdict != kind) continue;
                set(id, kind, row.reason, std::string(need) + ": " + row.sentence, evidence);
                return;
            }
        }
        pass(id, good, evidence);
    };
    std::vector<std::string_view> four_addresses = {"audit/answers",
                                                    "audit/success-response",
                                                    "audit/xor-mapped-address",
                                                    "audit/other-address-present",
                                                    "audit/other-address-distinct",
                                                    "audit/other-address-public",
                                                    "audit/other-address-answers"};
    std::vector<std::string_view> lifetime = {"audit/answers", "audit/success-response",
                                              "audit/xor-mapped-address", "audit/response-port"};
    // What such a server says of addresses is of no use to anybody.
    for (const std::string_view truth :
         {std::string_view("audit/mapped-address-possible"),
          std::string_view("audit/replies-agree"), std::string_view("audit/known-attributes")}) {
        if (outcome_.check(truth).verdict != Kind::Fail) continue;
        four_addresses.push_back(truth);
        lifetime.push_back(truth);
    }
    std::vector<std::string_view> filtering = four_addresses;
    sum_up("audit/usable-for-mapping", "this server alone can show how a NAT maps", four_addresses);
    // Not sending RESPONSE-ORIGIN is a fault of its own; a false one makes replies unbelievable.
    if (outcome_.check("audit/response-origin-true").verdict == Kind::Fail) {
        filtering.emplace_back("audit/response-origin-true");
    }
    filtering.insert(filtering.end(), {"audit/change-request-port", "audit/change-request-both"});
    sum_up("audit/usable-for-filtering", "this server can show what a NAT lets in", filtering);
    sum_up("audit/usable-for-lifetime", "this server can show how long a NAT keeps a binding",
           lifetime);
}

ServerCheckOutcome ServerJudge::run() {
    // A ledger of something else, read from a file.
    if (ledger_.servers.empty()) return std::move(outcome_);
    judge_answers();
    judge_replies();
    if (success_of(ledger_, AuditStep::Primary) != nullptr) {
        judge_addresses();
        judge_requests();
        outcome_.rtt = path_times(ledger_).rtt;
    }
    judge_flaws();
    judge_tcp();
    judge_usability();
    outcome_.other_address = audit_.other_address;
    if (outcome_.check("audit/replies-agree").verdict != Kind::Fail) {
        outcome_.mapped = mapped_at(ledger_, AuditStep::Primary);
    }
    return std::move(outcome_);
}

ServerCheckOutcome infer_server_check(const Ledger& ledger) {
    return ServerJudge(ledger).run();
}

}  // namespace portolan::discovery
