#include "nat-sim/behavior/wire.hpp"

namespace portolan::nat {

std::uint64_t ones_sum(const std::byte* bytes, std::size_t size) {
    std::uint64_t sum = 0;
    std::size_t i = 0;
    for (; i + 1 < size; i += 2)
        sum += get16(bytes + i);
    if (i < size) sum += static_cast<std::uint64_t>(get8(bytes + i)) << 8;
    return sum;
}

std::uint16_t fold(std::uint64_t sum) {
    while ((sum >> 16) != 0)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<std::uint16_t>(sum);
}

std::uint64_t pseudo_sum(Ipv4 source, Ipv4 destination, std::uint8_t protocol, std::size_t size) {
    return std::uint64_t{source.value >> 16} + (source.value & 0xFFFF) + (destination.value >> 16) +
           (destination.value & 0xFFFF) + protocol + size;
}

std::uint64_t pseudo_sum(const Ipv6& source, const Ipv6& destination, std::uint8_t protocol,
                         std::size_t size) {
    std::uint64_t sum = std::uint64_t{protocol} + (size >> 16) + (size & 0xFFFF);
    for (const Ipv6* address : {&source, &destination}) {
        for (std::size_t i = 0; i < 16; i += 2) {
            sum += static_cast<std::uint64_t>(address->bytes[i]) << 8 | address->bytes[i + 1];
        }
    }
    return sum;
}

}  // namespace portolan::nat
