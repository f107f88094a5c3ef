#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "reports/digest/alike.hpp"
#include "reports/digest/broken_files.hpp"
#include "reports/digest/causes.hpp"
#include "reports/digest/side_by_side.hpp"
#include "reports/model/report.hpp"

namespace portolan::digest {

/// Many runs as one report: how often each finding passed and failed, with which values, and from
/// which causes, with the advice for each; few runs also side by side. Takes one report at a time
/// and keeps of it what it counts: memory depends on how many different findings and values there
/// are, not on how many reports.
class Merger {
  public:
    void add(const std::string& name, const report::Report& report);
    /// What could not be read is counted, and named in the result.
    void add_broken(const std::string& name, const Error& error);

    std::size_t run_count() const { return run_count_; }
    std::size_t broken_count() const { return broken_.count(); }

    /// Without a single report: a report that says so. Tool and parameters are the caller's.
    report::Report finish() const;

  private:
    static constexpr std::size_t kOutcomeCount = 5;

    struct Tally {
        report::Finding sample;  ///< the worst seen: title, severity, references
        std::array<std::size_t, kOutcomeCount> outcomes = {};
        std::map<std::string, Alike> values = {};          ///< by essence
        std::map<std::string, Alike> failing_values = {};  ///< of those that fail
        std::size_t other_values_count = 0;  ///< of runs whose value was one too many to keep
        Causes causes = {};
        std::size_t run_count = 0;
        std::size_t last_run = 0;
    };
    /// Tool, id, transport.
    using Key = std::tuple<std::string, std::string, std::string>;

    void count(Tally& tally, const std::string& name, const report::Finding& finding) const;
    static std::string how_often(const Tally& tally);
    report::Finding summed_up(const Tally& tally) const;
    std::string headline() const;

    std::size_t run_count_ = 0;
    std::size_t incomplete_count_ = 0;
    std::size_t failing_run_count_ = 0;  ///< with a failure that is more than a note
    std::size_t lesser_run_count_ = 0;   ///< of those, with none that is high or breaks a MUST
    std::size_t noted_run_count_ = 0;    ///< with failures of severity info alone
    std::map<std::string, std::size_t> tools_;
    std::optional<report::Timestamp> first_;
    std::optional<report::Timestamp> last_;
    std::vector<Key> order_;
    std::map<Key, Tally> tallies_;
    SideBySide side_by_side_;
    std::vector<std::string> runs_;  ///< the first lines "NAME: HEADLINE"
    BrokenFiles broken_;
};

}  // namespace portolan::digest
