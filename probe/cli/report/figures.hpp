#pragma once

#include <string>

#include "ice-tests/precall/loop.hpp"
#include "probe/cli/report/peers.hpp"
#include "reports/model/json.hpp"

/// What a page can draw, as JSON: an evidence holds them as data.figures.
namespace portolan::nat_probe {

/// Delay over time, both directions; a gap is a packet that was lost. Null where nothing came.
report::Json delay_figure(const precall::Loop& loop, const std::string& title);

/// This network against every kind of network that the other side may have.
report::Json peers_figure(const PeerForecast& forecast);

}  // namespace portolan::nat_probe
