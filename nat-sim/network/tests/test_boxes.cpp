#include <gtest/gtest.h>

#include "nat-sim/network/tests/net_support.hpp"

namespace portolan::sim::test {
namespace {

/// The simplest translator: one inside host behind one outside address, ports unchanged.
class OneToOne final : public PacketProcessor {
  public:
    OneToOne(IpAddress inside, IpAddress outside) : inside_(inside), outside_(outside) {}

    Outcome process(Side from, std::vector<std::byte>& packet, SimTime /*now*/) override {
        const auto header = parse_ip(packet);
        if (!header || header->protocol != kProtocolUdp) return {.reason = "not-udp"};
        const bool is_out = from == Side::Inside;
        if (!is_out && header->destination != outside_) return {.reason = "not-mine"};
        const IpAddress source = is_out ? outside_ : header->source;
        const IpAddress destination = is_out ? header->destination : inside_;
        const ByteSpan payload = ByteSpan(packet).subspan(header->header_bytes);
        ByteVector out = make_ip({.source = source,
                                  .destination = destination,
                                  .protocol = kProtocolUdp,
                                  .ttl = static_cast<std::uint8_t>(header->ttl - 1),
                                  .dont_fragment = header->dont_fragment},
                                 payload.size());
        const auto body = std::span(out).last(payload.size());
        std::ranges::copy(payload, body.begin());
        write_u16(body, 6, 0);
        write_u16(body, 6, transport_checksum(source, destination, kProtocolUdp, body));
        packet = std::move(out);
        return {.action = Action::Forward, .out = is_out ? Side::Outside : Side::Inside};
    }
    void reboot(SimTime /*now*/) override { ++reboot_count; }

    int reboot_count = 0;

  private:
    IpAddress inside_;
    IpAddress outside_;
};

std::unique_ptr<OneToOne> one_to_one(std::string_view inside, std::string_view outside) {
    return std::make_unique<OneToOne>(ip(inside), ip(outside));
}

TEST(NatBox, NestedAndOverlappingRealms_KeepTheirPacketsApart) {
    // Home and carrier both use 192.168.1.0/24; so does the other home.
    World world;
    Host& a = world.add_host("a");
    NatBox& home = world.add_nat("home", one_to_one("192.168.1.2", "192.168.1.7"));
    NatBox& carrier = world.add_nat("carrier", one_to_one("192.168.1.7", "198.51.100.7"));
    Router& core = world.add_router("core");
    NatBox& other_home = world.add_nat("other-home", one_to_one("192.168.1.2", "203.0.113.7"));
    Host& b = world.add_host("b");
    world.connect(a, at("192.168.1.2/24"), home, at("192.168.1.1/24", Side::Inside));
    world.connect(home, at("192.168.1.7/24", Side::Outside), carrier,
                  at("192.168.1.1/24", Side::Inside));
    world.connect(carrier, at("198.51.100.7/24", Side::Outside), core, at("198.51.100.1/24"));
    world.connect(core, at("203.0.113.1/24"), other_home, at("203.0.113.7/24", Side::Outside));
    world.connect(other_home, at("192.168.1.1/24", Side::Inside), b, at("192.168.1.2/24"));
    a.add_default_route(ip("192.168.1.1"));
    b.add_default_route(ip("192.168.1.1"));
    home.add_route(
        {Prefix::any(AddressFamily::IPv4), home.interfaces()[1].get(), ip("192.168.1.1")});
    carrier.add_default_route(ip("198.51.100.1"));
    other_home.add_default_route(ip("203.0.113.1"));

    Sink from(world, a, "192.168.1.2", 1000);
    Sink to(world, b, "192.168.1.2", 2000);
    from.send("203.0.113.7", 2000, "hello");
    world.run(1s);
    ASSERT_EQ(to.got.size(), 1U);
    EXPECT_EQ(to.got[0].from.to_string(), "198.51.100.7:1000");
    to.send("198.51.100.7", 1000, "answer");
    world.run(1s);
    ASSERT_EQ(from.got.size(), 1U);
    EXPECT_EQ(from.got[0].from.to_string(), "203.0.113.7:2000");
    EXPECT_TRUE(world.packet_counts().conserved());
}

TEST(NatBox, OutputTooBig_TellsTheSenderAboutItsOwnPacket) {
    World world;
    Host& a = world.add_host("a");
    NatBox& nat = world.add_nat("nat", one_to_one("10.0.0.2", "198.51.100.7"));
    Host& b = world.add_host("b");
    world.connect(a, at("10.0.0.2/24"), nat, at("10.0.0.1/24", Side::Inside));
    world.connect(nat, at("198.51.100.7/24", Side::Outside), b, at("198.51.100.9/24"),
                  {.mtu_bytes = 1000});
    a.add_default_route(ip("10.0.0.1"));
    Sink from(world, a, "10.0.0.2", 1000);
    SendOptions options;
    options.dont_fragment = true;
    from.send("198.51.100.9", 2000, std::string(1400, 'x'), options);
    world.run(1s);
    ASSERT_EQ(from.errors.size(), 1U);
    EXPECT_EQ(from.errors[0].info, 1000U);
    EXPECT_EQ(from.errors[0].source, ip("10.0.0.2"));
    EXPECT_EQ(from.errors[0].reported_by, ip("10.0.0.1"));
}

TEST(NatBox, ItsOwnReason_IsInTheLog) {
    World world;
    Host& b = world.add_host("b");
    NatBox& nat = world.add_nat("nat", one_to_one("10.0.0.2", "198.51.100.7"));
    world.connect(b, at("198.51.100.9/24"), nat, at("198.51.100.8/24", Side::Outside));
    std::string reason;
    world.set_packet_hook([&](const PacketEvent& event) {
        if (event.reason == DropReason::Translator) reason = event.detail;
    });
    Sink from(world, b, "198.51.100.9", 1);
    from.send("198.51.100.8", 2, "stray");
    world.run(1s);
    EXPECT_EQ(reason, "not-mine");
    nat.reboot();
    EXPECT_EQ(dynamic_cast<OneToOne&>(nat.processor()).reboot_count, 1);
}

struct Walled {
    explicit Walled(const FirewallRules& rules)
        : inside(world.add_host("inside")),
          wall(world.add_firewall("wall", rules)),
          outside(world.add_host("outside")) {
        world.connect(inside, at("192.0.2.2/24"), wall, at("192.0.2.1/24", Side::Inside));
        world.connect(wall, at("198.51.100.1/24", Side::Outside), outside, at("198.51.100.2/24"));
        inside.add_default_route(ip("192.0.2.1"));
        outside.add_default_route(ip("198.51.100.1"));
    }
    World world;
    Host& inside;
    Firewall& wall;
    Host& outside;
};

TEST(Firewall, AnswersComeIn_StrangersDoNot) {
    Walled net({});
    Sink in(net.world, net.inside, "192.0.2.2", 1);
    Sink out(net.world, net.outside, "198.51.100.2", 2);
    Sink stranger(net.world, net.outside, "198.51.100.2", 3);
    stranger.send("192.0.2.2", 1, "early");
    net.world.run(1s);
    EXPECT_TRUE(in.got.empty());
    in.send("198.51.100.2", 2, "question");
    net.world.run(1s);
    ASSERT_EQ(out.got.size(), 1U);
    out.send("192.0.2.2", 1, "answer");
    stranger.send("192.0.2.2", 1, "still not");
    net.world.run(1s);
    ASSERT_EQ(in.got.size(), 1U);
    EXPECT_EQ(in.got[0].data, "answer");
    net.world.run(121s);
    out.send("192.0.2.2", 1, "too late");
    net.world.run(1s);
    EXPECT_EQ(in.got.size(), 1U);
    in.send("198.51.100.2", 2, "again");
    net.world.run(1s);
    net.wall.reboot();
    out.send("192.0.2.2", 1, "forgotten");
    net.world.run(1s);
    EXPECT_EQ(in.got.size(), 1U);
}

TEST(Firewall, UdpBlocked_DropsOrSaysSo) {
    FirewallRules rules = FirewallRules::udp_blocked();
    for (const Refusal refusal : {Refusal::Drop, Refusal::RejectProhibited, Refusal::RejectPort}) {
        rules.refusal = refusal;
        Walled net(rules);
        Sink in(net.world, net.inside, "192.0.2.2", 1);
        Sink out(net.world, net.outside, "198.51.100.2", 2);
        in.send("198.51.100.2", 2, "question");
        net.world.run(1s);
        EXPECT_TRUE(out.got.empty());
        ASSERT_EQ(in.errors.size(), refusal == Refusal::Drop ? 0U : 1U);
        if (refusal == Refusal::RejectProhibited) {
            EXPECT_EQ(in.errors[0].code, 13);
        }
        if (refusal == Refusal::RejectPort) {
            EXPECT_EQ(in.errors[0].code, 3);
        }
    }
}

TEST(Firewall, ErrorsAboutItsFlows_Pass) {
    Walled net({});
    Sink in(net.world, net.inside, "192.0.2.2", 1);
    in.send("198.51.100.2", 9, "nobody");
    net.world.run(1s);
    ASSERT_EQ(in.errors.size(), 1U);
    EXPECT_EQ(in.errors[0].code, 3);
}

TEST(Firewall, FragmentsFollowTheirFirst) {
    Walled net({});
    Sink in(net.world, net.inside, "192.0.2.2", 1);
    Sink out(net.world, net.outside, "198.51.100.2", 2);
    in.send("198.51.100.2", 2, std::string(4000, 'x'));
    net.world.run(1s);
    ASSERT_EQ(out.got.size(), 1U);
    out.send("192.0.2.2", 1, std::string(4000, 'y'));
    Sink stranger(net.world, net.outside, "198.51.100.2", 3);
    stranger.send("192.0.2.2", 1, std::string(4000, 'z'));
    net.world.run(1s);
    ASSERT_EQ(in.got.size(), 1U);
    EXPECT_EQ(in.got[0].data, std::string(4000, 'y'));
}

TEST(Firewall, HttpOnly_LetsOutTcpToThosePortsOnly) {
    FirewallEngine engine(FirewallRules::http_only());
    const auto segment = [](std::uint16_t port, std::uint8_t protocol) {
        ByteVector out = make_ip(
            {.source = ip("192.0.2.2"), .destination = ip("198.51.100.2"), .protocol = protocol},
            20);
        write_u16(out, 20, 5000);
        write_u16(out, 22, port);
        return out;
    };
    EXPECT_TRUE(engine.decide(Side::Inside, segment(80, kProtocolTcp), 0s).passes);
    EXPECT_TRUE(engine.decide(Side::Inside, segment(443, kProtocolTcp), 0s).passes);
    EXPECT_EQ(engine.decide(Side::Inside, segment(3478, kProtocolTcp), 0s).reason, "outgoing-port");
    EXPECT_EQ(engine.decide(Side::Inside, segment(443, kProtocolUdp), 0s).reason, "outgoing-udp");
    EXPECT_EQ(engine.decide(Side::Outside, segment(80, kProtocolTcp), 0s).reason,
              "unsolicited-tcp");
    FirewallEngine open(FirewallRules::open());
    EXPECT_TRUE(open.decide(Side::Outside, segment(80, kProtocolTcp), 0s).passes);
    EXPECT_TRUE(open.decide(Side::Outside, segment(80, kProtocolUdp), 0s).passes);
}

}  // namespace
}  // namespace portolan::sim::test
