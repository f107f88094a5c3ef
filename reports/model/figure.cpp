#include "reports/model/figure.hpp"

#include <array>
#include <cmath>
#include <utility>

#include "reports/model/words.hpp"

namespace portolan::report {
namespace {

constexpr std::array<Word<Tone>, 5> kTones{{{Tone::Good, "good"},
                                            {Tone::Fair, "fair"},
                                            {Tone::Bad, "bad"},
                                            {Tone::Open, "open"},
                                            {Tone::Neutral, "neutral"}}};
constexpr std::array<Word<LadderState>, 4> kStates{{{LadderState::Answered, "answered"},
                                                    {LadderState::Unanswered, "unanswered"},
                                                    {LadderState::Dropped, "dropped"},
                                                    {LadderState::Unknown, "unknown"}}};
constexpr std::array<Word<NodeKind>, 7> kNodeKinds{{{NodeKind::Host, "host"},
                                                    {NodeKind::Nat, "nat"},
                                                    {NodeKind::Firewall, "firewall"},
                                                    {NodeKind::Router, "router"},
                                                    {NodeKind::Server, "server"},
                                                    {NodeKind::Relay, "relay"},
                                                    {NodeKind::Network, "network"}}};

Json number(double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json numbers(const std::vector<double>& values) {
    Json out = Json::array();
    for (const double value : values)
        out.push_back(number(value));
    return out;
}

void put(Json& json, const char* key, const std::string& text) {
    if (!text.empty()) json[key] = text;
}

Json body_json(const Series& series) {
    Json panels = Json::array();
    for (const SeriesPanel& panel : series.panels) {
        Json lines = Json::array();
        for (const SeriesLine& line : panel.lines) {
            Json one = {
                {"name", line.name}, {"at_us", line.at_us}, {"values", numbers(line.values)}};
            if (!line.high.empty()) one["high"] = numbers(line.high);
            lines.push_back(std::move(one));
        }
        Json one = {{"name", panel.name}, {"unit", panel.unit}, {"lines", std::move(lines)}};
        if (panel.limit) one["limit"] = number(*panel.limit);
        put(one, "limit_name", panel.limit_name);
        panels.push_back(std::move(one));
    }
    Json marks = Json::array();
    for (const SeriesMark& mark : series.marks)
        marks.push_back({{"at_us", mark.at_us}, {"name", mark.name}});
    return {{"kind", "series"}, {"panels", std::move(panels)}, {"marks", std::move(marks)}};
}

Json cell_json(const MatrixCell& cell) {
    if (cell.class_id.empty() && cell.note.empty()) return nullptr;
    if (cell.note.empty()) return cell.class_id;
    return {{"class", cell.class_id}, {"note", cell.note}};
}

Json body_json(const Matrix& matrix) {
    Json classes = Json::array();
    for (const MatrixClass& each : matrix.classes) {
        classes.push_back({{"id", each.id},
                           {"letter", each.letter},
                           {"name", each.name},
                           {"tone", to_string(each.tone)}});
    }
    Json rows = Json::array();
    for (const MatrixRow& row : matrix.rows) {
        Json cells = Json::array();
        for (const MatrixCell& cell : row.cells)
            cells.push_back(cell_json(cell));
        Json one = {{"name", row.name}, {"cells", std::move(cells)}};
        put(one, "group", row.group);
        put(one, "finding_id", row.finding_id);
        rows.push_back(std::move(one));
    }
    return {{"kind", "matrix"},
            {"row_name", matrix.row_name},
            {"column_name", matrix.column_name},
            {"columns", matrix.columns},
            {"classes", std::move(classes)},
            {"rows", std::move(rows)}};
}

Json body_json(const Ladder& ladder) {
    Json lanes = Json::array();
    for (const LadderLane& lane : ladder.lanes) {
        Json one = {{"name", lane.name}};
        put(one, "detail", lane.detail);
        lanes.push_back(std::move(one));
    }
    Json exchanges = Json::array();
    for (const LadderExchange& each : ladder.exchanges) {
        Json one = {{"at_us", each.at_us},
                    {"from", each.from},
                    {"to", each.to},
                    {"state", to_string(each.state)}};
        if (each.ended_at_us) one["ended_at_us"] = *each.ended_at_us;
        if (each.answered_at_us) one["answered_at_us"] = *each.answered_at_us;
        put(one, "name", each.name);
        put(one, "pair", each.pair);
        put(one, "note", each.note);
        if (each.sent_count != 1) one["sent_count"] = each.sent_count;
        if (each.is_selected) one["is_selected"] = true;
        exchanges.push_back(std::move(one));
    }
    Json marks = Json::array();
    for (const LadderMark& mark : ladder.marks)
        marks.push_back({{"at_us", mark.at_us}, {"lane", mark.lane}, {"name", mark.name}});
    return {{"kind", "ladder"},
            {"lanes", std::move(lanes)},
            {"exchanges", std::move(exchanges)},
            {"marks", std::move(marks)},
            {"left_out_count", ladder.left_out_count}};
}

Json body_json(const Topology& topology) {
    Json nodes = Json::array();
    for (const TopologyNode& node : topology.nodes) {
        nodes.push_back({{"id", node.id},
                         {"name", node.name},
                         {"kind", to_string(node.kind)},
                         {"details", node.details},
                         {"column", node.column},
                         {"row", node.row}});
    }
    Json links = Json::array();
    for (const TopologyLink& link : topology.links) {
        Json one = {{"from", link.from}, {"to", link.to}};
        put(one, "label", link.label);
        links.push_back(std::move(one));
    }
    Json paths = Json::array();
    for (const TopologyPath& path : topology.paths)
        paths.push_back({{"name", path.name}, {"nodes", path.nodes}});
    return {{"kind", "topology"},
            {"nodes", std::move(nodes)},
            {"links", std::move(links)},
            {"paths", std::move(paths)}};
}

}  // namespace

std::string_view to_string(Tone tone) {
    return word_of(kTones, tone);
}
std::optional<Tone> parse_tone(std::string_view word) {
    return value_of(kTones, word);
}
std::string_view to_string(LadderState state) {
    return word_of(kStates, state);
}
std::optional<LadderState> parse_ladder_state(std::string_view word) {
    return value_of(kStates, word);
}
std::string_view to_string(NodeKind kind) {
    return word_of(kNodeKinds, kind);
}
std::optional<NodeKind> parse_node_kind(std::string_view word) {
    return value_of(kNodeKinds, word);
}

Json to_json(const Figure& figure) {
    Json out = std::visit([](const auto& body) { return body_json(body); }, figure.body);
    out["title"] = figure.title;
    put(out, "note", figure.note);
    return out;
}

void add_figure(Evidence& evidence, const Figure& figure) {
    evidence.data[std::string(kFiguresKey)].push_back(to_json(figure));
}

std::vector<Result<Figure>> figures_of(const Evidence& evidence) {
    std::vector<Result<Figure>> out;
    if (!evidence.data.is_object()) return out;
    const auto figures = evidence.data.find(kFiguresKey);
    if (figures == evidence.data.end() || !figures->is_array()) return out;
    for (const Json& figure : *figures)
        out.push_back(figure_from_json(figure));
    return out;
}

Json data_without_figures(const Evidence& evidence) {
    Json out = evidence.data;
    if (out.is_object()) out.erase(std::string(kFiguresKey));
    return out;
}

}  // namespace portolan::report
