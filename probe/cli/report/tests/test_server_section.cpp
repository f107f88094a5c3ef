#include <gmock/gmock.h>

#include "probe/cli/report/egress.hpp"
#include "probe/cli/report/tests/facts_builder.hpp"
#include "probe/cli/report/tests/written_report.hpp"
#include "reports/render/renderer.hpp"

namespace portolan::nat_probe {
namespace {

using precall::Cause;
using precall::Step;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string advice_of_first_server(const CallFacts& facts) {
    const auto report = written(facts);
    const auto& advice = finding(report, "server/reachable", "server-1").advice;
    return advice.empty() ? "" : advice.front();
}

TEST(Remedy, name_with_ipv6_addresses_alone_wants_another_on_a_network_of_ipv4) {
    const auto on = [](AddressFamily family, bool has_ipv6_route) {
        FactsBuilder built;
        ServerFacts& server = built.bad("turn:turn.example", Step::Connect, Cause::NoRoute);
        server.best()->family = family;
        built.good("turn:other.example");
        built.facts.has_ipv6_route = has_ipv6_route;
        return advice_of_first_server(built.facts);
    };
    EXPECT_THAT(on(AddressFamily::IPv6, false), HasSubstr("name an IPv4 address (A)"));
    EXPECT_THAT(on(AddressFamily::IPv6, true), Not(HasSubstr("(AAAA)")));
    EXPECT_THAT(on(AddressFamily::IPv4, false), Not(HasSubstr("(AAAA)")));
}

TEST(Remedy, portal_that_was_seen_explains_what_answers_on_port_443_and_no_other) {
    const auto at = [](const char* uri, Cause cause, int status) {
        FactsBuilder built;
        built.bad(uri, Step::Handshake, cause);
        built.good("turn:other.example");
        precall::WebCheck web{.url = "http://check.example/204", .host = "check.example"};
        web.was_begun = web.is_done = true;
        web.head.emplace();
        web.head->status = status;
        built.facts.web = std::move(web);
        return advice_of_first_server(built.facts);
    };
    const char* const on_443 = "turns:turn.example:443?transport=tcp";
    EXPECT_THAT(at(on_443, Cause::CertificateWrongName, 511), HasSubstr("Log in to the network"));
    EXPECT_THAT(at(on_443, Cause::CertificateWrongName, 204), HasSubstr("Name the server as"));
    EXPECT_THAT(at(on_443, Cause::CertificateExpired, 511), HasSubstr("Renew"));
    EXPECT_THAT(at("turns:turn.example:5349?transport=tcp", Cause::CertificateWrongName, 511),
                HasSubstr("Name the server as"));
}

/// What the report advises, what weighs most first.
std::vector<std::string> advice_of(const report::Report& report) {
    std::vector<std::string> out;
    const std::string text = render::renderer_for(render::Format::Text).render(report, {});
    for (std::size_t at = text.find("  * "); at != std::string::npos; at = text.find("  * ", at))
        out.push_back(text.substr(at + 4, 20)), at += 4;
    return out;
}

TEST(Advice, follows_the_cause_where_relays_over_tcp_are_there) {
    FactsBuilder built;
    for (const char* uri : {"turn:turn.example", "turn:turn.example?transport=tcp",
                            "turns:turn.example:443?transport=tcp"})
        built.bad(uri, Step::Allocate, Cause::WrongCredentials);
    built.well_behaved_nat();
    EXPECT_THAT(advice_of(written(built.facts)), ElementsAre("Correct username and"));
    built.facts.nats.clear();
    built.blocked_nat();
    built.facts.servers[0]->best()->visit.has_answered = false;
    built.facts.servers[0]->best()->visit.problem = precall::Problem{Step::Ask, Cause::Silent, {}};
    EXPECT_EQ(ways_out(built.facts), Ways::UdpBlocked);
    EXPECT_THAT(advice_of(written(built.facts)), ElementsAre("Correct username and"));
}

TEST(Advice, names_what_is_missing_where_no_relay_over_tcp_is_named) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Allocate, Cause::WrongCredentials);
    built.well_behaved_nat();
    EXPECT_THAT(advice_of(written(built.facts)), ElementsAre("Correct username and"));
    built = {};
    built.good("turn:turn.example");
    built.nat(discovery::Mapping::EndpointIndependent, discovery::Filtering::EndpointIndependent);
    EXPECT_THAT(advice_of(written(built.facts)), ElementsAre("Have the TURN server"));
}

TEST(Advice, of_what_breaks_the_call_comes_before_that_of_what_does_not) {
    FactsBuilder built = healthy();
    built.bad("turn:other.example", Step::Ask, Cause::PortClosed);
    built.facts.port_mapping = {};
    built.facts.expected = Expected::NoUdp;
    auto report = written(built.facts);
    report.sections.front().findings.front().verdict =
        report::Verdict::fail(report::Reason("low", "Of little weight"));
    report.sections.front().findings.front().severity = report::Severity::Low;
    report.sections.front().findings.front().advice = {"Comes last, as it is."};
    EXPECT_THAT(advice_of(report), ElementsAre("Start the server, or", "Comes last, as it is"));
}

TEST(Server, way_that_routes_forbid_is_no_missing_network) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Connect, Cause::RouteForbids);
    const auto report = written(built.facts);
    EXPECT_THAT(report.headline, HasSubstr("a route forbids it, or it is a broadcast address"));
    EXPECT_EQ(finding(report, "server/reachable").verdict.reason()->code(), "route-forbids");
    EXPECT_EQ(finding(report, "call/works").verdict.outcome(), report::Outcome::Inconclusive);
    EXPECT_EQ(exit_code(report), cli::ExitCode::Findings) << "the relay's own";
}

TEST(Relay, refused_for_this_reports_own_allocations_is_open) {
    FactsBuilder built;
    built.good("turn:turn.example");
    built.bad("turn:turn.example?transport=tcp", Step::Allocate, Cause::Quota, "error 486");
    built.well_behaved_nat();
    const auto report = written(built.facts);
    EXPECT_THAT(failures(report), testing::IsEmpty());
    const auto& relay = finding(report, "relay/allocation", "server-2");
    EXPECT_EQ(relay.verdict.outcome(), report::Outcome::Inconclusive);
    EXPECT_THAT(relay.verdict.reason()->sentence(), HasSubstr("this report holds some itself"));
    const auto& peers = finding(report, "peers/reach");
    EXPECT_EQ(peers.verdict.reason()->code(), "quota-of-this-report");
    EXPECT_THAT(peers.verdict.reason()->sentence(),
                testing::Not(HasSubstr("no relay works over TCP")));
    // Where it holds none there, the quota is used up by others.
    built.facts.servers[0]->uri = *transport::ServerUri::parse("turn:other.example");
    EXPECT_EQ(failures(written(built.facts))["relay/allocation"], "quota-reached");
}

TEST(Relay, address_that_others_cannot_reach_is_named) {
    FactsBuilder built;
    ServerFacts& server = built.good("turn:turn.example", "5.5.5.10");
    built.well_behaved_nat();
    const auto causes_at = [&](const char* address, const char* relay) {
        precall::Visit& visit = server.best()->visit;
        visit.endpoint.server.ip = *IpAddress::parse(address);
        visit.relayed = TransportAddress{*IpAddress::parse(relay), 50'000};
        return failures(written(built.facts))["relay/allocation"];
    };
    EXPECT_EQ(causes_at("5.5.5.10", "5.5.5.11"), "");
    EXPECT_EQ(causes_at("10.0.0.10", "10.0.0.11"), "");
    EXPECT_EQ(causes_at("10.0.0.10", "5.5.5.11"), "");
    EXPECT_EQ(causes_at("10.0.0.10", "127.0.0.1"), "address-out-of-reach");
    EXPECT_EQ(causes_at("5.5.5.10", "127.0.0.1"), "address-out-of-reach");
    EXPECT_EQ(causes_at("10.0.0.10", "169.254.1.1"), "address-out-of-reach");
    EXPECT_EQ(causes_at("169.254.1.2", "169.254.1.1"), "");
    EXPECT_EQ(causes_at("5.5.5.10", "10.0.0.11"), "address-out-of-reach");
    const auto report = written(built.facts);
    EXPECT_EQ(finding(report, "relay/allocation").verdict.reason()->sentence(),
              "The server gives the relay 10.0.0.11:50000, an address of its own network, while it "
              "is reached itself at 5.5.5.10:3478: peers elsewhere cannot send there");
    EXPECT_THAT(finding(report, "relay/allocation").advice, ElementsAre(HasSubstr("external-ip")));
    EXPECT_THAT(report.headline, HasSubstr("that relay's address, 10.0.0.11, is out of others'"));
    // A stranger who reached it there shows that it can be reached.
    server.outside = {.is_done = true, .has_arrived = true, .copy_count = 1};
    EXPECT_EQ(failures(written(built.facts))["relay/allocation"], "");
}

TEST(Relay, transports_that_share_a_relays_address_are_judged_alike) {
    FactsBuilder built;
    for (const char* uri : {"turn:turn.example", "turn:turn.example?transport=tcp"}) {
        built.good(uri, "5.5.5.10").best()->visit.relayed =
            TransportAddress{*IpAddress::parse("10.0.0.11"), 50'000};
    }
    built.well_behaved_nat();
    auto report = written(built.facts);
    EXPECT_TRUE(finding(report, "relay/allocation", "server-2").verdict.is_fail());
    built.facts.servers[0]->outside = {.is_done = true, .has_arrived = true, .copy_count = 1};
    report = written(built.facts);
    EXPECT_TRUE(finding(report, "relay/allocation", "server-1").verdict.is_pass());
    EXPECT_TRUE(finding(report, "relay/allocation", "server-2").verdict.is_pass());
}

TEST(Relay, address_out_of_reach_is_no_closed_firewall) {
    FactsBuilder built = healthy();
    ServerFacts& server = *built.facts.servers[0];
    server.best()->visit.endpoint.server.ip = *IpAddress::parse("5.5.5.10");
    server.outside = {.is_done = true, .copy_count = 12, .control_count = 12};
    EXPECT_THAT(built.facts.doubt_about_ports(), HasSubstr("firewall closes"));
    server.best()->visit.relayed = TransportAddress{*IpAddress::parse("127.0.0.1"), 50'000};
    EXPECT_EQ(ways_out(built.facts), Ways::Open);
    auto report = written(built.facts);
    EXPECT_EQ(failures(report)["relay/allocation"], "address-out-of-reach");
    EXPECT_EQ(finding(report, "relay/from-outside").verdict.reason()->code(),
              "address-out-of-reach");
    EXPECT_THAT(finding(report, "relay/from-outside").advice, testing::IsEmpty());
    EXPECT_TRUE(finding(report, "peers/reach").verdict.is_pass());
    EXPECT_THAT(report.headline, HasSubstr("Calls will work: directly with most people"));
    EXPECT_THAT(report.headline, HasSubstr("127.0.0.1, is out of others' reach"));
    // Of an address of this computer nobody knows whether it is passed on from there.
    server.best()->visit.relayed = TransportAddress{*IpAddress::parse("5.5.5.77"), 50'000};
    server.is_relay_here = true;
    server.outside = {};
    report = written(built.facts);
    EXPECT_EQ(finding(report, "relay/allocation").verdict.outcome(), report::Outcome::Inconclusive);
    EXPECT_EQ(finding(report, "relay/from-outside").verdict.reason()->code(),
              "address-out-of-reach");
}

TEST(Relay, credential_that_ends_within_a_call_is_told) {
    FactsBuilder built;
    ServerFacts& server = built.good("turn:turn.example");
    built.good("turns:turn.example");
    built.well_behaved_nat();
    built.facts.unix_time_s = 1'800'000'000;
    server.credential_expires_at_s = built.facts.unix_time_s + 60;
    auto report = written(built.facts);
    EXPECT_EQ(failures(report)["relay/credential"], "ends-soon");
    EXPECT_THAT(finding(report, "relay/credential").verdict.reason()->sentence(),
                HasSubstr("ends in 60 s"));
    EXPECT_EQ(exit_code(report), cli::ExitCode::Ok) << "advice, and no failure of this call";
    server.credential_expires_at_s = built.facts.unix_time_s + 3600;
    report = written(built.facts);
    EXPECT_TRUE(finding(report, "relay/credential").verdict.is_pass());
    EXPECT_EQ(finding(report, "relay/credential").value, "60 minutes");
}

TEST(Server, relay_over_tcp_says_nothing_of_udp) {
    FactsBuilder built;
    built.good("turn:turn.example?transport=tcp").no_media_because.clear();
    const auto report = written(built.facts);
    EXPECT_THAT(finding(report, "call/works").summary, HasSubstr("was not shown"));
    EXPECT_EQ(finding(report, "relay/from-outside").verdict.reason()->code(), "asked-over-udp");
}

TEST(Server, name_that_does_not_exist_was_not_reached_and_nothing_has_ended) {
    FactsBuilder built = healthy();
    ServerFacts& server = built.add("turn:nobody.invalid");
    server.attempts.clear();
    server.lookup_problem = precall::Problem{Step::Resolve, Cause::NameNotFound, "no such name"};
    const auto report = written(built.facts);
    const auto& reached = finding(report, "server/reachable", server.id);
    EXPECT_EQ(reached.verdict.reason()->code(), "name-not-found");
    EXPECT_THAT(reached.advice, ElementsAre(HasSubstr("have the DNS answer for it")));
    const auto& reason = *finding(report, "relay/allocation", server.id).verdict.reason();
    EXPECT_EQ(reason.code(), "not-reached");
    EXPECT_EQ(reason.sentence(),
              "The server was not reached: its name does not exist (no such name)");
}

TEST(Server, how_long_it_took_to_answer_is_one_figure) {
    FactsBuilder built;
    precall::Visit& visit = built.good("stun:192.0.2.10").best()->visit;
    // Of two copies: which of them was answered is not known, nor how long a round trip is.
    visit.round_trip = transport::Duration(0);
    visit.steps = {{Step::Ask, milliseconds(503)}};
    auto report = written(built.facts);
    EXPECT_EQ(finding(report, "server/reachable").value, "503 ms");
    EXPECT_THAT(finding(report, "server/reachable").summary, HasSubstr("answer 503 ms"));
    EXPECT_FALSE(finding(report, "server/reachable").data.contains("rtt_us"));
    for (const report::Evidence& evidence : report.evidence)
        EXPECT_THAT(evidence.data.dump(), Not(HasSubstr("after 0.0 ms")));
    // It answered, and with what helps nobody.
    visit.steps.clear();
    report = written(built.facts);
    EXPECT_EQ(finding(report, "server/reachable").value, "answers");
    EXPECT_EQ(finding(report, "server/reachable").summary, "192.0.2.10:3478 answers");
}

TEST(Server, what_was_not_asked_from_outside_is_not_said_to_be_silent) {
    FactsBuilder built;
    for (const char* uri : {"turns:turn.example?transport=udp", "turn:turn.example?transport=tcp"})
        built.good(uri).no_media_because.clear();
    built.well_behaved_nat();
    for (const char* section : {"server-1", "server-2"}) {
        const auto report = written(built.facts);
        const auto& verdict = finding(report, "relay/from-outside", section).verdict;
        EXPECT_EQ(verdict.reason()->code(), "asked-over-udp");
        EXPECT_THAT(verdict.reason()->sentence(), HasSubstr("of which none of this server's was"));
    }
    built.good("turn:turn.example").asks_from_outside = true;
    const auto report = written(built.facts);
    EXPECT_EQ(finding(report, "relay/from-outside", "server-1").verdict.reason()->sentence(),
              "It is asked over UDP, of a relay of the same server");
}

}  // namespace
}  // namespace portolan::nat_probe
