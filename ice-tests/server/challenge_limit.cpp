#include "ice-tests/server/challenge_limit.hpp"

#include <chrono>

namespace portolan::server {
namespace {

// So many sources a second are remembered: further ones are not limited, each is new.
constexpr std::size_t kMaxSourceCount = 65536;

}  // namespace

bool ChallengeLimit::admits(transport::Time now, const IpAddress& ip) {
    if (most_count_ == 0) return true;
    const auto second = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    if (second != second_) counts_.clear();
    second_ = second;
    if (counts_.size() >= kMaxSourceCount && !counts_.contains(ip)) return true;
    return ++counts_[ip] <= most_count_;
}

}  // namespace portolan::server
