#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "probe/transport/clock.hpp"

namespace portolan::turn {

/// Local UDP ports for the clients of one run. A server may remember a 5-tuple for a while after
/// it has ended or refused an allocation there: coturn 4.6 refuses a new one for a second (437),
/// and for a minute it grants one without a relayed address. So none comes twice in a run, and
/// where the run begins moves on with the clock: the runs of the last minute had others.
class PortSequence {
  public:
    explicit PortSequence(transport::Time now);

    /// One that this run has not had, unless it has had all.
    std::uint16_t next();
    /// Ports that have nothing to do with these, nor with one another, where somebody has left
    /// something on these: who leaves an allocation on one port has mostly left others on its
    /// neighbours. Random ones, from a part of the range that no sequence comes to in its order, so
    /// that they are nothing to the next run. The random numbers outlive the sequence.
    std::shared_ptr<PortSequence> elsewhere(transport::Random& random);

  private:
    explicit PortSequence(transport::Random& random);

    transport::Random* random_ = nullptr;  ///< null: in order
    std::uint32_t first_;                  ///< of the part that it takes from
    std::uint32_t offset_ = 0;
    std::vector<bool> is_used_;
    std::shared_ptr<PortSequence> elsewhere_ = {};
};

}  // namespace portolan::turn
