#include "probe/cli/explain_command.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "probe/discovery/inference.hpp"
#include "probe/discovery/lifetime.hpp"
#include "probe/discovery/server_check.hpp"
#include "probe/findings/classification.hpp"
#include "probe/findings/headline.hpp"
#include "probe/findings/server_check_findings.hpp"
#include "reports/cli/files.hpp"
#include "reports/model/report.hpp"

namespace portolan::nat_probe {

namespace {

Error in_file(const std::string& path, Error error) {
    error.message = path + ": " + error.message;
    return error;
}

bool is_lifetime(const discovery::Ledger& ledger) {
    return std::any_of(ledger.probes.begin(), ledger.probes.end(), [](const auto& probe) {
        return probe.role == discovery::Role::LifetimeBind;
    });
}

std::string state_of(const report::Finding& finding) {
    return std::string(to_string(finding.verdict.outcome())) +
           (finding.value.empty() ? "" : " " + finding.value);
}

/// Findings of the saved section that this derivation contradicts.
report::Json differences(const report::Section& saved, const report::Section& derived) {
    report::Json out = report::Json::array();
    for (const report::Finding& was : saved.findings) {
        for (const report::Finding& is : derived.findings) {
            if (was.id != is.id || state_of(was) == state_of(is)) continue;
            out.push_back({{"section", saved.id},
                           {"id", was.id},
                           {"saved", state_of(was)},
                           {"derived", state_of(is)}});
        }
    }
    return out;
}

/// What is derived from the evidence of one report.
struct Derivation {
    std::vector<report::Section> sections;
    std::vector<report::Evidence> evidence;
    report::Json changed = report::Json::array();

    /// A section that no ledger speaks of, with the evidence that it names.
    void keep(const report::Section& section, const report::Report& saved) {
        sections.push_back(section);
        std::set<std::string> wanted;
        for (const report::Finding& finding : section.findings)
            wanted.insert(finding.evidence_ids.begin(), finding.evidence_ids.end());
        for (const report::Evidence& each : evidence)
            wanted.erase(each.id);
        std::ranges::copy_if(saved.evidence, std::back_inserter(evidence),
                             [&](const auto& each) { return wanted.contains(each.id); });
    }
    void take(const report::Section& saved, findings::Classification judged) {
        for (auto& difference : differences(saved, judged.section))
            changed.push_back(std::move(difference));
        // What was expected of the network weighed on that, and is no part of the evidence.
        for (const report::Finding& was : saved.findings) {
            for (report::Finding& is : judged.section.findings) {
                if (was.id != is.id || state_of(was) != state_of(is)) continue;
                is.severity = was.severity;
                is.impact = was.impact;
            }
        }
        sections.push_back(std::move(judged.section));
        std::move(judged.evidence.begin(), judged.evidence.end(), std::back_inserter(evidence));
    }
};

/// The sections of a server's audit, judged again.
Result<Derivation> derive_audit(const report::Report& saved, const std::string& path) {
    Derivation out;
    const report::Json& ledgers = saved.data["server_check_ledgers"];
    bool judged = false;
    for (const report::Section& section : saved.sections) {
        const auto entry = ledgers.find(section.id);
        if (entry == ledgers.end() || !entry->is_array() || entry->empty()) {
            out.keep(section, saved);
            continue;
        }
        auto ledger = discovery::ledger_from_json(entry->front());
        if (!ledger) {
            return in_file(path + ": /data/server_check_ledgers/" + section.id + "/0",
                           std::move(ledger).error());
        }
        const bool decides =
            std::any_of(section.findings.begin(), section.findings.end(),
                        [](const report::Finding& finding) { return finding.decides; });
        out.take(section,
                 findings::classify_server_check(*ledger, discovery::infer_server_check(*ledger),
                                                 {section.id, section.title, decides}));
        judged = true;
    }
    if (!judged) {
        return Error{Culprit::Usage, "ledger.missing", path + ": holds no evidence to judge"};
    }
    return out;
}

std::string parameter_of(const report::Report& saved, const char* name) {
    const auto found = saved.parameters.find(name);
    return found != saved.parameters.end() && found->is_string() ? found->get<std::string>() : "";
}

/// What made the saved run fail: what was given to it, else its command's default.
cli::FailOn fail_on_of(const report::Report& saved, const cli::ToolSpec& tool) {
    const std::string command_name = parameter_of(saved, "command");
    std::string words = parameter_of(saved, "fail-on");
    for (const cli::CommandSpec& command : tool.commands) {
        if (words.empty() && command.name == command_name) words = command.default_fail_on;
    }
    return cli::FailOn::parse(words).value_or(cli::FailOn::never());
}

/// Says what is different and writes the report.
Result<cli::ExitCode> publish(cli::Context& context, const std::string& saved_headline,
                              report::Report derived, Derivation derivation) {
    if (derived.headline != saved_headline) {
        context.warn("the headline differs from the one the report was saved with: saved \"" +
                     saved_headline + "\", derived \"" + derived.headline + "\"");
    }
    derived.sections = std::move(derivation.sections);
    derived.evidence = std::move(derivation.evidence);
    const report::Json& changed = derivation.changed;
    if (!changed.empty()) {
        context.warn(changed.size() == 1
                         ? "1 verdict differs from the one the report was saved with"
                         : std::to_string(changed.size()) +
                               " verdicts differ from those the report was saved with");
        for (const auto& change : changed) {
            context.warn(change["section"].get<std::string>() + " " +
                         change["id"].get<std::string>() + ": saved " +
                         change["saved"].get<std::string>() + ", derived " +
                         change["derived"].get<std::string>());
        }
    }
    derived.data["differences"] = std::move(derivation.changed);
    const cli::FailOn fail_on = context.arguments.has("fail-on")
                                    ? context.arguments.fail_on()
                                    : fail_on_of(derived, context.tool);
    return context.publish(std::move(derived), fail_on);
}

}  // namespace

Result<cli::ExitCode> explain_run(cli::Context& context) {
    const std::string& path = context.arguments.positionals().front();
    auto saved = cli::read_report(path);
    if (!saved) return std::move(saved).error();
    if (saved->tool.name != context.tool.name) {
        return Error{
            Culprit::Usage, "report.tool",
            path + ": is a report of " + saved->tool.name + ", not of " + context.tool.name};
    }
    if (saved->data.contains("server_check_ledgers") &&
        saved->data["server_check_ledgers"].is_object()) {
        auto derivation = derive_audit(*saved, path);
        if (!derivation) return std::move(derivation).error();
        report::Report derived = *saved;
        derived.headline = derivation->sections.front().headline;
        return publish(context, saved->headline, std::move(derived), std::move(*derivation));
    }
    if (!saved->data.contains("ledgers") || !saved->data["ledgers"].is_object()) {
        return Error{Culprit::Usage, "ledger.missing",
                     path + ": holds no evidence of nat-probe (no /data/ledgers)"};
    }
    report::Report derived = *saved;
    Derivation derivation;
    std::vector<findings::SectionRuns> outcomes;
    for (const report::Section& section : saved->sections) {
        const auto entry = saved->data["ledgers"].find(section.id);
        if (entry == saved->data["ledgers"].end() || !entry->is_array() || entry->empty()) {
            derivation.keep(section, *saved);
            continue;
        }
        findings::Classification classification;
        std::vector<discovery::Outcome> runs;
        const findings::SectionNames names{
            section.id, section.title,
            section.findings.empty() || section.findings.front().decides};
        std::vector<discovery::Ledger> lifetimes;
        for (std::size_t i = 0; i < entry->size(); ++i) {
            auto ledger = discovery::ledger_from_json((*entry)[i]);
            if (!ledger) {
                return in_file(path + ": /data/ledgers/" + section.id + "/" + std::to_string(i),
                               std::move(ledger).error());
            }
            if (is_lifetime(*ledger)) {
                lifetimes.push_back(std::move(*ledger));
                continue;
            }
            runs.push_back(discovery::infer(*ledger));
            if (runs.size() == 1) classification = findings::classify(*ledger, runs.back(), names);
        }
        if (runs.empty()) {
            return Error{Culprit::Usage, "ledger.missing",
                         path + ": /data/ledgers/" + section.id + " holds no classification"};
        }
        findings::add_repeatability(classification, runs);
        for (const discovery::Ledger& ledger : lifetimes) {
            findings::add_lifetime(classification, ledger, discovery::infer_lifetime(ledger),
                                   names);
        }
        outcomes.push_back({section.title, std::move(runs)});
        derivation.take(section, std::move(classification));
    }
    if (outcomes.empty()) {
        return Error{Culprit::Usage, "ledger.missing", path + ": holds no evidence to judge"};
    }
    // That of a connectivity report rests on what the relays did, and not on the NAT alone.
    const bool is_of_the_nat = parameter_of(*saved, "command") != "report";
    if (is_of_the_nat && !saved->data.value("loopback_only", false)) {
        derived.headline = findings::report_headline(outcomes);
    }
    return publish(context, saved->headline, std::move(derived), std::move(derivation));
}

}  // namespace portolan::nat_probe
