#include <gmock/gmock.h>

#include "probe/cli/report/call_headline.hpp"
#include "probe/cli/report/catalogue.hpp"
#include "probe/cli/report/egress.hpp"
#include "probe/cli/report/tests/facts_builder.hpp"
#include "probe/cli/report/tests/written_report.hpp"

// The first sentence promises no more than was measured, and says whose doing it is.
namespace portolan::nat_probe {
namespace {

using precall::Cause;
using precall::Step;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(FirstSentence, run_that_was_cut_off_promises_no_more_than_it_saw) {
    FactsBuilder built;
    precall::Visit& visit = built.good("turn:turn.example").best()->visit;
    visit.readings = {visit.round_trip, visit.round_trip};
    built.well_behaved_nat();
    built.facts.is_cut_off = true;
    EXPECT_EQ(call_headline(built.facts),
              "Calls will work: directly with most people, and with those whose NAT changes ports "
              "through your relay, 31 ms away by two readings (that packets pass through it was "
              "not tried). The run was cut off before all was tried.");
    built.facts.servers.front()->ice.has_carried = true;
    EXPECT_THAT(call_headline(built.facts),
                AllOf(Not(HasSubstr("not tried)")), HasSubstr("The run was cut off")));
    FactsBuilder without = healthy();
    without.facts.servers.clear();
    without.facts.is_cut_off = true;
    EXPECT_THAT(call_headline(without.facts),
                AllOf(HasSubstr("no relay (TURN server) is configured"),
                      EndsWith(". The run was cut off before all was tried.")));
    FactsBuilder whole = healthy();
    EXPECT_THAT(call_headline(whole.facts), Not(HasSubstr("cut off")));
    // Its second allocation was refused, and with it all that needs one.
    whole.facts.servers.resize(1);
    ServerFacts& server = *whole.facts.servers.front();
    server.audio = {};
    server.outside = {};
    server.ice = {};
    server.second.problem = precall::Problem{Step::Allocate, Cause::Quota, {}};
    EXPECT_THAT(call_headline(whole.facts),
                HasSubstr("(that packets pass through it was not tried)"));
}

TEST(FirstSentence, silent_name_service_is_told_in_a_quick_run_too) {
    FactsBuilder built;
    ServerFacts& server = built.add("turn:turn.example");
    server.attempts.clear();
    server.lookup_problem = precall::Problem{Step::Resolve, Cause::NameServiceFails,
                                             "turn.example: no answer within 1105 ms"};
    server.is_lookup_silent = true;
    built.facts.is_quick = true;
    auto report = written(built.facts);
    EXPECT_THAT(report.headline, HasSubstr("for the name service (DNS) does not answer. Repair"));
    EXPECT_EQ(finding(report, "network/names").verdict.reason()->sentence(),
              "The name service (DNS) does not answer: turn.example: no answer within 1105 ms");
    // It may answer one of two names, and with a failure.
    server.is_lookup_silent = false;
    EXPECT_THAT(call_headline(built.facts), HasSubstr("(DNS) does not do its work. Repair"));
}

TEST(FirstSentence, refused_connection_does_not_show_that_packets_get_out) {
    FactsBuilder built;
    ServerFacts& server = built.bad("turn:turn.example?transport=tcp", Step::Connect,
                                    Cause::PortClosed, "ECONNREFUSED");
    auto report = written(built.facts);
    EXPECT_EQ(report.headline,
              "Your relay cannot be used, and whether calls work without it is open: connections "
              "to the server are refused, by it or by a firewall in its name, and nothing else "
              "comes back. Start the server, or correct its port and transport in the "
              "configuration; over TCP a firewall may refuse in its name.");
    EXPECT_THAT(finding(report, "network/egress").verdict.reason()->sentence(),
                HasSubstr("what gets out of this network is open"));
    EXPECT_EQ(finding(report, "server/reachable").verdict.reason()->sentence(),
              "192.0.2.10:3478: the connection is refused: nothing listens there, or a firewall "
              "refuses in its name (ECONNREFUSED)");
    // By ICMP its host says so itself.
    server.best()->visit.problem->reported_by = server.best()->visit.endpoint.server.ip;
    EXPECT_THAT(call_headline(built.facts), HasSubstr("packets get out of this network"));
    EXPECT_THAT(server.best()->visit.problem->sentence(), StartsWith("nothing listens there ("));
}

TEST(FirstSentence, names_the_relay_where_several_are_named) {
    FactsBuilder built;
    built.bad("turn:near.example", Step::Allocate, Cause::WrongCredentials);
    built.good("turn:far.example", "192.0.2.20");
    built.well_behaved_nat();
    EXPECT_THAT(call_headline(built.facts),
                HasSubstr("through your relay far.example, 31 ms away"));
    built.facts.servers.front()->uri = *transport::ServerUri::parse("turns:far.example");
    EXPECT_THAT(call_headline(built.facts), HasSubstr("through your relay, 31 ms away"));
}

TEST(FirstSentence, and_exit_code_are_those_of_the_relay_that_works) {
    FactsBuilder built;
    ServerFacts& shut = built.good("turn:near.example");
    shut.no_media_because.clear();
    shut.wants_media = true;
    shut.audio.problem = precall::Problem{Step::Relay, Cause::NothingRelayed, {}};
    built.well_behaved_nat();
    EXPECT_EQ(finding(written(built.facts), "relay/data").severity, report::Severity::High);
    EXPECT_EQ(exit_code(written(built.facts)), cli::ExitCode::Findings);
    built.good("turn:far.example", "192.0.2.20");
    const auto report = written(built.facts);
    EXPECT_THAT(report.headline, StartsWith("Calls will work: "));
    EXPECT_EQ(finding(report, "relay/data").severity, report::Severity::Medium);
    EXPECT_EQ(exit_code(report), cli::ExitCode::Ok);
}

TEST(FirstSentence, says_what_to_do_about_an_address_of_the_other_family) {
    FactsBuilder built;
    built.bad("turn:192.0.2.10", Step::Connect, Cause::NoRoute);
    built.facts.has_ipv6_route = true;
    EXPECT_THAT(call_headline(built.facts), HasSubstr("or this network IPv4 or a NAT64"));
    // The classification asked at the translation, which callers do not know of.
    built.well_behaved_nat();
    NatFacts& nat = built.facts.nats.front();
    nat.family = AddressFamily::IPv6;
    nat.is_translated = true;
    const auto report = written(built.facts);
    EXPECT_THAT(report.headline,
                AllOf(StartsWith("Your relay cannot be used, and whether calls work without it is "
                                 "open: "),
                      EndsWith("Name the server by its DNS name, or by an IPv6 address: this "
                               "computer has IPv6 alone, and its network's NAT64 is found by names "
                               "(DNS64).")));
    EXPECT_THAT(finding(report, "server/reachable").advice,
                testing::ElementsAre(HasSubstr("NAT64")));
}

TEST(FirstSentence, and_the_ways_out_do_not_call_refused_tcp_working) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Ask, Cause::Prohibited, "EHOSTUNREACH");
    built.bad("turn:turn.example?transport=tcp", Step::Connect, Cause::Refused, "ECONNREFUSED");
    built.blocked_nat();
    ASSERT_EQ(ways_out(built.facts), Ways::UdpBlocked);
    const auto egress = [&] {
        return finding(written(built.facts), "network/egress").verdict.reason()->sentence();
    };
    EXPECT_THAT(egress(), Not(HasSubstr("TCP works")));
    EXPECT_THAT(egress(), HasSubstr("a firewall rejects it (EHOSTUNREACH)"));
    built.good("turns:turn.example");
    EXPECT_THAT(egress(), HasSubstr(", while TCP works"));
}

}  // namespace
}  // namespace portolan::nat_probe
