#include "reports/render/ladder_words.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "reports/render/quantity.hpp"

namespace portolan::render {
namespace {

using report::Ladder;
using report::LadderExchange;
using report::LadderMark;
using report::LadderState;

std::string outcome_words(const LadderExchange& exchange) {
    std::string out;
    switch (exchange.state) {
        case LadderState::Answered:
            out = "answered";
            break;
        case LadderState::Unanswered:
            out = "arrived, not answered";
            break;
        case LadderState::Dropped:
            out = "dropped";
            break;
        case LadderState::Unknown:
            out = "no answer";
            break;
    }
    if (exchange.answered_at_us) {
        out += " after " +
               quantity_text(static_cast<double>(*exchange.answered_at_us - exchange.at_us), "us");
    }
    return exchange.note.empty() ? out : out + ": " + exchange.note;
}

}  // namespace

std::string lane_name(const Ladder& ladder, std::size_t lane) {
    return lane < ladder.lanes.size() ? ladder.lanes[lane].name : "?";
}

LadderRow row_of(const Ladder& ladder, const LadderExchange& each) {
    LadderRow out{
        .at = moment_text(each.at_us),
        .from = lane_name(ladder, each.from),
        .to = lane_name(ladder, each.to),
        .what = each.name,
        .pair = each.pair,
        .outcome = outcome_words(each),
        .sent = std::to_string(each.sent_count) + (each.sent_count == 1 ? " time" : " times")};
    if (each.is_selected) out.pair += out.pair.empty() ? "(selected)" : " (selected)";
    return out;
}

std::vector<LadderRow> rows_of(const Ladder& ladder, std::size_t most) {
    std::vector<LadderRow> out;
    std::size_t mark = 0;
    const auto add_marks = [&](std::int64_t until) {
        for (; mark < ladder.marks.size() && ladder.marks[mark].at_us <= until; ++mark) {
            const LadderMark& its = ladder.marks[mark];
            out.push_back({.at = moment_text(its.at_us),
                           .from = lane_name(ladder, its.lane),
                           .to = {},
                           .what = its.name,
                           .pair = {},
                           .outcome = {},
                           .sent = {}});
        }
    };
    std::size_t done = 0;
    for (const LadderExchange& each : ladder.exchanges) {
        if (++done > most) break;
        add_marks(each.at_us - 1);
        out.push_back(row_of(ladder, each));
    }
    add_marks(std::numeric_limits<std::int64_t>::max());
    return out;
}

std::string sentence_of(const LadderRow& row) {
    std::string out = row.at + ", " + row.from;
    if (!row.to.empty()) out += " to " + row.to;
    out += ": " + row.what;
    for (const std::string& part : {row.pair, row.outcome}) {
        if (!part.empty()) out += ", " + part;
    }
    if (!row.sent.empty() && row.sent != "1 time") out += ", sent " + row.sent;
    return out;
}

std::string summary_of(const Ladder& ladder, std::size_t most) {
    std::string out = std::to_string(ladder.exchanges.size()) + " requests";
    std::string separator = ": ";
    const std::pair<LadderState, const char*> kStates[] = {
        {LadderState::Answered, " answered"},
        {LadderState::Unanswered, " arrived and not answered"},
        {LadderState::Dropped, " dropped on the way"},
        {LadderState::Unknown, " without an answer"}};
    for (const auto& [state, words] : kStates) {
        const auto count = std::ranges::count(ladder.exchanges, state, &LadderExchange::state);
        if (count == 0) continue;
        out += std::exchange(separator, ", ") + std::to_string(count) + words;
    }
    out += '.';
    const std::size_t shown = std::min(ladder.exchanges.size(), most);
    const std::uint64_t left_out = ladder.left_out_count + (ladder.exchanges.size() - shown);
    if (left_out > 0) out += " " + std::to_string(left_out) + " further ones are not shown.";
    return out;
}

}  // namespace portolan::render
