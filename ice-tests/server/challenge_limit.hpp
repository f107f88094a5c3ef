#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "probe/stun/transport_address.hpp"
#include "probe/transport/clock.hpp"

namespace portolan::server {

/// How often whoever has proven nothing is answered, counted by address and second.
class ChallengeLimit {
  public:
    /// 0: as often as anybody asks.
    explicit ChallengeLimit(std::size_t per_second_count) : most_count_(per_second_count) {}

    /// False when this one is too many.
    [[nodiscard]] bool admits(transport::Time now, const IpAddress& ip);

  private:
    std::size_t most_count_;
    std::int64_t second_ = -1;
    std::map<IpAddress, std::size_t> counts_;
};

}  // namespace portolan::server
