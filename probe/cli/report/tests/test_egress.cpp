#include <gmock/gmock.h>

#include "probe/cli/report/call_headline.hpp"
#include "probe/cli/report/egress.hpp"
#include "probe/cli/report/tests/facts_builder.hpp"
#include "probe/cli/report/tests/written_report.hpp"

namespace portolan::nat_probe {
namespace {

using precall::Cause;
using precall::Step;
using report::Outcome;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A STUN server that is silent over UDP and answers over TCP, as the classification has it.
FactsBuilder silent_stun_server(const char* reason) {
    FactsBuilder built;
    built.bad("stun:stun.example", Step::Ask, Cause::Silent, "no answer to 7 copies");
    built.blocked_nat();
    built.facts.nats[0].outcome.udp.reason = reason;
    return built;
}

TEST(Egress, one_silent_server_is_no_proof_of_a_blocked_udp) {
    const FactsBuilder built = silent_stun_server(discovery::kBlockedUnlessServer);
    const auto report = written(built.facts);
    EXPECT_EQ(report.headline,
              "It is open whether calls will work: this network blocks UDP, unless it is "
              "stun.example alone that does not answer over UDP; and no relay (TURN server) is "
              "configured. Configure a TURN server that listens on TCP and on TLS port 443; a "
              "second server would tell whether UDP is blocked.");
    EXPECT_EQ(finding(report, "call/works").verdict.outcome(), Outcome::Inconclusive);
    EXPECT_EQ(finding(report, "peers/reach").verdict.outcome(), Outcome::NotTested);
    EXPECT_THAT(finding(report, "network/egress").verdict.reason()->sentence(),
                HasSubstr("unless it is stun.example alone"));
    EXPECT_EQ(finding(report, "network/egress").severity, report::Severity::Medium);
    EXPECT_EQ(exit_code(report), cli::ExitCode::Inconclusive);
}

TEST(Egress, another_port_that_answers_shows_that_udp_gets_out) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Ask, Cause::Silent, "no answer to 7 copies");
    built.good("turn:turn.example?transport=tcp");
    built.blocked_nat();
    auto& udp = built.facts.nats[0].outcome.udp;
    udp.value = discovery::UdpReachability::SomePorts;
    udp.reason = discovery::kPortBlockedUnlessServer;
    udp.sentence = "UDP to port 3478 is blocked, port 3479 answers";
    EXPECT_EQ(ways_out(built.facts), Ways::SomePorts);
    const auto report = written(built.facts);
    EXPECT_EQ(report.headline,
              "Calls will work through your relay over TCP, 31 ms away; whether directly too is "
              "open: UDP to port 3478 is blocked, port 3479 answers.");
    EXPECT_EQ(finding(report, "network/egress").verdict.outcome(), Outcome::Inconclusive);
    EXPECT_EQ(finding(report, "peers/reach").verdict.outcome(), Outcome::Inconclusive);
    for (const auto& section : report.sections) {
        for (const auto& each : section.findings) {
            EXPECT_THAT(each.summary, Not(HasSubstr("this network blocks UDP")));
            const auto& reason = each.verdict.reason();
            EXPECT_THAT(reason ? reason->sentence() : "", Not(HasSubstr("network seems not")));
        }
    }
}

TEST(Egress, several_silent_servers_are_a_proof) {
    const FactsBuilder built = silent_stun_server("udp-blocked");
    const auto report = written(built.facts);
    EXPECT_EQ(report.headline,
              "Calls will not work: this network blocks UDP, and no relay (TURN server) is "
              "configured.");
    EXPECT_EQ(finding(report, "network/egress").severity, report::Severity::Critical);
    EXPECT_EQ(exit_code(report), cli::ExitCode::Findings);
}

TEST(Egress, visits_to_servers_of_two_networks_on_two_ports_are_a_proof_too) {
    FactsBuilder built;
    built.bad("turn:one.example", Step::Ask, Cause::Silent, {}, "5.5.5.10");
    built.good("turn:one.example?transport=tcp", "5.5.5.10");
    EXPECT_EQ(blocked_unless(built.facts), "it is one.example alone that does not answer over UDP");
    built.bad("turn:two.example", Step::Ask, Cause::Silent, {}, "9.9.9.10");
    built.good("turn:two.example?transport=tcp", "9.9.9.10");
    EXPECT_EQ(blocked_unless(built.facts),
              "it is port 3478 alone (a server on another one would tell)");
    built.bad("turn:two.example:443?transport=udp", Step::Ask, Cause::Silent, {}, "9.9.9.10");
    EXPECT_EQ(blocked_unless(built.facts), "");
    EXPECT_THAT(call_headline(built.facts), HasSubstr("because this network blocks UDP."));
}

TEST(Egress, silence_of_one_server_and_tcp_of_another_show_nothing) {
    FactsBuilder built;
    built.bad("stun:dead.example", Step::Ask, Cause::Silent, {}, "5.5.5.10");
    built.good("turn:turn.example?transport=tcp", "9.9.9.10");
    EXPECT_EQ(ways_out(built.facts), Ways::NotTried);
    const auto report = written(built.facts);
    EXPECT_EQ(finding(report, "network/egress").verdict.outcome(), Outcome::NotTested);
    EXPECT_THAT(report.headline, Not(HasSubstr("blocks UDP")));
    // A server may be named by its name and by its address.
    built.bad("turn:9.9.9.10", Step::Ask, Cause::Silent, {}, "9.9.9.10");
    EXPECT_EQ(ways_out(built.facts), Ways::UdpBlocked);
}

TEST(Egress, ports_are_named_that_were_tried_and_no_others) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Ask, Cause::Silent);
    built.bad("turn:turn.example?transport=tcp", Step::Connect, Cause::ConnectTimeout);
    built.good("turns:turn.example:443");
    const auto report = written(built.facts);
    EXPECT_EQ(report.headline,
              "Calls will work, but only through your relay over TLS, 31 ms away, because TCP to "
              "port 443 gets out, and neither UDP nor TCP to port 3478 does, unless it is "
              "turn.example alone that does not answer there.");
    EXPECT_EQ(finding(report, "network/egress").verdict.reason()->sentence(),
              "Of what was tried, TCP to port 443 gets out, and neither UDP nor TCP to port 3478 "
              "does; unless it is turn.example alone that does not answer there");
    EXPECT_EQ(exit_code(report), cli::ExitCode::Ok);
    built.facts.expected = Expected::NoUdp;
    EXPECT_EQ(exit_code(written(built.facts)), cli::ExitCode::Ok);
}

TEST(Egress, blocked_udp_is_no_worse_in_the_classification_than_for_calls) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Ask, Cause::Silent);
    built.good("turn:turn.example?transport=tcp");
    report::Section section{.id = "ipv4", .title = "IPv4"};
    report::Finding udp{.id = "udp/reachability",
                        .title = "UDP",
                        .verdict = report::Verdict::fail(
                            report::Reason(discovery::kBlockedUnlessServer, "Nothing came back"))};
    udp.severity = report::Severity::High;
    section.findings.push_back(udp);
    report::Report report;
    report.tool = {"nat-probe", "0.1.0"};
    report.complete = true;
    write_call_report(report, built.facts, {section});
    EXPECT_EQ(exit_code(report), cli::ExitCode::Ok);
    EXPECT_EQ(finding(report, "udp/reachability").severity, report::Severity::Medium);
}

TEST(Egress, computer_without_authorities_has_sent_nothing) {
    FactsBuilder built;
    built.bad("turns:turn.example", Step::Handshake, Cause::NoAuthorities);
    EXPECT_EQ(ways_out(built.facts), Ways::NotTried);
    EXPECT_THAT(call_headline(built.facts), Not(HasSubstr("packets get out")));
}

/// Beside IPv4, of the server that was added last.
precall::Visit& over_ipv6(FactsBuilder& built) {
    ServerFacts& server = *built.facts.servers.back();
    server.attempts.push_back(std::make_unique<Attempt>());
    Attempt& attempt = *server.attempts.back();
    attempt.family = AddressFamily::IPv6;
    attempt.visit.endpoint.server = {*IpAddress::parse("2001:db8::1"), server.uri.port};
    built.facts.has_ipv6_route = true;
    return attempt.visit;
}

TEST(Ipv6, closed_port_beside_ipv4_is_a_refusal_and_no_silence) {
    FactsBuilder built;
    built.good("turn:turn.example");
    over_ipv6(built).problem =
        precall::Problem{Step::Ask, Cause::PortClosed, "ICMPv6 1/4 from 2001:db8::1"};
    built.well_behaved_nat();
    const auto report = written(built.facts);
    const auto& ipv6 = finding(report, "network/ipv6");
    EXPECT_EQ(ipv6.verdict.outcome(), Outcome::Inconclusive);
    EXPECT_EQ(ipv6.verdict.reason()->sentence(),
              "No server answers over IPv6, and [2001:db8::1]:3478 refuses: nothing listens there "
              "(ICMPv6 1/4 from 2001:db8::1), while the same server answers over IPv4");
    EXPECT_THAT(ipv6.advice, testing::ElementsAre(HasSubstr("listen on its IPv6 address too")));
}

TEST(Ipv6, silence_says_what_came_over_ipv4) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Ask, Cause::Silent);
    over_ipv6(built).problem = precall::Problem{Step::Ask, Cause::Silent, {}};
    const auto sentence = [&] {
        return finding(written(built.facts), "network/ipv6").verdict.reason()->sentence();
    };
    EXPECT_EQ(sentence(),
              "Nothing came back over IPv6, and over IPv4 these servers do not answer either");
    ServerFacts& server = *built.facts.servers.back();
    server.attempts.erase(server.attempts.begin());
    EXPECT_EQ(sentence(), "Nothing came back over IPv6, and no server was asked over IPv4");
    // By an URL of its own, as where servers are named by their addresses.
    precall::Visit& other = built.bad("stun:192.0.2.10", Step::Ask, Cause::Silent).best()->visit;
    EXPECT_EQ(sentence(),
              "Nothing came back over IPv6, and others that are named do not answer over IPv4 "
              "either");
    other.problem.reset();
    other.has_answered = other.has_succeeded = true;
    EXPECT_THAT(sentence(), HasSubstr("over IPv6, while others that are named answer over IPv4"));
    built.facts.servers.pop_back();
    built.good("turn:other.example");
    over_ipv6(built).problem = precall::Problem{Step::Ask, Cause::Silent, {}};
    built.facts.servers.erase(built.facts.servers.begin());
    EXPECT_THAT(sentence(), HasSubstr("while all of them do over IPv4; unless it is other.example "
                                      "alone that does not answer over IPv6"));
}

}  // namespace
}  // namespace portolan::nat_probe
