#pragma once

#include <vector>

#include "probe/discovery/actions.hpp"

namespace portolan::discovery {

/// At most `per_second` new STUN transactions in any second (RFC 5780 s5, SHOULD). Shared by the
/// machines of one process: two address families do not make twice the rate.
class TransactionPacer {
  public:
    explicit TransactionPacer(int per_second = 10) : per_second_(per_second) {}
    /// Takes `count` places at `now`, all or none.
    bool try_take(Time now, int count);
    /// When `count` places will be free.
    [[nodiscard]] Time ready_at(Time now, int count) const;

  private:
    int per_second_;
    std::vector<Time> taken_;  // within the last second
};

}  // namespace portolan::discovery
