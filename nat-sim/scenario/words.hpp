#pragma once

#include <span>
#include <string_view>

#include "nat-sim/scenario/scenario.hpp"

namespace portolan::scenario {

/// The name of the network that is outside all others.
inline constexpr std::string_view kInternet = "internet";

template <typename T>
struct Word {
    T value;
    std::string_view text;
};

std::span<const Word<Role>> role_words();
std::span<const Word<TurnTransport>> turn_words();
std::span<const Word<EventKind>> event_words();

}  // namespace portolan::scenario
