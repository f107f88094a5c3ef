#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "probe/cli/report/call_headline.hpp"
#include "probe/cli/report/catalogue.hpp"
#include "probe/cli/report/egress.hpp"
#include "probe/cli/report/tests/facts_builder.hpp"
#include "probe/cli/report/tests/written_report.hpp"
#include "reports/render/renderer.hpp"

namespace portolan::nat_probe {
namespace {

using precall::Cause;
using precall::Step;
using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST(CallReport, login_page_is_in_the_first_sentence_where_nothing_works) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Ask, Cause::Silent);
    built.facts.web.emplace();
    built.facts.web->was_begun = built.facts.web->is_done = true;
    built.facts.web->head = precall::HttpHead{.status = 511};
    EXPECT_EQ(call_headline(built.facts),
              "Calls do not work yet: this network wants a login first (captive portal).");
    EXPECT_EQ(failures(written(built.facts))["network/captive-portal"], "captive-portal");
}

TEST(CallReport, healthy_network_has_no_failure) {
    const auto report = written(healthy().facts);
    EXPECT_THAT(failures(report), IsEmpty());
    EXPECT_EQ(report.headline,
              "Calls will work: directly with most people, and with those whose NAT changes ports "
              "through your relay, 32 ms away (MOS 4.4).");
}

TEST(CallReport, text_and_markdown_are_as_in_the_golden_files) {
    const std::string folder =
        std::string(PORTOLAN_SOURCE_DIR) + "/probe/cli/report/tests/golden/healthy";
    const auto expect = [&](const char* suffix, render::Format format, bool is_verbose) {
        const std::string path = folder + suffix;
        const std::string text = render::renderer_for(format).render(
            written(healthy().facts), {.verbose = is_verbose, .width_columns = 100});
        if (std::getenv("PORTOLAN_WRITE_GOLDEN") != nullptr) std::ofstream(path) << text;
        std::ifstream file(path);
        std::stringstream golden;
        golden << file.rdbuf();
        EXPECT_EQ(text, golden.str()) << path;
    };
    expect(".txt", render::Format::Text, false);
    expect("_verbose.txt", render::Format::Text, true);
    expect(".md", render::Format::Markdown, false);
}

TEST(CallReport, refused_credentials_are_the_cause) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Allocate, Cause::WrongCredentials);
    built.well_behaved_nat();
    const auto report = written(built.facts);
    EXPECT_THAT(failures(report), (Causes{{"call/works", "relay-unusable"},
                                          {"peers/reach", "unreachable-peers"},
                                          {"relay/allocation", "wrong-credentials"}}));
    EXPECT_TRUE(finding(report, "server/reachable").verdict.is_pass());
    EXPECT_THAT(report.headline, HasSubstr("does not accept user name and password"));
    EXPECT_THAT(report.headline, HasSubstr("about 89 % of people only"));
}

TEST(CallReport, blocked_udp_is_the_networks_fault) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Ask, Cause::Silent);
    built.good("turn:turn.example?transport=tcp");
    auto report = written(built.facts);
    EXPECT_THAT(failures(report), (Causes{{"network/egress", "udp-blocked"}}));
    EXPECT_EQ(finding(report, "server/reachable").verdict.reason()->code(), "network-blocks");
    EXPECT_THAT(finding(report, "network/egress").verdict.reason()->sentence(),
                HasSubstr("unless it is turn.example alone"));
    EXPECT_EQ(report.headline,
              "Calls will work, but only through your relay over TCP, 31 ms away, because this "
              "network blocks UDP, unless it is turn.example alone that does not answer over UDP.");
    EXPECT_EQ(exit_code(report), cli::ExitCode::Ok) << "a warning, as the relay saves the call";

    built.facts.expected = Expected::NoUdp;
    report = written(built.facts);
    EXPECT_THAT(failures(report), IsEmpty());
    EXPECT_TRUE(finding(report, "call/expectation").verdict.is_pass());
    EXPECT_THAT(finding(report, "network/egress").summary, StartsWith("As expected: "));
}

TEST(CallReport, cause_over_tcp_is_that_of_a_server_over_tcp) {
    FactsBuilder built;
    built.good("stun:stun.example");
    built.facts.servers[0]->best()->visit = {};
    built.facts.servers[0]->best()->visit.problem =
        precall::Problem{Step::Ask, Cause::Silent, "no answer to 7 copies"};
    built.blocked_nat();
    // "ask" is further than "connect", and is no word on TCP.
    built.bad("turn:turn.example", Step::Ask, Cause::Silent, "no answer to 7 copies");
    built.bad("turn:turn.example?transport=tcp", Step::Connect, Cause::PortClosed, "ECONNREFUSED");
    EXPECT_EQ(call_headline(built.facts),
              "Calls will not work: this network blocks UDP, and the relay cannot be used over "
              "TCP: the connection is refused: nothing listens there, or a firewall refuses in its "
              "name (ECONNREFUSED).");
    built.facts.servers.pop_back();
    EXPECT_THAT(call_headline(built.facts), HasSubstr("no server over TCP or TLS is configured"));
}

TEST(CallReport, silence_over_udp_alone_blames_nobody) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Ask, Cause::Silent);
    // An open port is no evidence: it takes STUN.
    built.bad("turns:turn.example", Step::Handshake, Cause::CertificateExpired);
    const auto report = written(built.facts);
    EXPECT_FALSE(finding(report, "network/egress").verdict.is_fail());
    EXPECT_EQ(ways_out(built.facts), Ways::OnlyRefusals);
}

TEST(CallReport, web_ports_alone_are_told) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Ask, Cause::Silent);
    built.bad("turn:turn.example?transport=tcp", Step::Connect, Cause::ConnectTimeout);
    built.good("turns:turn.example:443");
    EXPECT_EQ(ways_out(built.facts), Ways::OnlyWebPorts);
    EXPECT_THAT(failures(written(built.facts)), (Causes{{"network/egress", "only-443"}}));
    // A server that refuses there is another matter.
    built.facts.servers[1]->best()->visit.problem->cause = Cause::PortClosed;
    EXPECT_EQ(ways_out(built.facts), Ways::UdpBlocked);
    EXPECT_THAT(failures(written(built.facts)),
                (Causes{{"network/egress", "udp-blocked"}, {"server/reachable", "port-closed"}}));
}

TEST(CallReport, ipv6_that_leads_nowhere_is_told_beside_ipv4) {
    FactsBuilder built;
    ServerFacts& server = built.good("turn:turn.example");
    built.good("turn:turn.example?transport=tcp");
    server.attempts.push_back(std::make_unique<Attempt>());
    Attempt& attempt = *server.attempts.back();
    attempt.family = AddressFamily::IPv6;
    attempt.visit.endpoint.server = {*IpAddress::parse("2001:db8::1"), 3478};
    attempt.visit.problem = precall::Problem{Step::Ask, Cause::Silent, {}};
    built.facts.has_ipv6_route = true;
    built.well_behaved_nat();
    EXPECT_THAT(failures(written(built.facts)), (Causes{{"network/ipv6", "leads-nowhere"}}));
    attempt.visit.problem.reset();
    attempt.visit.has_answered = true;
    EXPECT_THAT(failures(written(built.facts)), IsEmpty());
}

TEST(CallReport, name_service_is_named_and_no_server) {
    FactsBuilder built;
    ServerFacts& server = built.add("turn:turn.example");
    server.attempts.clear();
    server.lookup_problem = precall::Problem{Step::Resolve, Cause::NameServiceFails, "no answer"};
    const auto report = written(built.facts);
    EXPECT_THAT(failures(report), (Causes{{"network/names", "name-service-fails"}}));
    EXPECT_EQ(finding(report, "network/names").severity, report::Severity::High);
    EXPECT_EQ(finding(report, "call/works").verdict.reason()->code(), "not-shown");
    EXPECT_EQ(report.headline,
              "Your relay cannot be used, and whether calls work without it is open: no server "
              "could be asked, for the name service (DNS) does not do its work. Repair the name "
              "service (DNS), and run this again.");
    EXPECT_EQ(exit_code(report), cli::ExitCode::Findings);
    built.good("turn:192.0.2.10");
    EXPECT_EQ(finding(written(built.facts), "network/names").severity, report::Severity::Medium)
        << "calls work without it";
    built.facts.servers.pop_back();
    server.lookup_problem->cause = Cause::NameNotFound;
    EXPECT_THAT(failures(written(built.facts)), (Causes{{"server/reachable", "name-not-found"}}));
    EXPECT_EQ(finding(written(built.facts), "call/works").verdict.reason()->code(), "not-shown");
    EXPECT_EQ(call_headline(built.facts),
              "Your relay cannot be used, and whether calls work without it is open: no server "
              "could be asked, for the name turn.example does not exist. Correct the server's name "
              "in the configuration, or have the DNS answer for it.");
}

TEST(CallReport, network_is_not_blamed_for_what_servers_did_not_show) {
    FactsBuilder closed;
    closed.bad("turn:turn.example", Step::Ask, Cause::PortClosed);
    EXPECT_THAT(call_headline(closed.facts),
                AllOf(HasSubstr("is open: packets get out of this network, but the server refuses "
                                "them. Start the server, or correct its port and transport"),
                      Not(HasSubstr("configuration, and run this again"))))
        << "one advice, that of the server's own finding";
    FactsBuilder silent;
    silent.bad("turn:turn.example", Step::Ask, Cause::Silent);
    EXPECT_THAT(call_headline(silent.facts),
                HasSubstr("either this network lets nothing out, or the server is down"));
    FactsBuilder only_tcp;
    only_tcp.bad("turn:turn.example?transport=tcp", Step::Allocate, Cause::WrongCredentials);
    EXPECT_THAT(call_headline(only_tcp.facts), HasSubstr("no server was asked over UDP"));
    FactsBuilder without_family;
    ServerFacts& server = without_family.add("turn:turn.example");
    server.attempts.clear();
    server.lookup_problem = precall::Problem{Step::Resolve, Cause::NoAddress, {}};
    EXPECT_THAT(call_headline(without_family.facts), HasSubstr("no address of the family"));
    for (const FactsBuilder* built : {&closed, &silent, &only_tcp, &without_family}) {
        const auto report = written(built->facts);
        EXPECT_EQ(finding(report, "call/works").verdict.outcome(), report::Outcome::Inconclusive)
            << report.headline;
    }
}

TEST(CallReport, loss_is_attributed_with_controls_only) {
    FactsBuilder built = healthy();
    built.facts.servers[0]->audio = made_loop(100, 10, milliseconds(31), milliseconds(2));
    auto report = written(built.facts);
    EXPECT_EQ(failures(report)["relay/quality"], "loss-high");
    EXPECT_THAT(finding(report, "relay/quality").verdict.reason()->sentence(),
                HasSubstr("it was on the way there"));
    EXPECT_THAT(report.headline, HasSubstr("Expect gaps in the sound"));
    built.facts.servers.pop_back();
    report = written(built.facts);
    EXPECT_THAT(finding(report, "relay/quality").verdict.reason()->sentence(),
                HasSubstr("where, is open"));
}

TEST(CallReport, relay_that_holds_calls_comes_before_one_that_breaks_them) {
    FactsBuilder built = healthy();
    built.facts.servers[0]->audio = made_loop(100, 5, milliseconds(31), milliseconds(2));
    const auto report = written(built.facts);
    EXPECT_EQ(report.headline,
              "Calls will work if they are made to go through your relay over TCP, 32 ms away (MOS "
              "4.4): through turn:turn.example:3478 over UDP, which they take first, they can "
              "hardly be held, because 20 % of the packets are lost on the way to the relay and "
              "back.");
    EXPECT_TRUE(finding(report, "call/works").verdict.is_pass());
    EXPECT_THAT(finding(report, "call/works").summary, StartsWith("A relay works over TCP"));
    const auto& quality = finding(report, "relay/quality", "server-1");
    EXPECT_EQ(quality.severity, report::Severity::Critical);
    ASSERT_EQ(quality.advice.size(), 1U);
    EXPECT_THAT(quality.advice[0], StartsWith("Have calls use turn:turn.example:3478 over TCP"));
    EXPECT_EQ(exit_code(report), cli::ExitCode::Findings);
}

TEST(CallReport, calls_that_can_hardly_be_held_are_not_promised) {
    FactsBuilder built = healthy();
    built.facts.servers.pop_back();
    built.facts.servers[0]->audio = made_loop(100, 5, milliseconds(31), milliseconds(2));
    auto report = written(built.facts);
    EXPECT_EQ(report.headline,
              "Calls through your relay, 32 ms away (MOS 2.6), connect and can hardly be held: 20 "
              "% of the packets are lost on the way to the relay and back; whether direct calls "
              "are better was not measured. Try another network.");
    EXPECT_EQ(finding(report, "call/works").verdict.outcome(), report::Outcome::Inconclusive);
    EXPECT_EQ(finding(report, "relay/quality").advice,
              std::vector<std::string>{"Try another network, or a relay elsewhere."});
    EXPECT_EQ(exit_code(report), cli::ExitCode::Findings);
    // Where UDP does not get out, there is no other way.
    FactsBuilder blocked;
    blocked.bad("turn:turn.example", Step::Ask, Cause::Silent);
    ServerFacts& server = blocked.good("turn:turn.example?transport=tcp");
    server.wants_media = true;
    server.audio = made_loop(100, 0, milliseconds(1500), milliseconds(2));
    report = written(blocked.facts);
    EXPECT_THAT(report.headline, HasSubstr("connect and can hardly be held: the way to the relay "
                                           "and back takes 1501 ms. Try"));
    EXPECT_EQ(failures(report)["call/works"], "hardly-held");
}

TEST(CallReport, what_other_measurements_may_have_done_is_no_failure) {
    FactsBuilder built = healthy();
    built.facts.servers[0]->audio = made_loop(100, 3, milliseconds(31), milliseconds(2));
    EXPECT_EQ(failures(written(built.facts))["relay/quality"], "loss-high");
    built.facts.servers[0]->was_beside_others = true;
    const auto report = written(built.facts);
    EXPECT_THAT(failures(report), IsEmpty());
    EXPECT_EQ(finding(report, "relay/quality").verdict.reason()->code(), "beside-others");
    EXPECT_THAT(report.headline, testing::Not(HasSubstr("Expect")));
}

TEST(CallReport, queue_that_the_measurement_may_have_filled_blames_nobody) {
    FactsBuilder built = healthy();
    // Idle it is 31 ms: 160 kbit/s go into a link of 100.
    built.facts.servers[0]->audio = made_loop(100, 3, milliseconds(331), milliseconds(2));
    const auto report = written(built.facts);
    EXPECT_THAT(failures(report), IsEmpty());
    const auto& quality = finding(report, "relay/quality");
    EXPECT_EQ(quality.verdict.reason()->code(), "own-load");
    EXPECT_THAT(quality.verdict.reason()->sentence(),
                HasSubstr("under this measurement's own 163 kbit/s each way"));
    EXPECT_THAT(report.headline, testing::Not(HasSubstr("Expect")));
    // Where idle is as slow, it is the network.
    built.facts.servers[0]->best()->visit.round_trip = milliseconds(330);
    EXPECT_EQ(failures(written(built.facts))["relay/quality"], "loss-high");
}

TEST(CallReport, poor_second_choice_is_no_warning) {
    FactsBuilder built = healthy();
    built.facts.servers[1]->audio = made_loop(100, 0, milliseconds(400), milliseconds(2));
    EXPECT_THAT(failures(written(built.facts)), IsEmpty());
}

TEST(CallReport, nobody_is_promised_where_the_nat_makes_a_relay_necessary) {
    FactsBuilder built;
    built.good("stun:stun.example");
    built.nat(discovery::Mapping::AddressAndPortDependent,
              discovery::Filtering::AddressAndPortDependent);
    const auto report = written(built.facts);
    EXPECT_EQ(finding(report, "peers/reach").value, "100 % not at all");
    EXPECT_EQ(report.headline,
              "Calls will work with hardly anybody: this network's NAT makes a relay necessary, "
              "and none (TURN server) is configured.");
    EXPECT_THAT(finding(report, "call/works").verdict.reason()->sentence(),
                StartsWith("Hardly any call gets through"));
    EXPECT_EQ(finding(report, "call/works").severity, report::Severity::High);
    built.bad("turn:turn.example", Step::Allocate, Cause::WrongCredentials);
    EXPECT_THAT(
        call_headline(built.facts),
        StartsWith("Calls will work with hardly anybody, because the relay cannot be used"));
}

TEST(CallReport, quick_run_promises_no_media) {
    FactsBuilder built;
    built.good("turn:turn.example");
    built.well_behaved_nat();
    built.facts.is_quick = true;
    EXPECT_THAT(call_headline(built.facts),
                HasSubstr("your relay, 31 ms away (quick: that packets pass through it was not "
                          "tried)."));
    FactsBuilder full = healthy();
    full.facts.is_quick = true;
    EXPECT_THAT(call_headline(full.facts), Not(HasSubstr("quick")));
}

TEST(CallReport, closed_port_of_the_server_is_no_blocked_network) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Ask, Cause::PortClosed, "ICMP 3/3 from 192.0.2.10");
    built.bad("turns:turn.example?transport=udp", Step::Ask, Cause::Silent);
    built.good("turn:turn.example?transport=tcp");
    built.blocked_nat();
    built.facts.nats[0].outcome.udp = discovery::unknown<discovery::UdpReachability>(
        discovery::VerdictKind::Inconclusive, "server-port-closed", "UDP gets there");
    const auto report = written(built.facts);
    EXPECT_EQ(report.headline,
              "Calls will work: directly where the networks allow it, and otherwise through your "
              "relay over TCP, 31 ms away.");
    EXPECT_EQ(finding(report, "network/egress").verdict.reason()->code(), "server-port-closed");
    EXPECT_EQ(finding(report, "server/reachable", "server-1").verdict.reason()->code(),
              "port-closed");
    built.facts.servers[0]->best()->visit.problem->reported_by = *IpAddress::parse("192.0.2.10");
    // As where the classification is left out; one that comes from elsewhere shows nothing.
    built.facts.nats.clear();
    EXPECT_EQ(finding(written(built.facts), "network/egress").verdict.reason()->code(),
              "server-port-closed");
    built.facts.servers[0]->best()->visit.problem->cause = Cause::Prohibited;
    EXPECT_EQ(ways_out(built.facts), Ways::UdpBlocked);
}

TEST(CallReport, certificate_that_this_computer_refuses_is_no_refusal_by_the_server) {
    FactsBuilder built;
    built.bad("turns:turn.example", Step::Handshake, Cause::CertificateExpired, "expired");
    const auto report = written(built.facts);
    EXPECT_EQ(report.headline,
              "Your relay cannot be used, and whether calls work without it is open: packets get "
              "out of this network, but this computer refuses the server: its certificate has "
              "expired (expired). Renew the server's certificate; if it is new, set this "
              "computer's clock.");
    EXPECT_EQ(finding(report, "call/works").verdict.outcome(), report::Outcome::Inconclusive);
    built.bad("turn:turn.example", Step::Ask, Cause::PortClosed);
    EXPECT_THAT(call_headline(built.facts), HasSubstr("the server refuses them"));
}

TEST(CallReport, server_without_turn_is_reached_and_named_so) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Ask, Cause::NoTurn).best()->visit.has_answered = true;
    built.well_behaved_nat();
    const auto report = written(built.facts);
    EXPECT_TRUE(finding(report, "server/reachable").verdict.is_pass());
    EXPECT_EQ(finding(report, "relay/allocation").verdict.reason()->code(), "no-turn");
    EXPECT_THAT(report.headline, HasSubstr("it serves no TURN"));
}

TEST(CallReport, closed_relay_ports_are_told) {
    FactsBuilder built = healthy();
    ServerFacts& server = *built.facts.servers[0];
    server.outside = {.is_done = true, .copy_count = 12, .control_count = 12};
    EXPECT_THAT(failures(written(built.facts)), (Causes{{"relay/from-outside", "relay-closed"}}));
    EXPECT_EQ(call_headline(built.facts),
              "Calls will work through your relay, 32 ms away (MOS 4.4); whether directly too is "
              "open: media passes between the relay's ports, and what is sent from here to one of "
              "them does not arrive: either this network lets UDP out to some ports alone, or the "
              "server's firewall closes those of its relays.");
    const auto doubtful = written(built.facts);
    EXPECT_EQ(finding(doubtful, "network/egress").verdict.reason()->code(), "some-ports");
    EXPECT_EQ(finding(doubtful, "call/works").value, "relayed");
    EXPECT_EQ(finding(doubtful, "peers/reach").verdict.reason()->code(), "some-ports");
    EXPECT_EQ(finding(doubtful, "peers/reach").value, "11 % relayed, 89 % open");
    // Without controls silence is no evidence.
    server.outside.control_count = 0;
    const auto report = written(built.facts);
    EXPECT_THAT(failures(report), IsEmpty());
    EXPECT_EQ(finding(report, "relay/from-outside").verdict.outcome(),
              report::Outcome::Inconclusive);
}

TEST(CallReport, headline_promises_no_more_than_the_classification) {
    FactsBuilder built = healthy();
    built.facts.nats[0].outcome.udp = discovery::unknown<discovery::UdpReachability>(
        discovery::VerdictKind::Inconclusive, "udp-some-ports", "UDP gets through to port 3478");
    EXPECT_THAT(call_headline(built.facts),
                HasSubstr("whether directly too is open: UDP gets through to port 3478."));
    for (const auto& server : built.facts.servers) {
        server->best()->visit = {};
        server->best()->visit.has_answered = true;
        server->best()->visit.problem =
            precall::Problem{Step::Allocate, Cause::WrongCredentials, {}};
    }
    EXPECT_EQ(call_headline(built.facts),
              "Your relay cannot be used (it does not accept user name and password), and whether "
              "calls work directly is open: UDP gets through to port 3478.");
    EXPECT_EQ(finding(written(built.facts), "call/works").verdict.reason()->code(), "some-ports");
}

TEST(CallReport, relay_that_carries_nothing_is_none) {
    FactsBuilder built = healthy();
    built.facts.servers.pop_back();
    ServerFacts& server = *built.facts.servers[0];
    server.audio = {};
    server.audio.is_done = true;
    server.audio.problem = precall::Problem{Step::Relay, Cause::NothingRelayed, {}};
    EXPECT_FALSE(server.has_relay());
    EXPECT_EQ(failures(written(built.facts))["relay/data"], "nothing-relayed");
    // One that forbids it says nothing about calls with others.
    server.audio.problem = precall::Problem{Step::Permit, Cause::Forbidden, {}};
    EXPECT_TRUE(server.has_relay());
}

TEST(CallReport, relay_that_forbids_every_peer_is_not_promised) {
    FactsBuilder built = healthy();
    for (const auto& server : built.facts.servers) {
        server->audio = {};
        server->audio.problem = precall::Problem{Step::Permit, Cause::Forbidden, "error 403"};
        server->outside = {};
    }
    built.facts.servers[0]->outside.problem =
        precall::Problem{Step::Permit, Cause::Forbidden, "error 403"};
    const auto report = written(built.facts);
    EXPECT_EQ(report.headline,
              "Calls will work with about 89 % of people; whether the relay reaches the others is "
              "open: it forbids its own relays and this network's address as peers (error 403).");
    EXPECT_EQ(finding(report, "call/works").verdict.outcome(), report::Outcome::Inconclusive);
    EXPECT_EQ(finding(report, "peers/reach").verdict.reason()->code(), "relay-forbids");
    EXPECT_THAT(finding(report, "peers/reach").value, "89 % direct, 11 % open");
    // Whom a stranger's packet reaches serves strangers.
    built.facts.servers[0]->outside = {.is_done = true, .has_arrived = true, .copy_count = 1};
    EXPECT_THAT(call_headline(built.facts), HasSubstr("through your relay"));
    EXPECT_TRUE(finding(written(built.facts), "call/works").verdict.is_pass());
}

TEST(CallReport, forbidding_relay_is_open_where_udp_is_blocked) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Ask, Cause::Silent);
    ServerFacts& server = built.good("turn:turn.example?transport=tcp");
    server.no_media_because.clear();
    server.wants_media = true;
    server.audio.problem = precall::Problem{Step::Permit, Cause::Forbidden, "error 403"};
    const auto report = written(built.facts);
    EXPECT_THAT(report.headline, StartsWith("It is open whether calls will work: they need your "
                                            "relay over TCP"));
    EXPECT_EQ(finding(report, "call/works").verdict.outcome(), report::Outcome::Inconclusive);
}

TEST(CallReport, cut_off_run_says_what_is_not_known) {
    FactsBuilder built;
    built.add("turn:turn.example").best()->visit.under_way = Step::Ask;
    built.facts.is_cut_off = true;
    const auto report = written(built.facts);
    EXPECT_THAT(failures(report), IsEmpty());
    EXPECT_EQ(finding(report, "call/works").verdict.reason()->code(), "out-of-time");
    EXPECT_THAT(report.headline, StartsWith("It is not known yet"));
}

TEST(CallReport, unmet_expectation_fails) {
    FactsBuilder built = healthy();
    built.facts.expected = Expected::NoUdp;
    EXPECT_THAT(failures(written(built.facts)), (Causes{{"call/expectation", "differs"}}));
    EXPECT_THAT(
        written(built.facts).headline,
        HasSubstr("Not as expected: UDP gets out and comes back, which it is said not to."));
    // Somebody asked for it: with the default --fail-on, it is exit code 1.
    EXPECT_EQ(finding(written(built.facts), "call/expectation").severity, report::Severity::High);
    built.facts.expected = Expected::RelayOnly;
    EXPECT_THAT(failures(written(built.facts)), (Causes{{"call/expectation", "differs"}}));
}

TEST(CallReport, network_that_is_not_there_is_all_there_is) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Connect, Cause::NoRoute);
    built.facts.has_route = false;
    const auto report = written(built.facts);
    EXPECT_THAT(failures(report),
                (Causes{{"call/works", "no-way"}, {"network/egress", "no-network"}}));
    EXPECT_EQ(report.headline, "Calls will not work: this computer is not connected to a network.");
}

TEST(CallFindingTable, has_every_id_once) {
    std::set<std::string_view> ids;
    for (const findings::FindingInfo& row : call_finding_table())
        EXPECT_TRUE(ids.insert(row.id).second) << row.id;
}

TEST(CallReport, evidence_of_a_finding_is_a_handful) {
    FactsBuilder built;
    for (int i = 0; i < 12; ++i)
        built.good("turn:turn" + std::to_string(i) + ".example");
    built.well_behaved_nat();
    built.facts.expected = Expected::RelayOnly;
    const auto report = written(built.facts);
    for (const char* id : {"call/works", "call/expectation", "network/egress", "network/ipv6"})
        EXPECT_LE(finding(report, id).evidence_ids.size(), 3U) << id;
}

}  // namespace
}  // namespace portolan::nat_probe
