#include <gmock/gmock.h>

#include "probe/cli/report/call_headline.hpp"
#include "probe/cli/report/egress.hpp"
#include "probe/cli/report/settle.hpp"
#include "probe/cli/report/tests/facts_builder.hpp"
#include "probe/cli/report/tests/written_report.hpp"

namespace portolan::nat_probe {
namespace {

using precall::Cause;
using precall::Step;
using report::Outcome;
using testing::HasSubstr;
using testing::Not;

Cause cause_of(const FactsBuilder& built, std::size_t index) {
    return built.facts.servers[index]->best()->visit.problem->cause;
}

TEST(Settle, one_endpoint_over_udp_has_one_cause) {
    for (const Cause refusal : {Cause::PortClosed, Cause::Prohibited}) {
        FactsBuilder built;
        built.bad("stun:192.0.2.10", Step::Ask, Cause::Silent);
        built.bad("turn:192.0.2.10", Step::Ask, refusal, "ICMP 3/3");
        built.bad("turn:192.0.2.10:3479", Step::Ask, Cause::Silent);
        built.bad("stun:192.0.2.11", Step::Ask, Cause::Silent, {}, "192.0.2.11");
        settle_causes(built.facts);
        EXPECT_EQ(cause_of(built, 0), refusal);
        EXPECT_EQ(built.facts.servers[0]->best()->visit.problem->detail, "ICMP 3/3");
        EXPECT_EQ(cause_of(built, 2), Cause::Silent) << "another port";
        EXPECT_EQ(cause_of(built, 3), Cause::Silent) << "another address";
    }
}

TEST(Settle, refused_tcp_is_no_closed_port_where_a_router_rejects_udp) {
    FactsBuilder built;
    built.bad("turn:turn.example?transport=tcp", Step::Connect, Cause::PortClosed, "ECONNREFUSED");
    settle_causes(built.facts);
    EXPECT_EQ(cause_of(built, 0), Cause::PortClosed);
    built.bad("turn:turn.example", Step::Ask, Cause::Prohibited, "ICMP 3/3 from 10.0.0.1");
    settle_causes(built.facts);
    EXPECT_EQ(built.facts.servers[0]->best()->visit.problem->sentence(),
              "it is refused, by its host or in its name (ECONNREFUSED; UDP to it is rejected on "
              "the way: ICMP 3/3 from 10.0.0.1)");
    const report::Report report = written(built.facts);
    for (const auto& section : report.sections) {
        for (const auto& each : section.findings) {
            for (const std::string& advice : each.advice)
                EXPECT_THAT(advice, Not(HasSubstr("Start the server")));
        }
    }
}

TEST(Settle, rejected_ipv6_is_neither_silence_nor_a_closed_port) {
    FactsBuilder built;
    built.good("turn:192.0.2.10");
    built.facts.has_ipv6_route = true;
    for (const char* uri : {"turn:[2001:db8::1]", "turn:[2001:db8::1]?transport=tcp"}) {
        const bool is_tcp = std::string_view(uri).ends_with("tcp");
        ServerFacts& server =
            built.bad(uri, is_tcp ? Step::Connect : Step::Ask,
                      is_tcp ? Cause::PortClosed : Cause::Prohibited, "rejected", "2001:db8::1");
        server.best()->family = AddressFamily::IPv6;
    }
    settle_causes(built.facts);
    const report::Report report = written(built.facts);
    const auto& ipv6 = finding(report, "network/ipv6");
    EXPECT_EQ(ipv6.verdict.reason()->code(), "rejected");
    EXPECT_THAT(ipv6.verdict.reason()->sentence(),
                HasSubstr("a router or firewall on the way rejects it"));
    EXPECT_THAT(ipv6.advice, testing::IsEmpty());
}

TEST(Settle, rejection_is_no_silence_of_one_server) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Ask, Cause::Prohibited, "ICMP 3/3 from 10.0.0.1");
    built.bad("turn:turn.example?transport=tcp", Step::Connect, Cause::PortClosed);
    built.good("turns:turn.example:443");
    settle_causes(built.facts);
    EXPECT_EQ(ways_out(built.facts), Ways::OnlyWebPorts);
    EXPECT_EQ(blocked_unless(built.facts), "it is turn.example alone to which it is rejected");
}

TEST(Settle, classification_is_told_what_the_visits_heard) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Ask, Cause::Silent);
    built.blocked_nat();
    auto& udp = built.facts.nats[0].outcome.udp;
    udp.verdict = discovery::VerdictKind::Inconclusive;
    udp.reason = "no-answer";
    udp.sentence = "no connection over TCP or TLS was made";
    tell_of_visits(built.facts, built.facts.nats[0]);
    EXPECT_EQ(udp.sentence, "no connection over TCP or TLS was made");
    built.good("turns:turn.example:443");
    tell_of_visits(built.facts, built.facts.nats[0]);
    EXPECT_THAT(udp.sentence, HasSubstr("while 192.0.2.10:443 answers over TLS"));
    EXPECT_TRUE(built.facts.nats[0].outcome.streams_work);
}

TEST(Settle, family_without_an_answer_does_not_cut_a_run_off) {
    FactsBuilder built = healthy();
    EXPECT_TRUE(built.facts.is_classified());
    NatFacts lost{.family = AddressFamily::IPv6, .section_id = "ipv6", .outcome = {}};
    lost.is_cut_off = true;
    built.facts.nats.push_back(lost);
    EXPECT_FALSE(built.facts.is_classified()) << "nothing was asked";
    ServerFacts& server = built.add("stun:[2001:db8::1]", "2001:db8::1");
    server.best()->family = AddressFamily::IPv6;
    EXPECT_FALSE(built.facts.is_classified()) << "under way";
    server.best()->visit.problem = precall::Problem{Step::Ask, Cause::Silent, {}};
    EXPECT_TRUE(built.facts.is_classified());
    built.facts.nats[0].is_cut_off = true;
    EXPECT_FALSE(built.facts.is_classified()) << "the family that answers";
}

/// A relay that is silent by eth1, and answers by eth0.
FactsBuilder dead_way() {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Ask, Cause::Silent);
    built.bad("turn:turn.example?transport=tcp", Step::Connect, Cause::ConnectTimeout);
    built.blocked_nat();
    built.facts.nats[0].outcome.udp.verdict = discovery::VerdictKind::Inconclusive;
    built.facts.nats[0].outcome.udp.value.reset();
    built.well_behaved_nat();
    built.facts.nats[1].other_way = "eth0";
    built.facts.preferred_way = "eth1";
    return built;
}

TEST(Settle, dead_way_out_is_no_dead_relay) {
    FactsBuilder built = dead_way();
    const auto report = written(built.facts);
    EXPECT_EQ(report.headline,
              "It is open whether calls will work: this computer's preferred way out (interface "
              "eth1) is dead: nothing comes back by it, while servers answer by interface eth0. "
              "Repair the way out by interface eth1, or have this computer prefer interface eth0.");
    EXPECT_TRUE(finding(report, "network/egress").verdict.is_fail());
    for (const auto& section : report.sections) {
        for (const auto& each : section.findings) {
            for (const std::string& advice : each.advice)
                EXPECT_THAT(advice, Not(HasSubstr("server runs")));
        }
    }
    // Not where the preferred one is alive.
    built.good("turns:turn.example");
    EXPECT_EQ(built.facts.other_way_that_works(), nullptr);
}

TEST(Settle, way_that_was_not_tried_is_named) {
    FactsBuilder built;
    built.bad("turn:turn.example", Step::Ask, Cause::Silent);
    EXPECT_THAT(call_headline(built.facts), Not(HasSubstr("--all-interfaces")));
    built.facts.untried_ways = {"eth0"};
    EXPECT_THAT(call_headline(built.facts),
                HasSubstr("another way out (interface eth0) is there, and was not tried: "
                          "--all-interfaces does"));
}

TEST(Settle, credential_that_is_about_to_end_is_in_the_first_sentence) {
    FactsBuilder built;
    ServerFacts& server = built.good("turn:turn.example");
    built.well_behaved_nat();
    built.facts.unix_time_s = 1'800'000'000;
    built.facts.took_s = 2;
    const auto at = [&](std::int64_t left_s) {
        server.credential_expires_at_s = built.facts.unix_time_s + left_s;
        return call_headline(built.facts);
    };
    EXPECT_THAT(at(3), testing::EndsWith("31 ms away; its credential ends in 3 s."));
    EXPECT_THAT(at(2), testing::EndsWith("; its credential ended during this run."));
    EXPECT_THAT(at(62), HasSubstr("credential ends"));
    EXPECT_THAT(at(63), Not(HasSubstr("credential")));
    EXPECT_THAT(at(-1), Not(HasSubstr("credential"))) << "a matter of clocks";
}

}  // namespace
}  // namespace portolan::nat_probe
