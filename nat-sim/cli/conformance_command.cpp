#include "nat-sim/cli/conformance_command.hpp"

#include <chrono>
#include <utility>

#include "nat-sim/behavior/presets/preset.hpp"
#include "nat-sim/cli/interruption.hpp"
#include "nat-sim/conformance/conformance.hpp"
#include "nat-sim/network/world.hpp"
#include "reports/cli/catalogue.hpp"

namespace portolan::nat_sim {
namespace {

using nat::conformance::BoxResult;
using nat::conformance::Check;
using nat::conformance::check_table;
using std::chrono::duration_cast;
using std::chrono::microseconds;

/// What --select chooses.
Result<std::vector<const Check*>> selected(const cli::Arguments& arguments) {
    std::vector<std::string> ids;
    for (const Check& check : check_table())
        ids.emplace_back(check.id);
    const auto positions = cli::select_by_prefix(ids, arguments.texts("select"));
    if (!positions) return positions.error();
    std::vector<const Check*> out;
    for (const std::size_t position : *positions)
        out.push_back(&check_table()[position]);
    return out;
}

BoxResult judge(const nat::Preset& box, const std::vector<const Check*>& checks, std::uint64_t seed,
                cli::Context& context) {
    nat::conformance::Subject subject;
    subject.name = box.name;
    subject.parameters = box.parameters;
    subject.carrier_grade = box.carrier_grade;
    subject.seed = seed;
    BoxResult out;
    out.name = box.name;
    out.expected.declared = box.declares_violations;
    for (const auto& violation : box.violates)
        out.expected.violations.emplace(violation.check_id, violation.why);
    for (const Check* check : checks) {
        if (Interruption::has_come()) break;
        context.progress.show(box.name + ": " + std::string(check->id));
        out.results.push_back(run_check(*check, subject));
    }
    context.progress.clear();
    return out;
}

}  // namespace

cli::CommandSpec conformance_spec() {
    cli::CommandSpec command;
    command.name = "conformance";
    command.summary = "check a simulated NAT against the NAT RFCs";
    command.description = {
        "Runs the requirements of RFC 4787, RFC 5382, RFC 5508, RFC 6888, RFC 7857 and RFC 6146 "
        "as checks against one NAT, in virtual time: packets go in, and what comes out is judged. "
        "--verbose shows them all.",
        "A requirement is met, violated, or does not apply. What a preset violates because it is "
        "what it is, its file says (\"violates\"); where the file and the result differ, the "
        "preset is wrong, which counts as a failure too. The boxes of a chain are checked one by "
        "one.",
        "--fail-on decides which violations make the exit code 1."};
    command.options = {{.name = "select",
                        .help = "Runs the checks whose ids begin so: rfc4787, rfc5382/req-5.",
                        .kind = cli::Text{"PREFIX"},
                        .repeatable = true}};
    command.positionals = {
        {.name = "PRESET", .help = "A name from nat-sim presets, or a file: ./my-nat.json."}};
    command.examples = {{"nat-sim conformance home-generic", "All checks."},
                        {"nat-sim conformance linux-masq --select rfc4787/req-11 --verbose",
                         "Three checks, with every packet."},
                        {"nat-sim conformance --explain rfc4787/req-9a", "What a check does."}};
    command.common = {.report = true, .catalogue = true, .seed = true, .without_seed = "it is 1"};
    command.catalogue = nat::conformance::catalogue;
    command.default_fail_on = "must";
    return command;
}

Result<cli::ExitCode> conformance(cli::Context& context) {
    const cli::Arguments& arguments = context.arguments;
    const auto preset = nat::load_preset(arguments.positionals().front());
    if (!preset) return preset.error();
    const auto boxes = nat::boxes_of(*preset);
    if (!boxes) return boxes.error();
    const auto checks = selected(arguments);
    if (!checks) return checks.error();

    const std::uint64_t seed = arguments.seed().value_or(1);
    report::Report report;
    report.tool = {context.tool.name, context.tool.version};
    report.started_at = report::Timestamp(duration_cast<microseconds>(sim::kDefaultEpoch));
    report.simulated_time = true;
    const Interruption interruption;
    std::vector<BoxResult> results;
    std::size_t done_count = 0;
    for (const nat::Preset& box : *boxes) {
        BoxResult result = judge(box, *checks, seed, context);
        if (result.results.empty()) break;  // interrupted before its first
        results.push_back(std::move(result));
        done_count += results.back().results.size();
        // What the file expects of checks that were not made is no surprise.
        if (results.back().results.size() < checks->size())
            results.back().expected.declared = false;
    }
    for (const BoxResult& box : results) {
        for (const auto& result : box.results)
            report.duration += result.simulated;
    }
    report.subject = {{"preset", preset->name}, {"summary", preset->summary}};
    report.parameters = arguments.parameters();
    report.parameters["seed"] = seed;
    nat::conformance::fill_report(report, results, boxes->size() > 1);
    const std::size_t wanted_count = checks->size() * boxes->size();
    report.complete = done_count == wanted_count;
    if (!report.complete) {
        const std::string when = "after " + std::to_string(done_count) + " of " +
                                 std::to_string(wanted_count) + " checks";
        report.cut_off = report::Reason{"interrupted", "Interrupted " + when + "."};
        const std::string so_far = report.headline.empty() ? "." : "; so far: " + report.headline;
        report.headline = "Interrupted " + when + so_far;
        context.warn(Interruption::name() + " came " + when + " of " + preset->name +
                     "; the report is of these");
    }
    return context.publish(std::move(report));
}

}  // namespace portolan::nat_sim
