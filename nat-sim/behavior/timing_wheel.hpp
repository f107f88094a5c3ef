#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "nat-sim/behavior/hash_index.hpp"

namespace portolan::nat {

/// A hierarchical timing wheel over pool entries: eight wheels of 64 slots, a tick of 1024 us.
/// Entries have `wheel_prev`, `wheel_next` and `wheel_slot`. A refreshed entry stays where it is
/// and is looked at again when its old time comes, so that refreshing costs nothing here.
template <typename Pool>
class TimingWheel {
  public:
    static constexpr int kTickShift = 10;

    explicit TimingWheel(Pool& pool) : pool_(&pool) { clear(0); }

    static std::uint64_t tick_after(std::uint64_t time_us) { return (time_us >> kTickShift) + 1; }

    /// Calls back at the first advance() to `due_us` or later (at most one tick late).
    void insert(std::uint32_t entry, std::uint64_t due_us) {
        std::uint64_t tick = tick_after(due_us);
        if (tick <= now_) tick = now_ + 1;
        if (tick > kLastTick) tick = kLastTick;
        const int level = (63 - std::countl_zero(tick ^ now_)) / kBits;
        link(entry,
             static_cast<std::uint16_t>(level * kSlots + ((tick >> (level * kBits)) & kMask)));
    }

    void remove(std::uint32_t entry) {
        auto& self = (*pool_)[entry];
        if (self.wheel_next != kNone) (*pool_)[self.wheel_next].wheel_prev = self.wheel_prev;
        if (self.wheel_prev != kNone) {
            (*pool_)[self.wheel_prev].wheel_next = self.wheel_next;
            return;
        }
        heads_[self.wheel_slot] = self.wheel_next;
        if (self.wheel_next == kNone) {
            used_[self.wheel_slot / kSlots] &= ~(std::uint64_t{1} << (self.wheel_slot % kSlots));
        }
    }

    /// Calls `due(entry)` for each entry whose time has come; the entry is out of the wheel then.
    template <typename Due>
    void advance(std::uint64_t now_us, Due due) {
        const std::uint64_t target = now_us >> kTickShift;
        while (now_ < target) {
            int level = 0;
            while (level < kLevels && used_[level] == 0)
                ++level;
            if (level == kLevels) break;
            // What is in use at a level is later in the same turn, and lower levels come first.
            const int slot = std::countr_zero(used_[level]);
            const int shift = level * kBits;
            const std::uint64_t turn = (now_ >> shift) & ~std::uint64_t{kMask};
            const std::uint64_t start = (turn | static_cast<std::uint64_t>(slot)) << shift;
            if (start > target) break;
            now_ = start;
            empty_slot(level, slot, due);
        }
        if (now_ < target) now_ = target;
    }

    void clear(std::uint64_t now_us) {
        heads_.fill(kNone);
        used_.fill(0);
        now_ = now_us >> kTickShift;
    }

  private:
    static constexpr int kBits = 6;
    static constexpr int kSlots = 1 << kBits;
    static constexpr std::uint64_t kMask = kSlots - 1;
    static constexpr int kLevels = 8;
    static constexpr std::uint64_t kLastTick = (std::uint64_t{1} << (kBits * kLevels)) - 1;

    void link(std::uint32_t entry, std::uint16_t slot) {
        auto& self = (*pool_)[entry];
        self.wheel_slot = slot;
        self.wheel_prev = kNone;
        self.wheel_next = heads_[slot];
        if (self.wheel_next != kNone) (*pool_)[self.wheel_next].wheel_prev = entry;
        heads_[slot] = entry;
        used_[slot / kSlots] |= std::uint64_t{1} << (slot % kSlots);
    }

    /// Entries of a higher level, and those that were refreshed, `due` puts back by insert().
    template <typename Due>
    void empty_slot(int level, int slot, Due due) {
        auto& head =
            heads_[static_cast<std::size_t>(level) * kSlots + static_cast<std::size_t>(slot)];
        while (head != kNone) {
            const std::uint32_t entry = head;
            remove(entry);
            due(entry);
        }
    }

    Pool* pool_;
    std::array<std::uint32_t, kSlots * kLevels> heads_;
    std::array<std::uint64_t, kLevels> used_;
    std::uint64_t now_ = 0;  ///< in ticks
};

}  // namespace portolan::nat
