#include "ice-tests/conformance/headline.hpp"

#include <map>
#include <utility>

namespace portolan::conformance {
namespace {

using report::Finding;
using report::Outcome;

struct Tally {
    std::map<Outcome, std::size_t> counts;
    std::size_t count = 0;
    std::size_t server_count = 0;
    std::size_t unusable_count = 0;  ///< servers that are not reached, or give no allocation
    std::string first_address;       ///< of the first of them
    std::string first_why;
    std::string beside;               ///< what else is wrong with a server: the first
    std::size_t anonymous_count = 0;  ///< servers without credentials for them
    bool is_well = true;              ///< with every server
};

std::string as_sentence(std::string text) {
    if (!text.ends_with('.')) text += '.';
    return text;
}

void add_server(Tally& tally, const Finding& finding) {
    tally.is_well = tally.is_well && finding.verdict.is_pass();
    if (finding.id == "server/reachable") ++tally.server_count;
    if (finding.verdict.is_pass()) return;
    const report::Reason& reason = *finding.verdict.reason();
    if (finding.verdict.outcome() == Outcome::NotTested &&
        reason.code().ends_with("turn.no-credentials")) {
        ++tally.anonymous_count;
    }
    if (!finding.verdict.is_fail()) return;
    const std::string& sentence = reason.sentence();
    if (finding.id != "server/reachable" && finding.id != "server/allocation") {
        if (tally.beside.empty()) tally.beside = ' ' + as_sentence(sentence);
        return;
    }
    if (tally.unusable_count++ > 0) return;
    tally.first_address = finding.data.value("address", std::string());
    tally.first_why = sentence;
}

Tally tally_of(const report::Report& report) {
    Tally out;
    for (const report::Section& section : report.sections) {
        for (const Finding& finding : section.findings) {
            if (finding.id.starts_with("server/")) {
                add_server(out, finding);
            } else {
                ++out.count;
                ++out.counts[finding.verdict.outcome()];
            }
        }
    }
    return out;
}

std::string without_servers(const Tally& tally) {
    if (tally.server_count == 1) return tally.first_why;
    const bool is_one = tally.unusable_count == 1;
    const bool is_named = tally.first_why.find(tally.first_address) != std::string::npos;
    return std::to_string(tally.unusable_count) + " of " +
           count_text(tally.server_count, "server") +
           (is_one ? " cannot be used: " : " cannot be used, the first because: ") +
           (is_named ? "" : tally.first_address + ": ") + tally.first_why;
}

std::string without_credentials(const Tally& tally) {
    if (tally.anonymous_count == 0) return {};
    if (tally.server_count == 1) return " No username and credential were given.";
    return " No username and credential were given for " + std::to_string(tally.anonymous_count) +
           " of " + count_text(tally.server_count, "server") + '.';
}

std::string counts_text(Tally& tally, std::string_view thing) {
    const auto some = [&](Outcome outcome, std::string_view one, std::string_view many) {
        const std::size_t count = tally.counts[outcome];
        return std::to_string(count) + std::string(count == 1 ? one : many);
    };
    std::string out = std::to_string(tally.counts[Outcome::Fail]) + " of " +
                      count_text(tally.count, thing) + " failed, " +
                      std::to_string(tally.counts[Outcome::Pass]) + " passed, " +
                      some(Outcome::Inconclusive, " was left open", " were left open");
    if (tally.counts[Outcome::Unsupported] > 0) {
        out += ", " + some(Outcome::Unsupported, " does not apply or is accepted",
                           " do not apply or are accepted");
    }
    if (tally.counts[Outcome::NotTested] > 0) {
        out += ", " + some(Outcome::NotTested, " was not run", " were not run");
    }
    return out + '.';
}

}  // namespace

std::string count_text(std::size_t count, std::string_view thing) {
    return std::to_string(count) + ' ' + std::string(thing) + (count == 1 ? "" : "s");
}

std::string headline_of(const report::Report& report, std::string_view thing) {
    Tally tally = tally_of(report);
    std::string out;
    if (tally.unusable_count > 0) {
        out = without_servers(tally);
        if (tally.count == 0) return out;
        out = as_sentence(std::move(out)) + ' ';
    }
    if (tally.count > 0) {
        return out + counts_text(tally, thing) + without_credentials(tally) + tally.beside;
    }
    if (tally.is_well && tally.server_count > 0) {
        const bool is_one = tally.server_count == 1;
        return (is_one
                    ? "The server is there and gives"
                    : "All " + std::to_string(tally.server_count) + " servers are there and give") +
               std::string(" allocations; no ") + std::string(thing) + "s were run.";
    }
    return "No " + std::string(thing) + "s were run." + without_credentials(tally) + tally.beside;
}

}  // namespace portolan::conformance
