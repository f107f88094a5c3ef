#include <algorithm>
#include <map>
#include <span>
#include <string>

#include "reports/render/drawings.hpp"
#include "reports/render/escape.hpp"
#include "reports/render/html_table.hpp"

namespace portolan::render {
namespace {

using report::NodeKind;
using report::Topology;
using report::TopologyLink;
using report::TopologyNode;
using report::TopologyPath;

constexpr double kColumn = 172;
constexpr double kRow = 118;
constexpr double kBoxWidth = 130;
constexpr double kTop = 12;
constexpr double kLine = 14;
constexpr double kGap = 3;                     ///< between two networks of a column, half of it
constexpr std::size_t kMostLargeLetters = 14;  ///< of a name, to fit into its box
constexpr std::size_t kMostDetails = 3;
constexpr std::size_t kMostPaths = 3;
constexpr std::size_t kMostNodes = 64;
constexpr std::size_t kMostLinks = 256;
constexpr std::size_t kMostSteps = 64;
constexpr std::size_t kMostGrid = 32;

std::span<const TopologyNode> nodes_of(const Topology& topology) {
    return std::span(topology.nodes).first(std::min(topology.nodes.size(), kMostNodes));
}

std::span<const TopologyLink> links_of(const Topology& topology) {
    return std::span(topology.links).first(std::min(topology.links.size(), kMostLinks));
}

/// Its name, if it is one of those that are drawn.
const TopologyNode* node_of(const Topology& topology, const std::string& id) {
    const auto nodes = nodes_of(topology);
    const auto found = std::ranges::find(nodes, id, &TopologyNode::id);
    return found == nodes.end() ? nullptr : &*found;
}

struct Place {
    double x = 0;
    double y = 0;
};

double height_of(const TopologyNode& node) {
    return 40 + kLine * static_cast<double>(std::min(node.details.size(), kMostDetails));
}

std::string_view word_of(NodeKind kind) {
    return kind == NodeKind::Nat ? "NAT" : to_string(kind);
}

class Map {
  public:
    explicit Map(const Topology& topology) : topology_(topology) {
        for (const TopologyNode& node : nodes()) {
            const std::size_t row = std::min(node.row, kMostGrid - 1);
            const std::size_t column = std::min(node.column, kMostGrid - 1);
            rows_ = std::max(rows_, row + 1);
            columns_ = std::max(columns_, column + 1);
            places_[node.id] = {14 + kBoxWidth / 2 + kColumn * static_cast<double>(column),
                                kTop + kRow / 2 + kRow * static_cast<double>(row)};
        }
    }

    void draw() {
        for (const TopologyNode& node : nodes()) {
            if (node.kind == NodeKind::Network) draw_network(node);
        }
        for (const TopologyLink& link : links_of(topology_))
            draw_link(link);
        for (std::size_t i = 0; i < std::min(topology_.paths.size(), kMostPaths); ++i)
            draw_path(topology_.paths[i], i);
        for (const TopologyNode& node : nodes()) {
            if (node.kind != NodeKind::Network) draw_node(node);
        }
        for (const TopologyLink& link : links_of(topology_))
            draw_link_label(link);
        draw_legend();
    }

    [[nodiscard]] double width() const {
        return 28 + kBoxWidth +
               kColumn * static_cast<double>(std::max<std::size_t>(columns_, 1) - 1);
    }
    [[nodiscard]] double height() const {
        return legend_top() +
               18 * static_cast<double>(std::min(topology_.paths.size(), kMostPaths)) + 4;
    }
    [[nodiscard]] const std::string& elements() const { return svg_.elements(); }

    [[nodiscard]] std::string way_of(const TopologyPath& path) const {
        std::string out = path.name + ":";
        std::size_t count = 0;
        for (const std::string& id : path.nodes) {
            const TopologyNode* node = node_of(topology_, id);
            if (node == nullptr) continue;
            if (count == kMostSteps) return out + " \u2026";
            out += (count++ == 0 ? " " : " \u2192 ") + node->name;
        }
        return out;
    }

  private:
    [[nodiscard]] std::span<const TopologyNode> nodes() const { return nodes_of(topology_); }
    [[nodiscard]] double legend_top() const {
        return kTop + kRow * static_cast<double>(std::max<std::size_t>(rows_, 1)) + 12;
    }
    [[nodiscard]] const Place* place_of(const std::string& id) const {
        const auto found = places_.find(id);
        return found == places_.end() ? nullptr : &found->second;
    }

    /// What shares its column is in it, as far as the next network there.
    void draw_network(const TopologyNode& node) {
        std::size_t first = node.row;
        std::size_t last = node.row;
        for (const TopologyNode& other : nodes()) {
            if (other.column != node.column || other.kind == NodeKind::Network) continue;
            const bool is_behind_another =
                std::ranges::any_of(nodes(), [&](const TopologyNode& network) {
                    return network.kind == NodeKind::Network && network.column == node.column &&
                           network.row != node.row &&
                           (network.row > node.row) == (other.row > node.row) &&
                           (network.row > node.row ? network.row <= other.row
                                                   : network.row >= other.row);
                });
            if (is_behind_another) continue;
            first = std::min(first, other.row);
            last = std::max(last, other.row);
        }
        const Place& at = places_[node.id];
        const double top = kTop + kRow * static_cast<double>(first);
        svg_.rect(at.x - kBoxWidth / 2 - 8, top + kGap, kBoxWidth + 16,
                  kRow * static_cast<double>(last - first + 1) - 2 * kGap, 26, "cloud");
        svg_.text(at.x, at.y - 14, label(node.name, 19), "m b halo");
        double y = at.y + 22;
        for (std::size_t i = 0; i < std::min(node.details.size(), kMostDetails); ++i) {
            svg_.text(at.x, y, label(node.details[i], 22), "m s d halo");
            y += kLine;
        }
    }

    void draw_node(const TopologyNode& node) {
        const Place& at = places_[node.id];
        const double height = height_of(node);
        const double left = at.x - kBoxWidth / 2;
        double y = at.y - height / 2;
        const bool is_host = node.kind == NodeKind::Host;
        svg_.open_group("", tooltip_of(node));
        svg_.rect(left, y, kBoxWidth, height, is_host ? height / 3 : 6, "box");
        if (node.kind == NodeKind::Nat || node.kind == NodeKind::Firewall) {
            // A wall on both sides.
            svg_.line(left + 5, y + 5, left + 5, y + height - 5, "axis");
            svg_.line(left + kBoxWidth - 5, y + 5, left + kBoxWidth - 5, y + height - 5, "axis");
        }
        if (node.kind == NodeKind::Relay)
            svg_.line(left + 6, y + 4, left + kBoxWidth - 6, y + 4, "curve l0");
        y += 19;
        const bool is_long = display_width(node.name) > kMostLargeLetters;
        svg_.text(at.x, y, label(node.name, 18), is_long ? "m b s" : "m b");
        y += kLine;
        svg_.text(at.x, y, std::string(word_of(node.kind)), "m s d");
        for (std::size_t i = 0; i < std::min(node.details.size(), kMostDetails); ++i) {
            y += kLine;
            svg_.text(at.x, y, label(node.details[i], 21), "m s");
        }
        svg_.close_group();
    }

    void draw_link(const TopologyLink& link) {
        const Place* from = place_of(link.from);
        const Place* to = place_of(link.to);
        if (from != nullptr && to != nullptr) svg_.line(from->x, from->y, to->x, to->y, "wire");
    }

    /// Below the node that it goes out from, or which a network leads to: between two boxes there
    /// is no room for words.
    void draw_link_label(const TopologyLink& link) {
        const TopologyNode* its = node_of(topology_, link.from);
        if (its != nullptr && its->kind == NodeKind::Network) its = node_of(topology_, link.to);
        if (its == nullptr || its->kind == NodeKind::Network || link.label.empty()) return;
        const Place& at = places_[its->id];
        const double line = 13.0 * static_cast<double>(label_counts_[its->id]++);
        svg_.text(at.x, at.y + height_of(*its) / 2 + 14 + line, label("link: " + link.label, 27),
                  "m s d halo");
    }

    /// Beside the others, so that two directions of one way can both be seen.
    void draw_path(const TopologyPath& path, std::size_t index) {
        const double aside = index == 0 ? -5 : index == 1 ? 5 : 0;
        const std::string number = std::to_string(index);
        std::vector<const Place*> places;
        for (const std::string& id : path.nodes) {
            const Place* at = place_of(id);
            if (at != nullptr && places.size() < kMostSteps) places.push_back(at);
        }
        if (places.size() < 2) return;
        std::vector<std::pair<double, double>> points;
        for (std::size_t i = 0; i < places.size(); ++i) {
            const auto is_above = [&](std::size_t other) {
                return other < places.size() && places[other]->x == places[i]->x;
            };
            const bool is_vertical = is_above(i + 1) || (i > 0 && is_above(i - 1));
            points.emplace_back(places[i]->x + (is_vertical ? aside : 0), places[i]->y + aside);
        }
        svg_.polyline(points, "curve way l" + number);
        for (std::size_t i = 1; i < points.size(); ++i) {
            const auto& [x1, y1] = points[i - 1];
            const auto& [x2, y2] = points[i];
            // Where the gap between two boxes is, mostly.
            svg_.arrow_head(x1, y1, (x1 + x2) / 2 + (x2 - x1) * 0.04,
                            (y1 + y2) / 2 + (y2 - y1) * 0.04, "a" + number, 11);
        }
    }

    void draw_legend() {
        double y = legend_top() + 12;
        for (std::size_t i = 0; i < std::min(topology_.paths.size(), kMostPaths); ++i) {
            svg_.line(14, y - 4, 44, y - 4, "curve way l" + std::to_string(i));
            svg_.text(52, y, label(way_of(topology_.paths[i]), 100), "s");
            y += 18;
        }
    }

    static std::string tooltip_of(const TopologyNode& node) {
        std::string out = node.name + ", " + std::string(word_of(node.kind));
        for (const std::string& detail : node.details)
            out += ", " + detail;
        return out;
    }

    const Topology& topology_;
    std::map<std::string, Place> places_;
    std::map<std::string, std::size_t> label_counts_;
    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
    Svg svg_;
};

std::string table_of(const Topology& topology) {
    if (topology.nodes.empty()) return "";
    HtmlTable table("The nodes");
    table.head({"name", "kind", "details", "connected with"});
    for (const TopologyNode& node : nodes_of(topology)) {
        std::string details;
        for (const std::string& detail : node.details)
            details += (details.empty() ? "" : ", ") + detail;
        std::string neighbours;
        for (const TopologyLink& link : links_of(topology)) {
            if (link.from != node.id && link.to != node.id) continue;
            const std::string& other = link.from == node.id ? link.to : link.from;
            const TopologyNode* its = node_of(topology, other);
            if (its == nullptr) continue;
            neighbours += (neighbours.empty() ? "" : ", ") + its->name +
                          (link.label.empty() ? "" : " (" + link.label + ")");
        }
        table.row({node.name, std::string(word_of(node.kind)), details, neighbours});
    }
    return table.finish();
}

}  // namespace

Drawing draw(const Topology& topology) {
    Map map(topology);
    map.draw();
    Drawing out{.width = map.width(), .height = map.height()};
    out.least_width = std::min(out.width, std::max(360.0, out.width * 0.8));
    out.elements = map.elements();
    out.description = std::to_string(topology.nodes.size()) + " nodes.";
    for (std::size_t i = 0; i < std::min(topology.paths.size(), kMostPaths); ++i)
        out.description += " " + map.way_of(topology.paths[i]) + ".";
    if (topology.nodes.size() > kMostNodes) {
        out.description +=
            " " + std::to_string(topology.nodes.size() - kMostNodes) + " more are not drawn.";
    }
    out.table = table_of(topology);
    return out;
}

}  // namespace portolan::render
