#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nat-sim/network/packet_log.hpp"
#include "probe/stun/transport_address.hpp"

namespace portolan::scenario {

/// Who puts a packet on the wire.
enum class Sender { HostA, HostB, RelayA, RelayB };

/// What became of one copy of a connectivity check, sent over UDP by a host or a relay.
struct CheckTrace {
    Sender sender = Sender::HostA;
    TransportAddress source;
    TransportAddress destination;
    sim::SimTime at{};
    std::array<std::byte, 12> transaction{};
    bool is_nominating = false;            ///< USE-CANDIDATE (RFC 8445 s7.1.2)
    const sim::Node* last_node = nullptr;  ///< where it was last seen
    bool is_delivered = false;
    bool is_dropped = false;
    std::optional<sim::SimTime> ended_at;
    std::string why;  ///< of a dropped one
    std::optional<sim::SimTime> answered_at;
    bool is_refused = false;  ///< by an error response
};

/// Follows connectivity checks through the simulated network, by what packets say and where they
/// end. Bounded: what comes after kMostTraces is counted.
class CheckTrail {
  public:
    static constexpr std::size_t kMostTraces = 2000;

    /// `sender` is who owns event.node, if a party or its relay does.
    void note(const sim::PacketEvent& event, std::optional<Sender> sender);

    [[nodiscard]] const std::vector<CheckTrace>& traces() const { return traces_; }
    [[nodiscard]] std::uint64_t left_out_count() const { return left_out_count_; }

  private:
    using Transaction = std::array<std::byte, 12>;

    void begin(const sim::PacketEvent& event, Sender sender, const Transaction& id,
               std::span<const std::byte> payload, const TransportAddress& source,
               const TransportAddress& destination);

    std::vector<CheckTrace> traces_;
    std::map<std::uint64_t, std::size_t> on_their_way_;  ///< packet id -> trace
    std::map<Transaction, std::size_t> newest_;          ///< of each transaction
    std::uint64_t left_out_count_ = 0;
};

}  // namespace portolan::scenario
