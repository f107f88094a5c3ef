#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "probe/transport/clock.hpp"

namespace portolan::media {

/// What became of the packets that were sent in one stretch of time.
struct CourseSpan {
    std::uint64_t expected_count = 0;
    std::uint64_t received_count = 0;
    transport::Duration delay_sum{0};  ///< of the received ones
    transport::Duration delay_max{0};

    [[nodiscard]] std::uint64_t lost_count() const {
        return expected_count > received_count ? expected_count - received_count : 0;
    }
};

struct Course {
    transport::Time start{};          ///< when the first packet that arrived was sent
    transport::Duration interval{0};  ///< of each span
    std::vector<CourseSpan> spans;    ///< empty when nothing arrived
};

/// How delay and loss of a stream went over time, in a bounded number of spans: when they are all
/// used, each two become one of twice the length. A lost packet belongs where it must have been
/// sent, evenly between its neighbours.
class CourseKeeper {
  public:
    static constexpr std::size_t kMostSpans = 60;
    static constexpr transport::Duration kFirstInterval{100'000};

    /// A packet that came for the first time; `index` counts what was sent, from 0.
    void add(std::uint64_t index, transport::Time sent_at, transport::Duration delay);

    /// With the end of the stream: what was sent after the last packet that came, up to `until`.
    [[nodiscard]] Course course(std::optional<transport::Time> until = {},
                                std::uint64_t sent_count = 0) const;

  private:
    std::size_t span_of(transport::Time at);
    void expect_between(std::uint64_t count, transport::Time from, transport::Time to);

    Course course_;
    std::uint64_t next_index_ = 0;
    transport::Time last_sent_at_{};
};

}  // namespace portolan::media
