#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <set>
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
            ASSERT_EQ(party.silences.size(), 1U);
            ASSERT_TRUE(party.silences[0].since);
            EXPECT_NEAR(static_cast<double>(party.silences[0].since->count()), 8e6, 1e5);
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

report::Report report_of_text(const std::string& text) {
    const auto scenario = parse_scenario(text);
    EXPECT_TRUE(scenario) << scenario.error().message;
    return report_of(call_of(*scenario), *scenario);
}

std::string between_hosts(const std::string& events) {
    return R"({"parties": {"a": {}, "b": {}}, "media": {"duration_ms": 5000}, "events": [)" +
           events + "]}";
}

/// The event comes when both are connected and nothing has been sent yet: not one packet arrives.
TEST(Ending, before_the_first_packet_names_the_event_too) {
    for (const char* event : {R"({"at_ms": 2220, "kind": "link-down", "party": "b"})",
                              R"({"at_ms": 2220, "kind": "address-change", "network": "y"})"}) {
        const report::Report report =
            report_of_text(R"({"networks": [{"name": "x", "nat": "linux-masq"},
                                            {"name": "y", "nat": "home-generic"}],
                               "parties": {"a": {"network": "x"}, "b": {"network": "y"}},
                               "media": {"duration_ms": 5000}, "events": [)" +
                           std::string(event) + "]}");
        EXPECT_THAT(report.headline, HasSubstr(" at 2.22 s; nothing ever arrived at A or at B"));
        EXPECT_EQ(finding(report, "call/media").value, "none");
    }
    const report::Report at_once =
        report_of_text(between_hosts(R"({"at_ms": 240, "kind": "link-down", "party": "b"})"));
    EXPECT_THAT(at_once.headline, HasSubstr("until B's link went down at 0.24 s; nothing ever "
                                            "arrived at A or at B"));
    EXPECT_EQ(finding(at_once, "call/media").value, "none") << "neither direction is one way";
    EXPECT_TRUE(finding(at_once, "call/media").verdict.is_fail());
    const report::Report soon =
        report_of_text(between_hosts(R"({"at_ms": 260, "kind": "link-down", "party": "b"})"));
    EXPECT_THAT(soon.headline, HasSubstr("until B's link went down at 0.26 s; nothing arrived at A "
                                         "from 0.260 s on, and nothing ever arrived at B"));
    EXPECT_EQ(finding(soon, "call/media").value, "one-way");
}

/// What arrives of one stream is not nothing.
TEST(Ending, of_one_stream_names_it) {
    CallResult result;
    PartyResult& b = result.parties[1];
    b.stream_count = 2;
    b.silences = {{"video", Duration(6'867'000)}};
    const auto scenario = parse_scenario(between_hosts(""));
    ASSERT_TRUE(scenario);
    EXPECT_EQ(silence_of(result, *scenario), "no video arrived at B from 6.867 s on");
    b.silences = {{"video", std::nullopt}};
    EXPECT_EQ(silence_of(result, *scenario), "no video ever arrived at B");
    b.silences = {{"audio", Duration(5'000'000)}, {"video", Duration(5'020'000)}};
    EXPECT_EQ(silence_of(result, *scenario), "nothing arrived at B from 5.020 s on");
    b.silences = {{"audio", Duration(5'000'000)}, {"video", Duration(6'000'000)}};
    EXPECT_EQ(silence_of(result, *scenario),
              "no audio arrived at B from 5.000 s on, and no video arrived at B from 6.000 s on");
}

/// B checks in vain until A has its answer, 10 s later, and then is found.
TEST(Held, does_not_fail_for_who_gave_up_before_the_call_began) {
    const report::Report report = report_of_text(
        R"({"parties": {"a": {}, "b": {}}, "signalling": {"delay_ms": 5000},
            "media": {"duration_ms": 5000}})");
    EXPECT_TRUE(finding(report, "call/connectivity").verdict.is_pass());
    EXPECT_TRUE(finding(report, "call/held").verdict.is_pass());
    EXPECT_TRUE(finding(report, "call/media").verdict.is_pass());
    EXPECT_THAT(report.headline, Not(HasSubstr("gave up")));
}

TEST(Held, names_loss_and_the_limit_of_libnice_where_consent_is_lost) {
    const report::Report report = report_of_text(
        R"({"parties": {"a": {"link": {"loss_pct": 10}}, "b": {}},
            "media": {"duration_ms": 30000}})");
    const std::string sentence = finding(report, "call/held").verdict.reason()->sentence();
    EXPECT_THAT(sentence, HasSubstr("for 10 s, after which libnice gives a pair up"));
    EXPECT_THAT(sentence, HasSubstr("A's link loses 10 % of the packets"));
    EXPECT_THAT(sentence, HasSubstr("it was connected again at 17."));
}

/// Both are on the Internet, or in one network: what happens around them took nothing.
TEST(Causes, are_only_what_the_packets_pass) {
    const report::Report apart = report_of_text(R"({
        "networks": [{"name": "nobody", "nat": "corp-fw"}], "parties": {"a": {}, "b": {}},
        "media": {"duration_ms": 20000},
        "events": [{"at_ms": 10000, "kind": "nat-reboot", "network": "nobody"},
                   {"at_ms": 10000, "kind": "link-down", "party": "a"}]})");
    EXPECT_THAT(apart.headline, HasSubstr("until A's link went down at 10.0 s"));
    EXPECT_THAT(apart.headline, Not(HasSubstr("nobody")));
    const report::Report neighbours = report_of_text(R"({
        "networks": [{"name": "outer", "nat": "home-generic"}, {"name": "lan", "behind": "outer"}],
        "parties": {"a": {"network": "lan"}, "b": {"network": "lan"}},
        "media": {"duration_ms": 20000},
        "events": [{"at_ms": 10000, "kind": "nat-reboot", "network": "outer"},
                   {"at_ms": 10000, "kind": "link-down", "network": "outer"},
                   {"at_ms": 10000, "kind": "link-down", "party": "a"}]})");
    EXPECT_THAT(neighbours.headline, HasSubstr("until A's link went down at 10.0 s"));
    EXPECT_THAT(neighbours.headline, Not(HasSubstr("outer")));
    const CallResult early = call_of_text(R"({
        "networks": [{"name": "nobody", "nat": "corp-fw"}], "parties": {"a": {}, "b": {}},
        "events": [{"at_ms": 10, "kind": "nat-reboot", "network": "nobody"}]})");
    EXPECT_TRUE(early.as_forecast()) << early.why;
}

/// The box turns their packets around, so that its reboot is the cause.
TEST(Causes, of_a_nat_that_turns_packets_around_are_named) {
    const report::Report report = report_of_text(R"({
        "networks": [{"name": "outer", "nat": "junos-mx"},
                     {"name": "x", "behind": "outer", "nat": "junos-mx"},
                     {"name": "y", "behind": "outer", "nat": "junos-mx"}],
        "parties": {"a": {"network": "x"}, "b": {"network": "y"}},
        "media": {"duration_ms": 20000},
        "events": [{"at_ms": 10000, "kind": "nat-reboot", "network": "x"}]})");
    EXPECT_THAT(report.headline, HasSubstr("until A's NAT rebooted at 10.0 s"));
}

/// Media comes back with the link, and ends when the checks that were lost meanwhile count.
TEST(Held, names_the_link_that_was_down_for_a_while) {
    for (const int up_ms : {13000, 15000, 16500}) {
        const report::Report report = report_of_text(R"({
            "parties": {"a": {}, "b": {}}, "media": {"duration_ms": 40000},
            "events": [{"at_ms": 10000, "kind": "link-down", "party": "a"},
                       {"at_ms": )" + std::to_string(up_ms) +
                                                     R"(, "kind": "link-up", "party": "a"}]})");
        if (report.headline.find("gave up after ") == std::string::npos) continue;
        EXPECT_THAT(report.headline, HasSubstr("A's link went down at 10.0 s")) << up_ms;
    }
}

/// B's relay never gets anything to send, since B's link is down: nothing took another way.
TEST(ClaimedPair, holds_for_what_was_seen) {
    const report::Report report = report_of_text(
        R"({"parties": {"a": {"turn": ["udp"]}, "b": {"turn": ["udp"], "relay_only": true}},
            "media": {"duration_ms": 5000},
            "events": [{"at_ms": 520, "kind": "link-down", "party": "b"}]})");
    const report::Finding& claimed = finding(report, "call/claimed-pair");
    EXPECT_TRUE(claimed.verdict.is_pass());
    EXPECT_EQ(claimed.value, "as-claimed");
    EXPECT_THAT(claimed.summary, HasSubstr("of one side none was"));
}

/// All of the peer's window under way, and some of it lost: here ns-3 3.37 itself used to crash.
TEST(Ending, of_a_relay_over_lossy_tcp_is_reported) {
    const auto scenario = parse_scenario(R"({
        "networks": [{"name": "n", "nat": "udp-blocked"}],
        "parties": {"a": {}, "b": {"network": "n", "turn": ["tcp"], "link": {"loss_pct": 10}}},
        "media": {"duration_ms": 30000, "video": true}, "seed": 32})");
    ASSERT_TRUE(scenario) << scenario.error().message;
    const CallResult result = call_of(*scenario);
    EXPECT_THAT(report_of(result, *scenario).headline, HasSubstr("B's network blocks UDP"));
}

/// An address that changes by a parameter of the NAT is another one afterwards.
TEST(AddressChange, by_a_parameter_replaces_the_address) {
    const auto scenario = parse_scenario(R"({
        "networks": [{"name": "x", "nat": {"preset": "linux-masq", "parameters":
                      {"events": {"address_change_at_ms": [3000]}}}},
                     {"name": "y", "nat": "linux-masq"}],
        "parties": {"a": {"network": "x"}, "b": {"network": "y"}}, "media": {"duration_ms": 5000}})");
    ASSERT_TRUE(scenario) << scenario.error().message;
    std::set<std::string> sources;
    const CallOptions options{.on_nat_event = [&](const std::string& line) {
        const auto event = report::Json::parse(line);
        if (event.at("box") != "x" || !event.contains("becomes") || event.at("to") != "outside") {
            return;
        }
        const auto source = event.at("becomes").at("source").get<std::string>();
        sources.insert(source.substr(0, source.find(':')));
    }};
    const auto done = run_call(*scenario, options);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(sources.size(), 2U) << ::testing::PrintToString(sources);
    EXPECT_THAT(report_of(done->result, *scenario).headline,
                HasSubstr("until A's NAT changed its address at 3.0 s"));
}

}  // namespace
}  // namespace portolan::scenario::test
