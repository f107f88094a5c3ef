#include "probe/findings/classification.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "probe/findings/catalogue.hpp"
#include "probe/findings/evidence.hpp"
#include "probe/findings/headline.hpp"
#include "probe/findings/round_trips.hpp"

namespace portolan::findings {

namespace {

using discovery::Judgement;
using discovery::Ledger;
using discovery::Outcome;
using discovery::VerdictKind;

std::string capitalised(std::string sentence) {
    if (!sentence.empty() && sentence.front() >= 'a' && sentence.front() <= 'z') {
        sentence.front() = static_cast<char>(sentence.front() - 'a' + 'A');
    }
    return sentence;
}

/// Collects findings and the evidence they rest on, each piece once.
class Builder {
  public:
    Builder(const Ledger& ledger, const SectionNames& names, Classification& out)
        : ledger_(ledger), names_(names), out_(out) {}

    template <typename T>
    report::Finding& add(std::string_view id, const Judgement<T>& judgement, std::string value) {
        const FindingInfo& info = finding_info(id);
        report::Finding finding{.id = std::string(id),
                                .title = std::string(info.title),
                                .verdict = verdict_of(judgement)};
        finding.severity = info.severity;
        finding.impact = info.impact;
        finding.decides = info.decides && names_.decides;
        finding.value = judgement.known() ? std::move(value) : "";
        finding.summary = capitalised(judgement.sentence);
        finding.references = info.references;
        if (judgement.verdict == VerdictKind::Fail && !info.advice.empty()) {
            finding.advice.emplace_back(info.advice);
        }
        for (const discovery::ProbeId probe : judgement.evidence) {
            finding.evidence_ids.push_back(evidence_id(names_.id, probe));
            used_.insert(probe);
        }
        if (finding.evidence_ids.empty()) finding.evidence_ids.push_back(names_.id + ".run");
        if (judgement.error_bound) finding.data["loss_error_bound"] = *judgement.error_bound;
        out_.section.findings.push_back(std::move(finding));
        return out_.section.findings.back();
    }

    void add_evidence() {
        for (const discovery::ProbeId probe : used_) {
            out_.evidence.push_back(packet_evidence(ledger_, probe, names_.id));
        }
    }

  private:
    template <typename T>
    static report::Verdict verdict_of(const Judgement<T>& judgement) {
        if (judgement.verdict == VerdictKind::Pass) return report::Verdict::pass();
        auto reason = report::Reason::parse(
            judgement.reason,
            capitalised(judgement.sentence.empty() ? judgement.reason : judgement.sentence));
        if (!reason) {
            return report::Verdict::inconclusive({"internal", "the verdict came without a reason"});
        }
        auto verdict = report::Verdict::make(judgement.verdict, *reason);
        return verdict ? *verdict
                       : report::Verdict::inconclusive({"internal", "the verdict is malformed"});
    }

    const Ledger& ledger_;
    const SectionNames& names_;
    Classification& out_;
    std::set<discovery::ProbeId> used_;
};

template <typename T>
std::string word(const Judgement<T>& judgement) {
    return judgement.value ? std::string(to_string(*judgement.value)) : "";
}

/// No loss is so independent of the one before that smaller numbers would mean anything.
std::string chance(double value) {
    constexpr double kSmallest = 1e-6;
    if (value < kSmallest) return "less than 1e-6";
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.0e", value);
    return text.data();
}

Judgement<std::string> audit_of(const Ledger& ledger, const Outcome& outcome) {
    std::string disbelieved;
    std::string faults;
    std::string refusals;
    std::string good;
    const auto add = [](std::string& list, const std::string& what) {
        list += (list.empty() ? "" : "; ") + what;
    };
    for (const discovery::ServerAudit& audit : outcome.servers) {
        const std::string name =
            ledger.servers[static_cast<std::size_t>(audit.server)].address.to_string();
        for (const std::string& fault : audit.faults)
            add(audit.disbelieved() ? disbelieved : faults,
                std::string(name).append(" ").append(fault));
        if (audit.error_code) add(refusals, name + " " + audit.refusal());
        if (!audit.answers) continue;
        std::string how = " answers, without RFC 5780";
        if (audit.other_address_usable) {
            how = audit.change_request_confirmed ? " supports RFC 5780 and honours CHANGE-REQUEST"
                                                 : " supports RFC 5780 by its own word";
        } else if (audit.has_other_address) {
            how = " answers";
        }
        add(good, name + how);
    }
    std::string bad;
    if (!disbelieved.empty()) add(bad, "not believed: " + disbelieved);
    if (!faults.empty()) add(bad, "used in spite of a fault: " + faults);
    if (!bad.empty()) {
        return discovery::known<std::string>(VerdictKind::Fail, "faulty", "server-faulty", bad);
    }
    if (good.empty() && !refusals.empty()) {
        return discovery::unknown<std::string>(VerdictKind::Unsupported, "server-refuses",
                                               refusals);
    }
    if (good.empty()) {
        return discovery::unknown<std::string>(VerdictKind::NotTested, "no-answer",
                                               "no server answered");
    }
    for (const discovery::ServerAudit& audit : outcome.servers) {
        constexpr int kEnough = 20;
        const std::string name =
            ledger.servers[static_cast<std::size_t>(audit.server)].address.to_string();
        if (audit.fell_silent) {
            return discovery::unknown<std::string>(
                VerdictKind::Inconclusive, "server-fell-silent",
                name +
                    " answered at first and then no more: it went down, it or a router limits "
                    "how often it answers, or the network broke");
        }
        if (audit.plain_sent >= kEnough && audit.plain_unanswered * 2 >= audit.plain_sent) {
            return discovery::unknown<std::string>(
                VerdictKind::Inconclusive, "server-answers-seldom",
                name + " left " + std::to_string(audit.plain_unanswered) + " of " +
                    std::to_string(audit.plain_sent) +
                    " plain requests without an answer: it or a router limits how often it "
                    "answers, or packets are lost");
        }
    }
    if (!refusals.empty()) add(good, refusals);
    return discovery::known<std::string>(VerdictKind::Pass, "consistent", "", good);
}

void describe_subject(const Ledger& ledger, const Outcome& outcome, report::Section& section) {
    section.subject["family"] = to_string(ledger.family);
    report::Json servers = report::Json::array();
    for (const auto& server : ledger.servers) {
        servers.push_back(server.name + " (" + server.address.to_string() + ")");
    }
    section.subject["servers"] = std::move(servers);
    if (outcome.local) section.subject["local"] = outcome.local->to_string();
    if (outcome.mapped) section.subject["mapped"] = outcome.mapped->to_string();
    if (outcome.rtt) section.subject["rtt_us"] = outcome.rtt->count();
}

/// What helps depends on who stands in the way.
std::string reachability_advice(const Judgement<discovery::UdpReachability>& udp) {
    switch (*udp.value) {
        case discovery::UdpReachability::NoRoute:
            return "Connect this computer to a network, or correct its address and default route.";
        case discovery::UdpReachability::LocalFirewall:
            return "Let UDP out in this computer's own firewall, or configure a TURN server that "
                   "also listens on TCP and on TLS port 443.";
        default:
            return std::string(finding_info("udp/reachability").advice);
    }
}

std::string refresh_words(const discovery::Lifetime& lifetime) {
    std::string words;
    if (lifetime.outbound_refreshes) {
        words += *lifetime.outbound_refreshes
                     ? "; outgoing packets refresh it"
                     : "; outgoing packets do not refresh it (RFC 4787 REQ-6 wants it)";
    }
    if (lifetime.inbound_refreshes) {
        words += *lifetime.inbound_refreshes ? "; incoming packets refresh it"
                                             : "; incoming packets do not refresh it";
    }
    return words;
}

}  // namespace

Classification classify(const Ledger& ledger, const Outcome& outcome, const SectionNames& names) {
    Classification out;
    out.section.id = names.id;
    out.section.title = names.title;
    out.section.headline = section_headline({outcome});
    describe_subject(ledger, outcome, out.section);
    out.evidence.push_back(run_evidence(ledger, names.id));
    Builder builder(ledger, names, out);
    report::Finding& udp = builder.add("udp/reachability", outcome.udp, word(outcome.udp));
    if (outcome.udp.verdict == VerdictKind::Fail) udp.advice = {reachability_advice(outcome.udp)};
    add_round_trips(ledger, udp.data);
    builder.add("nat/translation", outcome.translation, word(outcome.translation));
    builder.add("nat/mapping", outcome.mapping, word(outcome.mapping));
    {
        report::Finding& filtering =
            builder.add("nat/filtering", outcome.filtering, word(outcome.filtering));
        if (outcome.filtering.error_bound) {
            filtering.summary += " (chance that loss explains the silence: " +
                                 chance(*outcome.filtering.error_bound) + ")";
        }
        if (outcome.translation.value && outcome.mapping.value && outcome.filtering.value) {
            const auto name = discovery::classic_name(
                *outcome.translation.value, *outcome.mapping.value, *outcome.filtering.value);
            if (!name.empty()) filtering.data["classic_name"] = name;
        }
    }
    builder.add("nat/pooling", outcome.pooling, word(outcome.pooling));
    report::Finding& ports = builder.add(
        "nat/port-allocation", outcome.ports,
        outcome.ports.value ? std::string(to_string(outcome.ports.value->allocation)) : "");
    if (outcome.ports.value) {
        const discovery::PortBehaviour& behaviour = *outcome.ports.value;
        ports.data["samples_count"] = behaviour.samples;
        ports.data["parity_kept"] = behaviour.parity_kept;
        ports.data["lowest_port"] = behaviour.lowest;
        ports.data["highest_port"] = behaviour.highest;
        if (behaviour.step != 0) ports.data["step"] = behaviour.step;
    }
    builder.add("nat/port-collision", outcome.collision, word(outcome.collision));
    builder.add("nat/payload-rewriting", outcome.alg, word(outcome.alg));
    builder.add("nat/layers", outcome.layers, word(outcome.layers));
    builder.add("nat/stability", outcome.stable,
                outcome.stable.value ? (*outcome.stable.value ? "stable" : "changing") : "");
    builder.add("nat/hairpinning", outcome.hairpin, word(outcome.hairpin));
    const auto audit = audit_of(ledger, outcome);
    builder.add("server/audit", audit, audit.value.value_or(""));
    if (const std::string inside = only_asked_inside(outcome); !inside.empty()) {
        builder.add(
            "run/vantage",
            discovery::unknown<std::string>(
                VerdictKind::Inconclusive, "server-inside",
                "only a server on " + inside +
                    " was asked, which says nothing of the way to others: name one outside"),
            "");
    }
    builder.add_evidence();
    return out;
}

void add_lifetime(Classification& classification, const Ledger& ledger,
                  const Judgement<discovery::Lifetime>& lifetime, const SectionNames& names) {
    SectionNames own = names;
    own.id += ".lifetime";
    Builder builder(ledger, own, classification);
    std::string value;
    if (lifetime.value) {
        const auto alive_s = lifetime.value->alive_for.count() / 1'000'000;
        if (!lifetime.value->dead_after) {
            value = std::to_string(alive_s) + "s+";
        } else {
            const std::string dead =
                std::to_string((lifetime.value->dead_after->count() + 999'999) / 1'000'000) + "s";
            value = alive_s == 0 ? "under " + dead : std::to_string(alive_s) + "s-" + dead;
        }
    }
    classification.evidence.push_back(run_evidence(ledger, own.id));
    Judgement<discovery::Lifetime> told = lifetime;
    if (lifetime.value) told.sentence += refresh_words(*lifetime.value);
    report::Finding& finding = builder.add("nat/binding-lifetime", told, value);
    if (lifetime.value) {
        finding.data["alive_for_us"] = lifetime.value->alive_for.count();
        if (lifetime.value->dead_after) {
            finding.data["dead_after_us"] = lifetime.value->dead_after->count();
        }
        if (lifetime.value->outbound_refreshes) {
            finding.data["outbound_refreshes"] = *lifetime.value->outbound_refreshes;
        }
        if (lifetime.value->inbound_refreshes) {
            finding.data["inbound_refreshes"] = *lifetime.value->inbound_refreshes;
        }
    }
    builder.add_evidence();
}

void add_repeatability(Classification& classification, const std::vector<Outcome>& runs) {
    if (runs.size() < 2) return;
    classification.section.headline = section_headline(runs);
    const auto differs = [&](const auto& get) {
        // An open question contradicts nothing; two answers that differ do.
        std::set<std::string> answers;
        for (const Outcome& run : runs) {
            const std::string answer = get(run);
            if (!answer.empty()) answers.insert(answer);
        }
        return answers.size() > 1;
    };
    std::string what;
    const auto look = [&](const std::string& name, const auto& get) {
        if (differs(get)) what += (what.empty() ? "" : ", ") + name;
    };
    look("UDP", [](const Outcome& run) { return word(run.udp); });
    look("NAT", [](const Outcome& run) { return word(run.translation); });
    look("mapping", [](const Outcome& run) { return word(run.mapping); });
    look("filtering", [](const Outcome& run) { return word(run.filtering); });
    look("public address", [](const Outcome& run) {
        return run.mapped ? run.mapped->ip.to_string() : std::string();
    });
    const FindingInfo& info = finding_info("run/repeatability");
    const std::string count = std::to_string(runs.size());
    report::Finding finding{
        .id = std::string(info.id),
        .title = std::string(info.title),
        .verdict = what.empty()
                       ? report::Verdict::pass()
                       : report::Verdict::inconclusive(
                             {"runs-differ", "Of " + count + " runs, not all agreed on " + what})};
    finding.severity = info.severity;
    finding.impact = info.impact;
    finding.decides = info.decides;
    finding.value = what.empty() ? "agreed" : "differed";
    finding.summary = what.empty() ? "All " + count + " runs came to the same verdicts"
                                   : "Of " + count + " runs, not all agreed on " + what;
    if (!what.empty()) finding.advice.emplace_back(info.advice);
    finding.references = info.references;
    finding.evidence_ids.push_back(classification.section.id + ".run");
    classification.section.findings.push_back(std::move(finding));
}

}  // namespace portolan::findings
