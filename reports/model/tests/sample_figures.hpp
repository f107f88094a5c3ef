#pragma once

#include <limits>
#include <vector>

#include "reports/model/figure.hpp"

namespace portolan::testing {

/// One of each shape, with every field in use.
inline std::vector<report::Figure> sample_figures() {
    using namespace report;
    Series series;
    series.panels = {
        {.name = "Delay, one way",
         .unit = "us",
         .lines = {{.name = "A to B",
                    .at_us = {0, 500'000, 1'000'000, 1'500'000},
                    .values = {42'000, 44'000, std::numeric_limits<double>::quiet_NaN(), 51'000},
                    .high = {43'000, 60'000, std::numeric_limits<double>::quiet_NaN(), 170'000}},
                   {.name = "B to A",
                    .at_us = {0, 500'000, 1'000'000, 1'500'000},
                    .values = {40'000, 40'000, 40'000, 40'000}}},
         .limit = 150'000,
         .limit_name = "comfortable up to here"},
        {.name = "Loss",
         .unit = "pct",
         .lines = {{.name = "A to B", .at_us = {0, 1'000'000}, .values = {0, 12.5}}}}};
    series.marks = {{.at_us = 1'000'000, .name = "A's NAT rebooted"}};

    Matrix matrix{.row_name = "A's network", .column_name = "B's network"};
    matrix.columns = {"eim-eif", "apdm-apdf"};
    matrix.classes = {{"direct", "D", "direct", Tone::Good},
                      {"relayed", "R", "over a relay", Tone::Fair},
                      {"unreachable", "-", "unreachable", Tone::Bad}};
    matrix.rows = {
        {.name = "eim-eif", .group = "homes", .cells = {{.class_id = "direct"}, {"relayed", ""}}},
        {.name = "apdm-apdf",
         .group = "phones",
         .finding_id = "nat.filtering",
         .cells = {{}, {"unreachable", "nobody opens the way"}}}};

    Ladder ladder;
    ladder.lanes = {{"A", "192.168.1.20"}, {"B's NAT", "203.0.113.2"}, {"B", "10.0.0.2"}};
    ladder.exchanges = {{.at_us = 100'000,
                         .from = 0,
                         .to = 1,
                         .ended_at_us = 121'000,
                         .state = LadderState::Dropped,
                         .name = "to srflx",
                         .pair = "192.168.1.20:5000 to srflx 203.0.113.2:4000",
                         .note = "filtered",
                         .sent_count = 3},
                        {.at_us = 150'000,
                         .from = 2,
                         .to = 0,
                         .ended_at_us = 190'000,
                         .answered_at_us = 230'000,
                         .state = LadderState::Answered,
                         .name = "nominates srflx",
                         .pair = "10.0.0.2:4000 to srflx 203.0.113.1:5000",
                         .is_selected = true}};
    ladder.marks = {{.at_us = 230'000, .lane = 2, .name = "pair selected"}};
    ladder.left_out_count = 4;

    Topology topology;
    topology.nodes = {
        {.id = "a", .name = "A", .details = {"192.168.1.20"}, .column = 0, .row = 1},
        {.id = "nat",
         .name = "A's NAT",
         .kind = NodeKind::Nat,
         .details = {"EIM / APDF"},
         .column = 1,
         .row = 1},
        {.id = "net", .name = "Internet", .kind = NodeKind::Network, .column = 2, .row = 1},
        {.id = "relay", .name = "relay", .kind = NodeKind::Relay, .column = 2, .row = 0},
        {.id = "b", .name = "B", .column = 3, .row = 1}};
    topology.links = {{"a", "nat", "1 ms"}, {"nat", "net", "10 ms"}, {"b", "net", ""}};
    topology.paths = {{"A to B", {"a", "nat", "relay", "b"}}};

    return {{.title = "Delay and loss", .note = "Of audio packets.", .body = series},
            {.title = "Who reaches whom", .body = matrix},
            {.title = "ICE checks", .body = ladder},
            {.title = "The way of the call", .body = topology}};
}

}  // namespace portolan::testing
