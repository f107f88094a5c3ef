#include "ice-tests/turn/port_sequence.hpp"

#include <algorithm>
#include <chrono>

#include "probe/transport/udp_socket.hpp"

namespace portolan::turn {
namespace {

constexpr std::uint32_t kPortCount =
    transport::kLastRandomPort - transport::kFirstRandomPort + std::uint32_t{1};
constexpr std::uint32_t kRandomCount = kPortCount / 4;
constexpr std::uint32_t kOrderedCount = kPortCount - kRandomCount;
// More than the suite opens in that time; and all of the ports in order last for a minute.
constexpr auto kTimePerPort = std::chrono::microseconds(2500);
static_assert(kOrderedCount * kTimePerPort > std::chrono::seconds(60));

}  // namespace

PortSequence::PortSequence(transport::Time now)
    : first_(transport::kFirstRandomPort),
      offset_(static_cast<std::uint32_t>(static_cast<std::uint64_t>(now / kTimePerPort) %
                                         kOrderedCount)),
      is_used_(kOrderedCount, false) {}

PortSequence::PortSequence(transport::Random& random)
    : random_(&random),
      first_(transport::kFirstRandomPort + kOrderedCount),
      is_used_(kRandomCount, false) {}

std::uint16_t PortSequence::next() {
    const std::uint32_t count = random_ != nullptr ? kRandomCount : kOrderedCount;
    if (random_ != nullptr) offset_ = static_cast<std::uint32_t>((*random_)() % count);
    for (std::uint32_t i = 0; i < count && is_used_[offset_]; ++i)
        offset_ = (offset_ + 1) % count;
    is_used_[offset_] = true;
    const std::uint32_t port = first_ + offset_;
    offset_ = (offset_ + 1) % count;
    return static_cast<std::uint16_t>(port);
}

std::shared_ptr<PortSequence> PortSequence::elsewhere(transport::Random& random) {
    if (!elsewhere_) elsewhere_.reset(new PortSequence(random));
    return elsewhere_;
}

}  // namespace portolan::turn
