#pragma once

#include <cstdint>

#include "nat-sim/behavior/entry_pool.hpp"
#include "nat-sim/behavior/hash_index.hpp"

namespace portolan::nat {

/// What the box knows of an inside address while that has mappings.
struct Host {
    std::uint32_t next_free = kNone;
    std::uint32_t address = 0;
    std::uint32_t mappings_count = 0;
    std::uint32_t outside_address = 0;  ///< of its first mapping: what pooling pairs it with
    std::uint32_t new_in_second = 0;
    std::int64_t second = -1;  ///< in which `new_in_second` were made
    bool ipv6 = false;
};

class HostTable {
  public:
    [[nodiscard]] Host* find(std::uint32_t address, bool ipv6) {
        const std::uint32_t entry = entry_of(address, ipv6);
        return entry == kNone ? nullptr : &pool_[entry];
    }
    Host& find_or_add(std::uint32_t address, bool ipv6) {
        std::uint32_t entry = entry_of(address, ipv6);
        if (entry == kNone) {
            entry = pool_.allocate();
            pool_[entry].address = address;
            pool_[entry].ipv6 = ipv6;
            index_.insert(hash(address, ipv6), entry, [this](std::uint32_t e) { return hash(e); });
        }
        return pool_[entry];
    }
    void remove(std::uint32_t address, bool ipv6) {
        const std::uint32_t entry = entry_of(address, ipv6);
        if (entry == kNone) return;
        index_.erase(hash(address, ipv6), entry, [this](std::uint32_t e) { return hash(e); });
        pool_.release(entry);
    }
    void clear() {
        pool_.clear();
        index_.clear();
    }
    [[nodiscard]] std::size_t memory_bytes() const {
        return pool_.memory_bytes() + index_.memory_bytes();
    }

  private:
    static std::uint64_t hash(std::uint32_t address, bool ipv6) {
        return mix(address, ipv6 ? 2 : 1);
    }
    [[nodiscard]] std::uint64_t hash(std::uint32_t entry) const {
        return hash(pool_[entry].address, pool_[entry].ipv6);
    }
    [[nodiscard]] std::uint32_t entry_of(std::uint32_t address, bool ipv6) const {
        return index_.find(hash(address, ipv6), [&](std::uint32_t e) {
            return pool_[e].address == address && pool_[e].ipv6 == ipv6;
        });
    }

    EntryPool<Host> pool_;
    HashIndex index_;
};

}  // namespace portolan::nat
