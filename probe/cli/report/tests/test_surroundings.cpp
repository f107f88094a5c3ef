#include <gmock/gmock.h>

#include "probe/cli/report/surroundings.hpp"
#include "probe/cli/report/tests/facts_builder.hpp"
#include "probe/cli/report/tests/written_report.hpp"

namespace portolan::nat_probe {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::int64_t kNow = 1'800'000'000;

CallFacts answered(int status, std::int64_t server_ahead_s = 0, std::string location = {}) {
    CallFacts out;
    out.unix_time_s = kNow;
    precall::WebCheck web{.url = "http://check.example/204", .host = "check.example"};
    web.was_begun = web.is_done = true;
    web.head = precall::HttpHead{
        .status = status, .date_s = kNow + server_ahead_s, .location = std::move(location)};
    web.answered_at_s = kNow;
    out.web = std::move(web);
    return out;
}

TEST(Surroundings, nothing_is_said_where_nothing_was_asked) {
    const CallFacts facts;
    EXPECT_EQ(portal_finding(facts).verdict.outcome(), report::Outcome::NotTested);
    EXPECT_EQ(clock_finding(facts).verdict.outcome(), report::Outcome::NotTested);
    EXPECT_THAT(surroundings_evidence(facts), IsEmpty());
}

TEST(Surroundings, page_that_is_as_it_should_be_shows_that_nobody_stands_in_between) {
    const CallFacts facts = answered(204);
    EXPECT_TRUE(portal_finding(facts).verdict.is_pass());
    EXPECT_TRUE(clock_finding(facts).verdict.is_pass());
    EXPECT_THAT(portal_words(facts), IsEmpty());
    EXPECT_EQ(surroundings_evidence(facts).size(), 1U);
}

TEST(Surroundings, page_whose_name_is_not_found_leaves_a_valid_report) {
    FactsBuilder built = healthy();
    precall::WebCheck web{.url = "http://check.example/204", .host = "check.example"};
    web.is_done = true;
    web.problem = precall::Problem{precall::Step::Resolve, precall::Cause::NameNotFound, {}};
    built.facts.web = std::move(web);
    const auto report = written(built.facts);
    EXPECT_EQ(finding(report, "network/captive-portal").verdict.reason()->code(), "no-answer");
    EXPECT_EQ(surroundings_evidence(built.facts).size(), 1U);
}

TEST(Surroundings, portal_is_named_by_511_and_by_being_sent_elsewhere) {
    for (const CallFacts& facts :
         {answered(511), answered(302, 0, "https://portal.example/login?session=secret")}) {
        const auto found = portal_finding(facts);
        ASSERT_TRUE(found.verdict.is_fail());
        EXPECT_EQ(found.verdict.reason()->code(), "captive-portal");
        EXPECT_THAT(found.verdict.reason()->sentence(), Not(HasSubstr("secret")));
        EXPECT_THAT(portal_words(facts), Not(IsEmpty()));
        EXPECT_FALSE(found.advice.empty());
    }
}

TEST(Surroundings, what_a_server_may_answer_itself_is_no_portal) {
    for (const CallFacts& facts : {answered(200), answered(404), answered(302, 0, "/elsewhere"),
                                   answered(301, 0, "https://check.example/204"),
                                   answered(301, 0, "http://check.example:8080/204")}) {
        EXPECT_EQ(portal_finding(facts).verdict.outcome(), report::Outcome::Inconclusive);
        EXPECT_THAT(portal_words(facts), IsEmpty());
    }
}

TEST(Surroundings, silent_page_is_no_portal) {
    CallFacts facts = answered(204);
    facts.web->head.reset();
    facts.web->problem = precall::Problem{precall::Step::Connect, precall::Cause::PortClosed, {}};
    EXPECT_EQ(portal_finding(facts).verdict.outcome(), report::Outcome::Inconclusive);
    facts.web->is_done = false;
    EXPECT_EQ(portal_finding(facts).verdict.outcome(), report::Outcome::NotTested);
}

TEST(Surroundings, clocks_that_differ_are_named_with_direction_and_without_a_culprit) {
    const auto behind = clock_finding(answered(204, 7200));
    ASSERT_TRUE(behind.verdict.is_fail());
    EXPECT_EQ(behind.verdict.reason()->code(), "clock-differs");
    EXPECT_THAT(behind.verdict.reason()->sentence(), HasSubstr("is 2 hours behind"));
    EXPECT_THAT(behind.verdict.reason()->sentence(), HasSubstr("one of the two is wrong"));
    const auto ahead = clock_finding(answered(204, -180));
    EXPECT_THAT(ahead.verdict.reason()->sentence(), HasSubstr("is 3 minutes ahead of"));
    EXPECT_TRUE(clock_finding(answered(204, 60)).verdict.is_pass());
    EXPECT_TRUE(clock_finding(answered(204, -60)).verdict.is_pass());
    EXPECT_TRUE(clock_finding(answered(204, 61)).verdict.is_fail());
}

TEST(Surroundings, credential_that_is_taken_after_its_end_makes_the_clock_doubtful) {
    FactsBuilder built;
    ServerFacts& server = built.good("turn:turn.example");
    built.facts.unix_time_s = kNow;
    server.credential_expires_at_s = kNow - 600;
    const auto found = clock_finding(built.facts);
    EXPECT_EQ(found.verdict.outcome(), report::Outcome::Inconclusive);
    EXPECT_THAT(found.verdict.reason()->sentence(), HasSubstr("10 minutes ago"));
    server.credential_expires_at_s = kNow + 600;
    EXPECT_EQ(clock_finding(built.facts).verdict.outcome(), report::Outcome::NotTested);
    // A server that refuses it says nothing of clocks.
    server.credential_expires_at_s = kNow - 600;
    server.best()->visit.has_succeeded = false;
    EXPECT_EQ(clock_finding(built.facts).verdict.outcome(), report::Outcome::NotTested);
}

TEST(Surroundings, router_that_maps_ports_is_named_only_where_it_was_asked) {
    CallFacts facts;
    EXPECT_EQ(port_mapping_finding(facts).verdict.reason()->code(), "not-invasive");
    precall::PortMapping& seen = facts.port_mapping;
    seen.was_begun = true;
    seen.router = IpAddress::v4({192, 168, 7, 1});
    EXPECT_EQ(port_mapping_finding(facts).verdict.reason()->code(), "out-of-time");
    seen.is_done = true;
    EXPECT_EQ(port_mapping_finding(facts).value, "none");
    seen.has_upnp = seen.has_nat_pmp = true;
    seen.outside = IpAddress::v4({203, 0, 113, 7});
    seen.upnp_location = "http://192.168.7.1:5000/rootDesc.xml";
    const auto found = port_mapping_finding(facts);
    EXPECT_EQ(found.value, "UPnP IGD, NAT-PMP");
    EXPECT_THAT(found.summary, HasSubstr("203.0.113.7"));
    EXPECT_EQ(surroundings_evidence(facts).size(), 1U);
    seen.problem = "this host has no router for IPv4";
    EXPECT_EQ(port_mapping_finding(facts).verdict.reason()->code(), "not-tried");
    EXPECT_THAT(surroundings_evidence(facts), IsEmpty());
}

TEST(Surroundings, certificate_of_tomorrow_makes_the_clock_doubtful) {
    FactsBuilder built;
    built.bad("turns:turn.example", precall::Step::Handshake,
              precall::Cause::CertificateNotYetValid);
    EXPECT_EQ(clock_finding(built.facts).verdict.reason()->code(), "certificate-not-yet-valid");
    // A clock that was seen decides.
    built.facts.web = answered(204).web;
    EXPECT_TRUE(clock_finding(built.facts).verdict.is_pass());
}

}  // namespace
}  // namespace portolan::nat_probe
