#include "ice-tests/media/course.hpp"

#include <algorithm>

namespace portolan::media {

using transport::Duration;
using transport::Time;

std::size_t CourseKeeper::span_of(Time at) {
    std::vector<CourseSpan>& spans = course_.spans;
    if (at <= course_.start) return 0;
    while ((at - course_.start) / course_.interval >= static_cast<std::int64_t>(kMostSpans)) {
        for (std::size_t i = 0; i < spans.size(); i += 2) {
            CourseSpan joined = spans[i];
            if (i + 1 < spans.size()) {
                joined.expected_count += spans[i + 1].expected_count;
                joined.received_count += spans[i + 1].received_count;
                joined.delay_sum += spans[i + 1].delay_sum;
                joined.delay_max = std::max(joined.delay_max, spans[i + 1].delay_max);
            }
            spans[i / 2] = joined;
        }
        spans.resize((spans.size() + 1) / 2);
        course_.interval *= 2;
    }
    const auto index = static_cast<std::size_t>((at - course_.start) / course_.interval);
    if (spans.size() <= index) spans.resize(index + 1);
    return index;
}

/// `count` packets, evenly between two moments and at neither. A share for each span, so that a
/// gap of a million packets costs no more than one of two.
void CourseKeeper::expect_between(std::uint64_t count, Time from, Time to) {
    if (count == 0) return;
    const std::size_t last = span_of(to);
    if (to <= from) {
        course_.spans[last].expected_count += count;
        return;
    }
    const std::size_t first = span_of(from);
    const double step = static_cast<double>((to - from).count()) / (static_cast<double>(count) + 1);
    std::uint64_t done = 0;
    for (std::size_t span = first; span <= last; ++span) {
        const Time end = course_.start + course_.interval * static_cast<std::int64_t>(span + 1);
        const double before = static_cast<double>((end - from).count()) / step;
        // The i-th, from 1, was sent at from + i * step; in the span if that is before its end.
        std::uint64_t until = count;
        if (span < last && before < static_cast<double>(count)) {
            until = static_cast<std::uint64_t>(std::max(before, 0.0));
            if (static_cast<double>(until) == before && until > 0) --until;
        }
        course_.spans[span].expected_count += until - std::min(until, done);
        done = std::max(done, until);
    }
}

void CourseKeeper::add(std::uint64_t index, Time sent_at, Duration delay) {
    if (course_.spans.empty()) {
        course_.start = sent_at;
        course_.interval = kFirstInterval;
        course_.spans.resize(1);
        last_sent_at_ = sent_at;
    }
    if (index >= next_index_) {
        expect_between(index - next_index_, last_sent_at_, sent_at);
        ++course_.spans[span_of(sent_at)].expected_count;
        next_index_ = index + 1;
        last_sent_at_ = std::max(last_sent_at_, sent_at);
    }
    CourseSpan& span = course_.spans[span_of(sent_at)];
    ++span.received_count;
    span.delay_sum += delay;
    span.delay_max = std::max(span.delay_max, delay);
}

Course CourseKeeper::course(std::optional<Time> until, std::uint64_t sent_count) const {
    if (course_.spans.empty() || !until || sent_count <= next_index_) return course_;
    CourseKeeper whole = *this;
    whole.expect_between(sent_count - next_index_, last_sent_at_, std::max(*until, last_sent_at_));
    return whole.course_;
}

}  // namespace portolan::media
