#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>

namespace portolan::media {

struct LossCounts {
    std::uint64_t expected_count = 0;
    std::uint64_t received_count = 0;  ///< each packet once
    std::uint64_t lost_count = 0;
    std::uint64_t loss_run_count = 0;  ///< maximal runs of lost packets
    std::uint64_t duplicate_count = 0;
    std::uint64_t reordered_count = 0;  ///< arrived after a packet that was sent later
    std::uint64_t too_late_count =
        0;  ///< of the lost: arrived when its place was out of the window

    [[nodiscard]] double loss_pct() const;
    /// ITU-T G.107 s7.2: mean length of the runs over the mean length that independent loss of the
    /// same share would give. 1 without loss.
    [[nodiscard]] double burst_ratio() const;
};

/// Which packets of a stream have come, by index. Constant cost for each packet, fixed memory: what
/// has left the window is only counted.
class LossWindow {
  public:
    /// How many packets a packet may be late; 20 s of video at 200 packets a second.
    static constexpr std::size_t kWindowCount = 4096;

    enum class Arrival { New, Reordered, Duplicate, TooLate };
    Arrival add(std::uint64_t index);

    /// `sent_count` as the sender says, when it is known: without it the end of a stream cannot
    /// be missed.
    [[nodiscard]] LossCounts counts(std::uint64_t sent_count = 0) const;

  private:
    void retire_up_to(std::uint64_t first_kept);
    static void count_one(LossCounts& counts, bool& in_run, bool received);

    std::bitset<kWindowCount> seen_;
    std::uint64_t first_kept_ = 0;  ///< lower indexes are settled
    std::uint64_t next_ = 0;        ///< highest index seen plus one
    bool retired_in_run_ = false;
    LossCounts settled_;
};

}  // namespace portolan::media
