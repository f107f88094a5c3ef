#include "sdp-lint/cli/spec.hpp"

#include <climits>

#include "sdp-lint/cli/lint_report.hpp"
#include "sdp-lint/rules/browsers.hpp"
#include "sdp-lint/rules/catalogue.hpp"

namespace portolan::sdp_lint {

namespace {

using lint::CatalogueRow;

std::string severities_text(const CatalogueRow& row) {
    std::string text = "Severity:";
    for (std::size_t i = 0; i < lint::kProfileCount; ++i) {
        text += (i == 0 ? " " : ", ") + std::string(to_string(row.severity[i])) + " in " +
                std::string(to_string(static_cast<lint::Profile>(i)));
    }
    return text + ".";
}

std::string fix_text(const CatalogueRow& row) {
    switch (row.fix) {
        case lint::FixSafety::Safe:
            return "--fix can mend it.";
        case lint::FixSafety::Unsafe:
            return "--unsafe-fixes can mend it, guessing what was meant.";
        case lint::FixSafety::None:
            break;
    }
    return "There is no automatic fix.";
}

std::string_view part_words(lint::LinePart part) {
    switch (part) {
        case lint::LinePart::Session:
            return " before the first m= line";
        case lint::LinePart::Media:
            return " in a section";
        case lint::LinePart::Bundled:
            return " in a section that uses another one's transport";
        case lint::LinePart::First:
            return " in the first section";
        case lint::LinePart::Any:
            break;
    }
    return "";
}

std::vector<std::string> browser_texts(const CatalogueRow& row) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < lint::kBrowserCount; ++i) {
        for (const lint::BrowserRow& cell : row.browsers[i]) {
            if (cell.verdict == lint::BrowserVerdict::Unknown) continue;
            std::string text = lint::measured_name(static_cast<lint::Browser>(i)) + " " +
                               std::string(to_string(cell.verdict)) + " it";
            if (cell.as != lint::ToldAs::Any)
                text += cell.as == lint::ToldAs::Answer ? " in an answer" : " in an offer";
            if (cell.in != lint::LinePart::Any) text += std::string(part_words(cell.in));
            if (!cell.lacks.empty())
                text += " behind no line that begins as /" + std::string(cell.lacks) + "/";
            if (!cell.when.empty()) text += " in lines that match /" + std::string(cell.when) + "/";
            if (!cell.message.empty()) text += ": \"" + std::string(cell.message) + "\"";
            texts.push_back(text + ".");
        }
    }
    return texts;
}

std::vector<cli::CatalogueEntry> catalogue() {
    std::vector<cli::CatalogueEntry> entries;
    entries.reserve(lint::kCodeCount);
    for (const CatalogueRow& row : lint::catalogue()) {
        cli::CatalogueEntry entry;
        entry.id = std::string(row.code_text);
        entry.title = std::string(row.title);
        entry.name = std::string(row.name);
        entry.explanation = {"Also called " + std::string(row.name) + ", of the group " +
                                 std::string(row.group) + ".",
                             std::string(row.why), std::string(row.advice), fix_text(row),
                             severities_text(row)};
        if (!row.note.empty()) entry.explanation.emplace_back(row.note);
        for (std::string& text : browser_texts(row))
            entry.explanation.push_back(std::move(text));
        entry.references = references_of(row);
        entry.attributes = {std::string(row.name), std::string(to_string(row.severity[0]))};
        if (row.fix != lint::FixSafety::None) {
            entry.attributes.push_back(std::string(to_string(row.fix)) + " fix");
        }
        entries.push_back(std::move(entry));
    }
    return entries;
}

cli::CommandSpec lint_command() {
    cli::CommandSpec command;
    command.summary = "check session descriptions";
    command.description = {
        "Reads session descriptions and says everything that is wrong with them at once: line, "
        "column, why it matters, which browser rejects it and with which words, and what to write "
        "instead. Without a file it reads standard input.",
        "One file is checked by itself. Two and more are what the two sides of one session set, in "
        "order: offer, answer, the next offer, its answer; then it also checks that the answers "
        "fit and what renegotiation changed, and says what was negotiated. Plain texts are taken "
        "for "
        "offer and answer in turn; that one is a provisional answer, {\"type\": \"pranswer\", "
        "\"sdp\"} JSON says. --separate checks many files one by one.",
        "A file holds a description as it is, {\"type\", \"sdp\"} JSON, a description with \\r\\n "
        "written out, trickled candidates or an RTCIceCandidate, or a dump of "
        "chrome://webrtc-internals, unpacked, of which every connection is checked as a session.",
        "Settings are also taken from the first sdp-lint.json in the folder of the (first) input "
        "or "
        "above it: {\"profile\": ..., \"target\": [...], \"select\": [...], \"ignore\": [...], "
        "\"severity\": {\"IC034\": \"off\"}, \"fail_on\": ..., \"baseline\": FILE}. The command "
        "line wins."};
    command.options = {
        {.name = "profile",
         .help = "What the description is for: a browser (webrtc), the letter of RFC 8829 "
                 "(jsep-strict), telephony (sip) or broadcast production (broadcast).",
         .kind = cli::Choice{{"webrtc", "jsep-strict", "sip", "broadcast"}},
         .default_value = "webrtc"},
        {.name = "target",
         .help = "Browsers that have to accept it, comma-separated: chrome, firefox, safari; with "
                 "@VERSION to be told when that is not the version that was measured. What one of "
                 "them rejects is an error.",
         .kind = cli::Text{"BROWSERS"},
         .repeatable = true},
        {.name = "as",
         .help = "What a single description is, where its form does not say.",
         .kind = cli::Choice{{"offer", "answer"}}},
        {.name = "select",
         .help = "Checks only these: codes, names, groups, or the first letters of codes, "
                 "comma-separated.",
         .kind = cli::Text{"CODES"},
         .repeatable = true},
        {.name = "ignore",
         .help = "Does not check these.",
         .kind = cli::Text{"CODES"},
         .repeatable = true},
        {.name = "separate", .help = "Takes many files for unrelated descriptions."},
        {.name = "munging",
         .help =
             "Takes two files for what createOffer() or createAnswer() gave and what was handed "
             "to setLocalDescription(), and checks the changes."},
        {.name = "raw",
         .help = "Takes nothing out of JSON or escapes: the text is the description."},
        {.name = "fix",
         .help = "Carries out the safe fixes in the files, and reports what is left. Of standard "
                 "input the fixed text is written instead of a report."},
        {.name = "unsafe-fixes",
         .help = "With --fix or --diff: also fixes that guess what was meant."},
        {.name = "diff",
         .help = "Shows what --fix would change as a unified diff, and changes nothing."},
        {.name = "anonymize",
         .help = "Writes the descriptions with addresses, credentials, fingerprints and names "
                 "replaced consistently, to be shown to others. Says which lines it did not "
                 "understand."},
        {.name = "statistics", .help = "Writes how often each code was found."},
        {.name = "rules", .help = "Lists every rule; the same as --list."},
        {.name = "why",
         .help = "Says which rules stand behind a browser's error message, and with a file where "
                 "they are broken in it.",
         .kind = cli::Text{"MESSAGE"}},
        {.name = "baseline",
         .help = "Findings in this file are known and do not count.",
         .kind = cli::Text{"FILE"}},
        {.name = "write-baseline",
         .help = "Writes all findings to this file, for --baseline.",
         .kind = cli::Text{"FILE"}},
        {.name = "config", .help = "Settings from this file only.", .kind = cli::Text{"FILE"}},
        {.name = "no-config", .help = "Looks for no sdp-lint.json."}};
    command.positionals = {{.name = "FILE",
                            .help = "A file, or - for standard input.",
                            .min_count = 0,
                            .max_count = SIZE_MAX}};
    command.examples = {
        {"sdp-lint offer.sdp", "Check one description."},
        {"sdp-lint --target chrome,firefox offer.sdp answer.sdp",
         "Check a pair, and what the browsers would say."},
        {"sdp-lint --fix --unsafe-fixes offer.sdp", "Mend what can be mended."},
        {"sdp-lint --why \"Expect line: s=\" offer.sdp", "Where does this message come from?"},
        {"sdp-lint --format sarif --output sdp.sarif offer.sdp", "For a code host."},
        {"sdp-lint --explain IC003", "All about one rule."}};
    command.common = {.report = true, .catalogue = true, .seed = false};
    command.default_fail_on = "error";
    return command;
}

}  // namespace

const cli::ToolSpec& tool_spec() {
    static const cli::ToolSpec kSpec = [] {
        cli::ToolSpec spec;
        spec.name = "sdp-lint";
        spec.version = PORTOLAN_VERSION;
        spec.summary = "find what is wrong with a session description";
        spec.commands = {lint_command()};
        spec.see_also = {"nat-probe(1)", "ice-test(1)"};
        spec.catalogue = catalogue;
        return spec;
    }();
    return kSpec;
}

}  // namespace portolan::sdp_lint
