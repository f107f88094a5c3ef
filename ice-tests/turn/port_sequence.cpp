#include "ice-tests/turn/port_sequence.hpp"

#include <chrono>

#include "probe/transport/udp_socket.hpp"

namespace portolan::turn {
namespace {

constexpr std::uint32_t kPortCount =
    transport::kLastRandomPort - transport::kFirstRandomPort + std::uint32_t{1};
// More than the suite opens in that time.
constexpr auto kTimePerPort = std::chrono::microseconds(2500);
// More than the checks that are under way at once have.
constexpr std::uint32_t kNeighbourCount = 1024;

}  // namespace

PortSequence::PortSequence(transport::Time now)
    : offset_(
          static_cast<std::uint32_t>(static_cast<std::uint64_t>(now / kTimePerPort) % kPortCount)),
      is_used_(kPortCount, false) {}

std::uint16_t PortSequence::next() {
    for (std::uint32_t i = 0; i < kPortCount && is_used_[offset_]; ++i)
        offset_ = (offset_ + 1) % kPortCount;
    is_used_[offset_] = true;
    const std::uint32_t port = transport::kFirstRandomPort + offset_;
    offset_ = (offset_ + 1) % kPortCount;
    return static_cast<std::uint16_t>(port);
}

void PortSequence::move_on(transport::Random& random) {
    offset_ = (offset_ + kNeighbourCount +
               static_cast<std::uint32_t>(random() % (kPortCount - 2 * kNeighbourCount))) %
              kPortCount;
}

}  // namespace portolan::turn
