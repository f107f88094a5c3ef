#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "reports/digest/alike.hpp"
#include "reports/model/finding.hpp"

namespace portolan::digest {

/// Why one finding fails in many runs: what has the same reason code, the same advice and the same
/// sentence but for its addresses, names and figures is one cause. Of each the first runs are
/// named; memory does not depend on how many there are.
class Causes {
  public:
    static constexpr std::size_t kMostCauses = 8;
    static constexpr std::size_t kMostNames = 5;

    /// A failure in a run. Those of one run come one after the other.
    void add(std::size_t run, const std::string& name, const report::Finding& failure);

    [[nodiscard]] std::size_t run_count() const { return all_.run_count; }
    /// "nothing listens there, in a.json and b.json; ...", the most frequent first.
    [[nodiscard]] std::string words() const;
    /// Every line once, with the runs that it is for.
    [[nodiscard]] std::vector<std::string> advice() const;
    /// [{"code", "count", "run_count", "sentence"}]
    [[nodiscard]] report::Json data() const;

  private:
    struct Runs {
        std::size_t count = 0;
        std::size_t run_count = 0;
        std::size_t last_run = 0;
        std::vector<std::string> names = {};  ///< the first of them

        void add(std::size_t run, const std::string& name);
        [[nodiscard]] std::string words() const;
    };
    struct Cause {
        std::string code;
        std::string wording;
        std::vector<std::string> advice;
        Alike sentences = {};
        Runs runs = {};
    };

    [[nodiscard]] std::vector<const Cause*> by_frequency() const;

    Runs all_;
    std::vector<Cause> causes_;
    std::size_t other_count_ = 0;  ///< failures whose cause was one too many to keep
    std::vector<std::pair<std::string, Runs>> advice_;
};

}  // namespace portolan::digest
