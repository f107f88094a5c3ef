#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/model/result.hpp"
#include "sdp-lint/rules/finding.hpp"
#include "sdp-lint/rules/reporter.hpp"
#include "sdp-lint/sdp/description.hpp"

namespace portolan::lint {

struct Rule;

struct LintOptions {
    Profile profile = Profile::WebRtc;
    /// Codes, names, or prefixes of codes ("IC"). Empty: all. Those that the profile has off are
    /// switched on, as errors if no profile has more to say, when selected by their whole code.
    std::vector<std::string> select = {};
    std::vector<std::string> ignore = {};
    /// Other severities for codes or names: {"IC034", Severity::Off}. They win over the profile.
    std::vector<std::pair<std::string, Severity>> severities = {};
    /// What these browsers reject is an error, whatever the profile says of it.
    std::vector<Browser> targets = {};
};

/// All rules under one choice of options. Immutable, so that threads may share it.
class Linter {
  public:
    /// Usage error "lint.unknown-code" for a selector that selects nothing.
    static Result<Linter> create(const LintOptions& options);
    /// Everything that the profile has.
    explicit Linter(Profile profile = Profile::WebRtc);

    const SeverityTable& severities() const { return severities_; }
    const std::vector<Browser>& targets() const { return targets_; }
    Profile profile() const { return profile_; }

    /// Each description by itself. Findings are in order of place, then code.
    std::vector<Finding> lint(const sdp::Description& description,
                              std::uint32_t max_per_code = kMaxFindingsPerCode) const;
    /// What two sides set, in order: offer, answer, offer ... Each by itself, then offers with
    /// their answers, then, from three on, as a sequence. An offer that is not followed by an
    /// answer, and an answer without its offer, take no part in the latter two.
    std::vector<Finding> lint_session(std::span<const sdp::Description* const> descriptions,
                                      std::uint32_t max_per_code = kMaxFindingsPerCode) const;
    /// The munged one by itself, then what was changed.
    std::vector<Finding> lint_munging(const sdp::Description& created,
                                      const sdp::Description& munged) const;

  private:
    void choose_rules();
    void run_blob_rules(const sdp::Description& description, Reporter& reporter) const;
    std::vector<Finding> finish(Reporter& reporter,
                                std::span<const sdp::Description* const> descriptions) const;

    SeverityTable severities_{};
    Profile profile_;
    std::vector<Browser> targets_;
    std::vector<bool> only_for_targets_;       ///< by code; empty without targets
    std::vector<const Rule*> blob_rules_;      ///< those with a code that is wanted
    std::vector<const Rule*> fragment_rules_;  ///< of these, those for trickled candidates
};

}  // namespace portolan::lint
