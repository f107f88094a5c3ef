#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ice-tests/server/tests/turn_world.hpp"

namespace portolan::server {
namespace {

using namespace test;

const TransportAddress kPeer = at("192.0.2.77:5000");
const TransportAddress kStranger = at("192.0.2.78:5000");

class TurnRelay : public testing::Test {
  protected:
    void start(Arrival transport = Arrival::Udp, FaultSet faults = {}) {
        world = std::make_unique<World>(faults);
        alice = World::client(40000, transport);
        relayed = *world->allocate(alice).relayed();
    }
    World& w() { return *world; }
    const std::vector<FakeOutput::ToClient>& data() { return world->output.data; }
    const std::vector<FakeOutput::ToPeer>& to_peers() { return world->output.to_peers; }

    std::unique_ptr<World> world;
    Client alice;
    TransportAddress relayed;
};

TEST_F(TurnRelay, send_indication_leaves_from_the_relayed_address) {
    start();
    w().permit(alice, kPeer);
    w().send(alice, kPeer, "hello");
    w().send(alice, at("192.0.2.77:6000"), "");  // permissions are about IP addresses
    ASSERT_EQ(to_peers().size(), 2U);
    EXPECT_EQ(to_peers()[0].from, relayed);
    EXPECT_EQ(to_peers()[0].to, kPeer);
    EXPECT_EQ(to_peers()[0].bytes, bytes_of("hello"));
    EXPECT_FALSE(to_peers()[0].dont_fragment);
    EXPECT_TRUE(to_peers()[1].bytes.empty());
    EXPECT_EQ(w().core->counts().to_peers_bytes, 5U);
}

TEST_F(TurnRelay, send_indication_is_dropped_without_permission_or_parts) {
    start();
    w().send(alice, kPeer, "x");
    w().permit(alice, kPeer);
    w().send(alice, kStranger, "x");
    const auto incomplete = [&](const Add& add) {
        w().send_raw(alice, w().message(MessageClass::Indication, Method::Send, add));
    };
    incomplete(peer(kPeer));
    incomplete([](auto& writer) { writer.add_bytes(AttributeType::Data, bytes_of("x")); });
    w().send(alice, kPeer, "x",
             [](auto& writer) { writer.add_u32(static_cast<AttributeType>(0x7001), 1); });
    w().send(World::client(40009), kPeer, "x");
    EXPECT_TRUE(to_peers().empty());
    EXPECT_TRUE(w().output.responses.empty());
}

TEST_F(TurnRelay, dont_fragment_reaches_the_socket) {
    start();
    w().permit(alice, kPeer);
    w().send(alice, kPeer, "x", [](auto& writer) { writer.add_flag(AttributeType::DontFragment); });
    ASSERT_EQ(to_peers().size(), 1U);
    EXPECT_TRUE(to_peers()[0].dont_fragment);
}

TEST_F(TurnRelay, datagram_of_a_permitted_peer_becomes_a_data_indication) {
    start();
    w().from_peer(relayed, kPeer, "no");
    EXPECT_TRUE(data().empty());
    w().permit(alice, kPeer);
    w().from_peer(relayed, kStranger, "no");
    w().from_peer(relayed, kPeer, "yes");
    ASSERT_EQ(data().size(), 1U);
    EXPECT_EQ(data()[0].to, alice.tuple);
    const auto message = stun::MessageView::parse(data()[0].bytes);
    EXPECT_EQ(message->method(), Method::Data);
    EXPECT_EQ(message->message_class(), MessageClass::Indication);
    EXPECT_EQ(message->address(AttributeType::XorPeerAddress), kPeer);
    EXPECT_EQ(copy_of(message->find(AttributeType::Data)->value), bytes_of("yes"));
}

TEST_F(TurnRelay, permission_lasts_300_seconds_and_data_does_not_renew_it) {
    start();
    w().permit(alice, kPeer);
    w().now += seconds(299);
    w().send(alice, kPeer, "x");
    w().from_peer(relayed, kPeer, "x");
    w().now += seconds(1);
    w().send(alice, kPeer, "late");
    w().from_peer(relayed, kPeer, "late");
    EXPECT_EQ(to_peers().size(), 1U);
    EXPECT_EQ(data().size(), 1U);
    w().permit(alice, kPeer);
    w().from_peer(relayed, kPeer, "again");
    EXPECT_EQ(data().size(), 2U);
}

TEST_F(TurnRelay, bound_channel_carries_both_directions) {
    start();
    w().bind(alice, 0x4001, kPeer);
    w().send_channel_data(alice, 0x4001, "abcde");
    w().send_channel_data(alice, 0x4002, "not bound");
    w().send_channel_data(World::client(40009), 0x4001, "not his");
    ASSERT_EQ(to_peers().size(), 1U);
    EXPECT_EQ(to_peers()[0].bytes, bytes_of("abcde"));
    w().from_peer(relayed, kPeer, "fghij");
    ASSERT_EQ(data().size(), 1U);
    const auto channel_data = stun::ChannelData::parse(data()[0].bytes);
    ASSERT_TRUE(channel_data);
    EXPECT_EQ(channel_data->channel, 0x4001);
    EXPECT_EQ(copy_of(channel_data->data), bytes_of("fghij"));
    EXPECT_EQ(data()[0].bytes.size(), 9U);  // no padding over UDP
    // The other port of the same host has a permission and no channel.
    w().from_peer(relayed, at("192.0.2.77:5001"), "x");
    ASSERT_EQ(data().size(), 2U);
    EXPECT_TRUE(stun::MessageView::parse(data()[1].bytes));
}

TEST_F(TurnRelay, channel_data_is_padded_over_tcp) {
    start(Arrival::Tcp);
    w().bind(alice, 0x4001, kPeer);
    w().from_peer(relayed, kPeer, "abcde");
    ASSERT_EQ(data().size(), 1U);
    EXPECT_EQ(data()[0].bytes.size(), 12U);
}

// RFC 8656 s12: the channel outlives its permission, without which nothing comes in.
TEST_F(TurnRelay, channel_lasts_600_seconds_and_its_permission_300) {
    start();
    w().refresh(alice, 3600);
    w().bind(alice, 0x4001, kPeer);
    w().now += seconds(300);
    w().from_peer(relayed, kPeer, "x");
    EXPECT_TRUE(data().empty());
    w().permit(alice, kPeer);
    w().from_peer(relayed, kPeer, "x");
    ASSERT_EQ(data().size(), 1U);
    EXPECT_TRUE(stun::ChannelData::parse(data()[0].bytes));
    w().now += seconds(299);
    w().send_channel_data(alice, 0x4001, "x");
    EXPECT_EQ(to_peers().size(), 1U);
    w().now += seconds(1);
    w().send_channel_data(alice, 0x4001, "late");
    EXPECT_EQ(to_peers().size(), 1U);
}

TEST_F(TurnRelay, nothing_passes_after_the_allocation_has_expired) {
    start();
    w().bind(alice, 0x4001, kPeer);
    w().now += seconds(600);
    w().send_channel_data(alice, 0x4001, "late");
    w().send(alice, kPeer, "late");
    EXPECT_TRUE(to_peers().empty());
    EXPECT_TRUE(w().output.open.empty());
}

TEST_F(TurnRelay, reserved_port_relays_nothing) {
    start();
    Client bob = World::client(40001);
    const auto first = w().allocate(bob, [](auto& writer) {
        stun::encode_value(writer, AttributeType::EvenPort, stun::EvenPortValue{true});
    });
    w().permit(bob, kPeer);
    TransportAddress next = *first.relayed();
    ++next.port;
    w().from_peer(next, kPeer, "x");
    EXPECT_TRUE(data().empty());
}

TEST_F(TurnRelay, icmp_error_becomes_a_data_indication_with_icmp) {
    start();
    const RelayId relay = w().output.open.begin()->first;
    w().core->on_icmp(w().now, relay, kPeer, {.type = 3, .code = 3});
    EXPECT_TRUE(data().empty());  // no permission
    w().permit(alice, kPeer);
    w().core->on_icmp(w().now, relay, kPeer, {.type = 8, .code = 0});  // not an error
    EXPECT_TRUE(data().empty());
    w().core->on_icmp(w().now, relay, kPeer, {.type = 3, .code = 4, .error_data = 1280});
    ASSERT_EQ(data().size(), 1U);
    const auto message = stun::MessageView::parse(data()[0].bytes);
    EXPECT_EQ(message->address(AttributeType::XorPeerAddress), kPeer);
    EXPECT_FALSE(message->has(AttributeType::Data));
    const auto icmp = message->find(AttributeType::Icmp);
    ASSERT_TRUE(icmp);
    const auto value = stun::decode_value(icmp->type, icmp->value, message->transaction_id());
    EXPECT_EQ(std::get<stun::IcmpValue>(*value).code, 4);
    EXPECT_EQ(std::get<stun::IcmpValue>(*value).error_data, 1280U);
}

TEST_F(TurnRelay, largest_datagram_passes_and_one_that_does_not_fit_is_dropped) {
    start();
    w().permit(alice, kPeer);
    w().from_peer(relayed, kPeer, std::string(65507, 'x'));
    ASSERT_EQ(data().size(), 1U);
    EXPECT_TRUE(stun::MessageView::parse(data()[0].bytes));
    w().from_peer(relayed, kPeer, std::string(65535, 'x'));
    EXPECT_EQ(data().size(), 1U);
}

}  // namespace
}  // namespace portolan::server
