#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "nat-sim/network/events.hpp"

namespace portolan::sim {

/// Two-state loss (Gilbert 1960, Elliott 1963): the state may change before each packet, and each
/// state loses packets with its own probability.
struct GilbertElliott {
    double good_to_bad = 0.0;  ///< probability per packet
    double bad_to_good = 1.0;
    double loss_in_good = 0.0;
    double loss_in_bad = 1.0;
};

/// One direction of a link. Probabilities are in [0, 1].
struct LinkOptions {
    SimDuration delay{};
    /// Uniformly distributed in [0, jitter], on top of the delay.
    SimDuration jitter{};
    /// Whether jitter may let packets overtake each other; otherwise the order is kept.
    bool jitter_reorders = false;
    double loss = 0.0;
    std::optional<GilbertElliott> burst_loss = {};
    double duplicate = 0.0;
    /// Such a packet is held back by reorder_delay, so that later ones overtake it.
    double reorder = 0.0;
    SimDuration reorder_delay = std::chrono::milliseconds(5);
    std::optional<std::uint64_t> rate_bits_per_s = {};  ///< unlimited when absent
    /// Drop-tail bounds of what waits for the rate, each where it is set.
    std::optional<std::size_t> queue_bytes = {};
    std::optional<std::size_t> queue_packets = 1000;
    std::size_t mtu_bytes = 1500;
};

}  // namespace portolan::sim
