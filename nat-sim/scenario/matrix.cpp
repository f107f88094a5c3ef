#include "nat-sim/scenario/matrix.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "nat-sim/network/world.hpp"
#include "nat-sim/scenario/call.hpp"
#include "nat-sim/scenario/figures.hpp"
#include "nat-sim/scenario/report.hpp"

namespace portolan::scenario {

namespace {

using report::Json;

struct Tally {
    std::map<std::string, std::size_t> by_reach;
    std::vector<std::size_t> differing;
    std::vector<std::size_t> permitted;
    std::vector<std::size_t> never_nominated;
    std::size_t as_forecast = 0;
    std::size_t early = 0;
    std::size_t no_conclusion = 0;
    std::size_t silent = 0;
};

std::string accordance_of(const Json& cell) {
    return cell.at("accordance").get<std::string>();
}

Tally tally(const std::vector<Json>& cells) {
    Tally out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        ++out.by_reach[cells[i].at("reach").get<std::string>()];
        if (cells[i].at("never_nominated").get<bool>()) out.never_nominated.push_back(i);
        const std::string accordance = accordance_of(cells[i]);
        if (accordance == to_string(Accordance::AsForecast)) {
            ++out.as_forecast;
        } else if (accordance == to_string(Accordance::Early)) {
            ++out.early;
        } else if (accordance == to_string(Accordance::Permitted)) {
            out.permitted.push_back(i);
        } else if (accordance == to_string(Accordance::NoConclusion)) {
            ++out.no_conclusion;
        } else if (accordance == to_string(Accordance::Differs)) {
            out.differing.push_back(i);
        } else {
            ++out.silent;
        }
    }
    return out;
}

/// How many are what; what is not as forecast is counted by its name.
std::string headline(const Tally& tally, std::size_t count) {
    // What the rules say nothing about cannot come out otherwise.
    const std::size_t judged_count = count - tally.silent;
    const std::string judged =
        std::to_string(judged_count) + " calls" +
        (tally.silent != 0 ? " that the NATs' rules say something about" : "");
    std::string out;
    if (judged_count == 0) {
        out = "The NATs' rules say nothing about " +
              (count == 1 ? "this call: " : "any of these " + std::to_string(count) + " calls: ");
    } else {
        out = (tally.as_forecast == judged_count
                   ? "All " + judged
                   : std::to_string(tally.as_forecast) + " of " + judged) +
              " come out as " + (tally.silent != 0 ? "they say: " : "the NATs' rules say: ");
    }
    bool first = true;
    for (const auto& [reach, number] : tally.by_reach) {
        out += (first ? "" : ", ") + std::to_string(number) + " " + reach;
        first = false;
    }
    if (tally.as_forecast != count && judged_count != 0) out += " in all";
    const auto add = [&](std::size_t number, const char* what) {
        if (number != 0) out += "; " + std::to_string(number) + " " + what;
    };
    add(tally.early, "nominated a relay before the direct pair was valid");
    add(tally.permitted.size(), "nominated another valid pair without need");
    add(tally.no_conclusion, "checked for ever, as agents may");
    if (judged_count != 0) add(tally.silent, "the rules say nothing about");
    add(tally.differing.size(), "came out other than the rules say");
    return out + ".";
}

/// "direct", "relay A", "-", and a mark when it is not as the rules say.
std::string shown(const Json& cell) {
    std::string out = cell.at("reach").get<std::string>();
    if (out == "unreachable") out = "-";
    if (out == "relayed") {
        out = "relay";
        for (const Json& whose : cell.at("relays_of"))
            out += " " + std::string(whose == "a" ? "A" : "B");
    }
    const std::string accordance = accordance_of(cell);
    if (accordance == to_string(Accordance::Early)) return out + " ~";
    if (accordance == to_string(Accordance::Permitted)) return out + " ~~";
    if (accordance == to_string(Accordance::NoConclusion)) return out + " ?";
    if (accordance == to_string(Accordance::Differs)) return out + " !";
    return out;
}

std::string name_of(const Json& cell) {
    const Json& presets = cell.at("presets");
    return presets.at("a").get<std::string>() + " x " + presets.at("b").get<std::string>() +
           ", turn " + cell.at("turn").get<std::string>();
}

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

}  // namespace

const std::vector<std::string>& nine_kinds() {
    static const std::vector<std::string> kKinds = {"eim-eif",  "eim-adf",  "eim-apdf",
                                                    "adm-eif",  "adm-adf",  "adm-apdf",
                                                    "apdm-eif", "apdm-adf", "apdm-apdf"};
    return kKinds;
}

std::vector<CallSpec> calls_of(const MatrixSpec& spec) {
    std::vector<CallSpec> out;
    for (const TurnChoice turn : spec.turn) {
        for (const std::string& a : spec.a) {
            for (const std::string& b : spec.b) {
                CallSpec call = spec.common;
                call.a = a;
                call.b = b;
                call.turn = turn;
                out.push_back(std::move(call));
            }
        }
    }
    return out;
}

std::string name_of(const CallSpec& call) {
    return call.a + " x " + call.b + ", turn " + std::string(to_string(call.turn));
}

Result<Json> run_cell(const CallSpec& call) {
    const auto scenario = scenario_of(call);
    if (!scenario) return scenario.error();
    auto done = run_call(*scenario);
    if (!done) return std::move(done).error();
    Json out = summary_of(done->result, *scenario);
    out["presets"] = {{"a", call.a}, {"b", call.b}};
    out["turn"] = to_string(call.turn);
    return out;
}

report::Report matrix_report(const MatrixSpec& spec, const std::vector<Json>& cells) {
    const Tally sum = tally(cells);
    const std::size_t wanted_count = calls_of(spec).size();
    report::Report out;
    out.started_at = report::Timestamp(std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::nanoseconds(sim::kDefaultEpoch)));
    out.simulated_time = true;
    out.complete = true;
    out.headline = headline(sum, cells.size());
    if (cells.size() < wanted_count) {
        const std::string when = "after " + std::to_string(cells.size()) + " of " +
                                 std::to_string(wanted_count) + " calls";
        out.complete = false;
        out.cut_off = report::Reason{"interrupted", "Interrupted " + when + "."};
        out.headline = "Interrupted " + when + "; so far: " + out.headline;
    }
    out.subject["calls_count"] = cells.size();

    report::Section section{.id = "matrix", .title = "Matrix"};
    report::Finding finding{.id = "matrix/forecast",
                            .title = "Forecast",
                            .verdict = report::Verdict::pass(),
                            .severity = report::Severity::High,
                            .decides = true,
                            .value = std::to_string(sum.differing.size()),
                            .evidence_ids = {"matrix.cells"}};
    finding.summary = out.headline;
    const auto names = [&](const std::vector<std::size_t>& indexes) {
        std::string names_of;
        for (const std::size_t index : indexes)
            names_of += (names_of.empty() ? "" : "; ") + name_of(cells[index]);
        return names_of;
    };
    if (!sum.differing.empty()) {
        finding.verdict = report::Verdict::fail({"differs", "different: " + names(sum.differing)});
    }
    section.findings.push_back(std::move(finding));

    const std::size_t avoidable = sum.early + sum.permitted.size();
    report::Finding early{.id = "matrix/early-nomination",
                          .title = "Relays",
                          .verdict = report::Verdict::pass(),
                          .severity = report::Severity::Low,
                          .impact = report::Impact::Degrades,
                          .value = std::to_string(avoidable),
                          .evidence_ids = {"matrix.cells"}};
    early.references = {{"RFC 8445", "8.1.1"}};
    early.summary = std::to_string(avoidable) + " of " + std::to_string(cells.size()) +
                    " calls nominate another pair where a direct one would do, " +
                    std::to_string(sum.early) + " of them where it needs a second check";
    if (!sum.permitted.empty()) {
        early.verdict =
            report::Verdict::fail({"prefers-relays", "the direct pair needed no second check in: " +
                                                         names(sum.permitted)});
    }
    section.findings.push_back(std::move(early));

    report::Finding nominated{.id = "matrix/nomination",
                              .title = "Nomination",
                              .verdict = report::Verdict::pass(),
                              .severity = report::Severity::Medium,
                              .impact = report::Impact::BreaksCall,
                              .value = std::to_string(sum.never_nominated.size()),
                              .evidence_ids = {"matrix.cells"}};
    nominated.references = {{"RFC 8445", "8.1.1"}};
    nominated.summary = "agents with a valid pair that nominated none: " +
                        std::to_string(sum.never_nominated.size());
    if (!sum.never_nominated.empty()) {
        nominated.verdict = report::Verdict::fail(
            {"never-nominated", "a valid pair, and none nominated: " + names(sum.never_nominated)});
    }
    section.findings.push_back(std::move(nominated));
    out.sections.push_back(std::move(section));
    Json table = Json::array();
    for (const Json& cell : cells) {
        out.duration += std::chrono::microseconds(cell.at("simulated_us").get<std::int64_t>());
        table.push_back(cell);
    }
    out.evidence.push_back({.id = "matrix.cells",
                            .kind = report::EvidenceKind::Derivation,
                            .title = "Cells",
                            .data = {{"cells_count", cells.size()}}});
    for (const report::Figure& figure : matrix_figures(spec, cells))
        report::add_figure(out.evidence.back(), figure);
    out.evidence.push_back({.id = "matrix.seed",
                            .kind = report::EvidenceKind::Seed,
                            .title = "Seed",
                            .data = {{"seed", std::to_string(spec.common.seed)}}});
    out.data["cells"] = std::move(table);
    return out;
}

std::string matrix_text(const MatrixSpec& spec, const std::vector<Json>& cells) {
    const Tally sum = tally(cells);
    std::string out = headline(sum, cells.size()) + "\n";
    std::size_t width = 7;
    for (const std::string& name : spec.b)
        width = std::max(width, name.size());
    for (const Json& cell : cells)
        width = std::max(width, shown(cell).size());
    std::size_t left = 0;
    for (const std::string& name : spec.a)
        left = std::max(left, name.size());
    std::size_t at = 0;
    for (const TurnChoice turn : spec.turn) {
        out += "\nTURN: " + std::string(to_string(turn)) + " (rows: A, columns: B)\n";
        out += std::string(left, ' ');
        for (const std::string& name : spec.b)
            out += "  " + padded(name, width);
        while (out.back() == ' ')
            out.pop_back();
        out += "\n";
        for (const std::string& row : spec.a) {
            out += padded(row, left);
            for (std::size_t column = 0; column < spec.b.size(); ++column)
                out += "  " + padded(shown(cells[at++]), width);
            while (out.back() == ' ')
                out.pop_back();
            out += "\n";
        }
    }
    if (sum.early != 0) {
        out +=
            "\n~ The controlling agent nominated a relayed pair while the direct one still needed "
            "a "
            "check to be sent again (RFC 8445 s8.1.1).\n";
    }
    const std::vector<CallSpec> calls = calls_of(spec);
    const auto list = [&](const std::vector<std::size_t>& indexes) {
        for (const std::size_t index : indexes) {
            out += "  " + name_of(calls[index]) + ": " + cells[index].at("why").get<std::string>() +
                   "\n";
        }
    };
    if (!sum.permitted.empty()) {
        out += "\n~~ Permitted by RFC 8445 s8.1.1, but the direct pair needed no second check:\n";
        list(sum.permitted);
    }
    if (sum.no_conclusion != 0) {
        out +=
            "\n? Each check comes from another port: agents may go on checking for ever (RFC "
            "8445 s6.1.4.2).\n";
    }
    if (!sum.never_nominated.empty()) {
        out +=
            "\nThe controlling agent had a valid pair and never nominated it, which RFC 8445 "
            "s8.1.1 asks for:\n";
        for (const std::size_t index : sum.never_nominated)
            out += "  " + name_of(calls[index]) + "\n";
    }
    if (!sum.differing.empty()) {
        out += "\n! Not what the NATs' rules say:\n";
        list(sum.differing);
    }
    return out;
}

}  // namespace portolan::scenario
