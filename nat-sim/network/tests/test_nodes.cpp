#include <gtest/gtest.h>

#include <cerrno>

#include "nat-sim/network/tests/net_support.hpp"

namespace portolan::sim::test {
namespace {

TEST(Router, ForwardsAndReducesTheTtl) {
    Routed net;
    Sink from(net.world, net.a, "192.0.2.2", 1);
    Sink to(net.world, net.b, "0.0.0.0", 2);
    EXPECT_EQ(from.send("198.51.100.2", 2, "hello"), 0);
    net.world.run(1s);
    ASSERT_EQ(to.got.size(), 1U);
    EXPECT_EQ(to.got[0].ttl, 63U);
    EXPECT_EQ(to.got[0].from.to_string(), "192.0.2.2:1");
}

TEST(Router, ForwardsIpv6) {
    Routed net;
    Sink from(net.world, net.a, "2001:db8:1::2", 1);
    Sink to(net.world, net.b, "::", 2);
    EXPECT_EQ(from.send("2001:db8:2::2", 2, "hello"), 0);
    net.world.run(1s);
    ASSERT_EQ(to.got.size(), 1U);
    EXPECT_EQ(to.got[0].ttl, 63U);
}

TEST(Router, TtlRunsOut_SaysTimeExceededFromItsNearSide) {
    Routed net;
    for (const char* family : {"192.0.2.2", "2001:db8:1::2"}) {
        const bool v4 = ip(family).family() == AddressFamily::IPv4;
        Sink from(net.world, net.a, family, 1);
        SendOptions options;
        options.ttl = 1;
        from.send(v4 ? "198.51.100.2" : "2001:db8:2::2", 2, "too far", options);
        net.world.run(1s);
        ASSERT_EQ(from.errors.size(), 1U);
        EXPECT_EQ(from.errors[0].type, v4 ? 11 : 3);
        EXPECT_EQ(from.errors[0].reported_by, ip(v4 ? "192.0.2.1" : "2001:db8:1::1"));
    }
}

TEST(Router, LongestPrefix_Wins) {
    World world;
    Host& a = world.add_host("a");
    Router& r = world.add_router("r");
    Host& wide = world.add_host("wide");
    Host& narrow = world.add_host("narrow");
    world.connect(a, at("192.0.2.2/24"), r, at("192.0.2.1/24"));
    world.connect(r, at("10.1.0.1/30"), wide, at("10.1.0.2/30"));
    world.connect(r, at("10.2.0.1/30"), narrow, at("10.2.0.2/30"));
    a.add_default_route(ip("192.0.2.1"));
    EXPECT_TRUE(r.add_route(*Prefix::parse("172.16.0.0/12"), ip("10.1.0.2")));
    EXPECT_TRUE(r.add_route(*Prefix::parse("172.16.5.0/24"), ip("10.2.0.2")));
    EXPECT_FALSE(r.add_route(*Prefix::parse("172.20.0.0/16"), ip("203.0.113.9")));
    EXPECT_EQ(r.route_to(ip("172.16.5.9"))->gateway, ip("10.2.0.2"));
    EXPECT_EQ(r.route_to(ip("172.16.6.9"))->gateway, ip("10.1.0.2"));
    r.interfaces()[2]->set_up(false);
    EXPECT_EQ(r.route_to(ip("172.16.5.9"))->gateway, ip("10.1.0.2"));
}

TEST(Router, NoRoute_SaysSo) {
    Routed net;
    Sink from(net.world, net.a, "192.0.2.2", 1);
    from.send("203.0.113.1", 2, "nowhere");
    net.world.run(1s);
    ASSERT_EQ(from.errors.size(), 1U);
    EXPECT_EQ(from.errors[0].type, 3);
    EXPECT_EQ(from.errors[0].code, 0);
    EXPECT_EQ(from.errors[0].reported_by, ip("192.0.2.1"));
}

TEST(Router, ErrorsAreLimited) {
    Routed net;
    Sink from(net.world, net.a, "192.0.2.2", 1);
    for (int i = 0; i < 200; ++i)
        from.send("203.0.113.1", 2, "nowhere");
    net.world.run(1s);
    EXPECT_EQ(from.errors.size(), 50U);
    EXPECT_TRUE(net.world.packet_counts().conserved());
}

TEST(Host, ClosedPort_AnswersPortUnreachable_NoErrorAboutErrors) {
    Routed net;
    Sink from(net.world, net.a, "192.0.2.2", 1);
    from.send("198.51.100.2", 9, "anybody?");
    net.world.run(1s);
    ASSERT_EQ(from.errors.size(), 1U);
    EXPECT_EQ(from.errors[0].type, 3);
    EXPECT_EQ(from.errors[0].code, 3);
    EXPECT_EQ(from.errors[0].reported_by, ip("198.51.100.2"));
    EXPECT_EQ(from.errors[0].destination, ip("198.51.100.2"));
    EXPECT_EQ(net.world.packet_counts().originated, 2U);
}

TEST(Host, FullSocket_LosesAndCounts) {
    Routed net;
    Sink from(net.world, net.a, "192.0.2.2", 1);
    Sink to(net.world, net.b, "0.0.0.0", 2);
    to.is_full = true;
    from.send("198.51.100.2", 2, "no room");
    net.world.run(1s);
    EXPECT_EQ(net.world.packet_counts().dropped_by_reason.at(
                  static_cast<std::size_t>(DropReason::SocketQueueFull)),
              1U);
    EXPECT_TRUE(from.errors.empty());
}

TEST(Mtu, WithoutDontFragment_FragmentsAndReassembles) {
    Routed net({}, {.mtu_bytes = 600});
    Sink from(net.world, net.a, "192.0.2.2", 1);
    Sink to(net.world, net.b, "0.0.0.0", 2);
    std::string data(1400, ' ');
    for (std::size_t i = 0; i < data.size(); ++i)
        data[i] = static_cast<char>('a' + i % 26);
    EXPECT_EQ(from.send("198.51.100.2", 2, data), 0);
    net.world.run(1s);
    ASSERT_EQ(to.got.size(), 1U);
    EXPECT_EQ(to.got[0].data, data);
    EXPECT_EQ(net.world.packet_counts().fragments, 3U);
    EXPECT_EQ(net.world.packet_counts().reassembled, 3U);
    EXPECT_TRUE(net.world.packet_counts().conserved());
    EXPECT_EQ(net.world.packet_counts().in_flight, 0U);
}

TEST(Mtu, WithDontFragment_IsToldTheMtu_AndRemembersIt) {
    Routed net({}, {.mtu_bytes = 1000});
    Sink from(net.world, net.a, "192.0.2.2", 1);
    Sink to(net.world, net.b, "0.0.0.0", 2);
    SendOptions options;
    options.dont_fragment = true;
    options.may_fragment = false;
    EXPECT_EQ(from.send("198.51.100.2", 2, std::string(1400, 'x'), options), 0);
    net.world.run(1s);
    EXPECT_TRUE(to.got.empty());
    ASSERT_EQ(from.errors.size(), 1U);
    EXPECT_EQ(from.errors[0].code, 4);
    EXPECT_EQ(from.errors[0].info, 1000U);
    EXPECT_EQ(net.a.path_mtu_bytes(ip("198.51.100.2")), 1000U);
    EXPECT_EQ(from.send("198.51.100.2", 2, std::string(1400, 'x'), options), EMSGSIZE);
    options.may_fragment = true;  // IP_PMTUDISC_WANT: the source fragments
    EXPECT_EQ(from.send("198.51.100.2", 2, std::string(1400, 'x'), options), 0);
    net.world.run(1s);
    EXPECT_EQ(to.got.size(), 1U);
    // RFC 1191 s6.3: forgotten after ten minutes.
    net.world.run(601s);
    EXPECT_EQ(net.a.path_mtu_bytes(ip("198.51.100.2")), 1500U);
}

TEST(Mtu, Ipv6_RoutersNeverFragment_SourcesDo) {
    Routed net({}, {.mtu_bytes = 1280});
    Sink from(net.world, net.a, "2001:db8:1::2", 1);
    Sink to(net.world, net.b, "::", 2);
    from.send("2001:db8:2::2", 2, std::string(1400, 'x'));
    net.world.run(1s);
    EXPECT_TRUE(to.got.empty());
    ASSERT_EQ(from.errors.size(), 1U);
    EXPECT_EQ(from.errors[0].type, 2);
    EXPECT_EQ(from.errors[0].info, 1280U);
    EXPECT_EQ(from.send("2001:db8:2::2", 2, std::string(1400, 'y')), 0);
    net.world.run(1s);
    ASSERT_EQ(to.got.size(), 1U);
    EXPECT_EQ(to.got[0].data, std::string(1400, 'y'));
    EXPECT_EQ(net.world.packet_counts().fragments, 2U);
}

TEST(Mtu, LostFragment_TimesOutWithIcmp) {
    Routed net({}, {.loss = 0, .mtu_bytes = 600});
    Sink from(net.world, net.a, "192.0.2.2", 1);
    Sink to(net.world, net.b, "0.0.0.0", 2);
    // The second piece of the first datagram is lost.
    int fragment_count = 0;
    Link* right = net.world.link("r--b");
    net.world.set_packet_hook([&](const PacketEvent& event) {
        if (event.step != PacketStep::Fragment) return;
        LinkOptions options{.loss = ++fragment_count == 2 ? 1.0 : 0.0, .mtu_bytes = 600};
        right->set_options(options);
    });
    from.send("198.51.100.2", 2, std::string(1400, 'x'));
    net.world.run(29s);
    EXPECT_TRUE(from.errors.empty());
    EXPECT_EQ(net.world.packet_counts().in_flight, 2U);
    net.world.run(2s);
    ASSERT_EQ(from.errors.size(), 1U);
    EXPECT_EQ(from.errors[0].type, 11);
    EXPECT_EQ(from.errors[0].code, 1);
    EXPECT_TRUE(to.got.empty());
    EXPECT_TRUE(net.world.packet_counts().conserved());
}

TEST(Node, SourceAddress_FollowsTheRoute) {
    World world;
    Host& host = world.add_host("host");
    Host& other = world.add_host("other");
    world.connect(host,
                  {.addresses = {address("10.0.0.2/24"), address("10.0.1.2/24"),
                                 address("fe80::2/64"), address("2001:db8::2/64")}},
                  other, {});
    host.add_default_route(ip("10.0.1.1"));
    EXPECT_EQ(host.source_for(ip("203.0.113.1")), ip("10.0.1.2"));
    EXPECT_EQ(host.source_for(ip("10.0.0.9")), ip("10.0.0.2"));
    EXPECT_EQ(host.source_for(ip("fe80::9")), ip("fe80::2"));
    EXPECT_EQ(host.source_for(ip("2001:db8::9")), ip("2001:db8::2"));
    EXPECT_EQ(host.source_for(ip("2001:db8:9::9")), std::nullopt);
}

TEST(World, NameUsedTwice_Throws) {
    World world;
    world.add_host("a");
    EXPECT_THROW(world.add_router("a"), std::logic_error);
    EXPECT_THROW(World(), std::logic_error);
}

TEST(World, ManyInOneProcess_StartFromNothing) {
    for (int i = 0; i < 300; ++i) {
        Routed net({.delay = 3ms});
        Sink from(net.world, net.a, "192.0.2.2", 1);
        Sink to(net.world, net.b, "0.0.0.0", 2);
        EXPECT_EQ(net.world.now(), SimTime::zero());
        from.send("198.51.100.2", 2, "hello");
        from.send("198.51.100.2", 2, "left under way when the world ends");
        net.world.run_until(3ms);
        EXPECT_EQ(net.world.packet_counts().originated, 2U);
    }
}

TEST(World, Events_RunInOrderAndAtTheEndOfRunUntil) {
    World world;
    std::string log;
    world.schedule(2ms, [&] { log += 'b'; });
    world.schedule(1ms, [&] {
        log += 'a';
        world.schedule_after(1ms, [&] { log += 'c'; });
    });
    EventHandle never = world.schedule(1ms, [&] { log += '!'; });
    never.cancel();
    world.schedule(5ms, [&] {
        world.schedule_after(0ms, [&] { world.schedule_after(0ms, [&] { log += 'd'; }); });
    });
    world.run_until(5ms);
    EXPECT_EQ(log, "abcd");
    EXPECT_EQ(world.now(), 5ms);
    EXPECT_FALSE(world.run_until([] { return false; }, 1s));
    EXPECT_EQ(world.now(), 1005ms);
}

}  // namespace
}  // namespace portolan::sim::test
