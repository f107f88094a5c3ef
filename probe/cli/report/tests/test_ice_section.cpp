#include <gmock/gmock.h>

#include "probe/cli/report/ice_section.hpp"
#include "probe/cli/report/tests/facts_builder.hpp"

namespace portolan::nat_probe {
namespace {

using precall::Cause;
using precall::Step;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A relay over which media has been measured, and libnice.
FactsBuilder with_relay() {
    FactsBuilder out;
    ServerFacts& server = out.good("turn:turn.example");
    server.no_media_because.clear();
    server.wants_media = true;
    server.audio = made_loop(100, 0, milliseconds(31), milliseconds(2));
    precall::Visit& visit = server.best()->visit;
    visit.local = TransportAddress{*IpAddress::parse("10.0.0.2"), 41'000};
    visit.mapped = TransportAddress{*IpAddress::parse("203.0.113.9"), 41'000};
    out.ice();
    return out;
}

void break_ice(ServerFacts& server, const std::string& why) {
    server.ice.is_connected = server.ice.has_carried = false;
    server.ice.connected_after.reset();
    server.ice.why_not = why;
}

report::Finding relay_finding(const FactsBuilder& built) {
    return relay_ice_finding(built.facts, *built.facts.servers.front());
}

TEST(IceSection, candidates_are_counted_by_type_with_families_and_times) {
    const auto built = with_relay();
    const report::Section section = ice_section(built.facts);
    ASSERT_EQ(section.findings.size(), 2U);
    const report::Finding& found = section.findings[0];
    EXPECT_TRUE(found.verdict.is_pass());
    EXPECT_EQ(found.value, "1 host, 1 server-reflexive, relayed at 1 server");
    EXPECT_EQ(found.summary,
              "IPv4: host after 1.0 ms, server-reflexive after 32 ms; relayed after 64 ms");
}

TEST(IceSection, reflexive_address_that_only_our_own_client_learns_is_no_fault_of_the_server) {
    auto built = with_relay();
    built.facts.gathering.candidates.pop_back();
    const report::Finding found = ice_section(built.facts).findings[0];
    ASSERT_TRUE(found.verdict.outcome() == report::Outcome::Inconclusive);
    EXPECT_EQ(found.verdict.reason()->code(), "no-reflexive");
    EXPECT_THAT(found.verdict.reason()->sentence(), HasSubstr("RFC 3489"));
    EXPECT_THAT(found.verdict.reason()->sentence(), HasSubstr("203.0.113.9"));
}

TEST(IceSection, without_a_nat_no_reflexive_address_is_missed) {
    auto built = with_relay();
    built.facts.gathering.candidates.pop_back();
    precall::Visit& visit = built.facts.servers.front()->best()->visit;
    visit.mapped = visit.local;
    EXPECT_TRUE(ice_section(built.facts).findings[0].verdict.is_pass());
}

TEST(IceSection, nothing_to_offer_is_a_failure) {
    FactsBuilder built;
    built.facts.gathering.was_begun = built.facts.gathering.is_done = true;
    const report::Finding found = ice_section(built.facts).findings[0];
    ASSERT_TRUE(found.verdict.is_fail());
    EXPECT_EQ(found.verdict.reason()->code(), "no-candidates");
}

TEST(IceSection, gathering_that_was_cut_off_is_no_verdict) {
    FactsBuilder built;
    EXPECT_TRUE(ice_section(built.facts).findings[0].verdict.outcome() ==
                report::Outcome::NotTested);
    built.facts.gathering.was_begun = true;
    EXPECT_TRUE(ice_section(built.facts).findings[0].verdict.outcome() ==
                report::Outcome::NotTested);
}

TEST(IceSection, defect_of_a_description_is_named) {
    auto built = with_relay();
    built.facts.servers.front()->ice.descriptions = {"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n"};
    const report::Finding found = ice_section(built.facts).findings[1];
    ASSERT_TRUE(found.verdict.is_fail());
    EXPECT_EQ(found.verdict.reason()->code(), "sdp-defect");
    EXPECT_FALSE(found.data["complaints"].empty());
}

TEST(IceSection, relay_that_connects_says_how_fast) {
    const report::Finding found = relay_finding(with_relay());
    EXPECT_TRUE(found.verdict.is_pass());
    EXPECT_THAT(found.summary, HasSubstr("connect after 240 ms"));
    EXPECT_EQ(found.data["connected_us"], 240'000);
}

TEST(IceSection, failure_has_the_cause_that_our_own_client_met) {
    auto built = with_relay();
    ServerFacts& server = *built.facts.servers.front();
    break_ice(server, "No pair was answered.");
    server.audio = {};
    server.audio.problem = precall::Problem{Step::Relay, Cause::NothingRelayed, {}};
    const report::Finding found = relay_finding(built);
    ASSERT_TRUE(found.verdict.is_fail());
    EXPECT_EQ(found.verdict.reason()->code(), "nothing-relayed");
    EXPECT_EQ(found.severity, report::Severity::Info);
}

TEST(IceSection, libnice_alone_failing_is_a_finding_of_its_own) {
    auto built = with_relay();
    break_ice(*built.facts.servers.front(), "No pair was answered.");
    const report::Finding found = relay_finding(built);
    ASSERT_TRUE(found.verdict.is_fail());
    EXPECT_EQ(found.verdict.reason()->code(), "libnice-fails");
    EXPECT_EQ(found.severity, report::Severity::Medium);
}

TEST(IceSection, libnice_failing_where_packets_are_lost_is_open) {
    auto built = with_relay();
    ServerFacts& server = *built.facts.servers.front();
    break_ice(server, "No pair was answered.");
    server.audio = made_loop(100, 20, milliseconds(31), milliseconds(2));
    EXPECT_EQ(relay_finding(built).verdict.reason()->code(), "disturbed");
}

TEST(IceSection, libnice_failing_over_tcp_where_another_server_loses_packets_is_open) {
    auto built = with_relay();
    break_ice(*built.facts.servers.front(), "No pair was answered.");
    auto other = std::make_unique<ServerFacts>();
    other->audio = made_loop(100, 20, milliseconds(31), milliseconds(2));
    built.facts.servers.push_back(std::move(other));
    EXPECT_EQ(relay_finding(built).verdict.reason()->code(), "disturbed");
}

TEST(IceSection, description_of_an_agent_that_got_no_relay_is_no_defect) {
    auto built = with_relay();
    ServerFacts& server = *built.facts.servers.front();
    break_ice(server, "The answerer has no relay.");
    server.ice.descriptions = {"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n"};
    EXPECT_TRUE(ice_section(built.facts).findings[1].verdict.outcome() != report::Outcome::Fail);
    server.ice.descriptions = {
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ relay\r\n"};
    EXPECT_TRUE(ice_section(built.facts).findings[1].verdict.is_fail());
}

TEST(IceSection, server_that_forbids_relaying_to_itself_is_not_blamed) {
    auto built = with_relay();
    ServerFacts& server = *built.facts.servers.front();
    break_ice(server, "The offerer's CreatePermission got error 403.");
    server.audio = {};
    server.audio.problem = precall::Problem{Step::Permit, Cause::Forbidden, "403"};
    EXPECT_TRUE(relay_finding(built).verdict.outcome() == report::Outcome::Unsupported);
}

TEST(IceSection, agents_that_were_connected_are_not_said_not_to_connect) {
    auto built = with_relay();
    ServerFacts& server = *built.facts.servers.front();
    server.ice.has_carried = false;
    server.ice.why_not = "The two were connected, and payloads did not arrive as they were sent.";
    const auto sentence = [&] { return relay_finding(built).verdict.reason()->sentence(); };
    EXPECT_THAT(sentence(), Not(HasSubstr("not connect")));
    server.audio = made_loop(100, 20, milliseconds(31), milliseconds(2));
    EXPECT_EQ(relay_finding(built).verdict.reason()->code(), "disturbed");
    EXPECT_THAT(sentence(), StartsWith("libnice connects, and its data does not get through in "
                                       "time, which lost packets"));
    server.audio = {};
    EXPECT_EQ(relay_finding(built).verdict.reason()->code(), "no-control");
    EXPECT_THAT(sentence(), Not(HasSubstr("not connect")));
    server.audio.problem = precall::Problem{Step::Relay, Cause::NothingRelayed, {}};
    EXPECT_THAT(sentence(), Not(HasSubstr("not connect")));
    server.ice.is_done = false;
    EXPECT_EQ(relay_finding(built).verdict.reason()->code(), "out-of-time");
    EXPECT_THAT(sentence(), HasSubstr("after libnice had connected"));
}

TEST(IceSection, full_server_and_missing_control_leave_it_open) {
    auto built = with_relay();
    ServerFacts& server = *built.facts.servers.front();
    break_ice(server, "No allocation.");
    server.audio.is_done = false;
    EXPECT_EQ(relay_finding(built).verdict.reason()->code(), "no-control");
    server.ice.was_out_of_room = true;
    EXPECT_EQ(relay_finding(built).verdict.reason()->code(), "quota");
    EXPECT_TRUE(relay_finding(built).verdict.outcome() == report::Outcome::Inconclusive);
    server.ice = {};
    EXPECT_TRUE(relay_finding(built).verdict.outcome() == report::Outcome::NotTested);
}

}  // namespace
}  // namespace portolan::nat_probe
