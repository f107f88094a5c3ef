#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "nat-sim/network/events.hpp"
#include "reports/model/result.hpp"

namespace portolan::sim {

/// A pcap file of raw IP packets (LINKTYPE_RAW, nanosecond timestamps), kept in memory.
class Capture {
  public:
    /// `epoch` is the time of day at which the world began.
    explicit Capture(std::chrono::nanoseconds epoch);

    void add(SimTime at, std::span<const std::byte> packet);
    [[nodiscard]] std::size_t packet_count() const { return packet_count_; }
    [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }
    /// Error: environment.network.capture with errno.
    Result<void> write(const std::string& path) const;

  private:
    std::chrono::nanoseconds epoch_;
    std::size_t packet_count_ = 0;
    std::vector<std::byte> bytes_;
};

}  // namespace portolan::sim
