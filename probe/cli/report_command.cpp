#include "probe/cli/report_command.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <span>
#include <utility>

#include "ice-tests/precall/cause.hpp"
#include "ice-tests/precall/port_mapping.hpp"
#include "ice-tests/server/turn_server.hpp"
#include "probe/cli/plan.hpp"
#include "probe/cli/report/call_report.hpp"
#include "probe/cli/report/catalogue.hpp"
#include "probe/cli/report/egress.hpp"
#include "probe/cli/report/settle.hpp"
#include "probe/cli/report/simulated_peers.hpp"
#include "probe/cli/report_run.hpp"
#include "probe/cli/run_start.hpp"
#include "probe/cli/server_words.hpp"
#include "probe/cli/session.hpp"
#include "probe/cli/simulator.hpp"
#include "probe/cli/unasked.hpp"
#include "probe/discovery/discovery.hpp"
#include "probe/findings/classification.hpp"
#include "probe/transport/ice_servers.hpp"
#include "probe/transport/local_addresses.hpp"
#include "probe/transport/route.hpp"
#include "reports/cli/values.hpp"
#include "reports/model/usage_error.hpp"

namespace portolan::nat_probe {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using transport::Duration;
using transport::Time;

constexpr Duration kQuickBudget = milliseconds(1400);
// The classification waits for names no longer; later ones are missing in it.
constexpr Duration kNamesAtMost = milliseconds(1500);
constexpr Duration kClassificationAtMost = seconds(4);
// Of nat-sim, once everything else is done.
constexpr Duration kSimulationAtMost = seconds(2);
// What quickstart shows: the masquerading of most home routers.
constexpr const char* kHomeRouter = "linux-masq";
constexpr Duration kLegAtLeast = milliseconds(300);
// More would be a test of the servers, and no longer one of this network.
constexpr std::size_t kMostServers = 12;
constexpr const char* kBuiltInUser = "portolan";

/// The user name of a time-limited credential is part of the secret.
void guard(cli::Context& context, const transport::IceServer& server) {
    if (server.credential) context.redactor.add_unless_common(*server.credential);
    if (server.username && precall::expiry_of(*server.username)) {
        context.redactor.add(cli::Secret(*server.username));
    }
}

/// Takes secrets out of what servers said: what is common stays in our own words.
void scrub(const cli::Redactor& redactor, precall::Visit& visit) {
    visit.software = redactor.redact(std::string_view(visit.software));
    if (visit.problem) visit.problem->detail = without_secrets(visit.problem->detail, redactor);
}

void scrub(const cli::Redactor& redactor, CallFacts& facts) {
    const auto clean = [&](auto& part) {
        if (part.problem) part.problem->detail = without_secrets(part.problem->detail, redactor);
    };
    for (const auto& server : facts.servers) {
        for (const auto& attempt : server->attempts)
            scrub(redactor, attempt->visit);
        scrub(redactor, server->second);
        clean(server->outside);
        clean(server->audio);
    }
}

void add_distinct(std::vector<NamedRelay>& servers, NamedRelay server) {
    const auto same = [&](const NamedRelay& known) {
        return known.uri.to_string() == server.uri.to_string();
    };
    if (std::ranges::none_of(servers, same)) servers.push_back(std::move(server));
}

/// Of the file of --ice-servers, and its further credentials, which are tried by nobody.
struct Named {
    std::vector<NamedRelay> servers;
    std::vector<UnaskedServer> unasked;
};

void add_named(const std::vector<transport::IceServer>& servers, Named& out) {
    for (const transport::DistinctUrl& url : transport::distinct_urls(servers)) {
        const std::size_t first = url.entries.front();
        const transport::IceServer& server = servers[first];
        NamedRelay named{.uri = url.uri, .user = {}};
        if (url.uri.is_turn() && server.username && server.credential) {
            named.user = turn::Credentials{*server.username, server.credential->clone()};
        }
        out.servers.push_back(std::move(named));
        for (const std::size_t other : std::span(url.entries).subspan(1)) {
            out.unasked.push_back({url.uri.to_string() + " with the credentials of " +
                                       transport::entry_pointer(other),
                                   "they differ from those of " + transport::entry_pointer(first) +
                                       ", which are the ones that are tried"});
        }
    }
}

Result<Named> named_servers(cli::Context& context) {
    const cli::Arguments& arguments = context.arguments;
    Named out;
    if (arguments.has("ice-servers")) {
        auto read = transport::read_ice_servers(arguments.text("ice-servers"));
        if (!read) return std::move(read).error();
        for (const transport::IceServer& server : *read)
            guard(context, server);
        add_named(*read, out);
        if (out.servers.empty()) return usage_error("servers.none", "the file names no server");
    }
    for (const std::string& text : arguments.texts("stun")) {
        auto uri = transport::ServerUri::parse(text);
        if (!uri) return std::move(uri).error();
        if (uri->is_turn()) {
            return usage_error(
                "uri.scheme", "--stun takes stun: and stuns: URIs",
                "name TURN servers, with their credentials, in the file of --ice-servers");
        }
        add_distinct(out.servers, {.uri = *uri, .user = {}});
    }
    return out;
}

/// A STUN and TURN server of our own on two loopback addresses, or on the one of IPv6.
struct BuiltIn {
    std::unique_ptr<server::TurnServer> server;
    std::vector<NamedRelay> names;
};

Result<BuiltIn> start_built_in(Session& session, bool over_ipv6) {
    transport::Random random(session.next_seed());
    const std::string password = std::to_string(random()) + std::to_string(random());
    server::TurnServerOptions options;
    if (over_ipv6) {
        options.addresses = {ipv6_loopback()};
        // Whoever asks for no family gets a relay of IPv4 (RFC 8656 s7.2).
        options.relay_addresses = {IpAddress::v4({127, 0, 0, 1})};
    } else {
        options.addresses = {IpAddress::v4({127, 0, 0, 1}), IpAddress::v4({127, 0, 0, 2})};
        options.alt_port = 0;
    }
    options.users.push_back({kBuiltInUser, cli::Secret(password)});
    auto started = server::TurnServer::start(session.context(), session.clock(),
                                             transport::Random(random()), options);
    if (!started) return std::move(started).error();
    BuiltIn out{std::move(*started), {}};
    for (const std::string& text : out.server->uris()) {
        auto uri = transport::ServerUri::parse(text);
        if (!uri) return std::move(uri).error();
        out.names.push_back({*uri, turn::Credentials{kBuiltInUser, cli::Secret(password)}});
    }
    return out;
}

/// One classification: described once all visits are over.
struct ClassifiedLeg {
    discovery::Ledger ledger;
    findings::SectionNames names;
    std::size_t nat = 0;  ///< index in CallFacts::nats
};

/// What the classification adds: sections, evidence, ledgers.
struct NatPart {
    std::vector<ClassifiedLeg> legs;
    std::vector<report::Section> sections;
    std::vector<report::Evidence> evidence;
    report::Json ledgers = report::Json::object();
    bool is_cut_off = false;
};

report::Section section_without_nat(const Error& error) {
    report::Section out;
    out.id = "nat";
    out.title = "NAT";
    report::Finding finding{
        .id = "udp/reachability",
        .title = "UDP",
        .verdict = report::Verdict::not_tested(report::Reason::from_error(error))};
    out.findings.push_back(std::move(finding));
    return out;
}

/// Whether a leg goes by another interface than the one that this computer sends by, of those that
/// are asked from.
void note_way(const Plan& plan, const Leg& leg, CallFacts& facts, NatFacts& nat) {
    const auto preferred = transport::route_interface({.to = leg.servers.front().address.ip});
    if (leg.interface.empty() || !preferred || !*preferred || **preferred == leg.interface) return;
    const bool is_asked = std::ranges::any_of(plan.legs, [&](const Leg& each) {
        return each.family == leg.family && each.interface == **preferred;
    });
    if (!is_asked) return;
    nat.other_way = leg.interface;
    facts.preferred_way = **preferred;
}

/// The classification of each leg, while the servers are asked.
NatPart classify_legs(cli::Context& context, Session& session, CallFacts& facts, const Plan& plan,
                      bool has_ipv6_servers, Time deadline) {
    NatPart out;
    const auto pacer = std::make_shared<discovery::TransactionPacer>();
    std::size_t legs_left = plan.legs.size();
    for (const Leg& leg : plan.legs) {
        if (session.interrupted()) break;
        context.progress.show("classifying the NAT: " + leg.names.title);
        discovery::Config config = config_for(leg, session, pacer);
        config.hairpin = context.arguments.has("invasive");
        const Duration left = deadline - session.clock().now();
        // Silence takes a second to be stated; a family that is there takes less than that.
        config.budget =
            std::clamp<Duration>(left - kLegAtLeast * static_cast<std::int64_t>(--legs_left),
                                 milliseconds(50), kClassificationAtMost);
        discovery::Discovery machine(std::move(config));
        session.run(machine, leg.interface);
        findings::SectionNames names = leg.names;
        names.decides = false;  // call/works does
        out.is_cut_off |= machine.ledger().cut_off;
        out.ledgers[names.id] = report::Json::array({to_json(machine.ledger())});
        const bool is_here =
            std::ranges::all_of(leg.servers, [](const discovery::ServerTarget& server) {
                return is_on_this_machine(server.address.ip);
            });
        NatFacts nat{leg.family, names.id, machine.outcome(), is_here};
        nat.is_cut_off = machine.ledger().cut_off;
        nat.is_translated = leg.nat64_prefix && !has_ipv6_servers;
        if (context.arguments.has("all-interfaces")) note_way(plan, leg, facts, nat);
        facts.nats.push_back(std::move(nat));
        out.legs.push_back({machine.ledger(), names, facts.nats.size() - 1});
    }
    return out;
}

/// With what the visits have shown meanwhile.
void describe_legs(NatPart& part, CallFacts& facts) {
    std::vector<report::Section> sections;
    for (const ClassifiedLeg& leg : part.legs) {
        NatFacts& nat = facts.nats[leg.nat];
        tell_of_visits(facts, nat);
        auto judged = findings::classify(leg.ledger, nat.outcome, leg.names);
        sections.push_back(std::move(judged.section));
        std::ranges::move(judged.evidence, std::back_inserter(part.evidence));
    }
    part.sections.insert(part.sections.begin(), std::make_move_iterator(sections.begin()),
                         std::make_move_iterator(sections.end()));
}

/// Classifies the NAT of a home router in nat-sim. False where there is no nat-sim, or it fails.
bool simulate_home_router(Session& session, CallFacts& facts, Time deadline) {
    const auto path = Simulator::find();
    if (!path) return false;
    bool is_done = false;
    bool is_good = false;
    const auto started =
        Simulator::start(session.context(), *path,
                         {"probe", "--nat", kHomeRouter, "--format", "json", "--fail-on", "never"},
                         [&](const std::string& output) {
                             is_good = read_simulated_nat(output, kHomeRouter, facts);
                             is_done = true;
                             session.wake();
                         });
    if (!started) return false;
    session.run_until([&] { return is_done; }, deadline);
    return is_good;
}

/// Has nat-sim look whom libnice reaches from behind a NAT like this one, if there is a nat-sim.
std::unique_ptr<Simulator> confirm_peers(Session& session, CallFacts& facts) {
    const auto own = own_presets(facts);
    if (own.empty()) return nullptr;
    const auto path = Simulator::find();
    if (!path) {
        facts.simulation.is_missing = true;
        return nullptr;
    }
    auto started = Simulator::start(session.context(), *path, simulation_arguments(own),
                                    [&session, &facts](const std::string& output) {
                                        read_simulation(output, facts.simulation);
                                        session.wake();
                                    });
    if (started) return std::move(*started);
    facts.simulation.is_done = true;
    facts.simulation.failure = started.error().message;
    return nullptr;
}

Expected expected_from(const std::string& word) {
    if (word == "relay-only") return Expected::RelayOnly;
    return word == "no-udp" ? Expected::NoUdp : Expected::Nothing;
}

std::map<AddressFamily, IpAddress> bind_ips(const cli::Arguments& arguments) {
    std::map<AddressFamily, IpAddress> out;
    const auto interfaces = transport::local_interfaces();
    if (!arguments.has("interface") || !interfaces) return out;
    for (const auto& interface : *interfaces) {
        if (interface.name != arguments.text("interface")) continue;
        for (const auto& address : interface.addresses) {
            if (address.ip.address_class() == AddressClass::LinkLocal) continue;
            out.try_emplace(address.ip.family(), address.ip);
        }
    }
    return out;
}

/// Interfaces with a default route, but for the one that is sent by.
std::vector<std::string> further_ways() {
    std::ifstream file("/proc/net/route");
    const std::string routes{std::istreambuf_iterator<char>(file), {}};
    std::vector<std::string> out = precall::default_interfaces(routes);
    // No packet is sent there: the kernel is asked for its route.
    const auto preferred = transport::route_interface({.to = IpAddress::v4({192, 0, 0, 170})});
    if (!preferred || !*preferred) return {};
    std::erase(out, **preferred);
    return out;
}

void look_at_routes(CallFacts& facts) {
    facts.has_ipv6_route =
        transport::source_address_for({*IpAddress::parse("2000::1"), 3478}).has_value();
    facts.has_route = facts.has_ipv6_route || has_ipv4_route();
}

std::string asking_words(std::size_t count) {
    return count == 1 ? "asking the server" : "asking " + std::to_string(count) + " servers";
}

}  // namespace

cli::CommandSpec report_spec() {
    cli::CommandSpec command;
    command.name = "report";
    command.summary = "say before a call whether it will work, and how";
    command.description = {
        "Side by side, and within a budget: classifies the NAT in front of this machine over both "
        "families; asks every STUN and TURN server over its transport, with the time of each step "
        "or the exact cause of its failure; sends media out through each relay and back; has two "
        "libnice agents call each other through it; and "
        "derives from all that which peers can be reached, and how calls will sound.",
        "The first sentence says it all; the facts, the advice and the evidence follow. Whatever "
        "part fails, the others are reported. A run that is cut off, by its budget or by a signal, "
        "still writes its report, marked as incomplete.",
        "Secrets stay out of the report: passwords, and the user names of time-limited "
        "credentials.",
        "A server on this computer is measured like any other, and shows nothing of the way to "
        "others: with such ones alone it is open whether calls work. Without a server it measures "
        "one of its own on the loopback interface, and, where nat-sim is beside this program, the "
        "NAT of a simulated home router: which shows how a report looks, and nothing about the "
        "network."};
    command.options = {
        {.name = "ice-servers",
         .help =
             "A file with {\"iceServers\": [...]}, as for RTCPeerConnection: the servers of the "
             "application, with their credentials.",
         .kind = cli::Text{"FILE"}},
        {.name = "stun",
         .help = "A STUN server beside those: stun:host[:port].",
         .kind = cli::Text{"URI"},
         .repeatable = true},
        {.name = "ca-file",
         .help = "Certificate authorities in PEM, instead of the system's.",
         .kind = cli::Text{"FILE"}},
        {.name = "family",
         .help = "Address family to use.",
         .kind = cli::Choice{{"4", "6", "both"}},
         .default_value = "both"},
        {.name = "interface",
         .help = "Asks from this interface only. Binding to it may need root; its first address is "
                 "used.",
         .kind = cli::Text{"NAME"}},
        {.name = "all-interfaces",
         .help = "Classifies the NAT from every address of this host, one by one."},
        {.name = "check-url",
         .help =
             "A page of your own, http://host/path, that answers 204: shows captive portals and "
             "clocks that differ. Without it nothing of that kind is asked.",
         .kind = cli::Text{"URL"}},
        {.name = "invasive",
         .help = "Also asks the router by NAT-PMP and PCP, and the local network by SSDP, whether "
                 "ports "
                 "can be mapped, and tests hairpinning. Nothing is mapped."},
        {.name = "budget",
         .help = "Ends by then, with what is known.",
         .kind = cli::Duration{milliseconds(500), minutes(5)},
         .default_value = "10s"},
        {.name = "quick",
         .help = "Without media: takes a second and a half at most, whatever --budget says."},
        {.name = "expect",
         .help = "What this network is known to be like, so that it is no failure: relay-only (no "
                 "direct calls) or no-udp.",
         .kind = cli::Choice{{"relay-only", "no-udp"}}}};
    command.examples = {
        {"nat-probe report --ice-servers ice.json", "With the servers of an application."},
        {"nat-probe report --ice-servers ice.json --format html --output report.html",
         "For whoever has to help."},
        {"nat-probe report --ice-servers ice.json --quick --expect no-udp",
         "In a network that is known to block UDP."}};
    command.common = {.report = true, .catalogue = true, .seed = true};
    command.catalogue = call_catalogue;
    command.default_fail_on = "high";
    return command;
}

Result<cli::ExitCode> report_call(cli::Context& context) {
    const cli::Arguments& arguments = context.arguments;
    auto read = named_servers(context);
    if (!read) return std::move(read).error();
    std::vector<NamedRelay>& named = read->servers;
    if (arguments.has("interface") && arguments.has("all-interfaces")) {
        return usage_error("conflict", "--interface and --all-interfaces exclude each other");
    }
    if (const auto there = check_interface(arguments); !there) return there.error();
    std::optional<precall::WebUrl> check_url;
    if (arguments.has("check-url")) {
        auto url = precall::WebUrl::parse(arguments.text("check-url"));
        if (!url) return std::move(url).error();
        check_url = std::move(*url);
    }
    auto authorities = authorities_from(arguments);
    if (!authorities) return std::move(authorities).error();

    Session session(arguments.seed());
    report::Report run = begin_report(context, session);
    const Time started = session.clock().now();
    if (*authorities) session.set_trust(*std::move(authorities));

    CallFacts facts;
    facts.is_quick = arguments.has("quick");
    facts.expected = expected_from(arguments.text("expect"));
    BuiltIn built_in;
    if (named.empty()) {
        auto server = start_built_in(session, arguments.text("family") == "6");
        if (!server) return std::move(server).error();
        built_in = std::move(*server);
        facts.is_built_in = true;
        named = std::move(built_in.names);
        warn_of_built_in_server(context, "--ice-servers");
    }
    if (named.size() > kMostServers) {
        run.subject["servers_left_out_count"] = named.size() - kMostServers;
        context.warn("only the first " + std::to_string(kMostServers) + " of " +
                     std::to_string(named.size()) + " servers are asked");
        named.erase(named.begin() + kMostServers, named.end());
    }
    for (const UnaskedServer& unasked : read->unasked)
        context.warn("a server is not asked: " + to_string(unasked));
    look_at_routes(facts);
    const bool is_by_interface = arguments.has("interface") || arguments.has("all-interfaces");
    if (!is_by_interface && !facts.is_built_in) facts.untried_ways = further_ways();
    Duration budget = arguments.duration("budget").value_or(seconds(10));
    if (facts.is_quick) budget = std::min(budget, kQuickBudget);
    const RunTimes times = RunTimes::of(started, budget, facts.is_quick);
    const std::string family = arguments.text("family");
    ServerRun servers(session, facts, named, times,
                      {.wants_ipv4 = family != "6",
                       .wants_ipv6 = family != "4",
                       .check_url = check_url,
                       .is_invasive = arguments.has("invasive"),
                       .bind_ips = bind_ips(arguments),
                       .interface = arguments.has("interface") ? arguments.text("interface") : "",
                       .show = [&](const std::string& what) { context.progress.show(what); }});
    context.progress.show(asking_words(named.size()));
    servers.start();
    session.run_until([&] { return servers.names_are_known(); },
                      std::min(times.deadline, started + kNamesAtMost));

    NatPart nat;
    const auto resolved = servers.resolved();
    const Time simulated_by = std::min(times.deadline, session.clock().now() + kSimulationAtMost);
    std::vector<report::Section> simulated;
    if (facts.is_built_in && family != "6") {
        (void)simulate_home_router(session, facts, simulated_by);
        simulated.push_back(simulated_nat_section(facts));
    }
    if (resolved.empty()) {
        nat.sections.push_back(section_without_nat(
            {Culprit::Environment, "servers.none",
             "The NAT is classified with STUN over UDP, for which no server was named or found"}));
    } else if (!session.interrupted()) {
        auto plan = make_plan(arguments, resolved, facts.is_built_in, session, times.deadline);
        if (plan) {
            run.environment = plan->environment;
            const bool has_ipv6_servers =
                std::ranges::any_of(resolved, [](const ResolvedServer& each) {
                    return std::ranges::any_of(each.addresses, [](const IpAddress& ip) {
                        return ip.family() == AddressFamily::IPv6;
                    });
                });
            nat = classify_legs(context, session, facts, *plan, has_ipv6_servers, times.deadline);
            std::ranges::move(plan->not_probed, std::back_inserter(nat.sections));
        } else {
            nat.sections.push_back(section_without_nat(plan.error()));
        }
    }
    context.progress.show(asking_words(named.size()));
    std::unique_ptr<Simulator> simulator;
    if (!session.interrupted()) simulator = confirm_peers(session, facts);
    session.run_until([&] { return servers.is_done(); }, times.deadline);
    if (simulator && servers.is_done() && !session.interrupted()) {
        session.run_until([&] { return facts.simulation.is_done; },
                          std::min(times.deadline, session.clock().now() + kSimulationAtMost));
    }
    simulator.reset();
    settle_causes(facts);
    // Where it is settled that UDP does not come back, the classification has nothing to add.
    const bool is_classified =
        !nat.is_cut_off || is_blocked(ways_out(facts)) || facts.is_classified();
    const bool is_whole = servers.is_done() && !servers.was_short_of_time() && is_classified &&
                          !session.interrupted();
    facts.is_cut_off = !is_whole;
    servers.stop();
    scrub(context.redactor, facts);
    describe_legs(nat, facts);
    facts.took_s = std::chrono::duration_cast<seconds>(session.clock().now() - started).count();

    run.evidence = std::move(nat.evidence);
    run.data["ledgers"] = std::move(nat.ledgers);
    run.subject["servers"] = report::Json::array();
    for (const auto& server : facts.servers)
        run.subject["servers"].push_back(server->uri.to_string());
    std::ranges::move(nat.sections, std::back_inserter(simulated));
    write_call_report(run, facts, std::move(simulated));
    if (!read->unasked.empty()) run.sections.push_back(unasked_section(read->unasked));
    run.duration = session.clock().now() - started;
    run.complete = is_whole;
    if (!is_whole) {
        run.cut_off =
            session.interrupted()
                ? report::Reason{"interrupted", "The run was interrupted."}
                : report::Reason{"budget",
                                 "The budget of " + cli::format_duration(budget) + " was used up."};
    }
    return context.publish(std::move(run));
}

}  // namespace portolan::nat_probe
