#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/report.hpp"
#include "reports/model/result.hpp"

namespace portolan::digest {

/// Of what there can be any number of; the rest is counted.
inline constexpr std::size_t kMostLines = 200;

/// Files that were no reports: all counted, the first named.
class BrokenFiles {
  public:
    void add(const std::string& name, const Error& error);

    [[nodiscard]] std::size_t count() const { return count_; }

    /// Adds to the headline, and an inconclusive finding "<tool word>/readable" that decides, with
    /// its evidence. Nothing where there are none.
    void tell(report::Report& report, std::string_view word) const;

  private:
    std::size_t count_ = 0;
    std::vector<std::string> lines_;  ///< "NAME: what is wrong"
};

}  // namespace portolan::digest
