#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "nat-sim/behavior/hash_index.hpp"

namespace portolan::nat {

/// Entries by number, at addresses that never change, in pieces: growing copies nothing, and a box
/// with few entries is small. `T` has a `std::uint32_t next_free` that is the pool's while the
/// entry is free.
template <typename T>
class EntryPool {
    static_assert(std::is_trivially_copyable_v<T>);

  public:
    T& operator[](std::uint32_t entry) {
        return (*pieces_[entry / kPieceSize])[entry % kPieceSize];
    }
    const T& operator[](std::uint32_t entry) const {
        return (*pieces_[entry / kPieceSize])[entry % kPieceSize];
    }

    /// A default-constructed entry.
    std::uint32_t allocate() {
        std::uint32_t entry = free_;
        if (entry != kNone) {
            free_ = (*this)[entry].next_free;
        } else {
            entry = end_++;
            if (entry / kPieceSize == pieces_.size()) {
                // Not value-initialised: a piece that is not used costs no memory traffic.
                pieces_.emplace_back(new std::array<T, kPieceSize>);
            }
        }
        (*this)[entry] = T{};
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
        return pieces_.size() * (sizeof(std::array<T, kPieceSize>) + sizeof(pieces_[0]));
    }

    void clear() {
        pieces_.clear();
        free_ = kNone;
        end_ = 0;
        size_ = 0;
    }

  private:
    static constexpr std::uint32_t kPieceSize = 512;

    std::vector<std::unique_ptr<std::array<T, kPieceSize>>> pieces_;
    std::uint32_t free_ = kNone;
    std::uint32_t end_ = 0;
    std::size_t size_ = 0;
};

}  // namespace portolan::nat
