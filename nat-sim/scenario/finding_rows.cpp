#include <algorithm>
#include <utility>

#include "nat-sim/scenario/findings.hpp"
#include "nat-sim/scenario/report.hpp"

namespace portolan::scenario {

namespace {

using report::Finding;
using report::Verdict;

struct Row {
    const char* id;
    const char* title;
    report::Severity severity;
    report::Impact impact;
    bool decides;
    std::vector<report::Reference> references;
    std::vector<std::string> explanation;
};

const std::vector<Row>& rows() {
    using report::Impact;
    using report::Severity;
    static const std::vector<Row> kRows = {
        {"call/connectivity",
         "Connectivity",
         Severity::High,
         Impact::BreaksCall,
         true,
         {{"RFC 8445", "7"}, {"RFC 8445", "8"}},
         {"Whether both agents, libnice as it is, came to a selected pair within the time limit, "
          "and of what kind: direct, direct over TCP, or over a relay and whose."}},
        {"call/forecast",
         "Forecast",
         Severity::High,
         Impact::BreaksCall,
         false,
         {{"RFC 4787", "4"}, {"RFC 4787", "5"}, {"RFC 8445", "7"}, {"RFC 8445", "8.1.1"}},
         {"Whether that is what follows from the NATs' mapping and filtering rules alone, as the "
          "oracle derives it without packets. A difference is a finding about the agent, the "
          "simulated NAT or the oracle.",
          "Two differences are none. RFC 8445 s8.1.1 lets the controlling agent nominate any valid "
          "pair as soon as it likes, so that where the rules lead to a direct pair a relay is "
          "permitted. And where each check comes from another port, agents may go on checking for "
          "ever (s6.1.4.2). Lossy or slow links, signalling of more than 10 s and a short time "
          "limit excuse another outcome: then it is not tested; so do checks that libnice 0.1.21 "
          "forgets, because they came before the answer. Where A has the answer more than "
          "1 s after B had the offer, B may have given up its checks before A begins: what comes "
          "of that is forecast too."}},
        {"call/nomination",
         "Nomination",
         Severity::Medium,
         Impact::BreaksCall,
         false,
         {{"RFC 8445", "8.1.1"}},
         {"Which of the valid pairs the controlling agent nominated: what the rules lead to, or a "
          "relay before the direct pair was valid. `early` is where the direct pair needs a check "
          "to be sent again, a criterion of this project's own; `permitted` is any other. Or none: "
          "when it had a valid pair for 20 s, as answers on the wire show, and nominated nothing, "
          "where one must be picked eventually.",
          "libnice 0.1.21 nominates when two pairs are valid, or when one is and nothing is left "
          "to check. At a round trip above its first retransmission, 500 ms, it may have valid "
          "pairs and nominate none: without NATs it did so at 0.6 to 0.8 s and from 1.6 s "
          "on, while it connected at 1.0 to 1.4 s."}},
        {"call/held",
         "Held",
         Severity::High,
         Impact::BreaksCall,
         true,
         {{"RFC 7675", "5.1"}},
         {"Whether a call that had begun, with both sides connected, lasted to its end. libnice "
          "0.1.21 gives a pair up after "
          "10 seconds without an answer to its consent checks, which are about five seconds apart: "
          "one that is lost can be enough. RFC 7675 s5.1 waits 30 seconds. A call that was "
          "interrupted is judged up to there."}},
        {"call/media",
         "Media",
         Severity::High,
         Impact::BreaksCall,
         false,
         {{"RFC 3550", "6.4.1"}},
         {"Whether RTP packets arrived in both directions, with loss, duplication, reordering, "
          "jitter and delay. More than 200 ms without a packet is an interruption; one that lasts "
          "to the end of the media that was asked for fails, and what happened in the network just "
          "before it is named. Where one of two streams ended, it is named."}},
        {"call/speech-quality",
         "Speech",
         Severity::Low,
         Impact::Degrades,
         false,
         {{"ITU-T G.107", "7"}, {"ITU-T G.107", "Annex B"}},
         {"What the E-model makes of delay and loss: the worse of the two directions. Below a MOS "
          "of 3.1 nearly all users are dissatisfied."}},
        {"call/claimed-pair",
         "Path",
         Severity::High,
         Impact::BreaksCall,
         false,
         {{"RFC 8445", "12.1"}},
         {"Whether the media packets on the simulated wire leave from and go to the addresses of "
          "the pair that ICE says it selected, and no others. A side of which no media was seen "
          "since it selected its pair shows nothing."}},
    };
    return kRows;
}

}  // namespace

Finding finding(const char* id, Verdict verdict, std::string value, std::string summary,
                std::vector<std::string> evidence) {
    const auto row = std::find_if(rows().begin(), rows().end(),
                                  [&](const Row& each) { return std::string_view(each.id) == id; });
    return {.id = id,
            .title = row->title,
            .verdict = std::move(verdict),
            .severity = row->severity,
            .impact = row->impact,
            .decides = row->decides,
            .value = std::move(value),
            .summary = std::move(summary),
            .references = row->references,
            .evidence_ids = std::move(evidence)};
}

std::vector<cli::CatalogueEntry> catalogue(std::string_view prefix) {
    std::vector<cli::CatalogueEntry> out;
    for (const Row& row : rows()) {
        out.push_back({.id = row.id,
                       .title = row.title,
                       .explanation = row.explanation,
                       .references = row.references});
    }
    out.push_back({.id = "matrix/forecast",
                   .title = "Forecast",
                   .explanation = {"Whether each call of a matrix is what follows from the NATs' "
                                   "rules, or permitted, as call/forecast says for one."},
                   .references = {{"RFC 4787", "4"}, {"RFC 4787", "5"}, {"RFC 8445", "7"}}});
    out.push_back({.id = "matrix/early-nomination",
                   .title = "Relays",
                   .explanation = {"How many calls use a relay though a direct pair would do, and "
                                   "whether all of them are such in which the direct pair needs a "
                                   "check to be sent again. More than those say that the agent "
                                   "prefers relays: permitted (RFC 8445 s8.1.1), but worse calls."},
                   .references = {{"RFC 8445", "8.1.1"}}});
    out.push_back({.id = "matrix/nomination",
                   .title = "Nomination",
                   .explanation = {"Whether in each call a controlling agent that had a valid pair "
                                   "nominated one, as call/nomination says for one."},
                   .references = {{"RFC 8445", "8.1.1"}}});
    std::erase_if(out,
                  [&](const cli::CatalogueEntry& each) { return !each.id.starts_with(prefix); });
    return out;
}

}  // namespace portolan::scenario
