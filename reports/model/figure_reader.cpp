// What a writer may leave out is empty.
#include <limits>
#include <set>
#include <utility>

#include "reports/model/figure.hpp"
#include "reports/model/json_reader.hpp"

namespace portolan::report {
namespace {

/// The times of a run; further away is a broken clock, and sums of them must not overflow.
constexpr std::int64_t kMaxTimeUs = std::int64_t{1} << 52;
/// A figure is looked at by people; a grid beyond this is none.
constexpr std::size_t kMaxGrid = 32;
constexpr std::size_t kMaxClasses = 64;

std::string text_in(const JsonReader& json, std::string_view key) {
    const auto found = json.find(key);
    return found ? found->string() : std::string();
}

std::vector<std::string> texts_in(const JsonReader& json, std::string_view key) {
    std::vector<std::string> out;
    if (const auto found = json.find(key))
        found->each([&](const JsonReader& each) { out.push_back(each.string()); });
    return out;
}

template <typename Visit>
void each_in(const JsonReader& json, std::string_view key, const Visit& visit) {
    if (const auto found = json.find(key)) found->each(visit);
}

std::int64_t time_in(const JsonReader& json) {
    return json.integer(-kMaxTimeUs, kMaxTimeUs);
}

std::optional<std::int64_t> optional_time_in(const JsonReader& json, std::string_view key) {
    const auto found = json.find(key);
    if (!found || found->raw().is_null()) return std::nullopt;
    return time_in(*found);
}

double number_in(const JsonReader& json) {
    if (json.raw().is_null()) return std::numeric_limits<double>::quiet_NaN();
    if (!json.raw().is_number()) {
        json.fail("must be a number or null");
        return 0;
    }
    return json.raw().get<double>();
}

std::vector<double> numbers_in(const JsonReader& json) {
    std::vector<double> out;
    json.each([&](const JsonReader& each) { out.push_back(number_in(each)); });
    return out;
}

SeriesLine line_in(const JsonReader& json) {
    SeriesLine out{.name = text_in(json, "name")};
    const JsonReader at = json.member("at_us");
    at.each([&](const JsonReader& each) {
        out.at_us.push_back(time_in(each));
        const std::size_t count = out.at_us.size();
        if (count > 1 && out.at_us[count - 1] < out.at_us[count - 2])
            each.fail("must not be before the one in front of it");
    });
    const JsonReader values = json.member("values");
    out.values = numbers_in(values);
    if (out.values.size() != out.at_us.size()) values.fail("must be as many as at_us");
    if (const auto high = json.find("high")) {
        out.high = numbers_in(*high);
        if (out.high.size() != out.at_us.size()) high->fail("must be as many as at_us");
    }
    return out;
}

Series series_in(const JsonReader& json) {
    Series out;
    json.member("panels").each([&](const JsonReader& panel) {
        SeriesPanel one{.name = text_in(panel, "name"), .unit = text_in(panel, "unit")};
        panel.member("lines").each(
            [&](const JsonReader& line) { one.lines.push_back(line_in(line)); });
        if (const auto limit = panel.find("limit"); limit && !limit->raw().is_null())
            one.limit = number_in(*limit);
        one.limit_name = text_in(panel, "limit_name");
        out.panels.push_back(std::move(one));
    });
    each_in(json, "marks", [&](const JsonReader& mark) {
        out.marks.push_back(
            {.at_us = time_in(mark.member("at_us")), .name = text_in(mark, "name")});
    });
    return out;
}

MatrixCell cell_in(const JsonReader& json, const std::set<std::string>& classes) {
    MatrixCell out;
    if (json.raw().is_null()) return out;
    if (json.raw().is_object()) {
        out.class_id = text_in(json, "class");
        out.note = text_in(json, "note");
    } else {
        out.class_id = json.string();
    }
    if (json.ok() && !out.class_id.empty() && !classes.contains(out.class_id))
        json.fail("must be the id of a class of this matrix");
    return out;
}

Matrix matrix_in(const JsonReader& json) {
    Matrix out{.row_name = text_in(json, "row_name"),
               .column_name = text_in(json, "column_name"),
               .columns = texts_in(json, "columns")};
    std::set<std::string> classes;
    json.member("classes").each([&](const JsonReader& each) {
        out.classes.push_back({.id = each.member("id").non_empty_string(),
                               .letter = text_in(each, "letter"),
                               .name = text_in(each, "name"),
                               .tone = each.member("tone")
                                           .word(parse_tone, "good, fair, bad, open, neutral")
                                           .value_or(Tone::Neutral)});
        classes.insert(out.classes.back().id);
        if (classes.size() > kMaxClasses) each.fail("is one class too many to be told apart");
    });
    json.member("rows").each([&](const JsonReader& row) {
        MatrixRow one{.name = text_in(row, "name"),
                      .group = text_in(row, "group"),
                      .finding_id = text_in(row, "finding_id")};
        const JsonReader cells = row.member("cells");
        cells.each([&](const JsonReader& cell) { one.cells.push_back(cell_in(cell, classes)); });
        if (one.cells.size() != out.columns.size()) cells.fail("must be as many as columns");
        out.rows.push_back(std::move(one));
    });
    return out;
}

LadderExchange exchange_in(const JsonReader& json, std::size_t lane_count) {
    const auto lane = [&](std::string_view key) -> std::size_t {
        const JsonReader member = json.member(key);
        const std::uint64_t index = member.unsigned_integer();
        if (member.ok() && index >= lane_count) member.fail("must be the index of a lane");
        return static_cast<std::size_t>(index);
    };
    LadderExchange out{
        .at_us = time_in(json.member("at_us")),
        .from = lane("from"),
        .to = lane("to"),
        .ended_at_us = optional_time_in(json, "ended_at_us"),
        .answered_at_us = optional_time_in(json, "answered_at_us"),
        .state = json.member("state")
                     .word(parse_ladder_state, "answered, unanswered, dropped, unknown")
                     .value_or(LadderState::Unknown),
        .name = text_in(json, "name"),
        .pair = text_in(json, "pair"),
        .note = text_in(json, "note")};
    if (const auto count = json.find("sent_count")) out.sent_count = count->unsigned_integer();
    if (const auto selected = json.find("is_selected")) out.is_selected = selected->boolean();
    return out;
}

Ladder ladder_in(const JsonReader& json) {
    Ladder out;
    json.member("lanes").each([&](const JsonReader& lane) {
        out.lanes.push_back({.name = text_in(lane, "name"), .detail = text_in(lane, "detail")});
    });
    json.member("exchanges").each([&](const JsonReader& each) {
        out.exchanges.push_back(exchange_in(each, out.lanes.size()));
    });
    each_in(json, "marks", [&](const JsonReader& mark) {
        const JsonReader lane = mark.member("lane");
        const std::uint64_t index = lane.unsigned_integer();
        if (lane.ok() && index >= out.lanes.size()) lane.fail("must be the index of a lane");
        out.marks.push_back({.at_us = time_in(mark.member("at_us")),
                             .lane = static_cast<std::size_t>(index),
                             .name = text_in(mark, "name")});
    });
    if (const auto count = json.find("left_out_count"))
        out.left_out_count = count->unsigned_integer();
    return out;
}

std::size_t grid_in(const JsonReader& json, std::string_view key) {
    return static_cast<std::size_t>(json.member(key).unsigned_integer(kMaxGrid - 1));
}

Topology topology_in(const JsonReader& json) {
    Topology out;
    std::set<std::string> ids;
    const auto id_in = [&](const JsonReader& id) {
        std::string text = id.string();
        if (id.ok() && !ids.contains(text)) id.fail("must be the id of a node of this figure");
        return text;
    };
    json.member("nodes").each([&](const JsonReader& node) {
        const JsonReader id = node.member("id");
        out.nodes.push_back(
            {.id = id.non_empty_string(),
             .name = text_in(node, "name"),
             .kind =
                 node.member("kind")
                     .word(parse_node_kind, "host, nat, firewall, router, server, relay, network")
                     .value_or(NodeKind::Host),
             .details = texts_in(node, "details"),
             .column = grid_in(node, "column"),
             .row = grid_in(node, "row")});
        if (!ids.insert(out.nodes.back().id).second) id.fail("must not be there twice");
    });
    each_in(json, "links", [&](const JsonReader& link) {
        out.links.push_back({.from = id_in(link.member("from")),
                             .to = id_in(link.member("to")),
                             .label = text_in(link, "label")});
    });
    each_in(json, "paths", [&](const JsonReader& path) {
        TopologyPath one{.name = text_in(path, "name")};
        path.member("nodes").each([&](const JsonReader& id) { one.nodes.push_back(id_in(id)); });
        out.paths.push_back(std::move(one));
    });
    return out;
}

}  // namespace

Result<Figure> figure_from_json(const Json& json) {
    std::optional<Error> problem;
    const JsonReader reader(json, problem);
    Figure out{.title = reader.member("title").non_empty_string(), .note = text_in(reader, "note")};
    const std::string kind = reader.member("kind").string();
    if (kind == "series") {
        out.body = series_in(reader);
    } else if (kind == "matrix") {
        out.body = matrix_in(reader);
    } else if (kind == "ladder") {
        out.body = ladder_in(reader);
    } else if (kind == "topology") {
        out.body = topology_in(reader);
    } else {
        reader.member("kind").fail("must be one of series, matrix, ladder, topology");
    }
    if (problem) return *problem;
    return out;
}

}  // namespace portolan::report
