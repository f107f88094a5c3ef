#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nat-sim/scenario/scenario.hpp"
#include "reports/model/result.hpp"

namespace portolan::scenario {

/// Who has a TURN server, and how it is reached: the words of --turn.
enum class TurnChoice { None, Udp, Tcp, AOnly, BOnly };

struct CallSpec {
    std::string a;  ///< preset names; "internet" for no box at all
    std::string b;
    TurnChoice turn = TurnChoice::Udp;
    bool ipv4 = true;
    bool ipv6 = false;
    Duration media{0};
    std::uint64_t seed = 1;
    /// Parameters of both NATs in place of the presets' own, as a document of parse_parameters().
    report::Json parameters = report::Json::object();
};

std::string_view to_string(TurnChoice choice);  // "none", "udp", "tcp", "a-only", "b-only"
std::optional<TurnChoice> parse_turn_choice(std::string_view text);

/// The scenario that a call between two presets is: a home each, 10 ms links, signalling of 50 ms.
Result<Scenario> scenario_of(const CallSpec& spec);

}  // namespace portolan::scenario
