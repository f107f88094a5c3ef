#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "reports/model/figure.hpp"
#include "reports/model/report.hpp"

namespace portolan::digest {

/// Few runs of one tool next to each other: a row for each finding, a column for each run, or for
/// each server of a run that was about servers (data.address). Of more runs than can be looked at
/// it remembers nothing.
class SideBySide {
  public:
    static constexpr std::size_t kMostColumns = 12;

    void add(const std::string& name, const report::Report& report);
    /// Of the runs of that tool; nothing when there is only one column, or there were too many.
    [[nodiscard]] std::optional<report::Figure> figure(const std::string& tool) const;

  private:
    /// A run and the host that it tested, if its findings name one.
    using Column = std::pair<std::string, std::string>;
    /// Id and transport.
    using RowKey = std::pair<std::string, std::string>;

    struct Cell {
        report::Outcome outcome = report::Outcome::NotTested;
        bool is_severe = false;
        std::string note;
    };
    struct Row {
        std::string title;
        std::string group;
        std::map<std::size_t, Cell> cells;  ///< by column
    };
    struct Table {
        std::vector<Column> columns;
        std::vector<RowKey> order;
        std::map<RowKey, Row> rows;
        bool is_too_wide = false;
    };

    [[nodiscard]] static std::vector<std::string> labels_of(const Table& table);

    std::map<std::string, Table> tables_;  ///< by tool
};

}  // namespace portolan::digest
