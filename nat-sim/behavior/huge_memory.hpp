#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

namespace portolan::nat {

/// Uninitialised memory; from two megabytes on the kernel is asked to back it with huge pages.
class HugeMemory {
  public:
    static constexpr std::size_t kPageSize = std::size_t{2} << 20;

    HugeMemory() = default;
    explicit HugeMemory(std::size_t size) {
        const bool huge = size >= kPageSize;
        const std::size_t alignment = huge ? kPageSize : 64;
        const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
        bytes_ = std::aligned_alloc(alignment, rounded);
        if (bytes_ == nullptr) throw std::bad_alloc();
        // Advice only: without huge pages everything works, more slowly.
        if (huge) (void)madvise(bytes_, rounded, MADV_HUGEPAGE);
    }
    ~HugeMemory() { std::free(bytes_); }
    HugeMemory(HugeMemory&& other) noexcept : bytes_(std::exchange(other.bytes_, nullptr)) {}
    HugeMemory& operator=(HugeMemory&& other) noexcept {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    HugeMemory(const HugeMemory&) = delete;
    HugeMemory& operator=(const HugeMemory&) = delete;

    [[nodiscard]] void* get() const { return bytes_; }

  private:
    void* bytes_ = nullptr;
};

}  // namespace portolan::nat
