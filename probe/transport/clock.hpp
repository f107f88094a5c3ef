#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace portolan::transport {

/// Monotonic; the epoch is the clock's own, only differences count.
using Time = std::chrono::microseconds;
using Duration = std::chrono::microseconds;

class Clock {
  public:
    virtual ~Clock() = default;
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;

    [[nodiscard]] virtual Time now() const = 0;
};

/// g_get_monotonic_time(): the clock of GLib's timers, virtual where the C library is.
class GlibClock final : public Clock {
  public:
    [[nodiscard]] Time now() const override;
};

/// The generator that components are given. Seeded by whoever owns the run, so that it can be
/// repeated; not for keys.
using Random = std::mt19937_64;

/// A seed from the kernel, to be printed and used when none was given.
std::uint64_t random_seed();

}  // namespace portolan::transport
