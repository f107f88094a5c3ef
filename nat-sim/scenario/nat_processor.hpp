#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "nat-sim/behavior/nat.hpp"
#include "nat-sim/network/packet_processor.hpp"

namespace portolan::scenario {

/// What a box did with a packet.
struct NatDecision {
    sim::SimTime at{};
    nat::Side from = nat::Side::Inside;
    std::span<const std::byte> before;  ///< the packet as it came; valid during the call only
    std::span<const std::byte> after;   ///< as it leaves, when it does
    const nat::Outcome* outcome = nullptr;
};

/// The NAT engine as a box of the simulated network.
class NatProcessor final : public sim::PacketProcessor {
  public:
    using OnDecision = std::function<void(const NatDecision&)>;

    NatProcessor(const nat::Parameters& parameters, const nat::BoxAddresses& addresses,
                 std::uint64_t seed);

    Outcome process(sim::Side from, std::vector<std::byte>& packet, sim::SimTime now) override;
    void reboot(sim::SimTime now) override;

    [[nodiscard]] nat::Nat& engine() { return nat_; }
    void set_on_decision(OnDecision on_decision) { on_decision_ = std::move(on_decision); }

  private:
    nat::Nat nat_;
    OnDecision on_decision_;
    std::vector<std::byte> before_;
};

}  // namespace portolan::scenario
