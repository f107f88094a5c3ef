#pragma once

#include <vector>

#include "nat-sim/oracle/oracle.hpp"

namespace portolan::oracle::test {

inline const std::vector<TurnAccess> kTurn{TurnAccess::Udp, TurnAccess::Tcp};

inline NatBox nat(Mapping mapping, Filtering filtering,
                  ReplyBinding reply = ReplyBinding::SessionAware) {
    NatBox box;
    box.mapping = mapping;
    box.filtering = filtering;
    box.reply = reply;
    return box;
}

/// A behind the first, B behind the second.
inline Topology apart(const NatBox& first, const NatBox& second, bool a_turn = true,
                      bool b_turn = true) {
    Topology topology;
    topology.nats = {first, second};
    topology.a.behind = 0;
    topology.b.behind = 1;
    topology.b.name = "B";
    if (a_turn) topology.a.turn = kTurn;
    if (b_turn) topology.b.turn = kTurn;
    return topology;
}

inline constexpr Legs kNoRelay{};
inline constexpr Legs kByA{true, false};
inline constexpr Legs kByB{false, true};

}  // namespace portolan::oracle::test
