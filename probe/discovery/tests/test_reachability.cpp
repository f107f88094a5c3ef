#include <gtest/gtest.h>

#include <array>

#include "probe/discovery/observations.hpp"
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
                              StreamOutcome::Refused, std::nullopt, seconds(1)},
                      Blocked{"dropped_tls_only", UdpPolicy::Dropped, kTimedOut, kConnected,
                              UdpReachability::Silent, seconds(1)},
                      Blocked{"dropped_tls_fails_after_tcp", UdpPolicy::Dropped, kTimedOut,
                              StreamOutcome::TlsFailed, std::nullopt, milliseconds(3100)},
                      Blocked{"dropped_and_nothing_else", UdpPolicy::Dropped, kTimedOut, kTimedOut,
                              std::nullopt, milliseconds(3100)},
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
    EXPECT_EQ(result.outcome.pooling.sentence, "too few sockets got an answer");
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
    EXPECT_LE(result.elapsed, milliseconds(3100));
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
        const TransportAddress blocked{kPP.ip, 19302};
        rules.servers = {plain_server(blocked), rfc5780_server(kPP6, kAA6)};
        rules.udp = UdpPolicy::Dropped;
        rules.udp_ports_exempt = {kPP6.port, kAA6.port};
        auto pacer = std::make_shared<TransactionPacer>();
        Config v4;
        v4.seed = seed;
        v4.servers.push_back({"stun:v4", blocked, blocked, std::nullopt, ""});
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
    bool stun;  ///< answered over what connects
    std::string said;
};

class SilentUdp : public ::testing::TestWithParam<StreamsAndWords> {};

StreamRecord stream_to(const char* to, bool tls, StreamOutcome outcome, bool stun) {
    std::array<std::byte, 64> buffer{};
    stun::TransactionId id;
    id.octets.fill(std::byte{7});
    StreamRecord stream;
    stream.to = at(to);
    stream.tls = tls;
    stun::MessageWriter request(buffer, stun::MessageClass::Request, stun::Method::Binding, id);
    stream.request.assign(request.bytes().begin(), request.bytes().end());
    stream.ended = Time{1};
    stream.report = StreamReport{outcome, tls ? "The certificate is NOT trusted" : "TCP", {}};
    if (stun && outcome == StreamOutcome::Connected) {
        stun::MessageWriter reply(buffer, stun::MessageClass::SuccessResponse,
                                  stun::Method::Binding, id);
        stream.report->reply.assign(reply.bytes().begin(), reply.bytes().end());
    }
    return stream;
}

Ledger silent_ledger(const char* server) {
    Ledger ledger;
    ledger.servers.push_back({"stun:server", at(server)});
    ledger.probes.emplace_back();
    ledger.probes.back().sent.assign(10, Time{});
    ledger.ended = seconds(1);
    return ledger;
}

/// Blocked UDP is a statement about the network, so STUN that is answered otherwise has to stand
/// beside the silence. A port that opens or refuses shows a host, and that is said.
TEST_P(SilentUdp, is_blocked_only_beside_stun_that_is_answered) {
    const auto& row = GetParam();
    Ledger ledger = silent_ledger("192.0.2.1:3478");
    ledger.streams = {stream_to("192.0.2.1:3478", false, row.tcp, row.stun),
                      stream_to("192.0.2.1:5349", true, row.tls, row.stun)};
    const Outcome outcome = infer(ledger);
    EXPECT_NE(outcome.udp.sentence.find("while " + row.said), std::string::npos)
        << outcome.udp.sentence;
    if (row.stun) {
        EXPECT_EQ(outcome.udp.value, UdpReachability::Silent) << describe(outcome);
        // Silent for less long, the replies may only be late.
        ledger.ended = kSilentAskedFor - milliseconds(1);
        EXPECT_EQ(infer(ledger).udp.reason, "server-silent");
    } else {
        EXPECT_EQ(outcome.udp.verdict, VerdictKind::Inconclusive) << describe(outcome);
        EXPECT_EQ(outcome.udp.reason, "server-silent");
        // Deliberate fault: what the verdict would be if an open port were enough.
        ledger.sabotage.trust_open_ports = true;
        EXPECT_EQ(infer(ledger).udp.value, UdpReachability::Silent);
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, SilentUdp,
    ::testing::Values(
        StreamsAndWords{"tcp", kConnected, kTimedOut, true, "192.0.2.1:3478 answers STUN over TCP"},
        StreamsAndWords{"tls_only", kTimedOut, kConnected, true,
                        "192.0.2.1:5349 answers STUN over TLS"},
        StreamsAndWords{"mute_tcp", kConnected, kTimedOut, false,
                        "192.0.2.1:3478 answers over TCP"},
        StreamsAndWords{"mute_tls_beside_refusal", StreamOutcome::Refused, kConnected, false,
                        "192.0.2.1:5349 answers over TLS"},
        StreamsAndWords{"bad_tls_only", kTimedOut, StreamOutcome::TlsFailed, false,
                        "192.0.2.1:5349 answers over TCP, but TLS to it fails (The certificate is "
                        "NOT trusted)"},
        StreamsAndWords{"refusal_only", StreamOutcome::Refused, kTimedOut, false,
                        "192.0.2.1:3478 answers (with a refusal) over TCP"}),
    [](const auto& row) { return std::string(row.param.name); });

/// A UDP port that somebody chose may be a mistake; that TLS is served elsewhere proves nothing.
TEST(SilentUdp, is_not_blocked_because_tls_is_served_beside_a_chosen_port) {
    Ledger ledger = silent_ledger("192.0.2.1:9999");
    ledger.streams = {stream_to("192.0.2.1:5349", true, kConnected, true)};
    EXPECT_EQ(infer(ledger).udp.reason, "server-silent");
}

/// Living hosts of three networks are not all at fault; two addresses of one network may be one. A
/// connection that is refused or taken may be a firewall's doing, or a portal's; a certificate that
/// holds is the host's.
TEST(SilentUdp, is_blocked_when_servers_of_several_networks_are_silent) {
    const auto ask = [](const std::vector<const char*>& addresses, bool over_tls = true,
                        StreamOutcome stream = kConnected) {
        Ledger ledger;
        for (const char* address : addresses) {
            const int index = static_cast<int>(ledger.servers.size());
            ledger.servers.push_back({address, at(address)});
            Probe& probe = ledger.probes.emplace_back();
            probe.server = index;
            probe.sent.assign(10, Time{});
            ledger.streams.push_back(stream_to(address, over_tls, stream, false));
            ledger.streams.back().server = index;
        }
        ledger.ended = seconds(1);
        return infer(ledger);
    };
    const std::vector<const char*> three{"45.33.40.1:3478", "45.33.41.2:3478", "81.2.69.142:3478"};
    EXPECT_EQ(ask(three).udp.value, UdpReachability::Silent);
    EXPECT_EQ(ask(three, false, StreamOutcome::Refused).udp.reason, "server-silent");
    EXPECT_EQ(ask(three, false, kConnected).udp.reason, "server-silent");
    EXPECT_EQ(ask(three, true, StreamOutcome::TlsFailed).udp.reason, "server-silent");
    EXPECT_EQ(ask({"45.33.40.1:3478", "45.33.40.2:3478", "45.33.40.3:3478"}).udp.reason,
              "server-silent");
    EXPECT_EQ(ask({"45.33.40.1:3478", "81.2.69.142:3478"}).udp.reason, "server-silent");
    EXPECT_EQ(ask({"10.0.1.1:3478", "10.0.2.1:3478", "10.0.3.1:3478"}).udp.reason, "server-silent");
}

/// STUN over TCP is asked for in the same run, and a server that is only mute stays a mute server.
TEST(SilentUdp, in_a_run_is_told_from_a_server_without_stun) {
    Scenario scenario = home();
    scenario.world.udp = UdpPolicy::Dropped;
    EXPECT_EQ(run(scenario).outcome.udp.value, UdpReachability::Silent);
    scenario.world.servers.front().answers_streams = false;
    const RunResult mute = run(scenario);
    EXPECT_EQ(mute.outcome.udp.reason, "server-silent") << describe(mute.outcome);
    EXPECT_LE(mute.elapsed, seconds(1));
}

struct IcmpCase {
    const char* name;
    NetworkFault fault;
    const char* reporter;
    bool two_servers;
    std::optional<UdpReachability> expected;  // nullopt: inconclusive
};

class Icmp : public ::testing::TestWithParam<IcmpCase> {};

/// What a distant router says of one server is no statement about calls.
TEST_P(Icmp, about_one_server_stays_with_that_server) {
    const IcmpCase& row = GetParam();
    Scenario scenario = home();
    scenario.world.udp = UdpPolicy::Prohibited;
    scenario.world.icmp = row.fault;
    scenario.world.icmp_from = ip(row.reporter);
    if (row.two_servers) {
        use_servers(scenario, {rfc5780_server(kPP, kAA), plain_server(at("81.2.70.1:3478"))});
    }
    const RunResult result = run(scenario);
    EXPECT_EQ(result.outcome.udp.value, row.expected) << describe(result.outcome);
    if (!row.expected) {
        EXPECT_EQ(result.outcome.udp.verdict, VerdictKind::Inconclusive);
    }
    expect_nothing_known_of_the_nat(result);
}

INSTANTIATE_TEST_SUITE_P(
    All, Icmp,
    ::testing::Values(IcmpCase{"distant_unreachable", NetworkFault::IcmpUnreachable, "62.1.1.1",
                               false, std::nullopt},
                      IcmpCase{"near_unreachable", NetworkFault::IcmpUnreachable, "192.168.1.1",
                               false, std::nullopt},
                      IcmpCase{"own_neighbour_missing", NetworkFault::IcmpUnreachable,
                               "192.168.1.10", false, std::nullopt},
                      IcmpCase{"unreachable_in_all_networks", NetworkFault::IcmpUnreachable,
                               "62.1.1.1", true, UdpReachability::NoRoute},
                      IcmpCase{"distant_port_unreachable", NetworkFault::IcmpPortUnreachable,
                               "62.1.1.1", false, std::nullopt},
                      IcmpCase{"near_port_unreachable", NetworkFault::IcmpPortUnreachable,
                               "192.168.1.1", false, UdpReachability::Prohibited},
                      IcmpCase{"distant_prohibited", NetworkFault::IcmpProhibited, "62.1.1.1",
                               false, std::nullopt},
                      IcmpCase{"prohibited_by_the_server", NetworkFault::IcmpProhibited,
                               "45.33.32.10", false, std::nullopt},
                      IcmpCase{"prohibited_in_all_networks", NetworkFault::IcmpProhibited,
                               "62.1.1.1", true, UdpReachability::Prohibited},
                      IcmpCase{"rejected_by_this_host", NetworkFault::IcmpPortUnreachable,
                               "192.168.1.10", false, UdpReachability::LocalFirewall}),
    [](const auto& row) { return std::string(row.param.name); });

/// What comes back is said: neither silence nor an address that was not asked.
TEST(Reachability, requests_instead_of_responses_are_named) {
    std::array<std::byte, 64> buffer{};
    stun::MessageWriter request(buffer, stun::MessageClass::Request, stun::Method::Binding,
                                stun::TransactionId{});
    Ledger ledger = silent_ledger("192.0.2.1:3478");
    Probe& probe = ledger.probes.front();
    probe.destination = at("192.0.2.1:3478");
    probe.request.assign(request.bytes().begin(), request.bytes().end());
    Arrival& arrival = probe.arrivals.emplace_back();
    arrival.source = probe.destination;
    arrival.bytes = probe.request;
    arrival.decode();
    Outcome outcome = infer(ledger);
    EXPECT_EQ(outcome.udp.reason, "replies-do-not-match") << describe(outcome);
    EXPECT_EQ(outcome.udp.sentence,
              "192.0.2.1:3478 sends the requests back instead of answering them");

    arrival.bytes.assign(request.bytes().begin(), request.bytes().end());
    arrival.bytes.back() ^= std::byte{1};  // of another transaction
    outcome = infer(ledger);
    EXPECT_NE(outcome.udp.sentence.find("requests or indications"), std::string::npos)
        << outcome.udp.sentence;

    arrival.source = at("192.0.2.9:3478");
    outcome = infer(ledger);
    EXPECT_EQ(outcome.udp.reason, "replies-from-elsewhere") << describe(outcome);
    EXPECT_NE(outcome.udp.sentence.find("192.0.2.9:3478"), std::string::npos);
}

/// A server on this very host: its closed port is no firewall of the host's.
TEST(Reachability, a_closed_port_of_this_host_is_a_closed_port) {
    Ledger ledger = silent_ledger("127.0.0.1:3478");
    ledger.route_local_ip = ip("127.0.0.1");
    ledger.probes.front().faults.push_back(
        {Time{1}, {NetworkFault::IcmpPortUnreachable, ip("127.0.0.1"), "ICMP 3/3"}});
    EXPECT_EQ(infer(ledger).udp.reason, "server-port-closed");
}

/// A broadcast address or a route of the type prohibit is no firewall, and no missing network.
TEST(Reachability, a_refused_destination_is_named_and_no_firewall_blamed) {
    Ledger ledger = silent_ledger("192.168.1.255:3478");
    ledger.probes.front().faults.push_back(
        {Time{1}, {NetworkFault::NoRoute, std::nullopt, "EACCES"}});
    const Outcome outcome = infer(ledger);
    EXPECT_EQ(outcome.udp.reason, "destination-refused") << describe(outcome);
    EXPECT_NE(outcome.udp.sentence.find("192.168.1.255:3478"), std::string::npos);
}

}  // namespace
}  // namespace portolan::discovery::sim
