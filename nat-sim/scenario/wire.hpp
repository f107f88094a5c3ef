#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "nat-sim/network/packet_log.hpp"
#include "nat-sim/scenario/check_trail.hpp"
#include "nat-sim/scenario/lab.hpp"
#include "probe/stun/transport_address.hpp"

namespace portolan::scenario {

enum class WireTransport { Udp, Tcp };

/// Packets with media from one endpoint to another, as they left their sender. What a client and
/// its TURN server wrap for each other is not one.
struct MediaFlow {
    Sender sender = Sender::HostA;
    WireTransport transport = WireTransport::Udp;
    TransportAddress source;
    TransportAddress destination;
    friend auto operator<=>(const MediaFlow&, const MediaFlow&) = default;
};

/// Watches the simulated wire, where nobody can claim anything.
class WireWatch {
  public:
    explicit WireWatch(Lab& lab);
    ~WireWatch();
    WireWatch(const WireWatch&) = delete;
    WireWatch& operator=(const WireWatch&) = delete;

    void count_media(bool on) { counts_media_ = on; }

    [[nodiscard]] const std::map<MediaFlow, std::uint64_t>& media() const { return media_; }
    /// When the last media packet of a party left its socket or, where it has one, its relay.
    [[nodiscard]] std::optional<sim::SimTime> last_media(std::size_t party) const {
        return last_media_[party];
    }
    /// When a party sent its first connectivity check from its own socket, not through a relay.
    [[nodiscard]] std::optional<sim::SimTime> first_check(std::size_t party) const {
        return first_check_[party];
    }

    /// When the first of a party's checks was answered, at its host or its relay, and on how many
    /// pairs any was: what is valid by RFC 8445 s7.2.5.2.1, over UDP.
    [[nodiscard]] std::optional<sim::SimTime> first_answer(std::size_t party) const {
        return first_answer_[party];
    }
    [[nodiscard]] std::size_t answered_count(std::size_t party) const {
        return answered_[party].size();
    }

    /// Every check before media, and what became of it.
    [[nodiscard]] const CheckTrail& checks() const { return checks_; }

  private:
    using Transaction = std::array<std::byte, 12>;
    void note_check(const sim::PacketEvent& event);
    void count(const MediaFlow& flow, sim::SimTime at);

    void note(const sim::PacketEvent& event);

    Lab& lab_;
    std::map<const sim::Node*, Sender> senders_;
    std::map<MediaFlow, std::uint64_t> media_;
    std::array<std::optional<sim::SimTime>, 2> first_check_{};
    std::array<std::optional<sim::SimTime>, 2> first_answer_{};
    std::map<Transaction, std::pair<TransportAddress, TransportAddress>> asked_;
    std::array<std::set<std::pair<TransportAddress, TransportAddress>>, 2> answered_{};
    std::array<std::optional<sim::SimTime>, 2> last_media_{};
    CheckTrail checks_;
    bool counts_media_ = false;
};

}  // namespace portolan::scenario
