#include <limits>
#include <utility>

#include "nat-sim/scenario/ending.hpp"
#include "nat-sim/scenario/figures.hpp"

namespace portolan::scenario {
namespace {

using report::SeriesLine;

/// ITU-T G.114 s4: below it most conversations are not affected.
constexpr double kComfortableDelayUs = 150'000;

struct Lines {
    SeriesLine delay;
    SeriesLine loss;
};

/// Each point stands in the middle of its span.
Lines lines_of(const media::Course& course, Duration offset, const std::string& name) {
    Lines out;
    out.delay.name = name;
    out.loss.name = name;
    for (std::size_t i = 0; i < course.spans.size(); ++i) {
        const media::CourseSpan& span = course.spans[i];
        if (span.expected_count == 0 && span.received_count == 0) continue;
        const auto at = course.start - offset + course.interval * static_cast<std::int64_t>(i) +
                        course.interval / 2;
        const auto received = static_cast<double>(span.received_count);
        const bool has_delay = span.received_count > 0;
        constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
        out.delay.at_us.push_back(at.count());
        out.delay.values.push_back(
            has_delay ? static_cast<double>(span.delay_sum.count()) / received : kNone);
        out.delay.high.push_back(has_delay ? static_cast<double>(span.delay_max.count()) : kNone);
        out.loss.at_us.push_back(at.count());
        out.loss.values.push_back(span.expected_count == 0
                                      ? 0
                                      : 100.0 * static_cast<double>(span.lost_count()) /
                                            static_cast<double>(span.expected_count));
    }
    return out;
}

}  // namespace

std::optional<report::Figure> media_figure(const CallResult& result, const Scenario& scenario) {
    report::SeriesPanel delay{.name = "Delay, one way",
                              .unit = "us",
                              .lines = {},
                              .limit = kComfortableDelayUs,
                              .limit_name = "150 ms: comfortable up to here (G.114)"};
    report::SeriesPanel loss{.name = "Loss", .unit = "pct"};
    for (const std::size_t from : {0, 1}) {
        const PartyResult& its = result.parties[1 - from];
        if (!its.media) continue;
        const auto& received =
            its.media->audio_received ? its.media->audio_received : its.media->video_received;
        if (!received || received->received.course.spans.empty()) continue;
        Lines lines =
            lines_of(received->received.course, its.media_clock_offset,
                     scenario.parties[from].name + " to " + scenario.parties[1 - from].name);
        delay.lines.push_back(std::move(lines.delay));
        loss.lines.push_back(std::move(lines.loss));
    }
    if (delay.lines.empty()) return std::nullopt;
    report::Series series{.panels = {std::move(delay), std::move(loss)}};
    const std::int64_t begin = series.panels[0].lines[0].at_us.front();
    for (const Happening& each : happenings_of(scenario)) {
        if (each.at.count() >= begin && each.at <= result.simulated)
            series.marks.push_back({.at_us = each.at.count(), .name = each.what});
    }
    const bool is_audio = scenario.media.audio;
    return report::Figure{.title = "Delay and loss over time",
                          .note = std::string("Of ") + (is_audio ? "audio" : "video") +
                                  " packets, by when they were sent: the line is the average of a "
                                  "span, the band reaches to its slowest packet.",
                          .body = std::move(series)};
}

}  // namespace portolan::scenario
