#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ice-tests/conformance/check.hpp"
#include "ice-tests/conformance/target.hpp"
#include "ice-tests/turn/surroundings.hpp"
#include "ice-tests/turn/transcript.hpp"
#include "reports/model/result.hpp"

namespace portolan::conformance {

struct RunOptions {
    /// Checks that are under way at once, each on sockets of its own. Alone ones wait for the rest.
    std::size_t job_count = 24;
    /// A check that takes longer is undecided; one of the long class has the lifetimes of the
    /// target on top.
    transport::Duration check_limit = std::chrono::seconds(60);
    /// Each result as soon as there is one: what a run that is cut off is left with.
    std::function<void(const struct CheckResult&)> on_result = {};
};

struct CheckResult {
    const Check* check = nullptr;
    Judgement judgement;
    std::shared_ptr<turn::Transcript> transcript;
    transport::Time begun{};
    transport::Duration duration{0};
    /// How often it was judged again, each time from another port, because of a 437 or a relayed
    /// address of nowhere that may have been about what somebody else had left there.
    int repeat_count = 0;
};

/// Runs the checks side by side on the context. The results are in the order of the checks. The
/// target outlives the task.
turn::Task<std::vector<CheckResult>> run_checks(turn::Surroundings where, const Target& target,
                                                std::vector<const Check*> checks,
                                                RunOptions options);

/// Whether the check is about the target's transport at all.
bool is_about(const Check& check, const Target& target);

/// Why a check cannot be run against this target with what we were given: one sentence.
std::optional<std::string> missing_for(const Check& check, const Target& target);

}  // namespace portolan::conformance
