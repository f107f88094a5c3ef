#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "nat-sim/scenario/ending.hpp"
#include "nat-sim/scenario/report.hpp"
#include "nat-sim/scenario/tests/calls.hpp"

// Calls that end before their time, and what is said of them.
namespace portolan::scenario::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const report::Finding& finding(const report::Report& report, std::string_view id) {
    const auto& findings = report.sections.front().findings;
    return *std::find_if(findings.begin(), findings.end(),
                         [&](const report::Finding& each) { return each.id == id; });
}

/// 20 s of media through a NAT in front of A whose new mappings get other ports.
Scenario with_events(const std::string& events) {
    const auto scenario = parse_scenario(R"({
        "networks": [{"name": "x", "nat": "junos-mx"}, {"name": "y", "nat": "home-generic"}],
        "parties": {"a": {"network": "x"}, "b": {"network": "y"}},
        "media": {"duration_ms": 20000}, "events": [)" +
                                         events + "]}");
    EXPECT_TRUE(scenario) << scenario.error().message;
    return *scenario;
}

TEST(Ending, is_an_interruption_to_the_end_and_names_the_event) {
    struct Case {
        const char* event;
        const char* words;
    };
    const Case cases[] = {
        {R"("kind": "nat-reboot", "network": "x")", "until A's NAT rebooted at 8.0 s"},
        {R"("kind": "address-change", "network": "x")", "until A's NAT changed its address at 8.0"},
        {R"("kind": "behaviour-change", "network": "x", "nat": "udp-blocked")",
         "until A's NAT changed its behaviour at 8.0 s"},
        {R"("kind": "link-down", "network": "y")", "until B's uplink went down at 8.0 s"},
        {R"("kind": "link-down", "party": "a")", "until A's link went down at 8.0 s"}};
    for (const Case& each : cases) {
        const Scenario scenario =
            with_events(R"({"at_ms": 3000, "kind": "nat-reboot", "network": "y"},
                           {"at_ms": 8000, )" +
                        std::string(each.event) + "}");
        const CallResult result = call_of(scenario);
        const report::Report report = report_of(result, scenario);
        EXPECT_THAT(report.headline, HasSubstr(each.words));
        EXPECT_THAT(report.headline, HasSubstr("; A gave up after "));
        EXPECT_THAT(report.headline, Not(HasSubstr("3.0 s"))) << "that reboot ended nothing";
        EXPECT_TRUE(finding(report, "call/media").verdict.is_fail());
        EXPECT_EQ(finding(report, "call/media").value, "ended");
        EXPECT_TRUE(finding(report, "call/held").verdict.is_fail());
        EXPECT_TRUE(result.as_forecast()) << "what happens later does not undo the forecast";
        for (const PartyResult& party : result.parties) {
            const auto& received = party.media->audio_received->received;
            EXPECT_EQ(received.interruption_count, 1U) << each.words;
            // Media runs from 2.2 s to 22.2 s.
            EXPECT_NEAR(static_cast<double>(received.interrupted.count()), 14.2e6, 3e5);
            ASSERT_TRUE(party.silent_since);
            EXPECT_NEAR(static_cast<double>(party.silent_since->count()), 8e6, 1e5);
        }
    }
}

/// Too late for anybody to give up; the media is over all the same.
TEST(Ending, shortly_before_the_end_is_one_too) {
    const Scenario scenario =
        with_events(R"({"at_ms": 21000, "kind": "nat-reboot", "network": "x"})");
    const report::Report report = report_of(call_of(scenario), scenario);
    EXPECT_THAT(report.headline, HasSubstr("until A's NAT rebooted at 21.0 s."));
    EXPECT_TRUE(finding(report, "call/held").verdict.is_pass());
    EXPECT_TRUE(finding(report, "call/media").verdict.is_fail());
}

TEST(Ending, by_parameters_of_the_nat_is_named_as_well) {
    const auto scenario = parse_scenario(R"({
        "networks": [{"name": "carrier", "nat": {"preset": "junos-mx", "parameters":
                      {"events": {"reboot_at_ms": [8000]}}}},
                     {"name": "x", "behind": "carrier", "nat": "home-generic"},
                     {"name": "y", "nat": "home-generic"}],
        "parties": {"a": {"network": "x"}, "b": {"network": "y"}}, "media": {"duration_ms": 20000}})");
    ASSERT_TRUE(scenario) << scenario.error().message;
    EXPECT_THAT(report_of(call_of(*scenario), *scenario).headline,
                HasSubstr("until the NAT of \"carrier\" rebooted at 8.0 s"));
}

TEST(Ending, is_none_where_media_comes_back_or_nothing_happens) {
    const Scenario back = with_events(R"({"at_ms": 9000, "kind": "link-down", "party": "a"},
                                         {"at_ms": 9600, "kind": "link-up", "party": "a"})");
    for (const Scenario& scenario : {back, with_events("")}) {
        const CallResult result = call_of(scenario);
        EXPECT_EQ(ending_of(result, scenario), "");
        const report::Report report = report_of(result, scenario);
        EXPECT_TRUE(finding(report, "call/media").verdict.is_pass());
        EXPECT_TRUE(finding(report, "call/held").verdict.is_pass());
        EXPECT_EQ(
            finding(report, "call/media").summary.find("interrupted once") == std::string::npos,
            scenario.events.empty());
    }
}

}  // namespace
}  // namespace portolan::scenario::test
