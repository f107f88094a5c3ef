#pragma once

#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sdp-lint/rules/finding.hpp"
#include "sdp-lint/sdp/description.hpp"

namespace portolan::lint {

/// The severity of each code in one run: the profile's, or Off when it is not selected.
using SeverityTable = std::array<Severity, kCodeCount>;

/// An edit that is still made of views; see edits.hpp for the usual ones.
struct ViewEdit {
    std::string_view where;  ///< in one of the descriptions; empty to insert
    std::string replacement;
};

/// A finding in the making. Without a finding (the code is off) it does nothing.
class Draft {
  public:
    /// Where else to look. `where` is a view into one of the descriptions.
    Draft& related(std::string_view where, std::string_view label);
    /// For rules whose row has fix safe or unsafe. `title` is an imperative: "write s=-".
    Draft& fix(std::string_view title, std::vector<ViewEdit> edits);
    Draft& fix(std::string_view title, ViewEdit edit);

  private:
    friend class Reporter;
    Draft(class Reporter& reporter, Finding* finding) : reporter_(&reporter), finding_(finding) {}

    class Reporter* reporter_;
    Finding* finding_;  ///< valid until the next report()
};

/// Of each code so many findings are kept: a megabyte of garbage must not become a gigabyte of
/// findings. The last one kept says how many more there are.
inline constexpr std::uint32_t kMaxFindingsPerCode = 1000;

/// What a rule says what it found to. Views given to it must lie in one of the descriptions.
class Reporter {
  public:
    Reporter(const SeverityTable& severities, Profile profile,
             std::span<const sdp::Description* const> descriptions,
             std::uint32_t max_per_code = kMaxFindingsPerCode)
        : severities_(severities),
          profile_(profile),
          descriptions_(descriptions),
          max_per_code_(max_per_code) {}

    Profile profile() const { return profile_; }
    /// False: whatever is reported under this code will be dropped. To save work, not needed.
    bool wants(Code code) const {
        return severities_[static_cast<std::size_t>(code)] != Severity::Off;
    }

    /// `where` is what the caret goes under: the token that is wrong, not the whole line; an empty
    /// view where a token is missing; Description::head_of() when a line is missing in a section.
    /// Use the draft before the next report(). Cold: what leads to it is kept apart from the code
    /// that finds nothing, which is nearly all that runs.
    [[gnu::cold]] Draft report(Code code, std::string_view where, std::string message);

    std::vector<Finding> take();

  private:
    friend class Draft;
    Place place_of(std::string_view view) const;

    const SeverityTable& severities_;
    Profile profile_;
    std::span<const sdp::Description* const> descriptions_;
    std::uint32_t max_per_code_;
    std::vector<Finding> findings_;
    std::array<std::uint32_t, kCodeCount> counts_{};
};

}  // namespace portolan::lint
