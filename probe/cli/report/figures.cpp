#include "probe/cli/report/figures.hpp"

#include <algorithm>

#include "probe/cli/report/quality.hpp"

namespace portolan::nat_probe {
namespace {

/// Times count from the first packet that came.
report::Json line_of(const precall::Leg& leg, const char* name) {
    auto passages = leg.passages;
    std::ranges::sort(passages, {}, &precall::Passage::index);
    report::Json at = report::Json::array();
    report::Json values = report::Json::array();
    const transport::Time first = passages.front().sent_at;
    std::uint64_t next = passages.front().index;
    transport::Time last = first;
    for (const precall::Passage& passage : passages) {
        if (passage.index < next) continue;    // a duplicate
        if (passage.sent_at < last) continue;  // a late copy, of an earlier loop
        // When the lost ones were sent is not known, but that it was in between.
        const auto step =
            (passage.sent_at - last) / static_cast<std::int64_t>(passage.index - next + 1);
        for (; next < passage.index; ++next) {
            last += step;
            at.push_back((last - first).count());
            values.push_back(nullptr);
        }
        last = passage.sent_at;
        at.push_back((passage.sent_at - first).count());
        values.push_back(passage.delay.count());
        ++next;
    }
    return {{"name", name}, {"at_us", at}, {"values", values}};
}

/// The share that was lost of each ten packets, at the time of their middle.
report::Json losses_of(const report::Json& delays) {
    constexpr std::size_t kSpan = 10;
    report::Json at = report::Json::array();
    report::Json values = report::Json::array();
    const report::Json& seen = delays["values"];
    for (std::size_t begin = 0; begin < seen.size(); begin += kSpan) {
        const std::size_t end = std::min(begin + kSpan, seen.size());
        std::size_t lost_count = 0;
        for (std::size_t i = begin; i < end; ++i)
            lost_count += seen[i].is_null() ? 1 : 0;
        at.push_back(delays["at_us"][(begin + end) / 2]);
        values.push_back(100.0 * static_cast<double>(lost_count) /
                         static_cast<double>(end - begin));
    }
    return {{"name", delays["name"]}, {"at_us", at}, {"values", values}};
}

}  // namespace

report::Json delay_figure(const precall::Loop& loop, const std::string& title) {
    report::Json lines = report::Json::array();
    if (!loop.there.passages.empty()) lines.push_back(line_of(loop.there, "out and back"));
    if (!loop.back.passages.empty()) lines.push_back(line_of(loop.back, "the other way round"));
    if (lines.empty()) return nullptr;
    const QualityThresholds limits;
    report::Json panel = {{"name", "Delay through the relay and back"},
                          {"unit", "us"},
                          {"lines", lines},
                          {"limit", limits.delay.count()},
                          {"limit_name", "delay-high"}};
    report::Json losses = report::Json::array();
    for (const report::Json& line : lines)
        losses.push_back(losses_of(line));
    const report::Json loss_panel = {
        {"name", "Loss, of ten packets each"}, {"unit", "pct"}, {"lines", losses}};
    return {
        {"kind", "series"},
        {"title", title},
        {"note",
         "Above, each point is a packet of audio, and a gap one that was lost; between the first "
         "and the last that came."},
        {"panels", report::Json::array({panel, loss_panel})},
        {"marks", report::Json::array()}};
}

report::Json peers_figure(const PeerForecast& forecast) {
    const auto kind = [](const char* id, const char* letter, const char* name, const char* tone) {
        return report::Json{{"id", id}, {"letter", letter}, {"name", name}, {"tone", tone}};
    };
    // One below the other: the reasons are sentences, and a table of one line would be all width.
    report::Json rows = report::Json::array();
    for (const PeerRow& row : forecast.rows) {
        const std::string reach =
            row.reaches.size() == 1 ? std::string(oracle::to_string(*row.reaches.begin())) : "open";
        std::string note = row.why;
        if (row.reaches_when_called != row.reaches && row.reaches_when_called.size() == 1) {
            note += "; when they call: ";
            note += oracle::to_string(*row.reaches_when_called.begin());
        }
        const report::Json cell = {{"class", reach}, {"note", note}};
        rows.push_back({{"name", row.peer.words},
                        {"cells", report::Json::array({cell})},
                        {"finding_id", "peers/reach"}});
    }
    return {{"kind", "matrix"},
            {"title", "Who can be reached"},
            {"note",
             "When you call, by the rules of RFC 4787 and RFC 8445, with the relays that work."},
            {"row_name", "the other side has"},
            {"column_name", "who is reached"},
            {"columns", report::Json::array({"from here"})},
            {"classes", report::Json::array({kind("direct", "D", "directly", "good"),
                                             kind("direct-tcp", "T", "directly over TCP", "good"),
                                             kind("relayed", "R", "over a relay", "fair"),
                                             kind("unreachable", "-", "not at all", "bad"),
                                             kind("open", "?", "not known", "open")})},
            {"rows", rows}};
}

}  // namespace portolan::nat_probe
