#include "nat-sim/behavior/port_table.hpp"

#include <bit>

namespace portolan::nat {

const PortTable::Ports* PortTable::find(int protocol, std::uint32_t address) const {
    const auto found = ports_.find(key_of(protocol, address));
    return found == ports_.end() ? nullptr : &found->second;
}

bool PortTable::is_used(int protocol, std::uint32_t address, std::uint16_t port) const {
    const Ports* ports = find(protocol, address);
    return ports != nullptr && bit(ports->taken, port) && !bit(ports->resting, port);
}

bool PortTable::is_resting(int protocol, std::uint32_t address, std::uint16_t port) const {
    const Ports* ports = find(protocol, address);
    return ports != nullptr && bit(ports->resting, port);
}

std::optional<std::uint16_t> PortTable::next_free(int protocol, std::uint32_t address,
                                                  const PortRange& range, std::uint32_t n) const {
    const std::uint32_t count = range.count();
    if (count == 0) return std::nullopt;
    const Ports* ports = find(protocol, address);
    if (ports == nullptr) return range.at(n % count);
    if (ports->taken_count == 65536) return std::nullopt;
    std::uint64_t parity = ~std::uint64_t{0};
    if (range.step == 2) {
        parity = range.first % 2 == 0 ? 0x5555555555555555U : 0xAAAAAAAAAAAAAAAAU;
    }
    // Word by word, first from the n-th to the end, then from the beginning to there.
    const auto search = [&](std::uint32_t from, std::uint32_t to) -> std::optional<std::uint16_t> {
        for (std::uint32_t word = from / 64; word <= to / 64; ++word) {
            std::uint64_t free = ~ports->taken[word] & parity;
            if (word == from / 64) free &= ~std::uint64_t{0} << (from % 64);
            if (word == to / 64) free &= ~std::uint64_t{0} >> (63 - to % 64);
            if (free != 0) {
                return static_cast<std::uint16_t>(
                    word * 64 + static_cast<std::uint32_t>(std::countr_zero(free)));
            }
        }
        return std::nullopt;
    };
    const std::uint16_t start = range.at(n % count);
    if (const auto port = search(start, range.last)) return port;
    return search(range.first, start);
}

void PortTable::use(int protocol, std::uint32_t address, std::uint16_t port) {
    Ports& ports = ports_[key_of(protocol, address)];
    std::uint64_t& word = ports.taken[port / 64];
    const std::uint64_t mask = std::uint64_t{1} << (port % 64);
    if ((word & mask) == 0) {
        word |= mask;
        ++ports.taken_count;
        return;
    }
    if ((ports.resting[port / 64] & mask) != 0) {
        // Whoever uses a resting port (a lease that comes back) is its first user again.
        ports.resting[port / 64] &= ~mask;
        return;
    }
    ++ports.more_users[port];
}

void PortTable::release(int protocol, std::uint32_t address, std::uint16_t port,
                        std::int64_t now_us, std::int64_t rest_us) {
    const auto found = ports_.find(key_of(protocol, address));
    if (found == ports_.end()) return;
    Ports& ports = found->second;
    if (const auto more = ports.more_users.find(port); more != ports.more_users.end()) {
        if (--more->second == 0) ports.more_users.erase(more);
        return;
    }
    const std::uint64_t mask = std::uint64_t{1} << (port % 64);
    if ((ports.taken[port / 64] & mask) == 0) return;
    if (rest_us > 0) {
        ports.resting[port / 64] |= mask;
        resting_.push_back({now_us + rest_us, found->first, port});
        return;
    }
    ports.taken[port / 64] &= ~mask;
    --ports.taken_count;
}

void PortTable::advance(std::int64_t now_us) {
    while (!resting_.empty() && resting_.front().until_us <= now_us) {
        const Rest& rest = resting_.front();
        Ports& ports = ports_[rest.key];
        const std::uint64_t mask = std::uint64_t{1} << (rest.port % 64);
        if ((ports.resting[rest.port / 64] & mask) != 0) {
            ports.resting[rest.port / 64] &= ~mask;
            ports.taken[rest.port / 64] &= ~mask;
            --ports.taken_count;
        }
        resting_.pop_front();
    }
}

std::size_t PortTable::memory_bytes() const {
    std::size_t bytes = resting_.size() * sizeof(Rest);
    for (const auto& [key, ports] : ports_) {
        bytes += sizeof(key) + sizeof(ports) + ports.more_users.size() * 32;
    }
    return bytes;
}

void PortTable::clear() {
    ports_.clear();
    resting_.clear();
}

}  // namespace portolan::nat
