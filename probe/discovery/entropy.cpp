#include "probe/discovery/entropy.hpp"

#include <algorithm>
#include <array>

namespace portolan::discovery {

namespace {

std::uint64_t splitmix64(std::uint64_t& state) {
    std::uint64_t z = (state += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
}

}  // namespace

void Entropy::fill(std::span<std::byte> out) {
    if (source_) return source_(out);
    for (std::size_t i = 0; i < out.size(); i += 8) {
        std::uint64_t word = splitmix64(state_);
        for (std::size_t j = i; j < std::min(i + 8, out.size()); ++j, word >>= 8U) {
            out[j] = static_cast<std::byte>(word);
        }
    }
}

stun::TransactionId Entropy::transaction_id() {
    std::array<std::byte, 12> id{};
    fill(id);
    return stun::TransactionId::with_cookie(id);
}

bool Entropy::coin() {
    std::array<std::byte, 1> octet{};
    fill(octet);
    return (std::to_integer<unsigned>(octet[0]) & 1U) != 0;
}

std::uint16_t Entropy::port() {
    std::array<std::byte, 2> octets{};
    fill(octets);
    const unsigned low15 =
        (std::to_integer<unsigned>(octets[0]) << 8U | std::to_integer<unsigned>(octets[1])) &
        0x7FFFU;
    return static_cast<std::uint16_t>(32768U + low15);
}

}  // namespace portolan::discovery
