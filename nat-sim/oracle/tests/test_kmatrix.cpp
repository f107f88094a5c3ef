#include <gtest/gtest.h>

#include <array>
#include <string_view>

#include "nat-sim/oracle/tests/topologies.hpp"

// libwebrtc's own table of expected pairs (p2p_transport_channel_unittest.cc, kMatrix), its 49 UDP
// cells: local and remote candidate type as the controlling side sees them. Only whether a relay is
// used, and whose, is compared: which of host, server and peer reflexive is shown is a stack's own.
namespace portolan::oracle::test {
namespace {

constexpr auto E = Mapping::EndpointIndependent;
constexpr auto P = Mapping::AddressAndPortDependent;

/// Puts one party behind what libwebrtc calls by that name; returns its innermost NAT.
std::optional<int> add(Topology& topology, std::string_view kind) {
    const auto push = [&](NatBox box) {
        topology.nats.push_back(box);
        return static_cast<int>(topology.nats.size()) - 1;
    };
    if (kind == "OPEN") return std::nullopt;
    if (kind == "CONE") return push(nat(E, Filtering::EndpointIndependent));
    if (kind == "ADDR") return push(nat(E, Filtering::AddressDependent));
    if (kind == "PORT") return push(nat(E, Filtering::AddressAndPortDependent));
    if (kind == "SYMM") return push(nat(P, Filtering::AddressAndPortDependent));
    const int outer = push(kind == "2CON" ? nat(E, Filtering::EndpointIndependent)
                                          : nat(P, Filtering::AddressAndPortDependent));
    NatBox inner = nat(E, Filtering::EndpointIndependent);
    inner.behind = outer;
    return push(inner);
}

constexpr std::array<std::string_view, 7> kKinds{"OPEN", "CONE", "ADDR", "PORT",
                                                 "SYMM", "2CON", "SCON"};
constexpr std::array<std::array<std::string_view, 7>, 7> kMatrix{{
    {"LULU", "LUSU", "LUSU", "LUSU", "LUPU", "LUSU", "LUPU"},
    {"SULU", "SUSU", "SUSU", "SUSU", "SUPU", "SUSU", "SUPU"},
    {"SULU", "SUSU", "SUSU", "SUSU", "SUPU", "SUSU", "SUPU"},
    {"SULU", "SUSU", "SUSU", "SUSU", "RUPU", "SUSU", "RUPU"},
    {"PULU", "PUSU", "PUSU", "PURU", "PURU", "PUSU", "PURU"},
    {"SULU", "SUSU", "SUSU", "SUSU", "SUPU", "SUSU", "SUPU"},
    {"PULU", "PUSU", "PUSU", "PURU", "PURU", "PUSU", "PURU"},
}};

TEST(KMatrix, every_udp_cell_agrees) {
    for (std::size_t row = 0; row < kKinds.size(); ++row) {
        for (std::size_t column = 0; column < kKinds.size(); ++column) {
            Topology topology;
            topology.a.behind = add(topology, kKinds[row]);
            topology.b.behind = add(topology, kKinds[column]);
            topology.a.turn = topology.b.turn = kTurn;
            const std::string_view cell = kMatrix[row][column];
            const Legs seen{cell[0] == 'R', cell[2] == 'R'};
            const Expectation expected = expect_call(topology);
            const std::string where =
                std::string(kKinds[row]) + " x " + std::string(kKinds[column]);
            EXPECT_EQ(expected.reach == Reach::Direct, seen == kNoRelay) << where;
            EXPECT_TRUE(expected.legs.contains(seen)) << where;
        }
    }
}

}  // namespace
}  // namespace portolan::oracle::test
