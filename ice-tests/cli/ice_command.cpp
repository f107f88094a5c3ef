#include "ice-tests/cli/ice_command.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ice-tests/cli/gate_options.hpp"
#include "ice-tests/cli/session.hpp"
#include "ice-tests/cli/turn_targets.hpp"
#include "ice-tests/conformance/report.hpp"
#include "ice-tests/scenarios/diagnosis.hpp"
#include "ice-tests/scenarios/measure.hpp"
#include "ice-tests/scenarios/report.hpp"
#include "ice-tests/turn/client.hpp"
#include "reports/cli/catalogue.hpp"

namespace portolan::ice_test {
namespace {

using conformance::CheckClass;
using conformance::Target;
using scenarios::Scenario;
using scenarios::ScenarioResult;
using scenarios::ServerRun;
using turn::Task;

constexpr std::string_view kInterrupted = "The run was interrupted.";
constexpr std::string_view kNoIpv4Relays =
    "The server has IPv6 relays alone, and libnice 0.1.21 cannot ask for them.";

struct Chosen {
    std::vector<const Scenario*> scenarios;
    std::vector<std::string> budget_ids;  ///< those that --only selects
    bool has_servers = false;             ///< --only selects what is found out in any case
};

Result<Chosen> choose(const cli::Arguments& arguments) {
    const auto table = scenarios::scenario_table();
    std::vector<std::string> ids;
    for (const Scenario* scenario : table)
        ids.emplace_back(scenario->id);
    std::ranges::move(budget_ids("ice"), std::back_inserter(ids));
    const std::size_t first_of_servers = ids.size();
    std::ranges::move(server_ids(), std::back_inserter(ids));
    const auto named = arguments.texts("only");
    auto positions = cli::select_by_prefix(ids, named);
    if (!positions) return std::move(positions).error();
    const auto classes = arguments.texts("class");
    Chosen chosen;
    std::vector<const Scenario*>& out = chosen.scenarios;
    for (const std::size_t position : *positions) {
        if (position >= first_of_servers) {
            chosen.has_servers |= !named.empty();
            continue;
        }
        if (position >= table.size()) {
            if (!named.empty()) chosen.budget_ids.push_back(ids[position]);
            continue;
        }
        const Scenario* scenario = table[position];
        // One that is named is run, whatever its class.
        const bool is_wanted =
            std::ranges::find(named, scenario->id) != named.end() ||
            std::ranges::find(classes, to_string(scenario->check_class)) != classes.end();
        if (is_wanted) out.push_back(scenario);
    }
    // A bound is about what a scenario measures.
    for (const std::string& id : chosen.budget_ids) {
        const std::string_view measuring = scenarios::scenario_of(id);
        const auto row = std::ranges::find(table, measuring, &Scenario::id);
        if (row != table.end() && std::ranges::find(out, *row) == out.end()) out.push_back(*row);
    }
    if (out.empty() && chosen.budget_ids.empty() && !chosen.has_servers) {
        return Error{.culprit = Culprit::Usage,
                     .code = "selection",
                     .message = "no scenario is left of what --only and --class select",
                     .hint = "ice-test ice --list shows all of them"};
    }
    return chosen;
}

/// One scenario with one server.
struct Job {
    ServerRun* run = nullptr;
    const Scenario* scenario = nullptr;
    const Target* server = nullptr;
    const Target* second = nullptr;
    bool is_done = false;
};

/// Everything of one invocation: what an interrupted one is left with too.
struct Plan {
    std::vector<Target> targets;
    std::vector<ServerRun> runs;  ///< one for each target; then one without a server, if needed
    std::vector<Job> jobs;
};

const Target* second_for(const Plan& plan, std::size_t index) {
    for (std::size_t step = 1; step < plan.targets.size(); ++step) {
        const std::size_t other = (index + step) % plan.targets.size();
        const Target& target = plan.targets[other];
        const conformance::Preflight& known = plan.runs[other].preflight;
        if (target.endpoint.server != plan.targets[index].endpoint.server &&
            target.endpoint.server.family() == plan.targets[index].endpoint.server.family() &&
            !known.unreachable && !known.no_allocation && !target.has_ipv6_relays_only) {
            return &target;
        }
    }
    return nullptr;
}

void plan_jobs(Plan& plan, const std::vector<const Scenario*>& chosen) {
    for (std::size_t i = 0; i < plan.targets.size(); ++i) {
        ServerRun& run = plan.runs[i];
        const bool is_moot = run.preflight.unreachable || run.preflight.no_allocation;
        for (const Scenario* scenario : chosen) {
            if (!scenario->needs_server) continue;
            if (is_moot) {
                ++run.moot_count;
                continue;
            }
            if (plan.targets[i].has_ipv6_relays_only) {
                run.left_out.push_back({scenario, std::string(kNoIpv4Relays)});
                continue;
            }
            Job job{.run = &run, .scenario = scenario, .server = &plan.targets[i]};
            if (scenario->needs_second_server) {
                job.second = second_for(plan, i);
                if (job.second == nullptr) {
                    run.left_out.push_back(
                        {scenario,
                         "It needs a second server that works, at another address of "
                         "the same family."});
                    continue;
                }
            }
            plan.jobs.push_back(job);
        }
    }
    for (const Scenario* scenario : chosen) {
        if (scenario->needs_server) continue;
        if (plan.runs.size() == plan.targets.size()) plan.runs.push_back({.id = "local"});
        // The addresses of the first server's family.
        plan.jobs.push_back(
            {.run = &plan.runs.back(), .scenario = scenario, .server = &plan.targets.front()});
    }
}

Task<bool> preflights(turn::Surroundings where, Plan& plan) {
    std::vector<Task<conformance::Preflight>> all;
    for (Target& target : plan.targets)
        all.push_back(conformance::preflight(where, target));
    auto known = co_await turn::all(where, std::move(all));
    for (std::size_t i = 0; i < known.size(); ++i)
        plan.runs[i].preflight = std::move(known[i]);
    co_return true;
}

Task<bool> run_job(turn::Surroundings where, Job& job, scenarios::ScenarioOptions options) {
    ScenarioResult result =
        co_await scenarios::run_scenario(where, *job.scenario, *job.server, job.second, options);
    job.run->results.push_back(std::move(result));
    job.is_done = true;
    co_return true;
}

// How libnice fails without a peer that it may send to is seen at once.
constexpr transport::Duration kWithoutPeer = std::chrono::milliseconds(500);

/// Which jobs have no way to succeed: our own client learns that in a few round trips, and an agent
/// only by waiting.
Task<std::set<const Job*>> forbidden_jobs(turn::Surroundings where, const Plan& plan) {
    std::map<std::pair<const Target*, const Target*>, bool> known;
    std::set<const Job*> out;
    for (const Job& job : plan.jobs) {
        if (!job.scenario->needs_server || !job.scenario->is_between_relays) continue;
        const Target* second = job.second != nullptr ? job.second : job.server;
        const auto [entry, is_new] = known.try_emplace({job.server, second}, false);
        if (is_new) entry->second = co_await scenarios::forbids_relays(where, *job.server, *second);
        if (entry->second) out.insert(&job);
    }
    co_return out;
}

scenarios::ScenarioOptions options_for(const Job& job, const std::set<const Job*>& forbidden,
                                       scenarios::ScenarioOptions options) {
    if (forbidden.contains(&job)) {
        options.connect_limit =
            std::max<transport::Duration>(kWithoutPeer, 8 * job.server->path->round_trip());
    }
    return options;
}

/// The fast ones one after another, because their times are measured; then those that wait, side by
/// side.
Task<bool> run_jobs(turn::Surroundings where, Plan& plan, scenarios::ScenarioOptions options,
                    std::function<void(const Job&)> on_start) {
    const std::set<const Job*> forbidden = co_await forbidden_jobs(where, plan);
    for (Job& job : plan.jobs) {
        if (job.scenario->check_class != CheckClass::Fast) continue;
        on_start(job);
        const bool done = co_await run_job(where, job, options_for(job, forbidden, options));
        (void)done;
    }
    std::vector<Task<bool>> waiting;
    for (Job& job : plan.jobs) {
        if (job.scenario->check_class == CheckClass::Fast) continue;
        on_start(job);
        waiting.push_back(run_job(where, job, options_for(job, forbidden, options)));
    }
    if (!waiting.empty()) {
        const auto all = co_await turn::all(where, std::move(waiting));
        (void)all;
    }
    co_return true;
}

void tidy(Plan& plan) {
    for (const Job& job : plan.jobs) {
        if (!job.is_done) job.run->left_out.push_back({job.scenario, std::string(kInterrupted)});
    }
    const auto table = scenarios::scenario_table();
    const auto place = [&table](const Scenario* scenario) {
        return std::ranges::find(table, scenario) - table.begin();
    };
    for (ServerRun& run : plan.runs) {
        std::ranges::sort(run.results, {},
                          [&](const ScenarioResult& result) { return place(result.scenario); });
    }
}

/// False when it was interrupted.
bool carry_out(cli::Context& context, Session& session, Plan& plan,
               const std::vector<const Scenario*>& chosen) {
    context.progress.show("talking to the servers");
    auto first = preflights(session.where(), plan);
    if (!session.run(first)) {
        for (ServerRun& run : plan.runs) {
            run.preflight.transcript = std::make_shared<turn::Transcript>();
            run.preflight.unreachable =
                Error{.culprit = Culprit::Usage,
                      .code = "interrupted",
                      .message = "the run was interrupted before it was known"};
        }
        return false;
    }
    plan_jobs(plan, chosen);
    scenarios::ScenarioOptions options;
    options.hold = context.arguments.duration("hold").value_or(options.hold);
    options.media = context.arguments.duration("media").value_or(options.media);
    auto all = run_jobs(session.where(), plan, options, [&](const Job& job) {
        context.progress.show((job.run->server != nullptr ? job.run->server->uri + ": " : "") +
                              std::string(job.scenario->id));
    });
    const bool is_whole = session.run(all).has_value();
    tidy(plan);
    return is_whole;
}

/// False when it was interrupted.
bool measure(Session& session, const gate::Budget& budget, const ServerRun& run,
             report::Report& report) {
    if (run.server == nullptr || run.preflight.unreachable || run.preflight.no_allocation) {
        return true;
    }
    auto task = scenarios::measure_calls(session.where(), *run.server, budget, run.results);
    const auto figures = session.run(task);
    if (!figures) return false;
    const std::string transport(turn::to_string(run.server->endpoint.transport));
    add_budget(report, budget, "ice", *figures, run.id,
               transport + " to " + conformance::address_of(*run.server), {transport},
               conformance::declared_at(*run.server));
    return true;
}

}  // namespace

cli::CommandSpec ice_spec() {
    cli::CommandSpec spec{
        .name = "ice",
        .summary = "make calls between two ICE agents through TURN servers",
        .description =
            {"Runs two libnice agents in this process through every turn: and turns: URI and every "
             "address of it, and judges whether they are connected, by which candidates, how fast, "
             "and what the connection carries. TURN over TLS and DTLS goes through a local bridge "
             "that verifies the certificate, because libnice has none of it.",
             "Where a call does not succeed, our own TURN client does the same steps and names the "
             "one that fails: the error code and the peer, the request without an answer, the TLS "
             "alert."},
        .options =
            {
                {.name = "only",
                 .help = "Runs the scenarios whose ids begin so: ice/relay-to-relay. budget "
                         "selects bounds of --budget, server alone asks for an allocation and no "
                         "more.",
                 .kind = cli::Text{"ID"},
                 .repeatable = true},
                {.name = "class",
                 .help = "Runs the scenarios of this class: fast ones take a moment, wait seconds, "
                         "long minutes. One that --only names in full is run in any case.",
                 .kind = cli::Choice{{"fast", "wait", "long"}},
                 .repeatable = true,
                 .default_value = "fast"},
                {.name = "hold",
                 .help = "How long ice/hold holds its call.",
                 .kind = cli::Duration{.min = std::chrono::seconds(1)},
                 .default_value = "10min"},
                {.name = "media",
                 .help = "How long ice/media speaks.",
                 .kind =
                     cli::Duration{.min = std::chrono::seconds(1), .max = std::chrono::hours(1)},
                 .default_value = "3s"},
            },
        .examples = {{"ice-test ice --ice-servers servers.json",
                      "The fast scenarios through every server of the file."},
                     {"ice-test ice --ice-servers servers.json --class fast --class wait",
                      "Also audio over the relay, and what happens when it goes silent."},
                     {"ice-test ice --ice-servers servers.json --only ice/hold",
                      "A call of ten minutes."}},
        .common = {.report = true, .catalogue = true, .seed = true},
        .catalogue =
            cli::joined({scenarios::catalogue, [] { return gate::budget_catalogue("ice"); },
                         conformance::server_catalogue}),
        .default_fail_on = "must,high",
    };
    spec.options = with_gate_options(with_target_options(std::move(spec.options)));
    return spec;
}

Result<cli::ExitCode> ice_command(cli::Context& context) {
    const cli::Arguments& arguments = context.arguments;
    auto chosen = choose(arguments);
    if (!chosen) return std::move(chosen).error();
    auto gate = read_gate(arguments);
    if (!gate) return std::move(gate).error();
    if (auto narrowed = narrow_budget("ice", chosen->budget_ids, *gate); !narrowed) {
        return narrowed.error();
    }
    const std::uint64_t seed = arguments.seed() ? *arguments.seed() : transport::random_seed();
    Session session(seed);
    context.progress.show("resolving names");
    auto targets = targets_from(context, session);
    if (!targets) return std::move(targets).error();
    for (const Target& target : *targets) {
        if (!target.user || !target.user->grant) continue;
        return Error{.culprit = Culprit::Usage,
                     .code = "servers.oauth",
                     .message = "libnice 0.1.21 knows no access tokens, which " + target.uri +
                                " is to be used with",
                     .hint =
                         "ice-test ice needs a username and a password; ice-test turn takes "
                         "tokens"};
    }
    Plan plan{.targets = std::move(*targets), .runs = {}, .jobs = {}};
    // Jobs point into it.
    plan.runs.reserve(plan.targets.size() + 1);
    report::Report report = begin_report(context, seed);
    for (std::size_t i = 0; i < plan.targets.size(); ++i) {
        const Target& target = plan.targets[i];
        report.subject["servers"].push_back(target.uri);
        plan.runs.push_back({.id = run_id(i, target), .server = &target});
    }
    const transport::Time begun = session.where().now();
    bool is_whole = carry_out(context, session, plan, chosen->scenarios);
    for (const ServerRun& run : plan.runs) {
        scenarios::add_to(report, run);
        if (is_whole && gate->budget) is_whole = measure(session, *gate->budget, run, report);
    }
    report.duration = session.where().now() - begun;
    report.complete = is_whole;
    if (!is_whole) report.cut_off = report::Reason("interrupted", std::string(kInterrupted));
    return finish(context, *gate, std::move(report), "ICE scenario");
}

}  // namespace portolan::ice_test
