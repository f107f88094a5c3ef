#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "nat-sim/behavior/huge_memory.hpp"

namespace portolan::nat {

/// No entry.
inline constexpr std::uint32_t kNone = 0xFFFFFFFF;

__extension__ using Uint128 = unsigned __int128;

/// A multiply-and-fold hash of two words; the seed keeps outsiders from choosing collisions.
inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    const Uint128 product =
        static_cast<Uint128>(a ^ 0x9E3779B97F4A7C15U) * (b ^ 0xE7037ED1A0B428DBU);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// Open addressing over entries that live elsewhere: a slot is four bytes, 24 bits of entry number
/// and 8 bits of hash, so that a search touches other entries' memory once in 256 steps. Entries
/// with equal keys are not told apart; the caller keeps them out.
class HashIndex {
  public:
    HashIndex() { allocate(kFirstSize); }

    /// The entry for which `equal(entry)` holds, or kNone.
    template <typename Equal>
    [[nodiscard]] std::uint32_t find(std::uint64_t hash, Equal equal) const {
        const std::uint32_t tag = tag_of(hash);
        for (std::size_t at = home(hash);; at = next(at)) {
            const std::uint32_t slot = slots()[at];
            if (slot == 0) return kNone;
            if ((slot & kTagMask) != tag) continue;
            const std::uint32_t entry = (slot & kEntryMask) - 1;
            if (equal(entry)) return entry;
        }
    }

    /// `hash_of(entry)` gives the hash of any entry that is in here.
    template <typename HashOf>
    void insert(std::uint64_t hash, std::uint32_t entry, HashOf hash_of) {
        // Beyond 85 % the runs get long. Large tables grow in small steps, to stay 75 % full.
        if ((size_ + 1) * 20 > count_ * 17) {
            rehash(count_ + (count_ < kSmallSize ? count_ : count_ / 8), hash_of);
        }
        place(hash, entry);
        ++size_;
    }

    template <typename HashOf>
    void erase(std::uint64_t hash, std::uint32_t entry, HashOf hash_of) {
        std::size_t hole = slot_of(hash, entry);
        if (hole == count_) return;
        --size_;
        for (std::size_t at = next(hole); slots()[at] != 0; at = next(at)) {
            const std::size_t wanted = home(hash_of((slots()[at] & kEntryMask) - 1));
            if (distance(wanted, at) < distance(hole, at)) continue;
            slots()[hole] = slots()[at];
            hole = at;
        }
        slots()[hole] = 0;
    }

    /// Another entry with the same key takes the place of `entry`.
    void replace(std::uint64_t hash, std::uint32_t entry, std::uint32_t by) {
        const std::size_t at = slot_of(hash, entry);
        if (at != count_) slots()[at] = tag_of(hash) | (by + 1);
    }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t memory_bytes() const { return count_ * sizeof(std::uint32_t); }

    void clear() {
        allocate(kFirstSize);
        size_ = 0;
    }

  private:
    static constexpr std::size_t kFirstSize = 32;
    static constexpr std::size_t kSmallSize = 4096;
    static constexpr std::uint32_t kEntryMask = 0x00FFFFFF;
    static constexpr std::uint32_t kTagMask = 0xFF000000;

    static std::uint32_t tag_of(std::uint64_t hash) {
        return static_cast<std::uint32_t>(hash) << 24;
    }
    [[nodiscard]] std::size_t home(std::uint64_t hash) const {
        return static_cast<std::size_t>(((hash >> 32) * count_) >> 32);
    }
    [[nodiscard]] std::size_t next(std::size_t at) const { return at + 1 == count_ ? 0 : at + 1; }
    [[nodiscard]] std::size_t distance(std::size_t from, std::size_t to) const {
        return to >= from ? to - from : to + count_ - from;
    }
    [[nodiscard]] std::size_t slot_of(std::uint64_t hash, std::uint32_t entry) const {
        const std::uint32_t wanted = tag_of(hash) | (entry + 1);
        for (std::size_t at = home(hash);; at = next(at)) {
            if (slots()[at] == wanted) return at;
            if (slots()[at] == 0) return count_;
        }
    }
    void place(std::uint64_t hash, std::uint32_t entry) {
        std::size_t at = home(hash);
        while (slots()[at] != 0)
            at = next(at);
        slots()[at] = tag_of(hash) | (entry + 1);
    }
    template <typename HashOf>
    void rehash(std::size_t size, HashOf hash_of) {
        const HugeMemory old = std::move(memory_);
        const std::size_t old_count = count_;
        allocate(size);
        for (std::size_t i = 0; i < old_count; ++i) {
            const std::uint32_t slot = static_cast<const std::uint32_t*>(old.get())[i];
            if (slot == 0) continue;
            const std::uint32_t entry = (slot & kEntryMask) - 1;
            place(hash_of(entry), entry);
        }
    }

    /// 0: empty; else tag | (entry + 1).
    [[nodiscard]] std::uint32_t* slots() const {
        return static_cast<std::uint32_t*>(memory_.get());
    }
    void allocate(std::size_t count) {
        memory_ = HugeMemory(count * sizeof(std::uint32_t));
        std::memset(memory_.get(), 0, count * sizeof(std::uint32_t));
        count_ = count;
    }

    HugeMemory memory_;
    std::size_t count_ = 0;  ///< of slots
    std::size_t size_ = 0;
};

}  // namespace portolan::nat
