#include "ice-tests/turn/port_sequence.hpp"

#include <chrono>

#include "probe/transport/udp_socket.hpp"

namespace portolan::turn {
namespace {

constexpr std::uint32_t kPortCount =
    transport::kLastRandomPort - transport::kFirstRandomPort + std::uint32_t{1};
// More than the suite opens in that time.
constexpr auto kTimePerPort = std::chrono::microseconds(2500);

}  // namespace

PortSequence::PortSequence(transport::Time now)
    : offset_(
          static_cast<std::uint32_t>(static_cast<std::uint64_t>(now / kTimePerPort) % kPortCount)) {
}

std::uint16_t PortSequence::next() {
    const std::uint32_t port = transport::kFirstRandomPort + offset_;
    offset_ = (offset_ + 1) % kPortCount;
    return static_cast<std::uint16_t>(port);
}

}  // namespace portolan::turn
