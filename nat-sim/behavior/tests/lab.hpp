#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "nat-sim/behavior/nat.hpp"
#include "nat-sim/behavior/tests/packets.hpp"

namespace portolan::nat {

inline void PrintTo(Reason reason, std::ostream* out) {
    *out << to_string(reason);
}

namespace test {

using namespace std::chrono_literals;

/// 192.168.1.0/24 behind 198.51.100.1 and more on request.
inline BoxAddresses box_addresses(int outside_count = 1) {
    BoxAddresses a;
    a.inside_v4 = {*parse_ipv4("192.168.1.1")};
    for (int i = 1; i <= outside_count; ++i) {
        a.outside_v4.push_back(*parse_ipv4("198.51.100." + std::to_string(i)));
    }
    a.spare_outside_v4 = {*parse_ipv4("198.51.100.200"), *parse_ipv4("198.51.100.201")};
    a.inside_prefix_v4 = {*parse_ipv4("192.168.1.0"), 24};
    a.inside_v6 = {*parse_ipv6("fd00::1")};
    a.outside_v6 = {*parse_ipv6("2001:db8:ff::1")};
    a.inside_prefix_v6 = {*parse_ipv6("fd01:203:405::"), 48};
    a.outside_prefix_v6 = {*parse_ipv6("2001:db8:1::"), 48};
    return a;
}

/// What became of a packet.
struct Fate {
    Outcome outcome;
    Bytes bytes;
    View view;

    [[nodiscard]] bool passed() const { return outcome.action == Action::Forward; }
};

/// A box and a clock. Every packet that leaves is checked in full.
class Lab {
  public:
    explicit Lab(const Parameters& parameters = {}, const BoxAddresses& addresses = box_addresses(),
                 Sabotage sabotage = Sabotage::None, std::uint64_t seed = 1)
        : nat(parameters, addresses, seed) {
        nat.set_sabotage(sabotage);
    }

    Fate send(Side from, Bytes packet) {
        Fate fate;
        fate.outcome = nat.process(from, packet, now);
        fate.bytes = packet;
        if (fate.passed()) {
            fate.view = view(packet);
            if (!fate.view.valid) ++broken;
        }
        for (const Emission& extra : fate.outcome.extra) {
            if (!view(extra.bytes).valid) ++broken;
        }
        return fate;
    }
    Fate out(const Bytes& packet) { return send(Side::Inside, packet); }
    Fate in(const Bytes& packet) { return send(Side::Outside, packet); }

    /// UDP from inside; the outside endpoint it got, nothing when it did not pass.
    std::optional<Address> map(const Address& inside, const Address& remote) {
        const Fate fate = out(udp(inside, remote));
        if (!fate.passed()) return std::nullopt;
        return fate.view.from;
    }
    /// UDP from outside; the inside endpoint it reached.
    std::optional<Address> reach(const Address& remote, const Address& outside) {
        const Fate fate = in(udp(remote, outside));
        if (!fate.passed()) return std::nullopt;
        return fate.view.to;
    }
    void wait(Time time) { now += time; }

    Nat nat;
    Time now = 1s;
    int broken = 0;  ///< packets that left with a wrong length or checksum
};

}  // namespace test
}  // namespace portolan::nat
