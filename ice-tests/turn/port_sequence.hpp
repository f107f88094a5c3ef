#pragma once

#include <cstdint>
#include <vector>

#include "probe/transport/clock.hpp"

namespace portolan::turn {

/// Local UDP ports for the clients of one run. A server may remember a 5-tuple for a while after
/// its allocation was deleted: coturn 4.6 for a second, in which it refuses a new one (437) or
/// grants one without a relayed address. So none comes twice in a run, and where the run begins
/// moves on with the clock: the runs of the last minute had others.
class PortSequence {
  public:
    explicit PortSequence(transport::Time now);

    /// One that this run has not had, unless it has had all.
    std::uint16_t next();
    /// The next ones are from elsewhere in the range. Who left an allocation on one port has mostly
    /// left others on its neighbours.
    void move_on(transport::Random& random);

  private:
    std::uint32_t offset_;
    std::vector<bool> is_used_;
};

}  // namespace portolan::turn
