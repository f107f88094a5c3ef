#include "probe/discovery/pacer.hpp"

#include <algorithm>

namespace portolan::discovery {

namespace {
constexpr Duration kWindow = std::chrono::seconds(1);
}

bool TransactionPacer::try_take(Time now, int count) {
    std::erase_if(taken_, [now](Time at) { return at + kWindow <= now; });
    if (static_cast<int>(taken_.size()) + count > per_second_) return false;
    taken_.insert(taken_.end(), static_cast<std::size_t>(count), now);
    return true;
}

Time TransactionPacer::ready_at(Time now, int count) const {
    std::vector<Time> recent;
    for (const Time at : taken_) {
        if (at + kWindow > now) recent.push_back(at);
    }
    const int excess = static_cast<int>(recent.size()) + count - per_second_;
    // More places than there are never come free together; the next moment is as good as any.
    if (excess <= 0 || recent.empty()) return now + (excess > 0 ? kWindow : Duration(0));
    std::sort(recent.begin(), recent.end());
    const auto index = std::min<std::size_t>(static_cast<std::size_t>(excess), recent.size()) - 1;
    return recent[index] + kWindow;
}

}  // namespace portolan::discovery
