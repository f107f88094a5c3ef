#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

#include "nat-sim/network/events.hpp"
#include "nat-sim/network/packet.hpp"
#include "nat-sim/network/packet_log.hpp"

namespace portolan::sim {

/// SplitMix64 (Steele, Lea, Flood 2014). Own, because the draws of the standard library's
/// distributions are not the same everywhere.
class DrawSource {
  public:
    explicit DrawSource(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }
    /// In [0, 1).
    double fraction() { return std::ldexp(static_cast<double>(next() >> 11U), -53); }
    bool chance(double probability) { return probability > 0 && fraction() < probability; }
    /// In [0, bound); the bias is below 2^-32 for bounds below 2^32.
    std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }

  private:
    std::uint64_t state_;
};

/// What the parts of one world share.
class Fabric {
  public:
    explicit Fabric(std::uint64_t seed) : seed_(seed) {}

    EventQueue events;
    PacketHook hook;
    PacketCounts counts;

    [[nodiscard]] std::uint64_t seed() const { return seed_; }
    [[nodiscard]] std::uint64_t seed_for(std::string_view name) const {
        std::uint64_t hash = 0xCBF29CE484222325U;  // FNV-1a
        for (const char c : name)
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
        return DrawSource(hash ^ DrawSource(seed_).next()).next();
    }

    /// Begins a packet.
    Packet begin(PacketStep step, std::vector<std::byte> bytes, const Node* node);
    void note(PacketStep step, const Packet& packet, const Node* node, const Interface* interface,
              std::string_view detail = {});
    void end(PacketStep step, const Packet& packet, const Node* node, const Interface* interface);
    void drop(DropReason reason, const Packet& packet, const Node* node, const Interface* interface,
              std::string_view detail = {});
    /// For what no longer has the packet at hand.
    void end(PacketStep step, std::optional<DropReason> reason, std::uint64_t packet_id,
             std::span<const std::byte> bytes, const Node* node, const Interface* interface,
             std::string_view detail);

  private:
    std::uint64_t seed_;
    std::uint64_t next_packet_id_ = 1;
};

}  // namespace portolan::sim
