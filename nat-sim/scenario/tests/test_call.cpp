#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "nat-sim/scenario/address_plan.hpp"
#include "nat-sim/scenario/defaults.hpp"
#include "nat-sim/scenario/matrix.hpp"
#include "nat-sim/scenario/parse.hpp"
#include "nat-sim/scenario/report.hpp"
#include "nat-sim/scenario/tests/calls.hpp"

// Real libnice in the simulated world, against the oracle.
namespace portolan::scenario::test {
namespace {

using ::testing::HasSubstr;

constexpr TurnChoice kTurns[] = {TurnChoice::None, TurnChoice::AOnly, TurnChoice::BOnly,
                                 TurnChoice::Udp};

/// Address-dependent filtering in front of A, a mapping that moves in front of B: B checks first,
/// in vain, and would have to check again; libnice nominates a relay before it does.
bool is_early_cell(const CallSpec& spec) {
    const std::set<std::string> moving{"adm-adf", "adm-apdf", "apdm-adf", "apdm-apdf"};
    return spec.a == "eim-adf" && moving.count(spec.b) != 0 && spec.turn == TurnChoice::Udp;
}

/// Each check comes from another port and is answered from yet another: libnice never comes to an
/// end of its triggered checks. Two valid relayed pairs end that, one does not.
bool is_endless_cell(const CallSpec& spec) {
    const std::set<std::tuple<std::string, std::string>> pairs{
        {"apdm-eif", "apdm-eif"}, {"apdm-eif", "apdm-adf"}, {"apdm-adf", "apdm-eif"}};
    const bool one_relay = spec.turn == TurnChoice::AOnly || spec.turn == TurnChoice::BOnly;
    return pairs.count({spec.a, spec.b}) != 0 && one_relay;
}

class Matrix : public ::testing::TestWithParam<std::string> {};

TEST_P(Matrix, of_all_pairs_and_relays_is_as_the_oracle_says) {
    MatrixSpec spec{.a = nine_kinds(), .b = nine_kinds()};
    spec.turn.assign(std::begin(kTurns), std::end(kTurns));
    spec.common.parameters = {{"reply_binding", GetParam()}};
    int agreeing = 0;
    for (const CallSpec& each : calls_of(spec)) {
        const CallResult result = call(each);
        ASSERT_FALSE(result.forecast.outcomes.empty());
        EXPECT_EQ(result.is_early(), is_early_cell(each)) << name_of(each);
        if (is_early_cell(each)) continue;
        const bool is_endless = GetParam() == "mapping-table" && is_endless_cell(each);
        EXPECT_EQ(result.accordance(),
                  is_endless ? Accordance::NoConclusion : Accordance::AsForecast)
            << name_of(each) << ": " << result.why;
        agreeing += result.as_forecast();
    }
    EXPECT_EQ(agreeing, GetParam() == "mapping-table" ? 324 - 4 - 6 : 324 - 4);
}
INSTANTIATE_TEST_SUITE_P(ReplyBinding, Matrix, ::testing::Values("session-aware", "mapping-table"),
                         [](const auto& info) {
                             return info.param == "mapping-table" ? std::string("mapping_table")
                                                                  : std::string("session_aware");
                         });

std::string timed(const std::string& a, const std::string& b, const std::string& reply) {
    const auto network = [&](const char* name, const std::string& nat, int delay_ms) {
        return R"({"name": ")" + std::string(name) + R"(", "nat": {"preset": ")" + nat +
               R"(", "parameters": {"reply_binding": ")" + reply +
               R"("}}, "uplink": {"delay_ms": )" + std::to_string(delay_ms) + "}}";
    };
    return R"({"networks": [)" + network("x", a, 250) + ", " + network("y", b, 10) +
           R"(], "parties": {"a": {"network": "x", "turn": ["udp"]},
                             "b": {"network": "y", "turn": ["udp"]}},
              "signalling": {"delay_ms": 1}})";
}

/// A's far away, so that its checks are sent first as B's NAT sees them: what is early then is the
/// mirror of what is early when B checks first.
TEST_P(Matrix, of_calls_in_which_a_checks_first_has_no_false_failure) {
    for (const std::string& a : nine_kinds()) {
        for (const std::string& b : nine_kinds()) {
            const CallResult result = call_of_text(timed(a, b, GetParam()));
            EXPECT_NE(result.accordance(), Accordance::Differs)
                << a << " x " << b << ": " << result.why;
        }
    }
}

/// Every early cell of one order has its mirror in the other: both are in the forecast.
TEST(Forecast, has_the_early_relays_of_both_orders) {
    for (const char* moving : {"adm-adf", "adm-apdf", "apdm-adf", "apdm-apdf"}) {
        const auto one = scenario_of({.a = moving, .b = "eim-adf"});
        const auto other = scenario_of({.a = "eim-adf", .b = moving});
        ASSERT_TRUE(one && other);
        for (const Scenario* scenario : {&*one, &*other}) {
            const auto got = forecast(*scenario, Duration{0});
            ASSERT_TRUE(got);
            ASSERT_EQ(got->outcomes.size(), 1U);
            EXPECT_FALSE(got->outcomes.front().early_legs.empty()) << moving;
        }
    }
}

/// Deliberate faults: an agent that always relays, one that does not connect where it could, and
/// one that never nominates.
TEST(Verdicts, turn_red_for_agents_that_misbehave) {
    const MatrixSpec spec{.a = {"eim-eif"}, .b = {"eim-eif"}, .turn = {TurnChoice::Udp}};
    const auto scenario = scenario_of(calls_of(spec).front());
    ASSERT_TRUE(scenario);
    const CallResult good = call_of(*scenario);
    ASSERT_EQ(good.accordance(), Accordance::AsForecast);
    const auto findings = [&](const CallResult& result) {
        report::Json cell = summary_of(result, *scenario);
        cell["presets"] = {{"a", spec.a.front()}, {"b", spec.b.front()}};
        cell["turn"] = to_string(spec.turn.front());
        return matrix_report(spec, {cell}).sections.front().findings;
    };
    for (const report::Finding& finding : findings(good))
        EXPECT_TRUE(finding.verdict.is_pass()) << finding.id;

    CallResult relays = good;
    relays.reach = oracle::Reach::Relayed;
    relays.legs = {true, true};
    EXPECT_EQ(relays.accordance(), Accordance::Permitted);
    EXPECT_TRUE(findings(relays)[0].verdict.is_pass());
    EXPECT_TRUE(findings(relays)[1].verdict.is_fail());

    CallResult silent = good;
    silent.reach = oracle::Reach::Unreachable;
    for (PartyResult& party : silent.parties)
        party.selected_at.reset();
    EXPECT_EQ(silent.accordance(), Accordance::Differs);
    silent.simulated = std::chrono::seconds(60);
    EXPECT_EQ(silent.never_nominated(*scenario), std::optional<std::size_t>(0));
    EXPECT_TRUE(findings(silent)[0].verdict.is_fail());
    EXPECT_TRUE(findings(silent)[2].verdict.is_fail());
}

TEST(Forecast, is_silent_or_excuses_only_what_limits_the_agents) {
    const auto after = [](const std::string& more, Duration settled) {
        const auto scenario = parse_scenario(
            R"({"networks": [{"name": "x", "nat": "home-generic"}],
                "parties": {"a": {"network": "x"}, "b": {}})" +
            more + "}");
        EXPECT_TRUE(scenario);
        auto got = forecast(*scenario, settled);
        EXPECT_TRUE(got);
        return *got;
    };
    const std::string event =
        R"(, "events": [{"at_ms": 20000, "kind": "nat-reboot", "network": "x"}])";
    EXPECT_EQ(after(event, std::chrono::seconds(3)).silent_because, "");
    EXPECT_NE(after(event, std::chrono::seconds(30)).silent_because, "");
    EXPECT_EQ(after("", Duration{0}).handicap, "");
    EXPECT_NE(after(R"(, "time_limit_ms": 100)", Duration{0}).handicap, "");
    EXPECT_NE(after(R"(, "signalling": {"delay_ms": 40000})", Duration{0}).handicap, "");
    EXPECT_NE(after(R"(, "servers": {"link": {"loss_pct": 100}})", Duration{0}).handicap, "");
    // Who reads it must find the one that mattered.
    EXPECT_THAT(after(R"(, "time_limit_ms": 100, "signalling": {"delay_ms": 40000},
                         "servers": {"link": {"loss_pct": 1, "delay_ms": 900}})",
                      Duration{0})
                    .handicap,
                AllOf(HasSubstr("loses 1 %"), HasSubstr("and back; and signalling takes 40 s"),
                      HasSubstr("time limit")));
}

/// A matrix of which nothing is forecast has failed at nothing.
TEST(MatrixHeadline, counts_only_what_is_judged) {
    const auto headline = [](std::initializer_list<const char*> accordances) {
        std::vector<report::Json> cells;
        for (const char* accordance : accordances) {
            cells.push_back({{"reach", "direct"},
                             {"relays_of", report::Json::array()},
                             {"accordance", accordance},
                             {"never_nominated", false},
                             {"presets", {{"a", "eim-eif"}, {"b", "eim-eif"}}},
                             {"turn", "udp"},
                             {"why", "?"},
                             {"simulated_us", 1}});
        }
        return matrix_text({.a = {}, .b = {}, .turn = {}}, cells);
    };
    EXPECT_THAT(headline({"no-forecast", "no-forecast"}),
                HasSubstr("The NATs' rules say nothing about any of these 2 calls: 2 direct.\n"));
    EXPECT_THAT(headline({"as-forecast", "no-forecast"}),
                HasSubstr("All 1 calls that the NATs' rules say something about come out as they "
                          "say: 2 direct in all; 1 the rules say nothing about.\n"));
    EXPECT_THAT(headline({"as-forecast", "early"}),
                HasSubstr("1 of 2 calls come out as the NATs' rules say: 2 direct in all; "));
}

TEST(Forecast, is_silent_where_ports_are_few) {
    for (const char* parameters : {R"("port_allocation": {"last_port": 1024})",
                                   R"("port_allocation": {"strategy": "block",
                                      "block_compression_count": 60000})"}) {
        const CallResult result =
            call_of_text(std::string(R"({"networks": [{"name": "x", "nat": {"parameters": {)") +
                         parameters + R"(}}}], "parties": {"a": {"network": "x"}, "b": {}}})");
        EXPECT_EQ(result.accordance(), Accordance::NoForecast) << result.why;
        EXPECT_THAT(result.why, HasSubstr("has only 1 port: "));
    }
    for (const char* a : {"linux-masq-range", "gcp-cloudnat"}) {
        EXPECT_TRUE(call({.a = a, .b = "eim-apdf"}).as_forecast()) << a << " has enough of them";
    }
}

/// Behind one NAT, but for a firewall that translates nothing: nothing needs to turn around.
TEST(Forecast, knows_the_way_to_hosts_behind_a_sibling_firewall) {
    for (const bool both : {false, true}) {
        const CallResult result = call_of_text(std::string(R"({"networks": [
                {"name": "outer", "nat": {"parameters": {"hairpin": "off"}}},
                {"name": "fw", "behind": "outer", "nat": {"parameters": {"kind": {"ipv4": "none"}}}},
                {"name": "in", "behind": "fw", "nat": {"parameters": {"kind": {"ipv4": "none"}}}},
                {"name": "other", "behind": "outer",
                 "nat": {"parameters": {"kind": {"ipv4": "none"}}}}],
              "parties": {"b": {"network": "in"}, "a": {"network": ")") +
                                               (both ? "other" : "outer") + R"("}}})");
        EXPECT_EQ(result.reach, oracle::Reach::Direct) << result.why;
        EXPECT_TRUE(result.as_forecast()) << result.why;
    }
}

/// RFC 6296: prefixes are a tree, and what is translated is a part of it.
TEST(Nptv6, carries_ipv6_of_the_networks_behind_it) {
    const std::string ends = R"(], "parties": {"a": {"families": ["ipv6"]},
        "b": {"network": "in", "families": ["ipv6"]}}})";
    const std::string nptv6 = R"("nat": {"parameters": {"kind": {"ipv6": "nptv6"}}})";
    const std::vector<std::string> trees = {
        R"({"name": "o", "nat": "nptv6"}, {"name": "in", "behind": "o"})",
        R"({"name": "o", )" + nptv6 + R"(}, {"name": "in", "behind": "o", )" + nptv6 + "}",
        R"({"name": "o", )" + nptv6 + R"(}, {"name": "m", "behind": "o"},
             {"name": "n", "behind": "m", )" +
            nptv6 + R"(}, {"name": "in", "behind": "n", )" + nptv6 + "}"};
    for (const std::string& networks : trees) {
        std::string text = R"({"networks": [)";
        text += networks;
        text += ends;
        const CallResult result = call_of_text(text);
        EXPECT_EQ(result.reach, oracle::Reach::Direct) << networks << '\n' << result.why;
        EXPECT_TRUE(result.as_forecast()) << result.why;
    }
    const auto deep = parse_scenario(R"({"networks": [{"name": "o", )" + nptv6 +
                                     R"(}, {"name": "m", "behind": "o", )" + nptv6 +
                                     R"(}, {"name": "n", "behind": "m", )" + nptv6 +
                                     R"(}, {"name": "in", "behind": "n"})" + ends);
    ASSERT_TRUE(deep) << deep.error().message;
    const auto none = plan_addresses(*deep);
    ASSERT_FALSE(none);
    EXPECT_THAT(none.error().message, HasSubstr("/networks/3: behind three networks"));
}

/// What the box keeps out, it keeps out beside prefix translation too (RFC 6296 s5).
TEST(Nptv6, obeys_its_firewall) {
    const auto with = [](const std::string& parameters, const char* other) {
        return call_of_text(R"({"networks": [{"name": "n", "nat": {"parameters": {
            "kind": {"ipv6": "nptv6"}, )" +
                            parameters + R"(}}}, {"name": "m", "nat": ")" + other +
                            R"("}], "parties": {"a": {"network": "n", "families": ["ipv6"]},
            "b": {"network": "m", "families": ["ipv6"]}}})");
    };
    const CallResult blocked = with(R"("policy": {"udp": false})", "ipv6-firewall");
    EXPECT_EQ(blocked.reach, oracle::Reach::Unreachable) << blocked.why;
    EXPECT_TRUE(blocked.as_forecast()) << blocked.why;
    const CallResult strict =
        with(R"("filtering": {"udp": "address-and-port-dependent"})", "nptv6");
    EXPECT_EQ(strict.reach, oracle::Reach::Direct) << strict.why;
    EXPECT_TRUE(strict.as_forecast()) << strict.why;
}

/// Where one mapping serves all remotes, an early check takes nothing of it.
TEST(InboundFirst, takes_no_tuple_of_an_endpoint_independent_mapping) {
    for (const char* a : {"eim-adf", "eim-apdf"}) {
        for (const char* b : {"adm-adf", "eim-apdf", "eim-eif"}) {
            for (const bool is_a : {true, false}) {
                const std::string accept = std::string(R"({"preset": ")") + a +
                                           R"(", "parameters":
                    {"unsolicited": {"inbound_first": "accept"}}})";
                const CallResult result =
                    call_of_text(R"({"networks": [{"name": "x", "nat": )" + accept +
                                 R"(}, {"name": "y", "nat": ")" + b +
                                 R"("}], "parties": {"a": {"network": ")" + (is_a ? "x" : "y") +
                                 R"("}, "b": {"network": ")" + (is_a ? "y" : "x") + R"("}}})");
                EXPECT_TRUE(result.as_forecast()) << a << ' ' << b << ": " << result.why;
            }
        }
    }
}

/// ICMP errors do not come to UDP sockets that are not connected, as libnice's are not
/// (net/ipv4/udp.c, __udp4_lib_err(); nat-sim/virtual/tests/semantics_errors.cpp): the pair whose
/// check was refused lives on. Attempts to connect end at once, which for libnice is what
/// they do in the end where nobody answers.
TEST(RejectingRouter, is_for_calls_what_a_silent_one_is) {
    std::vector<std::string> others = nine_kinds();
    others.insert(others.end(), {"linux-masq-reject", "linux-masq-open", "udp-blocked"});
    int refused_count = 0;
    for (const std::string& other : others) {
        for (const char* members : {R"("ice_tcp": false)", R"("ice_tcp": true)",
                                    R"("turn": ["udp", "tcp"], "ice_tcp": true)"}) {
            for (const bool is_a : {true, false}) {
                const auto with = [&](const std::string& router, int* count) {
                    const auto scenario = parse_scenario(
                        R"({"networks": [{"name": "x", "nat": ")" + (is_a ? router : other) +
                        R"("}, {"name": "y", "nat": ")" + (is_a ? other : router) +
                        R"("}], "parties": {"a": {"network": "x", )" + members +
                        R"(}, "b": {"network": "y", )" + members + "}}}");
                    EXPECT_TRUE(scenario) << scenario.error().message;
                    CallOptions options;
                    options.on_nat_event = [&](const std::string& line) {
                        *count += line.find("\"sends_count\"") != std::string::npos ? 1 : 0;
                    };
                    return run_call(*scenario, options)->result;
                };
                int silent_count = 0;
                const CallResult silent = with("linux-masq", &silent_count);
                const CallResult rejecting = with("linux-masq-reject", &refused_count);
                const std::string name = other + (is_a ? " B " : " A ") + members;
                EXPECT_EQ(rejecting.reach, silent.reach) << name;
                EXPECT_EQ(rejecting.legs, silent.legs) << name;
                EXPECT_TRUE(rejecting.accordance() == Accordance::AsForecast ||
                            rejecting.is_early())
                    << name << ": " << rejecting.why;
            }
        }
    }
    EXPECT_GT(refused_count, 20) << "nobody was refused";
}

TEST(Tcp, through_a_box_for_the_web_alone_is_answered) {
    const CallResult result = call_of_text(R"({
        "networks": [{"name": "n", "nat":
            {"preset": "http-only", "parameters": {"policy": {"tcp_in": true}}}}],
        "parties": {"a": {"ice_tcp": true}, "b": {"network": "n", "ice_tcp": true}}})");
    EXPECT_TRUE(result.as_forecast()) << result.why;
}

TEST(Tcp, through_boxes_that_let_it_in_is_forecast) {
    const CallResult result = call_of_text(std::string(R"({
        "networks": [{"name": "x", "nat": "udp-blocked"}, {"name": "y", "nat": "udp-blocked"}],
        "parties": {"a": {"network": "x", "ice_tcp": true},
                    "b": {"network": "y", "ice_tcp": true}}, "seed": 4})"));
    EXPECT_EQ(result.reach, oracle::Reach::DirectTcp) << result.why;
    EXPECT_TRUE(result.as_forecast()) << result.why;
}

/// RFC 8445 s8.1.1: any valid pair may be nominated, one over two relays too.
TEST(TwoRelays, where_one_would_do_are_permitted) {
    const CallResult result = call_of_text(R"({
        "networks": [{"name": "x", "nat": "eim-adf"},
                     {"name": "y", "behind": "x", "nat": "linux-random"}],
        "parties": {"a": {"network": "x", "turn": ["tcp"], "relay_only": true},
                    "b": {"network": "y", "turn": ["udp"], "trickle": false}}, "seed": 4})");
    EXPECT_EQ(result.reach, oracle::Reach::Relayed) << result.why;
    EXPECT_NE(result.accordance(), Accordance::Differs) << result.why;
}

TEST(OneFamily, that_a_network_does_not_carry_is_named) {
    const CallResult result =
        call({.a = "home-generic", .b = "home-generic", .ipv4 = false, .ipv6 = true});
    EXPECT_FALSE(result.is_connected());
    EXPECT_TRUE(result.as_forecast()) << result.why;
    EXPECT_NE(result.why.find("carries no IPv6"), std::string::npos) << result.why;
}

/// Through the NAT64 to the own TURN server, whose relay has an IPv4 address.
TEST(Nat64, leads_to_the_relay_and_carries_no_ipv4) {
    for (const bool ipv4 : {false, true}) {
        const CallResult result = call({.a = "nat64-mobile",
                                        .b = "nat64-mobile",
                                        .turn = TurnChoice::Udp,
                                        .ipv4 = ipv4,
                                        .ipv6 = true});
        EXPECT_EQ(result.reach, oracle::Reach::Relayed) << result.why;
        EXPECT_TRUE(result.as_forecast()) << result.why;
    }
    const CallResult result = call({.a = "nat64-mobile", .b = "internet"});
    EXPECT_FALSE(result.is_connected());
    EXPECT_TRUE(result.as_forecast()) << result.why;
    EXPECT_NE(result.why.find("A's network carries no IPv4"), std::string::npos) << result.why;
}

/// libwebrtc's own table, its 49 UDP cells: whether a relay is used, and whose.
TEST(KMatrix, every_udp_cell_agrees_on_reach_and_relays) {
    constexpr std::array<const char*, 7> kPresets{
        "internet",       "libwebrtc-cone", "libwebrtc-addr", "libwebrtc-port",
        "libwebrtc-symm", "libwebrtc-2con", "libwebrtc-scon"};
    constexpr std::array<std::array<const char*, 7>, 7> kTable{{
        {"LULU", "LUSU", "LUSU", "LUSU", "LUPU", "LUSU", "LUPU"},
        {"SULU", "SUSU", "SUSU", "SUSU", "SUPU", "SUSU", "SUPU"},
        {"SULU", "SUSU", "SUSU", "SUSU", "SUPU", "SUSU", "SUPU"},
        {"SULU", "SUSU", "SUSU", "SUSU", "RUPU", "SUSU", "RUPU"},
        {"PULU", "PUSU", "PUSU", "PURU", "PURU", "PUSU", "PURU"},
        {"SULU", "SUSU", "SUSU", "SUSU", "SUPU", "SUSU", "SUPU"},
        {"PULU", "PUSU", "PUSU", "PURU", "PURU", "PUSU", "PURU"},
    }};
    int different = 0;
    for (std::size_t row = 0; row < kPresets.size(); ++row) {
        for (std::size_t column = 0; column < kPresets.size(); ++column) {
            const CallSpec spec{.a = kPresets[row], .b = kPresets[column]};
            const CallResult result = call(spec);
            const std::string_view cell = kTable[row][column];
            const bool is_direct = cell[0] != 'R' && cell[2] != 'R';
            const std::string where = name_of(spec) + ": " + result.why;
            EXPECT_TRUE(result.as_forecast() || result.is_early()) << where;
            // libwebrtc waits for the direct pair, libnice does not (RFC 8445 s8.1.1).
            if (result.is_early()) {
                ++different;
                EXPECT_TRUE(is_direct) << where;
                continue;
            }
            EXPECT_EQ(result.reach == oracle::Reach::Direct, is_direct) << where;
            EXPECT_EQ(result.reach == oracle::Reach::Relayed, !is_direct) << where;
        }
    }
    EXPECT_LE(different, 2) << "ADDR with SYMM and with SCON";
}

TEST(Media, takes_the_pair_that_ice_claims_whatever_it_is) {
    for (const TurnChoice turn : kTurns) {
        for (const char* b : {"eim-eif", "apdm-apdf"}) {
            const CallResult result =
                call({.a = "eim-apdf", .b = b, .turn = turn, .media = std::chrono::seconds(2)});
            if (!result.is_connected()) continue;
            ASSERT_TRUE(result.wire.was_checked);
            EXPECT_TRUE(result.wire.agrees()) << result.why;
            for (const PartyResult& party : result.parties) {
                ASSERT_TRUE(party.media && party.media->audio_received);
                EXPECT_GE(party.media->audio_received->received.loss.received_count, 100U);
                EXPECT_EQ(party.media->audio_received->received.loss.lost_count, 0U);
                ASSERT_TRUE(party.first_media_at);
                EXPECT_GT(*party.first_media_at, *party.connected_at);
                EXPECT_LT(*party.first_media_at, result.simulated);
            }
        }
    }
}

/// What the check is for: a flow that no side claims, and a claim that no flow bears out.
TEST(Media, elsewhere_than_claimed_is_noticed) {
    CallResult result = call({.a = "eim-eif", .b = "eim-eif", .media = std::chrono::seconds(1)});
    ASSERT_TRUE(compare_with_claims(result).agrees());
    CallResult strayed = result;
    MediaFlow flow = strayed.media_flows.begin()->first;
    flow.destination.port ^= 1;
    strayed.media_flows[flow] = 1;
    EXPECT_EQ(compare_with_claims(strayed).unclaimed.size(), 1U);
    result.media_flows.erase(result.media_flows.begin());
    EXPECT_EQ(compare_with_claims(result).unseen.size(), 1U);
}

TEST(Media, is_lost_delayed_and_measured_as_the_link_says) {
    const CallResult result = call_of_text(std::string(R"({
        "networks": [{"name": "x", "nat": "eim-eif", "uplink": {"delay_ms": 40, "loss_pct": 5}}],
        "parties": {"a": {"network": "x"}, "b": {}}, "media": {"duration_ms": 20000}})"));
    ASSERT_TRUE(result.parties[1].media && result.parties[1].media->audio_received);
    const auto& received = result.parties[1].media->audio_received->received;
    EXPECT_NEAR(received.loss.loss_pct(), 5, 2.5);
    ASSERT_TRUE(received.delay_min);
    EXPECT_EQ(received.delay_min->count(), 60'000);
}

TEST(Media, is_reordered_as_often_as_the_link_says) {
    const CallResult result = call_of_text(std::string(R"({
        "networks": [{"name": "x", "nat": "eim-eif", "uplink": {"reorder_pct": 10}}],
        "parties": {"a": {"network": "x"}, "b": {}}, "media": {"duration_ms": 20000}})"));
    ASSERT_TRUE(result.parties[1].media && result.parties[1].media->audio_received);
    const auto& received = result.parties[1].media->audio_received->received;
    EXPECT_NEAR(static_cast<double>(received.loss.reordered_count), 100, 40) << "of 1,000";
}

TEST(Blocked, udp_on_one_side_succeeds_over_turn_and_tcp) {
    const CallResult without = call({.a = "udp-blocked", .b = "linux-masq"});
    EXPECT_FALSE(without.is_connected());
    EXPECT_TRUE(without.as_forecast()) << without.why;
    const CallResult result = call({.a = "udp-blocked",
                                    .b = "linux-masq",
                                    .turn = TurnChoice::Tcp,
                                    .media = std::chrono::seconds(2)});
    EXPECT_EQ(result.reach, oracle::Reach::Relayed);
    EXPECT_TRUE(result.legs.a_relay);
    EXPECT_TRUE(result.as_forecast()) << result.why;
    EXPECT_TRUE(result.wire.was_checked && result.wire.agrees());
}

TEST(Blocked, all_but_the_web_leaves_turn_on_its_port) {
    const CallResult result = call_of_text(std::string(R"({
        "networks": [{"name": "x", "nat": "http-only"}],
        "parties": {"a": {"network": "x", "turn": ["udp", "tcp", "tcp-443"]}, "b": {}}})"));
    EXPECT_EQ(result.reach, oracle::Reach::Relayed);
    EXPECT_TRUE(result.as_forecast()) << result.why;
}

/// Video fills segments, so that many begin in the middle of what is wrapped for the TURN server.
TEST(Media, through_turn_over_tcp_is_nowhere_else_on_the_wire) {
    const CallResult result = call_of_text(R"({
        "parties": {"a": {"families": ["ipv4", "ipv6"], "turn": ["tcp"], "relay_only": true},
                    "b": {"families": ["ipv6"], "turn": ["tcp"]}},
        "seed": 58, "media": {"duration_ms": 20000, "video": true}})");
    EXPECT_EQ(result.reach, oracle::Reach::Relayed) << result.why;
    ASSERT_TRUE(result.wire.was_checked);
    EXPECT_TRUE(result.wire.agrees()) << result.wire.unclaimed.size();
}

TEST(DualStack, ipv6_leads_around_symmetric_nats) {
    const std::string parameters =
        R"({"mapping": {"udp": "address-and-port-dependent"},
            "filtering": {"udp": "address-and-port-dependent"}, "kind": {"ipv6": "firewall"}})";
    const std::string text = R"({"networks": [{"name": "x", "nat": {"parameters": )" + parameters +
                             R"(}}, {"name": "y", "nat": {"parameters": )" + parameters + R"(}}],
            "parties": {"a": {"network": "x", "families": ["ipv4", "ipv6"]},
                        "b": {"network": "y", "families": ["ipv4", "ipv6"]}}})";
    const CallResult result = call_of_text(text);
    EXPECT_EQ(result.reach, oracle::Reach::Direct) << result.why;
    EXPECT_EQ(result.family, AddressFamily::IPv6);
    EXPECT_TRUE(result.as_forecast());
}

TEST(DualStack, one_family_each_needs_a_relay) {
    const CallResult result = call_of_text(
        std::string(R"({"parties": {"a": {"families": ["ipv6"], "turn": ["udp"]}, "b": {}}})"));
    EXPECT_EQ(result.reach, oracle::Reach::Relayed) << result.why;
    EXPECT_TRUE(result.legs.a_relay);
    EXPECT_TRUE(result.as_forecast());
}

TEST(Nat444, is_as_its_boxes_say) {
    for (const char* a : {"nat444", "nat444-sym", "double-nat"}) {
        for (const char* b : {"linux-masq", "corp-fw"}) {
            const CallResult result = call({.a = a, .b = b});
            EXPECT_TRUE(result.as_forecast()) << a << " x " << b << ": " << result.why;
        }
    }
}

/// RFC 4787 REQ-9: two homes behind one carrier meet if it turns their packets around, and shows
/// the outside source when it does.
TEST(OneCarrier, needs_its_hairpinning) {
    for (const char* hairpin : {"off", "external-source", "internal-source"}) {
        const std::string text =
            R"({"networks": [
                {"name": "carrier", "nat": {"parameters": {"hairpin": ")" +
            std::string(hairpin) +
            R"("}}},
                {"name": "x", "behind": "carrier", "nat": "eim-apdf"},
                {"name": "y", "behind": "carrier", "nat": "eim-apdf"}],
              "parties": {"a": {"network": "x", "turn": ["udp"]},
                          "b": {"network": "y", "turn": ["udp"]}}})";
        const CallResult result = call_of_text(text);
        EXPECT_EQ(result.reach, std::string_view(hairpin) == "external-source"
                                    ? oracle::Reach::Direct
                                    : oracle::Reach::Relayed)
            << hairpin << ": " << result.why;
        EXPECT_TRUE(result.as_forecast()) << hairpin << ": " << result.why;
    }
}

TEST(SameNat, neighbours_meet_on_their_own_network) {
    const CallResult result = call_of_text(std::string(R"({
        "networks": [{"name": "x", "nat": "apdm-apdf"}],
        "parties": {"a": {"network": "x"}, "b": {"network": "x"}},
        "media": {"duration_ms": 1000}})"));
    EXPECT_EQ(result.reach, oracle::Reach::Direct) << result.why;
    EXPECT_EQ(result.parties[0].pair->local.type, agent::CandidateType::Host);
    EXPECT_TRUE(result.as_forecast());
    EXPECT_TRUE(result.wire.agrees());
}

TEST(Order, of_checks_decides_only_where_the_oracle_says_so) {
    const CallResult one = call({.a = "eim-apdf", .b = "adm-eif"});
    EXPECT_EQ(one.forecast.outcomes.size(), 2U);
    const CallResult other = call({.a = "eim-apdf", .b = "adm-adf"});
    EXPECT_EQ(other.forecast.outcomes.size(), 1U);
}

TEST(Events, a_link_that_goes_down_interrupts_media) {
    const CallResult result = call_of_text(std::string(R"({
        "networks": [{"name": "x", "nat": "eim-eif"}],
        "parties": {"a": {"network": "x"}, "b": {}}, "media": {"duration_ms": 20000},
        "events": [{"at_ms": 8000, "kind": "link-down", "network": "x"},
                   {"at_ms": 11000, "kind": "link-up", "network": "x"}]})"));
    ASSERT_TRUE(result.is_connected()) << result.why;
    EXPECT_TRUE(result.as_forecast()) << "what happens to media does not undo the forecast";
    const auto& received = result.parties[1].media->audio_received->received;
    EXPECT_EQ(received.interruption_count, 1U);
    EXPECT_NEAR(static_cast<double>(received.interrupted.count()), 3e6, 1e5);
}

std::size_t open_descriptor_count() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST(Resources, are_given_back_after_each_call) {
    const CallSpec spec{.a = "eim-apdf", .b = "apdm-apdf", .turn = TurnChoice::Udp};
    call(spec);  // what a process opens once
    const std::size_t before = open_descriptor_count();
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(call(spec).is_connected());
    EXPECT_EQ(open_descriptor_count(), before);
}

TEST(Seed, makes_the_same_bytes) {
    const CallSpec spec{
        .a = "apdm-apdf", .b = "eim-apdf", .media = std::chrono::seconds(2), .seed = 7};
    const auto scenario = scenario_of(spec);
    ASSERT_TRUE(scenario);
    const auto text = [&] { return report_of(call_of(*scenario), *scenario).data.dump(); };
    const std::string first = text();
    EXPECT_EQ(first, text());
    EXPECT_NE(call({.a = "apdm-apdf", .b = "eim-apdf", .seed = 8}).parties[0].pair->local.address,
              call({.a = "apdm-apdf", .b = "eim-apdf", .seed = 9}).parties[0].pair->local.address);
}

/// libnice waits 500 ms before it checks again, and with one valid pair then may nominate none.
TEST(Forecast, long_round_trips_are_a_handicap_and_said) {
    const CallResult result =
        call_of_text(R"({"parties": {"a": {"link": {"delay_ms": 300}}, "b": {}}})");
    EXPECT_EQ(result.accordance(), Accordance::Handicapped);
    EXPECT_THAT(result.why, HasSubstr("packets take 0.62 s from A to B and back"));
    EXPECT_THAT(result.why, HasSubstr("no pair was nominated: A's agent had its first valid pair"));
    const CallResult relayed = call_of_text(
        R"({"parties": {"a": {"turn": ["tcp"], "relay_only": true, "link": {"delay_ms": 500}},
                        "b": {}}})");
    EXPECT_EQ(relayed.accordance(), Accordance::Handicapped);
    EXPECT_THAT(relayed.why, HasSubstr("packets take 1.02 s from A to B and back"));
    EXPECT_THAT(relayed.why, HasSubstr("when gathering ended after 2.0 s"));
    const CallResult near =
        call_of_text(R"({"parties": {"a": {"link": {"delay_ms": 200}}, "b": {}}})");
    EXPECT_EQ(near.accordance(), Accordance::AsForecast);
    EXPECT_EQ(near.forecast.handicap, "");
}

/// RFC 1191, RFC 1812 s4.3.3, RFC 4443 s3.2: who sends what does not fit is told, by the Internet
/// too, and sends smaller fragments then.
TEST(PathMtu, is_told_on_links_of_the_internet) {
    const auto video_arrives = [](const std::string& text) {
        const CallResult result = call_of_text(text);
        ASSERT_TRUE(result.parties[1].media) << result.why;
        const auto& received = result.parties[1].media->video_received->received;
        EXPECT_TRUE(result.parties[1].silences.empty()) << result.why;
        EXPECT_LE(received.loss.lost_count, 5U) << "what was on its way when the news came";
    };
    const std::string media = R"(, "media": {"duration_ms": 5000, "video": true}})";
    const std::string home = R"({"networks": [{"name": "x", "nat": "linux-masq"}], "parties": )";
    video_arrives(home + R"({"a": {"network": "x"}, "b": {"link": {"mtu_bytes": 1000}}})" + media);
    video_arrives(R"({"networks": [{"name": "y", "nat": "linux-masq",
                                    "uplink": {"mtu_bytes": 1000}}],
                      "parties": {"a": {}, "b": {"network": "y"}})" +
                  media);
    video_arrives(R"({"parties": {"a": {"families": ["ipv6"]},
                                  "b": {"families": ["ipv6"], "link": {"mtu_bytes": 1280}}})" +
                  media);
    // Behind the switch of a network that both are in.
    video_arrives(home + R"({"a": {"network": "x"},
                             "b": {"network": "x", "link": {"mtu_bytes": 1000}}})" +
                  media);
}

}  // namespace
}  // namespace portolan::scenario::test
