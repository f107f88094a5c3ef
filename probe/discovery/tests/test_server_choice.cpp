#include <gtest/gtest.h>

#include "probe/discovery/observations.hpp"
#include "probe/discovery/tests/matrix.hpp"
#include "probe/discovery/tests/run.hpp"

// What a bad server may cost where a good one is listed behind it (nothing but time), and what it
// may make the NAT be blamed for (nothing).
namespace portolan::discovery::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const TransportAddress kBadPP = at("45.33.50.1:3478");
const TransportAddress kBadPA = at("45.33.50.1:3479");
const TransportAddress kBadAP = at("45.33.50.2:3478");
const TransportAddress kBadAA = at("45.33.50.2:3479");

template <typename Check>
void for_each_nat(Check&& check) {
    for (const MappingRule mapping : kMappings) {
        for (const FilteringRule filtering : kFilterings) {
            check(mapping, filtering);
            if (::testing::Test::HasFailure()) return;
        }
    }
}

/// The forged answers of a server that gives two come that much later than the true ones.
void hold_back_second_answers(Scenario& scenario, const TransportAddress& server, Duration extra) {
    for (int i = 0; i < 200; ++i)
        scenario.world.stragglers.push_back({server, 2 * i + 1, 2 * i + 1, extra});
}

TEST(ServerChoice, falls_back_to_a_good_server_after_a_bad_one) {
    using Spoil = void (*)(ServerRules&);
    const Spoil spoils[] = {
        [](ServerRules& server) {
            server.deaf = {kBadPA, kBadAP, kBadAA};
        },
        [](ServerRules& server) { server.deaf = {kBadAA}; },
        [](ServerRules& server) { server.other_address = OtherAddressRule::Unreachable; },
        [](ServerRules& server) { server.other_address = OtherAddressRule::Client; },
        [](ServerRules& server) { server.change_request = ChangeRequestRule::Dropped; },
        [](ServerRules& server) {
            server.bad_reply = BadReply::UnknownAttribute;
            server.bad_reply_to = BadReplyTo::ChangeRequests;
        },
        [](ServerRules& server) {
            server.bad_reply = BadReply::WrongFingerprint;
            server.bad_reply_to = BadReplyTo::OtherAddresses;
        },
        [](ServerRules& server) {
            server.bad_reply = BadReply::Error;
            server.good_follows = true;
        },
        [](ServerRules& server) {
            server.requests_per_second = 1e-6;
            server.burst = 6;
        },
        [](ServerRules& server) { server.lie = LieRule::TwoAnswers; },
    };
    int index = 0;
    for (const Spoil spoil : spoils) {
        for_each_nat([&](MappingRule mapping, FilteringRule filtering) {
            Scenario scenario = behind(mapping, filtering);
            ServerRules bad = rfc5780_server(kBadPP, kBadAA);
            spoil(bad);
            use_servers(scenario, {bad, rfc5780_server(kPP, kAA)});
            const RunResult result = run(scenario);
            SCOPED_TRACE("fault " + std::to_string(index) + ", " + scenario.name + ": " +
                         describe(result.outcome));
            EXPECT_EQ(grade_mapping(result.outcome, mapping), Grade::Right);
            EXPECT_EQ(grade_filtering(result.outcome, filtering), Grade::Right);
            EXPECT_LT(result.elapsed, seconds(6));
        });
        ++index;
    }
}

/// Two good servers cost no more than one.
TEST(ServerChoice, asks_no_second_server_when_the_first_has_shown_everything) {
    for_each_nat([](MappingRule mapping, FilteringRule filtering) {
        Scenario scenario = behind(mapping, filtering);
        const RunResult alone = run(scenario);
        use_servers(scenario, {rfc5780_server(kPP, kAA), rfc5780_server(kBadPP, kBadAA)});
        const RunResult both = run(scenario);
        EXPECT_EQ(both.elapsed, alone.elapsed) << scenario.name;
        EXPECT_EQ(both.trace.packets_sent, alone.trace.packets_sent) << scenario.name;
    });
}

/// A second, forged answer that comes late looks like a mapping that has changed.
TEST(Contradiction, that_comes_late_is_not_blamed_on_the_nat) {
    for (const auto extra : {milliseconds(20), milliseconds(120), milliseconds(300)}) {
        for_each_nat([&](MappingRule mapping, FilteringRule filtering) {
            Scenario scenario = behind(mapping, filtering);
            scenario.world.servers.front().lie = LieRule::TwoAnswers;
            hold_back_second_answers(scenario, kPP, extra);
            const RunResult result = run(scenario);
            SCOPED_TRACE(scenario.name + ": " + describe(result.outcome));
            const bool faulty = result.outcome.servers.at(0).faulty;
            if (faulty) {
                EXPECT_NE(result.outcome.stable.value, false);
                EXPECT_FALSE(result.outcome.mapping.known());
            }
            EXPECT_NE(grade_mapping(result.outcome, mapping), Grade::Wrong);
            EXPECT_NE(grade_filtering(result.outcome, filtering), Grade::Wrong);
        });
    }
}

/// RFC 8489 s6.3: what is discarded is as good as never sent; the good reply behind it counts.
TEST(BadReplies, before_good_ones_cost_nothing) {
    for (const BadReply bad : {BadReply::WrongFingerprint, BadReply::UnknownAttribute}) {
        for_each_nat([&](MappingRule mapping, FilteringRule filtering) {
            Scenario scenario = behind(mapping, filtering);
            ServerRules& server = scenario.world.servers.front();
            server.bad_reply = bad;
            server.good_follows = true;
            const RunResult result = run(scenario);
            SCOPED_TRACE(scenario.name + ": " + describe(result.outcome));
            EXPECT_EQ(grade_mapping(result.outcome, mapping), Grade::Right);
            EXPECT_EQ(grade_filtering(result.outcome, filtering), Grade::Right);
            EXPECT_TRUE(result.outcome.servers.at(0).faulty);
        });
    }
}

/// A reply that is discarded is not silence.
TEST(BadReplies, to_change_requests_are_named_and_not_called_unanswered) {
    for (const BadReply bad : {BadReply::WrongFingerprint, BadReply::UnknownAttribute}) {
        for_each_nat([&](MappingRule mapping, FilteringRule filtering) {
            Scenario scenario = behind(mapping, filtering);
            ServerRules& server = scenario.world.servers.front();
            server.bad_reply = bad;
            server.bad_reply_to = BadReplyTo::ChangeRequests;
            const RunResult result = run(scenario);
            SCOPED_TRACE(scenario.name + ": " + describe(result.outcome));
            EXPECT_EQ(grade_mapping(result.outcome, mapping), Grade::Right);
            EXPECT_EQ(result.outcome.filtering.reason, "server-faulty");
            const ServerAudit& audit = result.outcome.servers.at(0);
            EXPECT_FALSE(audit.change_request_confirmed);
            EXPECT_FALSE(audit.faults.empty());
        });
    }
}

TEST(BadReplies, from_the_other_address_are_not_called_silence) {
    for (const BadReply bad : {BadReply::WrongFingerprint, BadReply::UnknownAttribute}) {
        Scenario scenario =
            behind(MappingRule::EndpointIndependent, FilteringRule::AddressAndPortDependent);
        ServerRules& server = scenario.world.servers.front();
        server.bad_reply = bad;
        server.bad_reply_to = BadReplyTo::OtherAddresses;
        const RunResult result = run(scenario);
        EXPECT_EQ(result.outcome.filtering.reason, "server-faulty") << describe(result.outcome);
        EXPECT_FALSE(result.outcome.servers.at(0).faults.empty());
    }
}

/// RFC 8489 s6.3.1.2: the answer leaves from where the request came in.
TEST(Faults, of_a_server_that_answers_from_elsewhere_are_named) {
    Scenario scenario =
        behind(MappingRule::EndpointIndependent, FilteringRule::EndpointIndependent);
    scenario.world.servers.front().wrong_source = WrongSourceRule::Always;
    const RunResult result = run(scenario);
    EXPECT_EQ(result.outcome.mapping.reason, "server-faulty") << describe(result.outcome);
    ASSERT_FALSE(result.outcome.servers.at(0).faults.empty());
    EXPECT_NE(result.outcome.servers.at(0).faults.front().find("answers from"), std::string::npos);
}

TEST(Faults, that_a_server_asks_for_credentials_is_said) {
    Scenario scenario =
        behind(MappingRule::EndpointIndependent, FilteringRule::EndpointIndependent);
    scenario.world.servers.front().error_code = 401;
    const RunResult result = run(scenario);
    EXPECT_EQ(result.outcome.mapping.reason, "server-refuses") << describe(result.outcome);
    EXPECT_NE(result.outcome.mapping.sentence.find("credentials"), std::string::npos);
    EXPECT_TRUE(result.outcome.servers.at(0).faults.empty());
}

/// A MAPPED-ADDRESS that differs is an ALG's work only where it is this host's own.
TEST(PlainAddress, that_is_wrong_is_not_called_an_alg) {
    struct Row {
        PlainRule plain;
        std::string reason;
        bool fault;
    };
    for (const Row& row : {Row{PlainRule::Unspecified, "mapped-address-impossible", true},
                           Row{PlainRule::Server, "mapped-address-impossible", true},
                           Row{PlainRule::OtherPort, "mapped-address-differs", false}}) {
        Scenario scenario =
            behind(MappingRule::EndpointIndependent, FilteringRule::AddressAndPortDependent);
        scenario.world.servers.front().plain = row.plain;
        const RunResult result = run(scenario);
        SCOPED_TRACE(describe(result.outcome));
        EXPECT_FALSE(result.outcome.alg.known());
        EXPECT_EQ(result.outcome.alg.reason, row.reason);
        EXPECT_EQ(result.outcome.servers.at(0).plain_address_wrong, row.fault);
        EXPECT_EQ(result.outcome.mapping.value, Mapping::EndpointIndependent);
        EXPECT_EQ(result.outcome.filtering.value, Filtering::AddressAndPortDependent);
    }
}

/// No hairpin test without --invasive, whatever a server says.
TEST(OtherAddress, that_is_this_hosts_own_public_one_is_never_sent_to) {
    Scenario scenario =
        behind(MappingRule::EndpointIndependent, FilteringRule::EndpointIndependent);
    scenario.world.servers.front().other_address = OtherAddressRule::Client;
    const RunResult result = run(scenario);
    EXPECT_FALSE(result.outcome.servers.at(0).other_address_usable) << describe(result.outcome);
    for (const TransportAddress& to : result.trace.destinations)
        EXPECT_NE(to.ip, kPublicIp) << to.to_string();
}

/// RFC 6052: the prefix holds for the servers behind the NAT64 and for no other.
TEST(Nat64, beside_native_ipv6_holds_for_the_servers_behind_it) {
    Ledger ledger;
    ledger.family = AddressFamily::IPv6;
    ledger.nat64_prefix = ip("2a00:1450:64::");
    const IpAddress behind_it = ip("2a00:1450:64::2d21:200a");
    const IpAddress native = ip("2a03:2880:f001::10");
    ledger.servers = {{"stun:four.example.org", {behind_it, 3478}},
                      {"stun:six.example.org", {native, 3478}}};
    const TransportAddress other = at("45.33.32.11:3479");
    EXPECT_EQ(as_seen_here(ledger, behind_it, other), at("[2a00:1450:64::2d21:200b]:3479"));
    EXPECT_EQ(as_seen_here(ledger, native, other), other);

    ledger.sockets = {{1, at("[2a00:1450:1::2]:40000")}};
    const TransportAddress seen[] = {at("81.2.69.142:40000"), at("[2a00:1450:1::2]:40000")};
    for (int i = 0; i < 2; ++i) {
        Probe probe;
        probe.role = i == 0 ? Role::MapPP : Role::MapOther;
        probe.socket = 1;
        probe.server = i;
        probe.destination = ledger.servers[static_cast<std::size_t>(i)].address;
        probe.sent = {Time(0)};
        Arrival arrival;
        arrival.well_formed = true;
        arrival.at = Time(1000);
        arrival.socket = 1;
        arrival.source = probe.destination;
        arrival.mapped_xor = seen[i];
        probe.arrivals = {arrival};
        probe.arrival_count = 1;
        ledger.probes.push_back(probe);
    }
    const Outcome outcome = infer(ledger);
    EXPECT_TRUE(outcome.servers.at(0).faults.empty()) << outcome.servers.at(0).faults.front();
    EXPECT_TRUE(outcome.servers.at(1).faults.empty()) << outcome.servers.at(1).faults.front();
    EXPECT_EQ(outcome.translation.value, Translation::Nat64);
    EXPECT_NE(outcome.mapping.reason, "public-address-varies") << describe(outcome);
    EXPECT_FALSE(outcome.pooling.known());
}

}  // namespace
}  // namespace portolan::discovery::sim
