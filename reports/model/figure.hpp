#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reports/model/evidence.hpp"
#include "reports/model/json.hpp"
#include "reports/model/result.hpp"

/// What a renderer can draw. An evidence holds its figures as data.figures, an array of objects of
/// the shapes below; report.schema.json ($defs/figure) describes the same for other writers. Times
/// are microseconds since the run began, in keys that end in _us; what is not known is null.
namespace portolan::report {

/// How good or bad something in a figure is: its colour, and its shape for those who see none.
enum class Tone { Good, Fair, Bad, Open, Neutral };

/// good | fair | bad | open | neutral
std::string_view to_string(Tone tone);
std::optional<Tone> parse_tone(std::string_view word);

/// One measured quantity: `values[i]`, and `high[i]` for the worst of what that point sums up, at
/// `at_us[i]`. What is not finite is a gap.
struct SeriesLine {
    std::string name = {};
    std::vector<std::int64_t> at_us = {};  ///< ascending
    std::vector<double> values = {};       ///< as many
    std::vector<double> high = {};         ///< as many, or none

    friend bool operator==(const SeriesLine&, const SeriesLine&) = default;
};

/// Lines with one scale. `unit` is a suffix as in key names: us, pct, bits_s, mos, count; another
/// one is written as it stands.
struct SeriesPanel {
    std::string name = {};
    std::string unit = {};
    std::vector<SeriesLine> lines = {};
    std::optional<double> limit = {};  ///< a value to compare with
    std::string limit_name = {};

    friend bool operator==(const SeriesPanel&, const SeriesPanel&) = default;
};

struct SeriesMark {
    std::int64_t at_us = 0;
    std::string name = {};

    friend bool operator==(const SeriesMark&, const SeriesMark&) = default;
};

/// {"kind": "series"}: panels above each other with one axis of time.
struct Series {
    std::vector<SeriesPanel> panels = {};
    std::vector<SeriesMark> marks = {};

    friend bool operator==(const Series&, const Series&) = default;
};

struct MatrixClass {
    std::string id = {};      ///< "relayed"
    std::string letter = {};  ///< one or two characters for the cell
    std::string name = {};    ///< "over a relay"
    Tone tone = Tone::Neutral;

    friend bool operator==(const MatrixClass&, const MatrixClass&) = default;
};

/// In JSON null, the id of a class, or {"class", "note"}.
struct MatrixCell {
    std::string class_id = {};  ///< empty: nothing is known
    std::string note = {};      ///< one sentence

    friend bool operator==(const MatrixCell&, const MatrixCell&) = default;
};

struct MatrixRow {
    std::string name = {};
    std::string group = {};              ///< neighbours with the same one stand under one heading
    std::string finding_id = {};         ///< what the row is about, if a finding of the report is
    std::vector<MatrixCell> cells = {};  ///< one for each column

    friend bool operator==(const MatrixRow&, const MatrixRow&) = default;
};

/// {"kind": "matrix"}: a class for each row and column.
struct Matrix {
    std::string row_name = {};     ///< "A's NAT"
    std::string column_name = {};  ///< "B's NAT"
    std::vector<std::string> columns = {};
    std::vector<MatrixClass> classes = {};
    std::vector<MatrixRow> rows = {};

    friend bool operator==(const Matrix&, const Matrix&) = default;
};

struct LadderLane {
    std::string name = {};
    std::string detail = {};  ///< an address, for instance

    friend bool operator==(const LadderLane&, const LadderLane&) = default;
};

enum class LadderState {
    Answered,    ///< and the answer came back
    Unanswered,  ///< it arrived, and no answer came back
    Dropped,     ///< it ended before: at `to`
    Unknown,     ///< it was sent; nothing else is known
};

/// answered | unanswered | dropped | unknown
std::string_view to_string(LadderState state);
std::optional<LadderState> parse_ladder_state(std::string_view word);

/// A request, and its answer if there was one.
struct LadderExchange {
    std::int64_t at_us = 0;
    std::size_t from = 0;  ///< index of a lane
    std::size_t to = 0;    ///< where it ended
    std::optional<std::int64_t> ended_at_us = {};
    std::optional<std::int64_t> answered_at_us = {};
    LadderState state = LadderState::Unknown;
    std::string name = {};  ///< "check, nominating"
    std::string pair = {};  ///< "srflx 203.0.113.1:5000 to host 198.51.100.7:4000"
    std::string note = {};  ///< why it was dropped, for instance
    std::uint64_t sent_count = 1;
    bool is_selected = false;  ///< of the pair that was selected

    friend bool operator==(const LadderExchange&, const LadderExchange&) = default;
};

struct LadderMark {
    std::int64_t at_us = 0;
    std::size_t lane = 0;
    std::string name = {};

    friend bool operator==(const LadderMark&, const LadderMark&) = default;
};

/// {"kind": "ladder"}: who asked whom when.
struct Ladder {
    std::vector<LadderLane> lanes = {};
    std::vector<LadderExchange> exchanges = {};
    std::vector<LadderMark> marks = {};
    std::uint64_t left_out_count = 0;  ///< exchanges that the writer did not keep

    friend bool operator==(const Ladder&, const Ladder&) = default;
};

enum class NodeKind { Host, Nat, Firewall, Router, Server, Relay, Network };

/// host | nat | firewall | router | server | relay | network
std::string_view to_string(NodeKind kind);
std::optional<NodeKind> parse_node_kind(std::string_view word);

struct TopologyNode {
    std::string id = {};  ///< unique in its figure
    std::string name = {};
    NodeKind kind = NodeKind::Host;
    std::vector<std::string> details = {};  ///< addresses, behaviour: a short line each
    std::size_t column = 0;                 ///< from the left
    std::size_t row = 0;                    ///< from the top

    friend bool operator==(const TopologyNode&, const TopologyNode&) = default;
};

struct TopologyLink {
    std::string from = {};
    std::string to = {};
    std::string label = {};

    friend bool operator==(const TopologyLink&, const TopologyLink&) = default;
};

/// A way through the nodes, by their ids.
struct TopologyPath {
    std::string name = {};
    std::vector<std::string> nodes = {};

    friend bool operator==(const TopologyPath&, const TopologyPath&) = default;
};

/// {"kind": "topology"}: who is connected with whom, and the way that was taken.
struct Topology {
    std::vector<TopologyNode> nodes = {};
    std::vector<TopologyLink> links = {};
    std::vector<TopologyPath> paths = {};

    friend bool operator==(const Topology&, const Topology&) = default;
};

struct Figure {
    std::string title = {};
    std::string note = {};  ///< one sentence: what is to be seen, what was left out
    std::variant<Series, Matrix, Ladder, Topology> body = {};

    friend bool operator==(const Figure&, const Figure&) = default;
};

/// The key of an evidence's data.
inline constexpr std::string_view kFiguresKey = "figures";

Json to_json(const Figure& figure);
/// Usage error "json.shape" that names what is wrong.
Result<Figure> figure_from_json(const Json& json);

/// To the end of data.figures.
void add_figure(Evidence& evidence, const Figure& figure);

/// What data.figures holds, each a figure or why it is none; empty without them.
std::vector<Result<Figure>> figures_of(const Evidence& evidence);

/// The evidence's data without its figures.
Json data_without_figures(const Evidence& evidence);

}  // namespace portolan::report
