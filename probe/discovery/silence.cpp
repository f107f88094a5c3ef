#include "probe/discovery/silence.hpp"

#include <algorithm>

namespace portolan::discovery {

double silence_error_bound(int copies, int controls_sent, int controls_lost) {
    const double lost = std::clamp(controls_lost, 0, std::max(controls_sent, 0));
    const double sent = std::max(controls_sent, 0);
    // E[q^k] of a Beta(a, b) variable is the product of (a + i) / (a + b + i) for i < k.
    double bound = 1.0;
    for (int i = 0; i < copies; ++i)
        bound *= (1.0 + lost + i) / (2.0 + sent + i);
    return bound;
}

}  // namespace portolan::discovery
