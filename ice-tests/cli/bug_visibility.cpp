#include "ice-tests/cli/bug_visibility.hpp"

#include <algorithm>
#include <string_view>

#include "ice-tests/cli/turn_command.hpp"
#include "ice-tests/conformance/report.hpp"
#include "reports/cli/exit_code.hpp"

namespace portolan::ice_test {
namespace {

using conformance::Check;
using conformance::CheckClass;

// From the word that makes the fewest failures count.
constexpr std::string_view kWords[] = {"must", "high", "should", "medium", "low", "info"};

bool counts(const report::Finding& failure, std::string_view words) {
    const auto fail_on = cli::FailOn::parse(words);
    return fail_on && fail_on->matches(failure);
}

/// Empty where the failure counts by default.
std::string_view word_for(const Check& check, std::string_view by_default) {
    report::Finding failure{
        .id = std::string(check.id),
        .title = std::string(check.title),
        .verdict = report::Verdict::fail(report::Reason("violates", "It does."))};
    failure.severity = conformance::severity_of(check);
    failure.requirement = conformance::requirement_of(check);
    if (counts(failure, by_default)) return {};
    const auto* word =
        std::ranges::find_if(kWords, [&](std::string_view each) { return counts(failure, each); });
    return word != std::end(kWords) ? *word : std::string_view();
}

}  // namespace

std::string options_to_see(const Check& check) {
    const cli::CommandSpec command = turn_spec();
    const auto class_option = std::ranges::find(command.options, "class", &cli::OptionSpec::name);
    std::string out;
    if (class_option->default_value != to_string(check.check_class)) {
        out += " --class " + std::string(to_string(check.check_class));
    }
    if (check.check_class == CheckClass::Intrusive) out += " --intrusive";
    const std::string_view word = word_for(check, command.default_fail_on);
    if (!word.empty()) out += " --fail-on " + std::string(word);
    return out;
}

std::string needs_to_see(const Check& check) {
    conformance::Target target{.endpoint = {},
                               .user = turn::Credentials{},
                               .second_user = {},
                               .shared_secret = {},
                               .path = {}};
    return missing_for(check, target).value_or(std::string());
}

}  // namespace portolan::ice_test
