#include "ice-tests/cli/turn_command.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "ice-tests/cli/gate_options.hpp"
#include "ice-tests/cli/session.hpp"
#include "ice-tests/cli/turn_targets.hpp"
#include "ice-tests/conformance/report.hpp"
#include "ice-tests/scenarios/measure.hpp"
#include "reports/cli/catalogue.hpp"
#include "reports/model/usage_error.hpp"

namespace portolan::ice_test {
namespace {

using conformance::Check;
using conformance::CheckClass;
using conformance::Target;
using conformance::TargetRun;
using std::chrono::seconds;

struct LifetimeOption {
    const char* name;
    const char* help;
    seconds conformance::Lifetimes::*lifetime;
};

constexpr LifetimeOption kLifetimes[] = {
    {"allocation-lifetime", "how long an allocation lasts", &conformance::Lifetimes::allocation},
    {"permission-lifetime", "how long a permission lasts", &conformance::Lifetimes::permission},
    {"channel-lifetime", "how long a channel lasts", &conformance::Lifetimes::channel},
    {"nonce-lifetime", "how long a nonce is good", &conformance::Lifetimes::nonce},
    {"idle-timeout", "how long a connection that sends nothing is kept",
     &conformance::Lifetimes::idle},
};

std::vector<cli::OptionSpec> with_lifetimes(std::vector<cli::OptionSpec> own) {
    for (const LifetimeOption& row : kLifetimes) {
        const auto standard = (conformance::Lifetimes{}).*row.lifetime;
        own.push_back({.name = row.name,
                       .help = std::string("For checks of the long class: ") + row.help +
                               ", on a server that is configured otherwise.",
                       .kind = cli::Duration{std::chrono::seconds(1), std::chrono::hours(24)},
                       .default_value = std::to_string(standard.count()) + "s"});
    }
    return own;
}

conformance::Lifetimes lifetimes_from(const cli::Arguments& arguments) {
    conformance::Lifetimes out;
    for (const LifetimeOption& row : kLifetimes) {
        if (const auto given = arguments.duration(row.name)) {
            out.*row.lifetime = std::chrono::duration_cast<seconds>(*given);
        }
    }
    return out;
}

std::vector<std::string> profile_names() {
    std::vector<std::string> out;
    for (const auto& row : conformance::profile_table())
        out.emplace_back(row.name);
    return out;
}

std::string profile_help() {
    std::string out = "What the server is for.";
    for (const auto& row : conformance::profile_table())
        out += ' ' + std::string(row.name) + ": " + std::string(row.explanation);
    return out;
}

bool is_chosen(const Check& check, const cli::Arguments& arguments) {
    const auto classes = arguments.texts("class");
    if (std::ranges::find(classes, to_string(check.check_class)) == classes.end()) return false;
    const auto levels = arguments.texts("level");
    return levels.empty() || std::ranges::find(levels, to_string(check.level)) != levels.end();
}

Error not_allowed(const std::string& what) {
    return {.culprit = Culprit::Usage,
            .code = "intrusive",
            .message = what + ": --intrusive says that you may"};
}

struct Chosen {
    std::vector<const Check*> checks;
    std::vector<std::string> budget_ids;  ///< those that --only selects
    bool has_servers = false;             ///< --only selects what is found out in any case
};

// A check that is named is run, whatever its class: the classes are for those that are not.
Result<Chosen> choose(const cli::Arguments& arguments) {
    const auto table = conformance::check_table();
    std::vector<std::string> ids;
    for (const Check* check : table)
        ids.emplace_back(check->id);
    std::ranges::move(budget_ids("turn"), std::back_inserter(ids));
    const std::size_t first_of_servers = ids.size();
    std::ranges::move(server_ids(), std::back_inserter(ids));
    const auto named = arguments.texts("only");
    auto positions = cli::select_by_prefix(ids, named);
    if (!positions) return std::move(positions).error();
    Chosen chosen;
    std::vector<const Check*>& out = chosen.checks;
    bool is_any_held_back = false;
    for (const std::size_t position : *positions) {
        if (position >= first_of_servers) {
            chosen.has_servers |= !named.empty();
            continue;
        }
        if (position >= table.size()) {
            if (!named.empty()) chosen.budget_ids.push_back(ids[position]);
            continue;
        }
        const Check* check = table[position];
        const bool is_named = std::ranges::find(named, check->id) != named.end();
        if (!is_named && !is_chosen(*check, arguments)) continue;
        if (check->check_class == CheckClass::Intrusive && !arguments.has("intrusive")) {
            if (is_named) return not_allowed(std::string(check->id) + " loads the server");
            is_any_held_back = true;
            continue;
        }
        out.push_back(check);
    }
    if (out.empty() && chosen.budget_ids.empty() && !chosen.has_servers) {
        if (is_any_held_back) return not_allowed("what is selected loads the server");
        return Error{.culprit = Culprit::Usage,
                     .code = "selection",
                     .message = "no check is left of what --only, --class and --level select",
                     .hint = "ice-test turn --list shows all of them"};
    }
    return chosen;
}

Result<std::vector<IpAddress>> wanted_peers(const cli::Arguments& arguments) {
    std::vector<IpAddress> out;
    for (const std::string& text : arguments.texts("peer")) {
        const auto ip = IpAddress::parse(text);
        if (!ip) return usage_error("peer", '"' + text + "\" is not an IP address");
        out.push_back(*ip);
    }
    return out;
}

enum class Fate { Runs, LeftOut, Moot };

/// Whether the check is about what keeps everything else from being tried.
bool is_why(const Check& check, const conformance::Preflight& known) {
    if (known.unreachable && check.id == "tls/certificate") {
        return known.unreachable->code == "turn.tls-certificate";
    }
    if (known.unreachable && check.id == "rfc8489/10/alternate-server") {
        return known.unreachable->code.starts_with("turn.redirect-");
    }
    return !known.unreachable && known.no_allocation && check.id == "rfc8489/14.6/sha256" &&
           known.no_allocation->code == "turn.credentials" && known.offers_sha256;
}

Fate fate_of(const Target& target, const conformance::Preflight& known, const Check& check,
             std::string& why) {
    const bool is_cause = is_why(check, known);
    if (known.unreachable && !is_cause) return Fate::Moot;
    if (auto missing = missing_for(check, target)) {
        why = std::move(*missing);
        return Fate::LeftOut;
    }
    const bool needs_one = (check.needs & conformance::kCredentials) != 0;
    return known.no_allocation && needs_one && !is_cause ? Fate::Moot : Fate::Runs;
}

bool any_runs(const std::vector<Target>& targets, const std::vector<const Check*>& checks) {
    return std::ranges::any_of(targets, [&](const Target& target) {
        return std::ranges::any_of(checks,
                                   [&](const Check* check) { return is_about(*check, target); });
    });
}

/// False when it was interrupted; what is known by then is in the run.
bool test_target(cli::Context& context, Session& session, Target& target,
                 const std::vector<const Check*>& checks, TargetRun& run) {
    run.target = &target;
    run.preflight.transcript = std::make_shared<turn::Transcript>();
    auto first = conformance::preflight(session.where(), target);
    auto known = session.run(first);
    if (!known) {
        for (const Check* check : checks) {
            if (is_about(*check, target)) {
                run.left_out.push_back({check, "The run was interrupted."});
            }
        }
        run.preflight.unreachable = Error{.culprit = Culprit::Usage,
                                          .code = "interrupted",
                                          .message = "the run was interrupted before it was known"};
        return false;
    }
    run.preflight = std::move(*known);
    std::vector<const Check*> runnable;
    for (const Check* check : checks) {
        if (!is_about(*check, target)) continue;
        std::string why;
        switch (fate_of(target, run.preflight, *check, why)) {
            case Fate::Runs:
                runnable.push_back(check);
                break;
            case Fate::LeftOut:
                run.left_out.push_back({check, std::move(why)});
                break;
            case Fate::Moot:
                ++run.moot_count;
                break;
        }
    }
    conformance::RunOptions options;
    options.job_count = static_cast<std::size_t>(context.arguments.count("jobs").value_or(24));
    options.check_limit = std::chrono::minutes(2);
    options.on_result = [&](const conformance::CheckResult& result) {
        run.results.push_back(result);
        context.progress.show(target.uri + ": " + std::to_string(run.results.size()) + " of " +
                              std::to_string(runnable.size()) + " checks");
    };
    auto all = conformance::run_checks(session.where(), target, runnable, options);
    auto results = session.run(all);
    if (results) {
        // In the order of the checks, not in that of their ends.
        run.results = std::move(*results);
        return true;
    }
    for (const Check* check : runnable) {
        const bool is_done =
            std::ranges::find(run.results, check, &conformance::CheckResult::check) !=
            run.results.end();
        if (!is_done) run.left_out.push_back({check, "The run was interrupted."});
    }
    return false;
}

/// False when it was interrupted.
bool measure(Session& session, const gate::Budget& budget, const TargetRun& run,
             report::Report& report) {
    if (run.preflight.unreachable) return true;
    auto task = scenarios::measure_server(session.where(), *run.target, budget, unix_time());
    const auto figures = session.run(task);
    if (!figures) return false;
    const std::string transport(turn::to_string(run.target->endpoint.transport));
    add_budget(report, budget, "turn", *figures, run.id,
               transport + " to " + conformance::address_of(*run.target), {transport},
               conformance::declared_at(*run.target));
    return true;
}

}  // namespace

cli::CommandSpec turn_spec() {
    cli::CommandSpec spec{
        .name = "turn",
        .summary = "test TURN servers against the RFCs, and their deployment",
        .description =
            {"Runs a suite of checks against every turn: and turns: URI and every address of it: "
             "requirements of RFC 8656 and RFC 8489, and ways in which a server may be abused "
             "(--list). Each finding says what was sent, what a conformant server answers, and "
             "what came; with --verbose, octet by octet.",
             "A URI that stands in the iceServers file again, with other credentials, is tested "
             "with the first ones, and the others have to get an allocation too "
             "(server/other-users). The first other username is the second user that some checks "
             "need.",
             "By default it runs what takes a moment and talks to nobody but the server and "
             "sockets of its own. Peers are only asked for permission, never sent to. What loads "
             "a server needs --intrusive."},
        .options =
            {
                {.name = "profile",
                 .help = profile_help(),
                 .kind = cli::Choice{profile_names()},
                 .default_value = "rfc8656"},
                {.name = "only",
                 .help =
                     "Runs the checks whose ids begin so: rfc8656/7.2, security. budget selects "
                     "bounds of --budget, server alone asks for an allocation and no more.",
                 .kind = cli::Text{"ID"},
                 .repeatable = true},
                {.name = "class",
                 .help = "Runs the checks of this class: fast ones take a moment, wait seconds, "
                         "long minutes. A check that --only names in full is run in any case.",
                 .kind = cli::Choice{{"fast", "wait", "long", "intrusive"}},
                 .repeatable = true,
                 .default_value = "fast"},
                {.name = "level",
                 .help = "Runs the checks of this level only.",
                 .kind = cli::Choice{{"must", "should", "information"}},
                 .repeatable = true},
                {.name = "peer",
                 .help = "An address that the server has to relay to, for security/peer/nobody: it "
                         "is asked for permission, and nothing is sent there.",
                 .kind = cli::Text{"IP"},
                 .repeatable = true},
                {.name = "intrusive",
                 .help = "Also runs what loads the server or looks like an attack, where the class "
                         "says so. For servers of your own."},
                {.name = "jobs",
                 .help = "How many checks run side by side.",
                 .kind = cli::Count{1, 256},
                 .default_value = "24"},
            },
        .examples = {{"ice-test turn --ice-servers servers.json",
                      "The fast checks against every server of the file."},
                     {"ice-test turn --ice-servers servers.json --only security --fail-on high",
                      "Whether the deployment can be abused."},
                     {"ice-test turn --url turn:turn.example.org --turn-secret-file secret",
                      "With time-limited credentials made on the spot."}},
        .common = {.report = true, .catalogue = true, .seed = true},
        .catalogue =
            cli::joined({conformance::catalogue, [] { return gate::budget_catalogue("turn"); },
                         conformance::server_catalogue}),
        .default_fail_on = "must,high",
    };
    spec.options.insert(spec.options.begin(), oauth_key_option());
    spec.options = with_gate_options(with_target_options(with_lifetimes(std::move(spec.options))));
    return spec;
}

Result<cli::ExitCode> turn_command(cli::Context& context) {
    const cli::Arguments& arguments = context.arguments;
    auto chosen = choose(arguments);
    if (!chosen) return std::move(chosen).error();
    const std::vector<const Check*>& checks = chosen->checks;
    auto gate = read_gate(arguments);
    if (!gate) return std::move(gate).error();
    if (auto narrowed = narrow_budget("turn", chosen->budget_ids, *gate); !narrowed) {
        return narrowed.error();
    }
    const auto peers = wanted_peers(arguments);
    if (!peers) return peers.error();
    const auto profile = conformance::parse_profile(arguments.text("profile"))
                             .value_or(conformance::Profile::Rfc8656);
    const std::uint64_t seed = arguments.seed() ? *arguments.seed() : transport::random_seed();
    Session session(seed);
    context.progress.show("resolving names");
    auto targets = targets_from(context, session);
    if (!targets) return std::move(targets).error();
    if (auto taken = take_oauth_key(context, *targets); !taken) return std::move(taken).error();
    if (!checks.empty() && !any_runs(*targets, checks)) {
        return Error{.culprit = Culprit::Usage,
                     .code = "selection",
                     .message = "none of the checks selected is about the servers' transports",
                     .hint = "ice-test turn --list shows which check is about which transport"};
    }
    report::Report report = begin_report(context, seed);
    const transport::Time begun = session.where().now();
    bool is_whole = true;
    for (std::size_t i = 0; i < targets->size() && is_whole; ++i) {
        Target& target = (*targets)[i];
        target.lifetimes = lifetimes_from(arguments);
        target.demands_rfc8489 = profile == conformance::Profile::Rfc8489Auth;
        target.has_public_peers = profile == conformance::Profile::WebrtcPublic;
        target.wanted_peers = *peers;
        report.subject["servers"].push_back(target.uri);
        TargetRun run;
        run.id = run_id(i, target);
        is_whole = test_target(context, session, target, checks, run);
        conformance::add_to(report, run, profile);
        if (is_whole && gate->budget) is_whole = measure(session, *gate->budget, run, report);
    }
    report.duration = session.where().now() - begun;
    report.complete = is_whole;
    if (!is_whole) report.cut_off = report::Reason("interrupted", "The run was interrupted.");
    return finish(context, *gate, std::move(report), "check");
}

}  // namespace portolan::ice_test
