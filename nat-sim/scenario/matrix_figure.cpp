#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "nat-sim/scenario/figures.hpp"

namespace portolan::scenario {
namespace {

using report::Json;
using report::Tone;

/// What a cell's call came to, as a class of the matrix.
std::string class_of(const Json& cell) {
    auto reach = cell.at("reach").get<std::string>();
    if (reach != "relayed") return reach;
    const Json& relays = cell.at("relays_of");
    if (relays.size() == 2) return "relayed-both";
    if (relays.size() == 1) return relays.front() == "a" ? "relayed-a" : "relayed-b";
    return reach;
}

std::string words_of(TurnChoice turn) {
    switch (turn) {
        case TurnChoice::None:
            return "without TURN";
        case TurnChoice::Udp:
            return "with TURN over UDP";
        case TurnChoice::Tcp:
            return "with TURN over TCP";
        case TurnChoice::AOnly:
            return "with TURN for A alone";
        case TurnChoice::BOnly:
            break;
    }
    return "with TURN for B alone";
}

std::string note_of(const Json& cell) {
    const auto accordance = cell.at("accordance").get<std::string>();
    return accordance == "as-forecast" ? "" : "compared with the rules: " + accordance;
}

}  // namespace

std::vector<report::Figure> matrix_figures(const MatrixSpec& spec, const std::vector<Json>& cells) {
    using Key = std::tuple<std::string, std::string, std::string>;
    std::map<Key, const Json*> by_key;
    for (const Json& cell : cells) {
        by_key[{cell.at("turn").get<std::string>(), cell.at("presets").at("a").get<std::string>(),
                cell.at("presets").at("b").get<std::string>()}] = &cell;
    }
    std::vector<report::Figure> out;
    for (const TurnChoice turn : spec.turn) {
        report::Matrix matrix{.row_name = "A's network",
                              .column_name = "B's network",
                              .columns = spec.b,
                              .classes = {{"direct", "D", "direct", Tone::Good},
                                          {"direct-tcp", "T", "direct over TCP", Tone::Good},
                                          {"relayed-a", "A", "over A's relay", Tone::Fair},
                                          {"relayed-b", "B", "over B's relay", Tone::Fair},
                                          {"relayed-both", "AB", "over both relays", Tone::Fair},
                                          {"relayed", "R", "over a relay", Tone::Fair},
                                          {"unreachable", "-", "unreachable", Tone::Bad}},
                              .rows = {}};
        for (const std::string& a : spec.a) {
            report::MatrixRow row{.name = a};
            for (const std::string& b : spec.b) {
                const auto found = by_key.find({std::string(to_string(turn)), a, b});
                row.cells.push_back(found == by_key.end()
                                        ? report::MatrixCell{}
                                        : report::MatrixCell{.class_id = class_of(*found->second),
                                                             .note = note_of(*found->second)});
            }
            matrix.rows.push_back(std::move(row));
        }
        out.push_back({.title = "Who reaches whom, " + words_of(turn),
                       .note = {},
                       .body = std::move(matrix)});
    }
    return out;
}

}  // namespace portolan::scenario
