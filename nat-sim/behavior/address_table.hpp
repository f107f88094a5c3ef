#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "nat-sim/behavior/addresses.hpp"
#include "nat-sim/behavior/entry_pool.hpp"
#include "nat-sim/behavior/hash_index.hpp"

namespace portolan::nat {

/// Numbers for IPv6 addresses, so that the keys of the session tables have 32 bits for addresses of
/// either family. A number is good for as long as somebody holds it.
class AddressTable {
  public:
    /// kNone if nobody holds the address.
    [[nodiscard]] std::uint32_t find(const Ipv6& address) const {
        return index_.find(hash(address),
                           [&](std::uint32_t entry) { return pool_[entry].address == address; });
    }

    std::uint32_t hold(const Ipv6& address) {
        std::uint32_t entry = find(address);
        if (entry == kNone) {
            entry = pool_.allocate();
            pool_[entry].address = address;
            index_.insert(hash(address), entry,
                          [this](std::uint32_t e) { return hash(pool_[e].address); });
        }
        ++pool_[entry].holders_count;
        return entry;
    }

    void hold_again(std::uint32_t entry) { ++pool_[entry].holders_count; }

    void let_go(std::uint32_t entry) {
        if (--pool_[entry].holders_count != 0) return;
        index_.erase(hash(pool_[entry].address), entry,
                     [this](std::uint32_t e) { return hash(pool_[e].address); });
        pool_.release(entry);
    }

    [[nodiscard]] const Ipv6& operator[](std::uint32_t entry) const { return pool_[entry].address; }
    [[nodiscard]] std::size_t size() const { return pool_.size(); }
    [[nodiscard]] std::size_t memory_bytes() const {
        return index_.memory_bytes() + pool_.memory_bytes();
    }

  private:
    struct Entry {
        Ipv6 address;
        std::uint32_t holders_count = 0;
        std::uint32_t next_free = kNone;
    };

    static std::uint64_t hash(const Ipv6& address) {
        std::uint64_t high = 0;
        std::uint64_t low = 0;
        std::memcpy(&high, address.bytes.data(), 8);
        std::memcpy(&low, address.bytes.data() + 8, 8);
        return mix(high, low);
    }
    EntryPool<Entry> pool_;
    HashIndex index_;
};

}  // namespace portolan::nat
