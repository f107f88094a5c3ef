#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "reports/digest/alike.hpp"
#include "reports/digest/broken_files.hpp"
#include "reports/model/report.hpp"

namespace portolan::digest {

/// Runs of one machine or server over time, as a report: since when each finding is as it is, and
/// what it was before. Servers are known by their URLs, in whatever order they stand. Figures have
/// a trend where all of the last third of the runs lie beyond all of the first, of kFewestSamples
/// runs each at least, and their medians beyond kNoiseFactor. A run that could not tell changes
/// nothing. Reports may come in any order; of each, a few bytes a finding are kept.
class History {
  public:
    void add(const std::string& name, const report::Report& report);

    /// What could not be read is counted, and named in the result.
    void add_broken(const std::string& name, const Error& error) { broken_.add(name, error); }

    std::size_t run_count() const { return runs_.size(); }

    /// A finding that fails in the last run and did not in the first that tells is a failure that
    /// is worse; one of which nothing was known before is one that is not (kFailsNow). One that has
    /// changed otherwise, or a figure that has grown or fallen, is a change (report::is_change).
    /// Tool and parameters are the caller's.
    report::Report finish() const;

  private:
    struct Run {
        report::Timestamp at;
        std::string name;
    };
    struct Point {
        std::uint32_t run = 0;
        report::Outcome outcome{};
        std::uint32_t value = 0;  ///< into values_
        bool is_open = false;     ///< the run could not tell
    };
    struct Track {
        report::Finding sample;  ///< of the run that came last so far
        report::Timestamp sampled_at;
        std::vector<Point> points;
    };
    struct Place {
        std::string id;     ///< of the section where it came first
        std::string title;  ///< of a server's section; otherwise its id
    };
    /// Tool, key of the section (section_keys), transport, id, turn.
    using Key = std::tuple<std::string, std::string, std::string, std::string, std::size_t>;

    std::uint32_t value_number(const std::string& value);
    std::vector<Point> in_order(const Track& track) const;
    /// Without the runs that could not tell, unless none could.
    static std::vector<Point> telling(std::vector<Point> points);
    std::string state_of(const Point& point) const;
    std::string day_of(const Point& point) const;
    std::optional<std::string> trend_of(const std::vector<Point>& points) const;
    std::string runs_with(const Key& key, const std::vector<Point>& points) const;
    std::string persistence_of(const Key& key, const std::vector<Point>& points) const;
    /// Of what neither passes nor fails, and has not changed: in which way.
    static std::string openness_of(const Track& track, const std::vector<Point>& points,
                                   const std::string& runs);
    report::Finding told(const Key& key, const Track& track) const;

    std::vector<Run> runs_;
    std::vector<std::string> values_{""};  ///< figures as they are, of others the essence
    std::vector<Alike> shown_{1};          ///< of each of these, what was read
    std::map<std::string, std::uint32_t> value_numbers_{{"", 0}};
    std::vector<Key> order_;
    std::map<Key, Track> tracks_;
    std::map<std::pair<std::string, std::string>, Place> places_;  ///< by tool and section
    std::map<std::string, std::vector<std::uint32_t>> runs_of_tool_;
    BrokenFiles broken_;
};

}  // namespace portolan::digest
