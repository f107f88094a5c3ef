#pragma once

#include <optional>
#include <vector>

#include "ice-tests/media/media_session.hpp"
#include "ice-tests/precall/visit.hpp"
#include "ice-tests/turn/surroundings.hpp"
#include "probe/transport/clock.hpp"

namespace portolan::precall {

struct LoopPlan {
    transport::Duration duration = std::chrono::seconds(2);
    /// After the last packet, for what is still on its way.
    transport::Duration grace = std::chrono::milliseconds(800);
    bool with_video = false;  ///< beside audio: a megabit a second
    /// The channel, and one more than it: a client that takes part in several loops needs a number
    /// of its own for each (RFC 8656 s12: 0x4000 to 0x4FFF).
    std::uint16_t channel = 0x4000;
};

/// What became of one packet of audio: how long it took, or that it never came.
struct Passage {
    std::uint64_t index = 0;
    transport::Time sent_at{};
    transport::Duration delay{0};
};

/// One direction of a loop.
struct Leg {
    std::optional<media::DirectionStatistics> audio = {};
    std::optional<media::DirectionStatistics> video = {};
    std::vector<Passage> passages = {};  ///< of audio packets that came, in their order
    std::uint64_t refused_count = 0;     ///< by this host's own kernel, and thereby lost
};

/// Media out over one allocation and back over the other, both ways at once. Every packet goes up
/// to the relay over the one way and comes down over the other.
struct Loop {
    std::optional<Problem> problem = {};
    bool is_done = false;
    bool was_begun = false;  ///< media was sent
    Leg there = {};          ///< sent over the first allocation, received over the second
    Leg back = {};
    /// The worst delay of this process behind its own timetable: what is measured is no better.
    transport::Duration max_lag{0};
};

/// Binds a channel on either side to the other's relay, and sends media over them. The visits have
/// succeeded and keep their clients; nobody else receives from these meanwhile. `loop` can be read
/// when the task is dropped, and then says that it is not done.
turn::Task<bool> run_loop(turn::Surroundings where, Visit& first, Visit& second, LoopPlan plan,
                          Loop& loop);

}  // namespace portolan::precall
