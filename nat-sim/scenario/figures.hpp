#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nat-sim/scenario/call_result.hpp"
#include "nat-sim/scenario/matrix.hpp"
#include "reports/model/figure.hpp"

/// What renderers draw of calls and matrices.
namespace portolan::scenario {

/// The networks that a party is behind, from its own outwards.
std::vector<std::size_t> chain_of(const Scenario& scenario, const Party& party);

/// "A's NAT", "A's firewall", "the NAT of \"office\"": of each network, all different.
std::vector<std::string> box_names(const Scenario& scenario);

/// Hosts, boxes, servers, and the ways that the selected pairs take.
report::Figure topology_figure(const CallResult& result, const Scenario& scenario);

/// So many checks are kept; those of selected pairs are among them.
inline constexpr std::size_t kMostChecksInFigure = 48;

/// The connectivity checks over UDP; nothing when there were none.
std::optional<report::Figure> checks_figure(const CallResult& result, const Scenario& scenario);

/// Delay and loss over time in both directions; nothing without media.
std::optional<report::Figure> media_figure(const CallResult& result, const Scenario& scenario);

/// One for each choice of TURN servers.
std::vector<report::Figure> matrix_figures(const MatrixSpec& spec,
                                           const std::vector<report::Json>& cells);

}  // namespace portolan::scenario
