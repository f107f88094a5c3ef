#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "nat-sim/behavior/hash_index.hpp"

namespace portolan::nat {

/// A set of ports that candidates are taken from: from `first` to `last`, `step` 2 for one parity.
struct PortRange {
    std::uint16_t first = 1024;
    std::uint16_t last = 65535;
    std::uint16_t step = 1;  ///< 1, or 2: `first` has the parity then

    [[nodiscard]] std::uint32_t count() const {
        return last < first ? 0 : (std::uint32_t{last} - first) / step + 1;
    }
    [[nodiscard]] std::uint16_t at(std::uint32_t n) const {
        return static_cast<std::uint16_t>(first + n * step);
    }
    [[nodiscard]] bool contains(std::uint16_t port) const {
        return port >= first && port <= last && (port - first) % step == 0;
    }
};

/// The ports of the outside addresses: how many mappings use each, and which ones rest after use.
class PortTable {
  public:
    [[nodiscard]] bool is_used(int protocol, std::uint32_t address, std::uint16_t port) const;
    [[nodiscard]] bool is_resting(int protocol, std::uint32_t address, std::uint16_t port) const;
    [[nodiscard]] bool is_free(int protocol, std::uint32_t address, std::uint16_t port) const {
        return !is_used(protocol, address, port) && !is_resting(protocol, address, port);
    }
    /// The first free port of the range at or after its n-th, then from its start. At most some
    /// thousand steps, and none when all are used.
    [[nodiscard]] std::optional<std::uint16_t> next_free(int protocol, std::uint32_t address,
                                                         const PortRange& range,
                                                         std::uint32_t n) const;

    void use(int protocol, std::uint32_t address, std::uint16_t port);
    /// When the last user is gone the port rests for `rest_us`.
    void release(int protocol, std::uint32_t address, std::uint16_t port, std::int64_t now_us,
                 std::int64_t rest_us);
    void advance(std::int64_t now_us);

    [[nodiscard]] std::size_t resting_count() const { return resting_.size(); }
    [[nodiscard]] std::size_t memory_bytes() const;
    void clear();

  private:
    static constexpr std::size_t kWords = 65536 / 64;
    using Bits = std::array<std::uint64_t, kWords>;

    struct Ports {
        Bits taken{};  ///< used or resting
        Bits resting{};
        std::unordered_map<std::uint16_t, std::uint32_t> more_users;  ///< beyond the first
        std::uint32_t taken_count = 0;
    };
    struct Rest {
        std::int64_t until_us;
        std::uint64_t key;
        std::uint16_t port;
    };

    static std::uint64_t key_of(int protocol, std::uint32_t address) {
        return std::uint64_t{address} << 2 | static_cast<std::uint64_t>(protocol);
    }
    static bool bit(const Bits& bits, std::uint16_t port) {
        return (bits[port / 64] >> (port % 64) & 1) != 0;
    }
    [[nodiscard]] const Ports* find(int protocol, std::uint32_t address) const;

    std::unordered_map<std::uint64_t, Ports> ports_;
    std::deque<Rest> resting_;
};

}  // namespace portolan::nat
