#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "ice-tests/server/binding.hpp"
#include "probe/stun/transport_address.hpp"

namespace portolan::server {

/// What identifies an allocation (RFC 8656 s2.2).
struct FiveTuple {
    Arrival transport = Arrival::Udp;
    TransportAddress client;
    TransportAddress server;
    friend bool operator==(const FiveTuple&, const FiveTuple&) = default;
};

/// For hash tables whose keys come from the network: nobody without the seed can choose keys that
/// collide on purpose.
class AddressHash {
  public:
    explicit AddressHash(std::uint64_t seed) : seed_(seed) {}

    std::size_t operator()(const IpAddress& ip) const { return mix(seed_, ip); }
    std::size_t operator()(const TransportAddress& address) const {
        return mix(seed_ ^ address.port, address.ip);
    }
    std::size_t operator()(const FiveTuple& tuple) const {
        const auto transport = static_cast<std::uint64_t>(tuple.transport) << 16;
        const std::uint64_t client = mix(seed_ ^ transport ^ tuple.client.port, tuple.client.ip);
        return mix(client ^ tuple.server.port, tuple.server.ip);
    }

  private:
    // The finalizer of SplitMix64.
    static std::uint64_t scramble(std::uint64_t x) {
        x += 0x9E3779B97F4A7C15U;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
        return x ^ (x >> 31);
    }
    static std::uint64_t mix(std::uint64_t state, const IpAddress& ip) {
        std::uint64_t words[2] = {};
        const auto octets = ip.octets();
        std::memcpy(words, octets.data(), octets.size());
        return scramble(scramble(scramble(state) ^ words[0]) ^ words[1]);
    }

    std::uint64_t seed_;
};

}  // namespace portolan::server
