#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "probe/discovery/tests/matrix.hpp"
#include "probe/discovery/tests/run.hpp"

// Where something is shut and something else is not: a port, a server, a local address, a socket.
// The verdict says what was shown, and hedges what was not.
namespace portolan::discovery::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

const TransportAddress kFar = at("81.2.70.1:3478");

Scenario home() {
    return behind(MappingRule::EndpointIndependent, kApdf);
}

ServerRules closed_server(const TransportAddress& address) {
    ServerRules rules = plain_server(address);
    rules.state = ServerState::PortClosed;
    return rules;
}

ServerRules silent_server(const TransportAddress& primary, const TransportAddress& alternate) {
    ServerRules rules = rfc5780_server(primary, alternate);
    rules.deaf = {primary, {primary.ip, alternate.port}, {alternate.ip, primary.port}, alternate};
    return rules;
}

/// RFC 1122 s4.1.3.1: the port unreachable of a server's own host proves that UDP gets there.
TEST(SomeServers, a_closed_port_proves_that_udp_gets_out) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        Scenario scenario = home();
        use_servers(scenario, {silent_server(kPP, kAA), closed_server(kPlain1),
                               silent_server(kFar, at("81.2.71.2:3479"))});
        const RunResult result = run(scenario, seed);
        const auto& udp = result.outcome.udp;
        EXPECT_EQ(udp.verdict, VerdictKind::Inconclusive) << describe(result.outcome);
        EXPECT_EQ(udp.reason, "some-servers-silent") << describe(result.outcome);
        EXPECT_THAT(udp.sentence, HasSubstr(kPP.to_string()));
        EXPECT_THAT(udp.sentence, HasSubstr(kFar.to_string()));
        EXPECT_LE(result.elapsed, milliseconds(1100));
    }
}

/// Only port 3478 is dropped: the same servers answer on 3479.
TEST(SomePorts, a_blocked_port_is_told_from_a_blocked_udp) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        for (const bool several : {false, true}) {
            Scenario scenario = home();
            if (several) {
                use_servers(scenario, {rfc5780_server(kPP, kAA),
                                       rfc5780_server(kPlain1, at("45.33.40.2:3479")),
                                       rfc5780_server(kFar, at("81.2.71.2:3479"))});
            }
            scenario.world.udp = UdpPolicy::Dropped;
            scenario.world.udp_ports_exempt = {3479};
            const RunResult result = run(scenario, seed);
            const auto& udp = result.outcome.udp;
            EXPECT_EQ(udp.value, UdpReachability::SomePorts) << describe(result.outcome);
            EXPECT_EQ(udp.reason, several ? "udp-port-blocked" : kPortBlockedUnlessServer);
            EXPECT_THAT(udp.sentence, HasSubstr("port 3478 is blocked, port 3479 answers"));
            EXPECT_LE(result.elapsed, seconds(1)) << describe(result.outcome);
        }
    }
}

/// A server whose own UDP is shut on one port, and another one that is down.
TEST(SomePorts, are_not_seen_of_servers_that_are_down) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        Scenario scenario = home();
        ServerRules shut = rfc5780_server(kPP, at("81.2.71.2:3479"));
        shut.deaf = {kPP, at("81.2.71.2:3478")};
        ServerRules down = plain_server(at("81.2.70.1:3478"));
        down.state = ServerState::Silent;
        use_servers(scenario, {shut, down});
        const RunResult result = run(scenario, seed);
        EXPECT_NE(result.outcome.udp.reason, "udp-port-blocked") << describe(result.outcome);
    }
}

/// A router refuses one server's address, and the server's other one answers.
TEST(SomeServers, a_refused_address_is_told_from_a_blocked_udp) {
    for (const UdpPolicy policy :
         {UdpPolicy::Prohibited, UdpPolicy::HostFirewall, UdpPolicy::Dropped}) {
        for (std::uint64_t seed = 1; seed <= 10; ++seed) {
            Scenario scenario = home();
            scenario.world.udp = policy;
            scenario.world.icmp_from = ip("192.168.1.1");
            scenario.world.udp_ips_exempt = {kAP.ip};
            const RunResult result = run(scenario, seed);
            const auto& udp = result.outcome.udp;
            EXPECT_EQ(udp.value, UdpReachability::Reachable) << describe(result.outcome);
            EXPECT_THAT(udp.sentence, HasSubstr("but not " + kPP.to_string()));
            EXPECT_FALSE(result.outcome.filtering.known()) << describe(result.outcome);
        }
    }
}

/// Where the server names no other address, what it alone was refused is hedged.
TEST(SomeServers, a_refusal_seen_with_one_server_is_hedged) {
    struct Row {
        UdpPolicy policy;
        UdpReachability value;
        const char* alone;
        const char* both_ports;
    };
    for (const Row& row : {Row{UdpPolicy::Prohibited, UdpReachability::Prohibited,
                               kProhibitedUnlessServer, "udp-prohibited"},
                           Row{UdpPolicy::HostFirewall, UdpReachability::LocalFirewall,
                               kLocalFirewallUnlessServer, "local-firewall"}}) {
        Scenario scenario = home();
        scenario.world.udp = row.policy;
        scenario.world.icmp_from = ip("192.168.1.1");
        EXPECT_EQ(run(scenario).outcome.udp.reason, row.both_ports);
        use_servers(scenario, {plain_server(kPlain1)});
        const RunResult result = run(scenario);
        EXPECT_EQ(result.outcome.udp.value, row.value) << describe(result.outcome);
        EXPECT_EQ(result.outcome.udp.reason, row.alone) << describe(result.outcome);
    }
}

/// RFC 1812 s4.3.2.8: routers limit their ICMP; the servers asked later look silent.
TEST(SomeServers, are_prohibited_when_the_router_nearby_says_so_of_one) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        Scenario scenario = home();
        scenario.world.udp = UdpPolicy::Prohibited;
        scenario.world.icmp_from = ip("192.168.1.1");
        scenario.world.icmp_limit = 6;
        use_servers(scenario,
                    {rfc5780_server(kPP, kAA), plain_server(kPlain1), plain_server(kFar)});
        const RunResult result = run(scenario, seed);
        EXPECT_EQ(result.outcome.udp.value, UdpReachability::Prohibited)
            << describe(result.outcome);
    }
}

/// UDP leaves to port 3478 only: half of a server is silent, on both its addresses. Two servers of
/// one operator may both be set up so; only a refusal that comes from nearby is the network's.
TEST(SomePorts, are_left_open_where_servers_may_close_one_themselves) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        Scenario scenario = home();
        scenario.world.udp = UdpPolicy::Dropped;
        scenario.world.udp_ports_exempt = {3478};
        const RunResult one = run(scenario, seed);
        EXPECT_EQ(one.outcome.udp.verdict, VerdictKind::Inconclusive) << describe(one.outcome);
        EXPECT_EQ(one.outcome.udp.reason, kOnePortAnswers) << describe(one.outcome);
        use_servers(scenario,
                    {rfc5780_server(kPP, kAA), rfc5780_server(kFar, at("81.2.71.2:3479"))});
        const RunResult two = run(scenario, seed);
        EXPECT_EQ(two.outcome.udp.reason, kOnePortAnswers) << describe(two.outcome);
        scenario.world.udp = UdpPolicy::Prohibited;
        scenario.world.icmp_from = ip("192.168.1.1");
        const RunResult refused = run(scenario, seed);
        EXPECT_EQ(refused.outcome.udp.value, UdpReachability::SomePorts)
            << describe(refused.outcome);
        EXPECT_EQ(refused.outcome.udp.reason, "udp-some-ports") << describe(refused.outcome);
        // One that answers on both its ports: then it was the first one's fault.
        scenario.world.udp = UdpPolicy::Allowed;
        scenario.world.servers.front().deaf = {kPA, kAA};
        const RunResult fault = run(scenario, seed);
        EXPECT_EQ(fault.outcome.udp.value, UdpReachability::Reachable) << describe(fault.outcome);
    }
}

/// Plain servers have one port each: what answers on 3478 beside what does not on others.
TEST(SomePorts, are_seen_with_servers_on_several) {
    const TransportAddress far = at("81.2.70.1:19302");
    const TransportAddress farther = at("81.2.71.1:19302");
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        Scenario scenario = home();
        use_servers(scenario, {plain_server(kPlain1), plain_server(far), plain_server(farther)});
        scenario.world.udp_ports_exempt = {kPlain1.port};
        scenario.world.icmp_from = ip("192.168.1.1");
        scenario.world.udp = UdpPolicy::Prohibited;
        const RunResult refused = run(scenario, seed);
        EXPECT_EQ(refused.outcome.udp.value, UdpReachability::SomePorts)
            << describe(refused.outcome);
        scenario.world.udp = UdpPolicy::Dropped;
        const RunResult dropped = run(scenario, seed);
        EXPECT_NE(dropped.outcome.udp.verdict, VerdictKind::Pass) << describe(dropped.outcome);
        // Down, both of them? Then nothing is known of other ports.
        scenario.world.udp = UdpPolicy::Allowed;
        for (const std::size_t i : {1U, 2U})
            scenario.world.servers[i].state = ServerState::Silent;
        const RunResult down = run(scenario, seed);
        EXPECT_EQ(down.outcome.udp.reason, kOnePortAnswers) << describe(down.outcome);
        // A port that its host calls closed was reached.
        scenario.world.servers[2].state = ServerState::PortClosed;
        const RunResult closed = run(scenario, seed);
        EXPECT_EQ(closed.outcome.udp.value, UdpReachability::Reachable) << describe(closed.outcome);
    }
}

/// Servers that limit how often they answer close no port.
TEST(SomePorts, are_not_seen_of_servers_that_answer_seldom) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        Scenario scenario = home();
        use_servers(scenario,
                    {rfc5780_server(kPP, kAA), rfc5780_server(kFar, at("81.2.71.2:3479"))});
        for (ServerRules& server : scenario.world.servers) {
            server.requests_per_second = 3.0;
            server.burst = 4.0;
        }
        const RunResult result = run(scenario, seed);
        EXPECT_NE(result.outcome.udp.verdict, VerdictKind::Fail) << describe(result.outcome);
    }
}

/// A router that refuses one destination, and another server that is down: said of the one only.
TEST(SomeServers, that_are_down_are_not_refused) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        Scenario scenario = home();
        ServerRules down = plain_server(at("81.2.70.1:19302"));
        down.state = ServerState::Silent;
        use_servers(scenario, {plain_server(kPlain1), down});
        scenario.world.udp = UdpPolicy::Prohibited;
        scenario.world.icmp_from = ip("192.168.1.1");
        scenario.world.udp_ips_exempt = {down.primary.ip};
        const RunResult result = run(scenario, seed);
        EXPECT_EQ(result.outcome.udp.reason, kProhibitedUnlessServer) << describe(result.outcome);
    }
}

/// What another port of the server sees is no answer of the one that mapping is judged by, and an
/// answer all the same.
TEST(SomePorts, that_answer_are_not_denied_where_nothing_else_is_shown) {
    Scenario scenario = home();
    scenario.world.udp = UdpPolicy::Dropped;
    scenario.world.udp_ports_exempt = {kAA.port};
    const Outcome outcome = run(scenario).outcome;
    ASSERT_TRUE(outcome.mapped) << describe(outcome);
    const auto expect = [&](const auto& judged, const char* what) {
        EXPECT_EQ(judged.reason, "own-address-silent") << what << describe(outcome);
        EXPECT_THAT(judged.sentence, HasSubstr("and " + kPP.to_string() + " gave none; "));
        EXPECT_THAT(judged.sentence, Not(HasSubstr("no server")));
    };
    expect(outcome.mapping, "mapping");
    expect(outcome.filtering, "filtering");
    expect(outcome.ports, "ports");
    expect(outcome.collision, "collision");
}

/// RFC 1812 s4.3.2.8: what the router says of another port of the server it says of all.
TEST(SomeServers, are_refused_where_the_message_came_for_another_point) {
    Ledger ledger;
    ledger.route_local_ip = kHostIp;
    ledger.ended = seconds(1);
    ledger.servers.push_back({"stun:a", kPlain1});
    for (const Role role : {Role::MapPP, Role::OtherPoint}) {
        Probe& probe = ledger.probes.emplace_back();
        probe.role = role;
        probe.destination = kPlain1;
        if (role == Role::OtherPoint) probe.destination.port = 3479;
        probe.sent.assign(10, Time{0});
    }
    EXPECT_EQ(infer(ledger).udp.reason, "no-answer");
    Fault fault;
    fault.report.fault = NetworkFault::IcmpProhibited;
    fault.report.reported_by = ip("192.168.1.1");
    ledger.probes.back().faults.push_back(fault);
    EXPECT_EQ(infer(ledger).udp.value, UdpReachability::Prohibited) << describe(infer(ledger));
    // From a host far away it is about that one.
    ledger.probes.back().faults.back().report.reported_by = ip("45.33.40.254");
    EXPECT_NE(infer(ledger).udp.value, UdpReachability::Prohibited) << describe(infer(ledger));
}

/// The control over TCP takes the way of the address that is looked at, or it shows nothing of it.
TEST(Streams, leave_from_the_address_under_test) {
    Scenario scenario = home();
    scenario.world.host_ips = {kHostIp, ip("192.168.7.7")};
    scenario.world.unrouted = {ip("192.168.7.7")};
    scenario.config.bind_ip = ip("192.168.7.7");
    scenario.config.route_local_ip.reset();
    const RunResult result = run(scenario);
    EXPECT_EQ(result.outcome.udp.verdict, VerdictKind::Inconclusive) << describe(result.outcome);
    EXPECT_EQ(result.outcome.udp.reason, "no-answer") << describe(result.outcome);
}

/// A server inside the local network and one outside: two views, of which one is that of the NAT.
TEST(InsideServers, are_no_second_public_address) {
    const TransportAddress lan = at("192.168.1.3:3478");
    for (const bool inside_first : {false, true}) {
        Ledger ledger;
        ledger.route_local_ip = kHostIp;
        ledger.sockets.push_back({1, {IpAddress::any(AddressFamily::IPv4), 40000}});
        const auto ask = [&](const TransportAddress& server, const TransportAddress& mapped) {
            ledger.servers.push_back({server.to_string(), server});
            Probe& probe = ledger.probes.emplace_back();
            probe.role = Role::MapOther;
            probe.socket = 1;
            probe.server = static_cast<int>(ledger.servers.size()) - 1;
            probe.destination = server;
            probe.sent = {Time{0}};
            Arrival& arrival = probe.arrivals.emplace_back();
            arrival.at = milliseconds(10);
            arrival.socket = 1;
            arrival.source = server;
            arrival.local_ip = kHostIp;
            arrival.well_formed = true;
            arrival.message_class = stun::MessageClass::SuccessResponse;
            arrival.mapped_xor = mapped;
        };
        if (inside_first) ask(lan, {kHostIp, 40000});
        ask(kPlain1, {kPublicIp, 40000});
        if (!inside_first) ask(lan, {kHostIp, 40000});
        ledger.ended = milliseconds(20);
        const Outcome outcome = infer(ledger);
        EXPECT_NE(outcome.pooling.value, Pooling::MultiEgress) << describe(outcome);
        EXPECT_EQ(outcome.translation.value, Translation::Address) << describe(outcome);
        EXPECT_THAT(outcome.translation.sentence, HasSubstr("192.168.1.3 is reached without"));
        EXPECT_EQ(outcome.mapping.reason, "one-server-address") << describe(outcome);
        // A third one, outside, by another public address: that is several uplinks.
        ask(kPlain2, {kSecondPublicIp, 40000});
        EXPECT_EQ(infer(ledger).pooling.value, Pooling::MultiEgress);
        EXPECT_EQ(infer(ledger).mapping.reason, "public-address-varies");
    }
}

/// A forwarded port range covers one of the two sockets that ask: no filtering of RFC 4787 does so.
TEST(ForwardedPorts, are_not_called_address_dependent_filtering) {
    int split = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        Scenario scenario = home();
        scenario.world.nats[0].ports = PortRule::Preserving;
        scenario.world.nats[0].forwarded_ports = {{1024, 40000}};
        const RunResult result = run(scenario, seed);
        const auto covered = [&](Role role) {
            for (const Probe& probe : result.ledger.probes) {
                if (probe.role == role) {
                    return result.ledger.socket(probe.socket)->local.port <= 40000;
                }
            }
            return false;
        };
        const auto& filtering = result.outcome.filtering;
        EXPECT_NE(filtering.value, Filtering::AddressDependent) << describe(result.outcome);
        if (covered(Role::FilterIpPort) == covered(Role::FilterPort)) continue;
        ++split;
        EXPECT_EQ(filtering.verdict, VerdictKind::Inconclusive) << describe(result.outcome);
        EXPECT_EQ(filtering.reason, "sockets-differ") << describe(result.outcome);
    }
    EXPECT_GE(split, 5);
}

/// A pool of one port: the first socket has it, and the run ends long before its budget.
TEST(PortPool, of_one_port_ends_early_and_is_said) {
    Scenario scenario = home();
    scenario.world.nats[0].only_ports = 1;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const RunResult result = run(scenario, seed);
        EXPECT_EQ(result.outcome.filtering.reason, "sockets-unanswered")
            << describe(result.outcome);
        EXPECT_THAT(result.outcome.filtering.sentence, HasSubstr("no port left"));
        EXPECT_FALSE(result.ledger.cut_off);
        EXPECT_LE(result.elapsed, seconds(3));
    }
}

/// Manners: while nothing is heard, more copies would prove nothing.
TEST(Datagrams, are_few_where_nothing_comes_back) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        Scenario scenario = home();
        scenario.world.udp = UdpPolicy::Dropped;
        const RunResult result = run(scenario, seed);
        EXPECT_LE(result.trace.packets_sent, 80);
        for (const Probe& probe : result.ledger.probes)
            EXPECT_LE(probe.sent.size(), 13U) << to_string(probe.role);
    }
}

}  // namespace
}  // namespace portolan::discovery::sim
