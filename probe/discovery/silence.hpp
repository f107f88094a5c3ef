#pragma once

namespace portolan::discovery {

/// How sure silence is. `copies` requests of a kind all stayed unanswered while, on the same path
/// and schedule, `controls_lost` of `controls_sent` control copies did: the probability that loss
/// alone silenced the copies, with nothing known of the loss rate beforehand (uniform prior on it):
/// E[q^copies], q ~ Beta(1 + lost, 1 + answered). 1 when there is no copy.
double silence_error_bound(int copies, int controls_sent, int controls_lost);

/// Below this, silence is taken as filtering.
inline constexpr double kSilenceErrorBound = 1e-6;

}  // namespace portolan::discovery
