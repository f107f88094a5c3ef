#include "nat-sim/scenario/matrix.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "nat-sim/network/world.hpp"
#include "nat-sim/scenario/call.hpp"
#include "nat-sim/scenario/report.hpp"

namespace portolan::scenario {

namespace {

using report::Json;

struct Tally {
    std::map<std::string, std::size_t> by_reach;
    std::vector<std::size_t> differing;
    std::size_t early = 0;
    std::size_t silent = 0;
};

Tally tally(const std::vector<Json>& cells) {
    Tally out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        ++out.by_reach[cells[i].at("reach").get<std::string>()];
        const Json& agrees = cells[i].at("as_forecast");
        if (cells[i].at("nominated_early").get<bool>()) {
            ++out.early;
        } else if (agrees.is_null()) {
            ++out.silent;
        } else if (!agrees.get<bool>()) {
            out.differing.push_back(i);
        }
    }
    return out;
}

std::string headline(const Tally& tally, std::size_t count) {
    std::string out;
    if (tally.differing.empty()) {
        out = tally.silent == 0
                  ? "All " + std::to_string(count) + " calls come out as the NATs' rules say: "
                  : "No call of " + std::to_string(count) + " comes out against the NATs' rules: ";
    } else {
        out = std::to_string(tally.differing.size()) + " of " + std::to_string(count) +
              " calls come out other than the NATs' rules say: ";
    }
    bool first = true;
    for (const auto& [reach, number] : tally.by_reach) {
        out += (first ? "" : ", ") + std::to_string(number) + " " + reach;
        first = false;
    }
    if (tally.early != 0) {
        out += "; " + std::to_string(tally.early) +
               " nominated a relay before the direct pair was valid";
    }
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
    const Json& agrees = cell.at("as_forecast");
    if (cell.at("nominated_early").get<bool>()) return out + " ~";
    if (agrees.is_boolean() && !agrees.get<bool>()) out += " !";
    return out;
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
    Json out = summary_of(done->result);
    out["presets"] = {{"a", call.a}, {"b", call.b}};
    out["turn"] = to_string(call.turn);
    return out;
}

report::Report matrix_report(const MatrixSpec& spec, const std::vector<Json>& cells) {
    const Tally sum = tally(cells);
    const std::vector<CallSpec> calls = calls_of(spec);
    report::Report out;
    out.started_at = report::Timestamp(std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::nanoseconds(sim::kDefaultEpoch)));
    out.simulated_time = true;
    out.complete = true;
    out.headline = headline(sum, cells.size());
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
    if (!sum.differing.empty()) {
        std::string sentence = "different: ";
        for (const std::size_t index : sum.differing) {
            if (index != sum.differing.front()) sentence += "; ";
            sentence += name_of(calls[index]);
        }
        finding.verdict = report::Verdict::fail({"differs", sentence});
    }
    section.findings.push_back(std::move(finding));
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
    if (!sum.differing.empty()) {
        out += "\n! Not what the NATs' rules say:\n";
        const std::vector<CallSpec> calls = calls_of(spec);
        for (const std::size_t index : sum.differing) {
            out += "  " + name_of(calls[index]) + ": " + cells[index].at("why").get<std::string>() +
                   "\n";
        }
    }
    return out;
}

}  // namespace portolan::scenario
