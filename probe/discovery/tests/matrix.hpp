#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "probe/discovery/tests/judge.hpp"
#include "probe/discovery/tests/scenario.hpp"

/// The statistical matrix: every mapping with every filtering, many seeds, with loss. Round trip,
/// jitter, duplication, port allocation and timer slack are drawn from the seed, so that no result
/// holds for one network only.
namespace portolan::discovery::sim {

inline constexpr std::array kMappings{
    MappingRule::None, MappingRule::EndpointIndependent, MappingRule::AddressDependent,
    MappingRule::AddressAndPortDependent, MappingRule::PortDependent};
inline constexpr std::array kFilterings{FilteringRule::EndpointIndependent,
                                        FilteringRule::AddressDependent,
                                        FilteringRule::AddressAndPortDependent};

struct Cell {
    MappingRule mapping{};
    FilteringRule filtering{};
    double loss = 0.0;
    Sabotage sabotage = {};
};

struct Tally {
    int runs = 0;
    std::array<int, kGradeCount> mapping{};
    std::array<int, kGradeCount> filtering{};
    int other_wrong = 0;  ///< translation, reachability, manners, form of the judgements
    Duration total_elapsed{};
    Duration longest{};
    long packets = 0;
    std::vector<std::string> complaints;  ///< the first few, with seeds

    [[nodiscard]] int wrong() const {
        return mapping[static_cast<std::size_t>(Grade::Wrong)] +
               filtering[static_cast<std::size_t>(Grade::Wrong)] + other_wrong;
    }
    /// Share of runs without an exact answer.
    [[nodiscard]] double undecided_mapping() const;
    [[nodiscard]] double undecided_filtering() const;
};

/// The scenario of a cell for one seed.
Scenario cell_scenario(const Cell& cell, std::uint64_t seed);

/// Seeds seed_base .. seed_base + runs - 1.
Tally run_cell(const Cell& cell, std::uint64_t seed_base, int runs);

}  // namespace portolan::discovery::sim
