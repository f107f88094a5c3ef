#include <gtest/gtest.h>

#include "probe/discovery/tests/matrix.hpp"
#include "probe/discovery/tests/run.hpp"

// Whether UDP gets through, and why not (T8 to T10 of the scenario list). The cause is named,
// quickly.
namespace portolan::discovery::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Scenario home() {
    return behind(MappingRule::EndpointIndependent, FilteringRule::AddressAndPortDependent);
}

void expect_nothing_known_of_the_nat(const RunResult& result) {
    EXPECT_FALSE(result.outcome.mapping.known()) << describe(result.outcome);
    EXPECT_FALSE(result.outcome.filtering.known()) << describe(result.outcome);
    EXPECT_FALSE(result.outcome.translation.known()) << describe(result.outcome);
}

struct Blocked {
    const char* name;
    UdpPolicy policy;
    StreamOutcome tcp;
    StreamOutcome tls;
    std::optional<UdpReachability> expected;  // nullopt: inconclusive
    Duration limit;
};

class UdpBlocked : public ::testing::TestWithParam<Blocked> {};

/// T8, P22, P25: the cause is named within a second; without any answer nothing is claimed.
TEST_P(UdpBlocked, names_the_cause_in_time) {
    const Blocked& row = GetParam();
    Scenario scenario = home();
    scenario.name = row.name;
    scenario.world.udp = row.policy;
    scenario.world.tcp = row.tcp;
    scenario.world.tls = row.tls;
    scenario.world.icmp_from = ip("192.168.1.1");
    for (const std::uint64_t seed : {1, 2, 3}) {
        const RunResult result = run(scenario, seed);
        if (row.expected) {
            EXPECT_EQ(result.outcome.udp.value, row.expected) << describe(result.outcome);
            EXPECT_EQ(result.outcome.udp.verdict, VerdictKind::Fail);
        } else {
            EXPECT_EQ(result.outcome.udp.verdict, VerdictKind::Inconclusive)
                << describe(result.outcome);
        }
        EXPECT_LE(result.elapsed, row.limit) << result.elapsed.count() << " us";
        expect_nothing_known_of_the_nat(result);
    }
}

constexpr auto kConnected = StreamOutcome::Connected;
constexpr auto kTimedOut = StreamOutcome::TimedOut;

INSTANTIATE_TEST_SUITE_P(
    All, UdpBlocked,
    ::testing::Values(Blocked{"dropped_tcp_ok", UdpPolicy::Dropped, kConnected, kConnected,
                              UdpReachability::Silent, seconds(1)},
                      Blocked{"dropped_tcp_refused", UdpPolicy::Dropped, StreamOutcome::Refused,
                              StreamOutcome::Refused, UdpReachability::Silent, seconds(1)},
                      Blocked{"dropped_tls_only", UdpPolicy::Dropped, kTimedOut, kConnected,
                              UdpReachability::Silent, seconds(1)},
                      Blocked{"dropped_tls_fails_after_tcp", UdpPolicy::Dropped, kTimedOut,
                              StreamOutcome::TlsFailed, UdpReachability::Silent, seconds(1)},
                      Blocked{"dropped_and_nothing_else", UdpPolicy::Dropped, kTimedOut, kTimedOut,
                              std::nullopt, milliseconds(1100)},
                      Blocked{"prohibited_tcp_ok", UdpPolicy::Prohibited, kConnected, kConnected,
                              UdpReachability::Prohibited, seconds(1)},
                      Blocked{"prohibited_and_nothing_else", UdpPolicy::Prohibited, kTimedOut,
                              kTimedOut, UdpReachability::Prohibited, milliseconds(1100)},
                      Blocked{"host_firewall_tcp_ok", UdpPolicy::HostFirewall, kConnected,
                              kConnected, UdpReachability::LocalFirewall, seconds(1)},
                      Blocked{"host_firewall_and_nothing_else", UdpPolicy::HostFirewall, kTimedOut,
                              kTimedOut, UdpReachability::LocalFirewall, seconds(1)},
                      Blocked{"no_route", UdpPolicy::NoRoute, StreamOutcome::Unreachable,
                              StreamOutcome::Unreachable, UdpReachability::NoRoute, seconds(1)}),
    [](const auto& row) { return std::string(row.param.name); });

/// A prohibition that some packets meet and others pass is no prohibition.
TEST(Reachability, is_given_by_any_answer_whatever_icmp_says) {
    Scenario scenario = home();
    scenario.world.hostility.icmp_rate = 0.5;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const RunResult result = run(scenario, seed);
        EXPECT_EQ(result.outcome.udp.value, UdpReachability::Reachable) << describe(result.outcome);
        EXPECT_NE(grade_mapping(result.outcome, MappingRule::EndpointIndependent), Grade::Wrong);
        EXPECT_NE(grade_filtering(result.outcome, FilteringRule::AddressAndPortDependent),
                  Grade::Wrong);
    }
}

/// A closed port at the server is a fault of the server, not of the network.
TEST(Reachability, a_closed_server_port_is_not_blamed_on_the_network) {
    Scenario scenario = home();
    scenario.world.servers.front().state = ServerState::PortClosed;
    const RunResult result = run(scenario);
    EXPECT_EQ(result.outcome.udp.verdict, VerdictKind::Inconclusive) << describe(result.outcome);
    expect_nothing_known_of_the_nat(result);
    EXPECT_LE(result.elapsed, seconds(1));
}

/// A single silent server whose host answers over TCP: silence is stated, and the sentence does not
/// hide that the server may be at fault. P28: no filtering is read out of it.
TEST(Reachability, a_dead_server_shows_no_filtering) {
    Scenario scenario = home();
    scenario.world.servers.front().state = ServerState::Silent;
    const RunResult result = run(scenario);
    expect_nothing_known_of_the_nat(result);
    EXPECT_LE(result.elapsed, seconds(1));
}

/// When one of several servers is dead, UDP is not blocked.
TEST(Reachability, a_dead_server_beside_a_live_one_is_not_a_blocked_network) {
    for (const ServerState state : {ServerState::Silent, ServerState::PortClosed}) {
        Scenario scenario = home();
        ServerRules dead = rfc5780_server(at("45.33.50.1:3478"), at("45.33.50.2:3479"));
        dead.state = state;
        use_servers(scenario, {dead, rfc5780_server(kPP, kAA)});
        const RunResult result = run(scenario);
        EXPECT_EQ(result.outcome.udp.value, UdpReachability::Reachable) << describe(result.outcome);
    }
}

/// T9: UDP that passes on 53 and 443 only is found with a server there, and nothing is made up.
TEST(Reachability, servers_on_open_ports_are_found_behind_a_port_filter) {
    for (const std::uint16_t port : {std::uint16_t{443}, std::uint16_t{53}}) {
        Scenario scenario = home();
        scenario.world.udp = UdpPolicy::Dropped;
        scenario.world.udp_ports_exempt = {443, 53};
        use_servers(scenario, {rfc5780_server(kPP, kAA), plain_server({kPlain1.ip, port})});
        const RunResult result = run(scenario);
        EXPECT_EQ(result.outcome.udp.value, UdpReachability::Reachable) << describe(result.outcome);
        EXPECT_EQ(grade_translation(result.outcome, MappingRule::EndpointIndependent),
                  Grade::Right);
        EXPECT_FALSE(result.outcome.mapping.known()) << describe(result.outcome);
        EXPECT_FALSE(result.outcome.filtering.known()) << describe(result.outcome);
    }
}

/// T9 with an RFC 5780 server whose first port passes and whose other port does not: half of the
/// four addresses is silent, which is not a mapping, and no filtering either.
TEST(Reachability, an_alternate_port_behind_a_port_filter_is_not_a_nat_verdict) {
    for (const MappingRule mapping : kMappings) {
        for (const FilteringRule filtering : kFilterings) {
            Scenario scenario = behind(mapping, filtering);
            scenario.world.udp = UdpPolicy::Dropped;
            scenario.world.udp_ports_exempt = {443};
            use_servers(scenario, {rfc5780_server({kPP.ip, 443}, kAA)});
            const RunResult result = run(scenario);
            EXPECT_NE(grade_mapping(result.outcome, mapping), Grade::Wrong)
                << scenario.name << ": " << describe(result.outcome);
            EXPECT_NE(grade_filtering(result.outcome, filtering), Grade::Wrong)
                << scenario.name << ": " << describe(result.outcome);
        }
    }
}

/// Sockets that cannot be opened: all of them, or all but the first few.
TEST(Reachability, sockets_that_do_not_open_end_the_run_without_a_verdict) {
    for (const NetworkFault fault :
         {NetworkFault::NoRoute, NetworkFault::NotPermitted, NetworkFault::Other}) {
        for (int opened = 0; opened <= 3; ++opened) {
            Scenario scenario = home();
            scenario.world.socket_fault = fault;
            scenario.world.sockets_that_open = opened;
            const RunResult result = run(scenario);
            EXPECT_NE(grade_mapping(result.outcome, MappingRule::EndpointIndependent), Grade::Wrong)
                << describe(result.outcome);
            EXPECT_NE(grade_filtering(result.outcome, FilteringRule::AddressAndPortDependent),
                      Grade::Wrong)
                << describe(result.outcome);
            if (opened == 0) {
                EXPECT_NE(result.outcome.udp.verdict, VerdictKind::Pass);
                EXPECT_NE(result.outcome.udp.value, UdpReachability::Silent);
            }
        }
    }
}

TEST(Reachability, without_servers_nothing_is_tested) {
    Scenario scenario = home();
    scenario.config.servers.clear();
    const RunResult result = run(scenario);
    EXPECT_EQ(result.outcome.udp.verdict, VerdictKind::NotTested) << describe(result.outcome);
    EXPECT_EQ(result.trace.packets_sent, 0);
}

TEST(Reachability, a_server_without_tcp_leaves_silence_inconclusive) {
    Scenario scenario = home();
    scenario.world.udp = UdpPolicy::Dropped;
    for (ServerTarget& target : scenario.config.servers)
        target.tcp = target.tls = std::nullopt;
    const RunResult result = run(scenario);
    EXPECT_EQ(result.outcome.udp.verdict, VerdictKind::Inconclusive) << describe(result.outcome);
    EXPECT_LE(result.elapsed, milliseconds(1100));
}

const IpAddress kHostV6 = ip("2a00:1450:4001::10");
const IpAddress kPublicV6 = ip("2a00:1450:5001::1");
const TransportAddress kPP6 = at("[2a03:2880:f001::10]:3478");
const TransportAddress kAA6 = at("[2a03:2880:f001::11]:3479");

/// T10, P17: tailscale #982, IPv4 blocked and IPv6 open are two verdicts; both families at once
/// keep the rate of RFC 5780 s5 between them.
TEST(Families, have_verdicts_of_their_own) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        WorldRules rules;
        rules.host_ips = {kHostIp, kHostV6};
        rules.nats = {nat_rules(MappingRule::None, FilteringRule::AddressAndPortDependent)};
        rules.servers = {rfc5780_server(kPP, kAA), rfc5780_server(kPP6, kAA6)};
        rules.servers[0].state = ServerState::Silent;
        auto pacer = std::make_shared<TransactionPacer>();
        Config v4;
        v4.seed = seed;
        v4.servers.push_back({"stun:v4", kPP, kPP, std::nullopt, ""});
        v4.pacer = pacer;
        Config v6 = v4;
        v6.family = AddressFamily::IPv6;
        v6.servers[0] = {"stun:v6", kPP6, kPP6, std::nullopt, ""};
        World world;
        world.reset(rules, seed);
        world.add(v4);
        world.add(v6);
        world.run();
        expect_good_manners(world, "two families, seed " + std::to_string(seed));
        EXPECT_EQ(world.outcome(0).udp.value, UdpReachability::Silent);
        EXPECT_EQ(world.outcome(1).udp.value, UdpReachability::Reachable);
        EXPECT_EQ(world.outcome(1).translation.value, Translation::None);
        EXPECT_EQ(grade_filtering(world.outcome(1), FilteringRule::AddressAndPortDependent),
                  Grade::Right)
            << describe(world.outcome(1));
    }
}

/// Several machines that share a pacer, both working: right, and ten new transactions a second.
TEST(Families, share_the_rate_of_rfc_5780) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        WorldRules rules;
        rules.host_ips = {kPublicHostIp, kHostV6};
        rules.nats = {nat_rules(MappingRule::None, FilteringRule::AddressDependent)};
        rules.servers = {rfc5780_server(kPP, kAA), rfc5780_server(kPP6, kAA6)};
        auto pacer = std::make_shared<TransactionPacer>();
        World world;
        world.reset(rules, seed);
        for (int i = 0; i < 4; ++i) {
            Config config;
            config.seed = seed * 4 + static_cast<std::uint64_t>(i);
            config.pacer = pacer;
            const bool v6 = i % 2 == 1;
            config.family = v6 ? AddressFamily::IPv6 : AddressFamily::IPv4;
            config.servers.push_back(
                {"stun:server", v6 ? kPP6 : kPP, std::nullopt, std::nullopt, ""});
            world.add(config, milliseconds(seed * static_cast<std::uint64_t>(i)));
        }
        world.run();
        expect_good_manners(world, "four machines, seed " + std::to_string(seed));
        for (int i = 0; i < 4; ++i) {
            EXPECT_EQ(grade_filtering(world.outcome(i), FilteringRule::AddressDependent),
                      Grade::Right)
                << describe(world.outcome(i));
            EXPECT_EQ(grade_mapping(world.outcome(i), MappingRule::None), Grade::Right)
                << describe(world.outcome(i));
        }
    }
}

Scenario v6_scenario(const NatRules& nat) {
    Scenario scenario;
    scenario.name = "ipv6";
    scenario.world.host_ips = {kHostV6};
    scenario.world.nats = {nat};
    scenario.config.family = AddressFamily::IPv6;
    scenario.config.route_local_ip = kHostV6;
    use_servers(scenario, {rfc5780_server(kPP6, kAA6)});
    return scenario;
}

/// T10: a stateful IPv6 firewall is no NAT.
TEST(Families, a_stateful_ipv6_firewall_is_a_filter_without_nat) {
    for (const FilteringRule filtering : kFilterings) {
        const RunResult result = run(v6_scenario(nat_rules(MappingRule::None, filtering)));
        EXPECT_EQ(result.outcome.translation.value, Translation::None);
        EXPECT_EQ(grade_filtering(result.outcome, filtering), Grade::Right)
            << describe(result.outcome);
        EXPECT_EQ(grade_mapping(result.outcome, MappingRule::None), Grade::Right);
    }
}

/// T10: NAT66 translates, with every mapping.
TEST(Families, nat66_is_a_nat) {
    for (const MappingRule mapping : kMappings) {
        if (mapping == MappingRule::None) continue;
        NatRules nat = nat_rules(mapping, FilteringRule::AddressAndPortDependent);
        nat.public_ips = {kPublicV6};
        const RunResult result = run(v6_scenario(nat));
        EXPECT_EQ(result.outcome.translation.value, Translation::Address);
        EXPECT_EQ(grade_mapping(result.outcome, mapping), Grade::Right) << describe(result.outcome);
        EXPECT_EQ(grade_filtering(result.outcome, FilteringRule::AddressAndPortDependent),
                  Grade::Right)
            << describe(result.outcome);
    }
}

/// T10, P21: behind NAT64 (RFC 6146) the IPv4 OTHER-ADDRESS is reached through the prefix of RFC
/// 7050.
TEST(Families, nat64_is_measured_through_its_prefix) {
    for (const MappingRule mapping : kMappings) {
        if (mapping == MappingRule::None) continue;
        for (const FilteringRule filtering : kFilterings) {
            for (const char* prefix : {"64:ff9b::", "2a00:1450:64::"}) {
                NatRules nat = nat_rules(mapping, filtering);
                nat.nat64_prefix = ip(prefix);
                Scenario scenario = v6_scenario(nat);
                scenario.name = std::string("nat64 ") + prefix;
                use_servers(scenario, {rfc5780_server(kPP, kAA)});
                auto octets = std::array<std::uint8_t, 16>{};
                std::copy_n(ip(prefix).octets().begin(), 12, octets.begin());
                std::copy_n(kPP.ip.octets().begin(), 4, octets.begin() + 12);
                ServerTarget& target = scenario.config.servers.front();
                target.address = {IpAddress::v6(octets), kPP.port};
                target.tcp = target.address;
                target.tls = std::nullopt;
                scenario.config.nat64_prefix = ip(prefix);
                const RunResult result = run(scenario);
                SCOPED_TRACE(scenario.name + " " + std::string(to_string(mapping)) + "/" +
                             std::string(to_string(filtering)) + ": " + describe(result.outcome));
                EXPECT_EQ(result.outcome.translation.value, Translation::Nat64);
                EXPECT_EQ(grade_mapping(result.outcome, mapping), Grade::Right);
                EXPECT_EQ(grade_filtering(result.outcome, filtering), Grade::Right);
            }
        }
    }
}

struct StreamsAndWords {
    const char* name;
    StreamOutcome tcp;
    StreamOutcome tls;
    std::string said;
};

class SilentUdp : public ::testing::TestWithParam<StreamsAndWords> {};

/// Who is told that UDP is blocked also learns what is left: TLS that works, or why it does not.
TEST_P(SilentUdp, says_what_answers_instead) {
    const auto& row = GetParam();
    Ledger ledger;
    ledger.servers.push_back({"stun:192.0.2.1", {ip("192.0.2.1"), 3478}});
    ledger.probes.emplace_back();
    ledger.probes.back().sent = {Time{}};
    StreamRecord tcp;
    tcp.to = {ip("192.0.2.1"), 3478};
    tcp.report = StreamReport{row.tcp, "a detail of TCP"};
    StreamRecord tls;
    tls.to = {ip("192.0.2.1"), 5349};
    tls.tls = true;
    tls.report = StreamReport{row.tls, "The certificate is NOT trusted"};
    ledger.streams = {tcp, tls};
    const Outcome outcome = infer(ledger);
    EXPECT_EQ(outcome.udp.value, UdpReachability::Silent) << describe(outcome);
    EXPECT_EQ(outcome.udp.sentence,
              "UDP is dropped silently: nothing came back, while " + row.said);
}

INSTANTIATE_TEST_SUITE_P(
    All, SilentUdp,
    ::testing::Values(
        StreamsAndWords{"tcp", kConnected, kTimedOut, "192.0.2.1:3478 answers over TCP"},
        StreamsAndWords{"tls_only", kTimedOut, kConnected, "192.0.2.1:5349 answers over TLS"},
        StreamsAndWords{"tls_beside_refusal", StreamOutcome::Refused, kConnected,
                        "192.0.2.1:5349 answers over TLS"},
        StreamsAndWords{"tcp_beside_bad_tls", kConnected, StreamOutcome::TlsFailed,
                        "192.0.2.1:3478 answers over TCP"},
        StreamsAndWords{"bad_tls_only", kTimedOut, StreamOutcome::TlsFailed,
                        "192.0.2.1:5349 answers over TCP, but TLS to it fails (The certificate is "
                        "NOT trusted)"},
        StreamsAndWords{"bad_tls_beside_refusal", StreamOutcome::Refused, StreamOutcome::TlsFailed,
                        "192.0.2.1:5349 answers over TCP, but TLS to it fails (The certificate is "
                        "NOT trusted)"},
        StreamsAndWords{"refusal_only", StreamOutcome::Refused, kTimedOut,
                        "192.0.2.1:3478 answers (with a refusal) over TCP"}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace portolan::discovery::sim
