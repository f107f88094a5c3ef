#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

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
    HashIndex() : slots_(kFirstSize, 0) {}

    /// The entry for which `equal(entry)` holds, or kNone.
    template <typename Equal>
    [[nodiscard]] std::uint32_t find(std::uint64_t hash, Equal equal) const {
        const std::uint32_t tag = tag_of(hash);
        for (std::size_t at = home(hash);; at = next(at)) {
            const std::uint32_t slot = slots_[at];
            if (slot == 0) return kNone;
            if ((slot & kTagMask) != tag) continue;
            const std::uint32_t entry = (slot & kEntryMask) - 1;
            if (equal(entry)) return entry;
        }
    }

    /// `hash_of(entry)` gives the hash of any entry that is in here.
    template <typename HashOf>
    void insert(std::uint64_t hash, std::uint32_t entry, HashOf hash_of) {
        // Beyond 85 % the runs get long; a quarter more keeps the table at least 68 % full.
        if ((size_ + 1) * 20 > slots_.size() * 17) {
            rehash(slots_.size() + slots_.size() / 4, hash_of);
        }
        place(hash, entry);
        ++size_;
    }

    template <typename HashOf>
    void erase(std::uint64_t hash, std::uint32_t entry, HashOf hash_of) {
        std::size_t hole = slot_of(hash, entry);
        if (hole == slots_.size()) return;
        --size_;
        for (std::size_t at = next(hole); slots_[at] != 0; at = next(at)) {
            const std::size_t wanted = home(hash_of((slots_[at] & kEntryMask) - 1));
            if (distance(wanted, at) < distance(hole, at)) continue;
            slots_[hole] = slots_[at];
            hole = at;
        }
        slots_[hole] = 0;
    }

    /// Another entry with the same key takes the place of `entry`.
    void replace(std::uint64_t hash, std::uint32_t entry, std::uint32_t by) {
        const std::size_t at = slot_of(hash, entry);
        if (at != slots_.size()) slots_[at] = tag_of(hash) | (by + 1);
    }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t memory_bytes() const { return slots_.size() * sizeof(slots_[0]); }

    void clear() {
        slots_.assign(kFirstSize, 0);
        slots_.shrink_to_fit();
        size_ = 0;
    }

  private:
    static constexpr std::size_t kFirstSize = 32;
    static constexpr std::uint32_t kEntryMask = 0x00FFFFFF;
    static constexpr std::uint32_t kTagMask = 0xFF000000;

    static std::uint32_t tag_of(std::uint64_t hash) {
        return static_cast<std::uint32_t>(hash) << 24;
    }
    [[nodiscard]] std::size_t home(std::uint64_t hash) const {
        return static_cast<std::size_t>(((hash >> 32) * slots_.size()) >> 32);
    }
    [[nodiscard]] std::size_t next(std::size_t at) const {
        return at + 1 == slots_.size() ? 0 : at + 1;
    }
    [[nodiscard]] std::size_t distance(std::size_t from, std::size_t to) const {
        return to >= from ? to - from : to + slots_.size() - from;
    }
    [[nodiscard]] std::size_t slot_of(std::uint64_t hash, std::uint32_t entry) const {
        const std::uint32_t wanted = tag_of(hash) | (entry + 1);
        for (std::size_t at = home(hash);; at = next(at)) {
            if (slots_[at] == wanted) return at;
            if (slots_[at] == 0) return slots_.size();
        }
    }
    void place(std::uint64_t hash, std::uint32_t entry) {
        std::size_t at = home(hash);
        while (slots_[at] != 0)
            at = next(at);
        slots_[at] = tag_of(hash) | (entry + 1);
    }
    template <typename HashOf>
    void rehash(std::size_t size, HashOf hash_of) {
        std::vector<std::uint32_t> old(size, 0);
        old.swap(slots_);
        for (const std::uint32_t slot : old) {
            if (slot == 0) continue;
            const std::uint32_t entry = (slot & kEntryMask) - 1;
            place(hash_of(entry), entry);
        }
    }

    std::vector<std::uint32_t> slots_;  ///< 0: empty; else tag | (entry + 1)
    std::size_t size_ = 0;
};

}  // namespace portolan::nat
