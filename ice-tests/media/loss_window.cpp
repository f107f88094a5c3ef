#include "ice-tests/media/loss_window.hpp"

#include <algorithm>

namespace portolan::media {

double LossCounts::loss_pct() const {
    if (expected_count == 0) return 0;
    return 100.0 * static_cast<double>(lost_count) / static_cast<double>(expected_count);
}

// With independent loss of share p a run has 1 / (1 - p) packets on average.
double LossCounts::burst_ratio() const {
    if (loss_run_count == 0 || received_count == 0) return 1;
    const double mean_run = static_cast<double>(lost_count) / static_cast<double>(loss_run_count);
    const double received_share =
        static_cast<double>(received_count) / static_cast<double>(expected_count);
    return mean_run * received_share;
}

void LossWindow::count_one(LossCounts& counts, bool& in_run, bool received) {
    ++counts.expected_count;
    if (received) {
        ++counts.received_count;
    } else {
        ++counts.lost_count;
        if (!in_run) ++counts.loss_run_count;
    }
    in_run = !received;
}

void LossWindow::retire_up_to(std::uint64_t first_kept) {
    // What lies beyond the window was not even seen: it is one stretch of loss, however long.
    const std::uint64_t in_window = std::min(first_kept, first_kept_ + kWindowCount);
    for (; first_kept_ < in_window; ++first_kept_) {
        const std::size_t slot = first_kept_ % kWindowCount;
        count_one(settled_, retired_in_run_, seen_.test(slot));
        seen_.reset(slot);
    }
    if (first_kept_ >= first_kept) return;
    if (!retired_in_run_) ++settled_.loss_run_count;
    retired_in_run_ = true;
    settled_.expected_count += first_kept - first_kept_;
    settled_.lost_count += first_kept - first_kept_;
    first_kept_ = first_kept;
}

LossWindow::Arrival LossWindow::add(std::uint64_t index) {
    if (index < first_kept_) {
        ++settled_.too_late_count;
        return Arrival::TooLate;
    }
    if (index - first_kept_ >= kWindowCount) retire_up_to(index - kWindowCount + 1);
    const std::size_t slot = index % kWindowCount;
    if (seen_.test(slot)) {
        ++settled_.duplicate_count;
        return Arrival::Duplicate;
    }
    seen_.set(slot);
    if (index < next_) {
        ++settled_.reordered_count;
        return Arrival::Reordered;
    }
    next_ = index + 1;
    return Arrival::New;
}

LossCounts LossWindow::counts(std::uint64_t sent_count) const {
    LossCounts counts = settled_;
    bool in_run = retired_in_run_;
    for (std::uint64_t index = first_kept_; index < next_; ++index)
        count_one(counts, in_run, seen_.test(index % kWindowCount));
    if (sent_count > next_) {
        const std::uint64_t missing = sent_count - next_;
        counts.expected_count += missing;
        counts.lost_count += missing;
        if (!in_run) ++counts.loss_run_count;
    }
    return counts;
}

}  // namespace portolan::media
