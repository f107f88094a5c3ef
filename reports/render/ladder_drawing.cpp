#include <algorithm>
#include <string>

#include "reports/render/drawings.hpp"
#include "reports/render/escape.hpp"
#include "reports/render/html_table.hpp"
#include "reports/render/ladder_words.hpp"
#include "reports/render/quantity.hpp"

namespace portolan::render {
namespace {

using report::Ladder;
using report::LadderExchange;
using report::LadderMark;
using report::LadderState;

constexpr double kTimeColumn = 62;
constexpr double kLane = 132;
constexpr double kMargin = 66;  ///< half a lane's head
/// Beside the outer lanes, for the words of marks: no arrow passes there.
constexpr double kBeside = 34;
constexpr std::size_t kMostLettersBeside = 15;
constexpr double kHead = 54;
constexpr double kWords = 22;  ///< a request's or a mark's own height, for its words
constexpr double kStep = 5;    ///< of any other event
/// Below a mark, or beside it: its words are in the way of arrows that end there.
constexpr double kBelowMark = 12;
constexpr std::size_t kMostLanes = 12;

/// Something that has a height of its own. Heights follow the order of time, and grow with it
/// within bounds: idle seconds would be empty paper, and busy milliseconds a black spot.
struct Event {
    enum class Kind { Start, End, Answer, Mark };
    std::int64_t at_us = 0;
    Kind kind = Kind::Start;
    std::size_t index = 0;  ///< of the exchange or the mark
    double y = 0;
};

std::vector<Event> events_of(const std::vector<LadderExchange>& exchanges,
                             const std::vector<LadderMark>& marks) {
    std::vector<Event> out;
    for (std::size_t i = 0; i < exchanges.size(); ++i) {
        const LadderExchange& each = exchanges[i];
        out.push_back({each.at_us, Event::Kind::Start, i});
        out.push_back({each.ended_at_us.value_or(each.at_us), Event::Kind::End, i});
        if (each.answered_at_us) out.push_back({*each.answered_at_us, Event::Kind::Answer, i});
    }
    for (std::size_t i = 0; i < marks.size(); ++i)
        out.push_back({marks[i].at_us, Event::Kind::Mark, i});
    std::ranges::stable_sort(out, {}, &Event::at_us);
    double y = kHead + 6;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double idle_ms =
            i == 0 ? 0 : static_cast<double>(out[i].at_us - out[i - 1].at_us) / 1000.0;
        const bool has_words =
            out[i].kind == Event::Kind::Start || out[i].kind == Event::Kind::Mark;
        const bool is_below_mark = i > 0 && out[i - 1].kind == Event::Kind::Mark;
        y += (has_words       ? kWords
              : is_below_mark ? kBelowMark
                              : kStep) +
             std::min(idle_ms * 0.25, 16.0);
        out[i].y = y;
    }
    return out;
}

class Sheet {
  public:
    Sheet(const Ladder& ladder, const std::vector<LadderExchange>& exchanges)
        : ladder_(ladder),
          exchanges_(exchanges),
          events_(events_of(exchanges, ladder.marks)),
          places_(exchanges.size()) {}

    void draw() {
        bottom_ = events_.empty() ? kHead + 30 : events_.back().y + 22;
        for (const Event& event : events_) {
            if (event.kind == Event::Kind::Mark) continue;
            Places& its = places_[event.index];
            (event.kind == Event::Kind::Start ? its.start
             : event.kind == Event::Kind::End ? its.end
                                              : its.answer) = event.y;
        }
        draw_lanes();
        // What was selected lies on top.
        for (const bool selected : {false, true}) {
            for (std::size_t i = 0; i < exchanges_.size(); ++i) {
                if (exchanges_[i].is_selected == selected) draw_exchange(i);
            }
        }
        for (std::size_t i = 0; i < exchanges_.size(); ++i)
            draw_words(i);
        draw_times();
        for (const Event& event : events_) {
            if (event.kind == Event::Kind::Mark) draw_mark(ladder_.marks[event.index], event.y);
        }
    }

    [[nodiscard]] double width() const {
        return kTimeColumn + 2 * margin() +
               kLane * static_cast<double>(std::max<std::size_t>(lane_count(), 1) - 1);
    }
    [[nodiscard]] double height() const { return bottom_ + 4; }
    [[nodiscard]] const std::string& elements() const { return svg_.elements(); }

  private:
    struct Places {
        double start = 0;
        double end = 0;
        double answer = 0;
    };

    [[nodiscard]] std::size_t lane_count() const {
        return std::min(ladder_.lanes.size(), kMostLanes);
    }
    [[nodiscard]] double x(std::size_t lane) const {
        return kTimeColumn + margin() + kLane * static_cast<double>(std::min(lane, kMostLanes - 1));
    }

    [[nodiscard]] double margin() const { return kMargin + (ladder_.marks.empty() ? 0 : kBeside); }

    void draw_lanes() {
        for (std::size_t i = 0; i < lane_count(); ++i) {
            svg_.rect(x(i) - 58, 4, 116, 40, 6, "box");
            svg_.text(x(i), 21, label(ladder_.lanes[i].name, 15), "m b");
            svg_.text(x(i), 36, label(ladder_.lanes[i].detail, 18), "m s d");
            svg_.line(x(i), 44, x(i), bottom_, "lane");
        }
    }

    void draw_exchange(std::size_t i) {
        const LadderExchange& each = exchanges_[i];
        const Places& at = places_[i];
        const std::string state(to_string(each.state));
        const std::string css = each.is_selected ? state + " selected" : state;
        svg_.open_group("", sentence_of(row_of(ladder_, each)));
        const double from = x(each.from);
        double to = x(each.to);
        if (each.from == each.to) to += each.from + 1 < lane_count() ? 34 : -34;
        svg_.line(from, at.start, to, at.end, "x " + css);
        if (each.state == LadderState::Dropped) {
            add_mark(svg_, report::Tone::Bad, to, at.end, 5);
        } else {
            svg_.arrow_head(from, at.start, to, at.end, "h " + css, each.is_selected ? 12 : 8);
        }
        if (each.answered_at_us && each.state == LadderState::Answered) {
            svg_.line(to, at.end, from, at.answer, "x back " + css);
            svg_.arrow_head(to, at.end, from, at.answer, "h " + css, 6);
        }
        svg_.close_group();
    }

    /// After all arrows, so that none crosses them.
    void draw_words(std::size_t i) {
        const LadderExchange& each = exchanges_[i];
        const bool to_right =
            each.to > each.from || (each.to == each.from && each.from + 1 < lane_count());
        svg_.text(x(each.from) + (to_right ? 8 : -8), places_[i].start - 3, label(each.name, 26),
                  to_right ? "s halo" : "s halo e");
    }

    /// Where the time moved on so that it can be read.
    void draw_times() {
        std::string last;
        double last_y = 0;
        for (const Event& event : events_) {
            const bool has_words =
                event.kind == Event::Kind::Start || event.kind == Event::Kind::Mark;
            const std::string text = moment_text(event.at_us);
            if (!has_words || text == last || event.y - last_y < 12) continue;
            svg_.text(kTimeColumn - 6, event.y + 1, text, "s d e");
            last = text;
            last_y = event.y;
        }
    }

    void draw_mark(const LadderMark& mark, double y) {
        const double at = x(mark.lane);
        const bool is_last = mark.lane + 1 >= lane_count();
        const bool is_beside = display_width(mark.name) <= kMostLettersBeside;
        const bool is_left = is_last ? !is_beside : mark.lane == 0 && is_beside;
        svg_.path("M" + coordinate(at) + "," + coordinate(y - 6) + " " + coordinate(at + 6) + "," +
                      coordinate(y) + " " + coordinate(at) + "," + coordinate(y + 6) + " " +
                      coordinate(at - 6) + "," + coordinate(y) + "z",
                  "k-mark");
        svg_.text(is_left ? at - 11 : at + 11, y + 4, label(mark.name, 30),
                  is_left ? "s b halo e" : "s b halo");
    }

    const Ladder& ladder_;
    const std::vector<LadderExchange>& exchanges_;
    std::vector<Event> events_;
    std::vector<Places> places_;
    Svg svg_;
    double bottom_ = 0;
};

std::string table_of(const Ladder& ladder) {
    if (ladder.exchanges.empty() && ladder.marks.empty()) return "";
    HtmlTable table("In the order of time");
    table.head({"at", "from", "to", "what", "pair", "outcome", "sent"});
    for (const LadderRow& row : rows_of(ladder, kMostTableRows))
        table.row({row.at, row.from, row.to, row.what, row.pair, row.outcome, row.sent});
    return table.finish();
}

}  // namespace

Drawing draw(const Ladder& ladder) {
    std::vector<LadderExchange> shown = ladder.exchanges;
    if (shown.size() > kMostDrawnExchanges) shown.resize(kMostDrawnExchanges);
    Drawing out;
    out.description = summary_of(ladder, shown.size());
    for (const LadderMark& mark : ladder.marks) {
        out.description += " " + moment_text(mark.at_us) + ": " + lane_name(ladder, mark.lane) +
                           ", " + mark.name + ".";
    }
    out.table = table_of(ladder);
    Sheet sheet(ladder, shown);
    sheet.draw();
    out.width = sheet.width();
    out.height = sheet.height();
    out.least_width = std::min(out.width, std::max(400.0, out.width * 0.85));
    out.elements = sheet.elements();
    return out;
}

}  // namespace portolan::render
