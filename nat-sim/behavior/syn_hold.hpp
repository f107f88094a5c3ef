#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "nat-sim/behavior/state_entries.hpp"

namespace portolan::nat {

/// Refused inbound SYNs. RFC 5382 REQ-4: no answer for 6 seconds, so that a simultaneous open can
/// still succeed; then ICMP. Bounded: what does not fit is refused without an answer.
class SynHold {
  public:
    struct Held {
        Endpoint outside;
        Endpoint remote;
        std::int64_t due_us = 0;
        std::vector<std::byte> packet;
        bool cancelled = false;
    };

    static constexpr std::size_t kMaxHeld = 1024;

    void hold(Held held) {
        if (queue_.size() < kMaxHeld) queue_.push_back(std::move(held));
    }
    /// The inside host has opened that connection itself.
    void cancel(Endpoint outside, Endpoint remote) {
        for (Held& held : queue_) {
            if (held.outside == outside && held.remote == remote) held.cancelled = true;
        }
    }
    /// The next one whose time has come; nothing when there is none.
    bool take_due(std::int64_t now_us, Held& held) {
        while (!queue_.empty() && queue_.front().due_us <= now_us) {
            held = std::move(queue_.front());
            queue_.pop_front();
            if (!held.cancelled) return true;
        }
        return false;
    }
    [[nodiscard]] bool empty() const { return queue_.empty(); }
    [[nodiscard]] std::size_t memory_bytes() const {
        std::size_t bytes = 0;
        for (const Held& held : queue_)
            bytes += sizeof(Held) + held.packet.capacity();
        return bytes;
    }
    void clear() { queue_.clear(); }

  private:
    std::deque<Held> queue_;  ///< by time, because the wait is the same for all
};

}  // namespace portolan::nat
