#include "probe/cli/classify_command.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "ice-tests/server/stun_server.hpp"
#include "probe/cli/plan.hpp"
#include "probe/cli/run_start.hpp"
#include "probe/cli/session.hpp"
#include "probe/cli/targets.hpp"
#include "probe/cli/unasked.hpp"
#include "probe/discovery/discovery.hpp"
#include "probe/discovery/lifetime.hpp"
#include "probe/findings/classification.hpp"
#include "probe/findings/headline.hpp"
#include "probe/transport/local_addresses.hpp"
#include "reports/cli/values.hpp"
#include "reports/model/report.hpp"

namespace portolan::nat_probe {

namespace {

using std::chrono::seconds;

constexpr transport::Duration kResolveAtMost = seconds(3);

/// Whether it is up; where that cannot be found out, it is taken to be.
bool has_loopback() {
    const auto interfaces = transport::local_interfaces();
    return !interfaces || std::any_of(interfaces->begin(), interfaces->end(), [](const auto& each) {
        return each.is_loopback && each.is_up;
    });
}

/// The built-in server: two loopback addresses, two ports. IPv6 has one loopback address, so that
/// there is no alternate one.
Result<std::unique_ptr<server::StunServer>> start_built_in(Session& session, bool over_ipv6) {
    server::StunServerOptions options;
    if (over_ipv6) {
        options.addresses = {ipv6_loopback()};
    } else {
        options.addresses = {IpAddress::v4({127, 0, 0, 1}), IpAddress::v4({127, 0, 0, 2})};
    }
    auto started = server::StunServer::start(session.context(), session.clock(),
                                             transport::Random(session.next_seed()), options);
    if (!started && over_ipv6) {
        Error error = std::move(started).error();
        error.message =
            "the built-in server cannot be asked over IPv6 on this machine: " + error.message;
        error.hint = "name a server with --stun, or use --family 4";
        return error;
    }
    return started;
}

/// Options that change nothing here: whoever gave them expects otherwise.
void warn_of_idle_options(cli::Context& context, bool loopback_only) {
    if (loopback_only) warn_of_built_in_server(context, "--stun");
    if (context.arguments.has("lifetime-steps") && !context.arguments.has("lifetime")) {
        context.warn("--lifetime-steps has no effect without --lifetime");
    }
}

Result<std::vector<discovery::Duration>> lifetime_rungs(const std::string& text) {
    std::vector<discovery::Duration> rungs;
    for (std::size_t from = 0; from <= text.size();) {
        const std::size_t to = std::min(text.find(',', from), text.size());
        const auto rung = cli::parse_duration("--lifetime-steps", text.substr(from, to - from),
                                              seconds(1), std::chrono::hours(1));
        if (!rung) return rung.error();
        if (!rungs.empty() && *rung <= rungs.back()) {
            return Error{Culprit::Usage, "value", "--lifetime-steps: the steps must ascend"};
        }
        rungs.push_back(*rung);
        from = to + 1;
    }
    if (rungs.size() > 16) {
        return Error{Culprit::Usage, "value", "--lifetime-steps: sixteen steps at most"};
    }
    return rungs;
}

discovery::Config config_for_command(const Leg& leg, const cli::Context& context, Session& session,
                                     const std::shared_ptr<discovery::TransactionPacer>& pacer) {
    discovery::Config config = config_for(leg, session, pacer);
    config.hairpin = context.arguments.has("invasive");
    config.mapping_port =
        static_cast<std::uint16_t>(context.arguments.count("local-port").value_or(0));
    return config;
}

/// What one leg of the plan came to.
struct LegResult {
    std::vector<discovery::Outcome> outcomes;
    findings::Classification classification;
    report::Json ledgers = report::Json::array();
    bool cut_off = false;
};

class Classifier {
  public:
    Classifier(cli::Context& context, Session& session, transport::Time deadline)
        : context_(context),
          session_(session),
          pacer_(std::make_shared<discovery::TransactionPacer>()),
          deadline_(deadline) {}

    LegResult run(const Leg& leg, std::size_t legs_left) {
        LegResult result;
        const auto repeats =
            static_cast<std::size_t>(context_.arguments.count("repeat").value_or(1));
        for (std::size_t i = 0; i < repeats && !session_.interrupted(); ++i) {
            context_.progress.show("classifying " + leg.names.title +
                                   (repeats > 1 ? ", run " + std::to_string(i + 1) : ""));
            discovery::Config config = config_for_command(leg, context_, session_, pacer_);
            const auto left = session_.at_most(std::chrono::hours(1), deadline_);
            config.budget = left / static_cast<std::int64_t>(legs_left * (repeats - i));
            discovery::Discovery machine(std::move(config));
            session_.run(machine, leg.interface);
            const discovery::Ledger& ledger = machine.ledger();
            result.outcomes.push_back(machine.outcome());
            result.ledgers.push_back(to_json(ledger));
            result.cut_off |= ledger.cut_off;
            if (i == 0) {
                result.classification = classify(ledger, result.outcomes.back(), leg.names);
            }
        }
        if (!result.outcomes.empty()) add_repeatability(result.classification, result.outcomes);
        return result;
    }

    /// Takes minutes, so it has no part in the budget.
    void run_lifetime(const Leg& leg, const std::vector<discovery::Duration>& rungs,
                      LegResult& result) {
        const auto server = std::find_if(
            result.outcomes.front().servers.begin(), result.outcomes.front().servers.end(),
            [](const discovery::ServerAudit& audit) { return audit.other_address_usable; });
        if (server == result.outcomes.front().servers.end()) {
            const discovery::Ledger empty;
            add_lifetime(result.classification, empty,
                         discovery::lifetime_without_server(result.outcomes.front()), leg.names);
            return;
        }
        context_.progress.show("measuring binding lifetimes up to " +
                               cli::format_duration(rungs.back()));
        discovery::LifetimeConfig config;
        config.family = leg.family;
        const auto& target = leg.servers[static_cast<std::size_t>(server->server)];
        config.server_name = target.name;
        config.server = target.address;
        config.bind_ip = leg.bind_ip;
        config.rungs = rungs;
        config.seed = session_.next_seed();
        config.random = session_.entropy();
        config.pacer = pacer_;
        discovery::LifetimeLadder machine(std::move(config));
        session_.run(machine, leg.interface);
        result.cut_off |= machine.ledger().cut_off;
        add_lifetime(result.classification, machine.ledger(), infer_lifetime(machine.ledger()),
                     leg.names);
        result.ledgers.push_back(to_json(machine.ledger()));
    }

  private:
    cli::Context& context_;
    Session& session_;
    std::shared_ptr<discovery::TransactionPacer> pacer_;
    transport::Time deadline_;
};

/// Somebody said of the server, and of nothing else, that it cannot be reached: the address was
/// wrong, and the network was not looked at.
bool is_unreachable(const discovery::Judgement<discovery::UdpReachability>& udp) {
    constexpr std::array<std::string_view, 4> kReasons{"server-unreachable", "server-port-closed",
                                                       "server-prohibited", "destination-refused"};
    return std::find(kReasons.begin(), kReasons.end(), udp.reason) != kReasons.end();
}

/// The report is written; that none of the servers can be used is said beside it.
Result<cli::ExitCode> publish(cli::Context& context, report::Report run,
                              const std::vector<findings::SectionRuns>& sections) {
    auto code = context.publish(std::move(run));
    if (!code || *code != cli::ExitCode::Inconclusive || sections.empty()) return code;
    for (const findings::SectionRuns& section : sections) {
        for (const discovery::Outcome& outcome : section.runs) {
            if (!is_unreachable(outcome.udp)) return code;
        }
    }
    return Error{Culprit::Peer, "servers.unreachable",
                 "no server that was named can be asked over UDP", std::nullopt,
                 "the report says why; name another with --stun, or take the shipped ones with "
                 "--public"};
}

}  // namespace

Result<cli::ExitCode> classify(cli::Context& context) {
    const cli::Arguments& arguments = context.arguments;
    auto named = servers_from(arguments);
    if (!named) return std::move(named).error();
    if (arguments.has("interface") && arguments.has("all-interfaces")) {
        return Error{Culprit::Usage, "conflict",
                     "--interface and --all-interfaces exclude each other"};
    }
    const auto rungs = lifetime_rungs(arguments.text("lifetime-steps"));
    if (!rungs) return rungs.error();
    auto authorities = authorities_from(arguments);
    if (!authorities) return std::move(authorities).error();

    Session session(arguments.seed());
    report::Report run = begin_report(context, session);
    const transport::Time started = session.clock().now();

    if (*authorities) session.set_trust(*std::move(authorities));

    std::unique_ptr<server::StunServer> built_in;
    const bool loopback_only = named->servers.empty();
    const bool loopback_v6 = loopback_only && arguments.text("family") == "6";
    if (loopback_only) {
        auto server = start_built_in(session, loopback_v6);
        if (!server) return std::move(server).error();
        built_in = std::move(*server);
        if (!has_loopback()) {
            return Error{Culprit::Environment, "loopback.down",
                         "the loopback interface of this machine is down, so that the built-in "
                         "server cannot be asked"};
        }
        const auto uri = transport::ServerUri::parse(built_in->uris().front());
        if (!uri) return uri.error();
        named->servers.push_back({uri->to_string(), *uri});
    }
    context.progress.show("resolving names");
    const auto budget = arguments.duration("budget").value_or(seconds(10));
    // Each repetition has it all: a share of it might be too short for any verdict.
    const auto time_limit = budget * arguments.count("repeat").value_or(1);
    const transport::Time deadline = started + time_limit;
    const auto resolved =
        session.resolve(named->servers, session.at_most(kResolveAtMost, deadline));
    auto plan = make_plan(arguments, resolved, loopback_only, session, deadline);
    if (!plan) return std::move(plan).error();
    warn_of_idle_options(context, loopback_only);
    std::vector<UnaskedServer> unasked = std::move(named->unasked);
    if (!session.interrupted()) {
        for (UnaskedServer& server : without_address(resolved, arguments.text("family"))) {
            context.warn("a server is not asked: " + to_string(server));
            unasked.push_back(std::move(server));
        }
    }

    for (const Leg& leg : plan->legs) {
        if (leg.servers.size() <= discovery::kMostServers) continue;
        context.warn("only the first " + std::to_string(discovery::kMostServers) + " of " +
                     std::to_string(leg.servers.size()) + " servers are asked over " +
                     leg.names.title);
    }
    Classifier classifier(context, session, deadline);
    std::vector<findings::SectionRuns> outcomes;
    bool cut_off = session.interrupted();
    report::Json ledgers = report::Json::object();
    for (std::size_t i = 0; i < plan->legs.size(); ++i) {
        const Leg& leg = plan->legs[i];
        LegResult result = classifier.run(leg, plan->legs.size() - i);
        if (session.failure()) return *session.failure();
        if (result.outcomes.empty()) break;
        if (arguments.has("lifetime") && !session.interrupted()) {
            classifier.run_lifetime(leg, *rungs, result);
        }
        outcomes.push_back({leg.names.title, std::move(result.outcomes)});
        cut_off |= result.cut_off;
        ledgers[leg.names.id] = std::move(result.ledgers);
        run.sections.push_back(std::move(result.classification.section));
        std::move(result.classification.evidence.begin(), result.classification.evidence.end(),
                  std::back_inserter(run.evidence));
        if (session.failure()) break;  // of the ladder: what was found before is reported
    }
    for (report::Section& section : plan->not_probed)
        run.sections.push_back(std::move(section));
    if (!unasked.empty()) run.sections.push_back(unasked_section(unasked));
    run.headline = findings::report_headline(outcomes);
    if (loopback_only) {
        run.headline =
            "No server was given, so only the built-in one on this machine was asked, "
            "which says nothing about your network; name one with --stun.";
        if (loopback_v6) {
            run.headline +=
                " IPv6 has one loopback address, and mapping and filtering take a server with two.";
        }
    }
    run.subject = plan->subject;
    run.environment = plan->environment;
    run.data["ledgers"] = std::move(ledgers);
    run.data["loopback_only"] = loopback_only;
    run.duration = session.clock().now() - started;
    run.complete = !cut_off;
    if (cut_off) {
        run.cut_off =
            session.failure() ? report::Reason::from_error(*session.failure())
            : session.interrupted()
                ? report::Reason{"interrupted", "The run was interrupted."}
                : report::Reason{"budget", "The budget of " + cli::format_duration(time_limit) +
                                               " was used up."};
    }
    auto code = publish(context, std::move(run), outcomes);
    if (code && session.failure()) return *session.failure();
    return code;
}

}  // namespace portolan::nat_probe
