#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <vector>

#include "nat-sim/behavior/hash_index.hpp"
#include "nat-sim/behavior/huge_memory.hpp"

namespace portolan::nat {

/// Entries by number, at addresses that never change, in pieces: growing copies nothing, and a box
/// with few entries is small. `T` has a `std::uint32_t next_free` that is the pool's while the
/// entry is free.
template <typename T>
class EntryPool {
    static_assert(std::is_trivially_copyable_v<T>);

  public:
    T& operator[](std::uint32_t entry) { return *at(entry); }
    const T& operator[](std::uint32_t entry) const { return *at(entry); }

    /// A default-constructed entry.
    std::uint32_t allocate() {
        std::uint32_t entry = free_;
        if (entry != kNone) {
            free_ = (*this)[entry].next_free;
        } else {
            entry = end_++;
            if (first_.get() == nullptr) first_ = HugeMemory(kFirstCount * sizeof(T));
            if (entry >= kFirstCount && entry / kPieceCount == pieces_.size()) {
                pieces_.emplace_back(kPieceCount * sizeof(T));
            }
        }
        new (at(entry)) T{};
        ++size_;
        return entry;
    }

    void release(std::uint32_t entry) {
        (*this)[entry].next_free = free_;
        free_ = entry;
        --size_;
    }

    /// Every entry that was ever allocated; the caller knows which are free.
    template <typename Visit>
    void each(Visit visit) const {
        for (std::uint32_t entry = 0; entry < end_; ++entry)
            visit(entry, (*this)[entry]);
    }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t memory_bytes() const {
        return kFirstCount * sizeof(T) + pieces_.size() * kPieceCount * sizeof(T);
    }

    void clear() {
        pieces_.clear();
        first_ = HugeMemory();
        free_ = kNone;
        end_ = 0;
        size_ = 0;
    }

  private:
    /// Boxes with few entries have a small first piece. The others are huge pages, so that random
    /// access to a million entries does not also miss the address translation cache.
    static constexpr std::uint32_t kFirstCount = 512;
    static constexpr std::uint32_t kPieceCount = HugeMemory::kPageSize / sizeof(T);

    [[nodiscard]] T* at(std::uint32_t entry) const {
        if (entry < kFirstCount) return static_cast<T*>(first_.get()) + entry;
        return static_cast<T*>(pieces_[entry / kPieceCount].get()) + entry % kPieceCount;
    }

    HugeMemory first_;
    std::vector<HugeMemory> pieces_;
    std::uint32_t free_ = kNone;
    std::uint32_t end_ = 0;
    std::size_t size_ = 0;
};

}  // namespace portolan::nat
