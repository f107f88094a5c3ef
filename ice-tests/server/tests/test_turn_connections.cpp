#include <gtest/gtest.h>

#include "ice-tests/server/tests/turn_world.hpp"

// TCP allocations without sockets (RFC 6062 s5).
namespace portolan::server::test {
namespace {

const TransportAddress kPeer = at("192.0.2.77:7777");

void add_tcp(stun::MessageWriter& writer) {
    stun::encode_value(writer, AttributeType::RequestedTransport, stun::RequestedTransportValue{6});
}

Add connection(ConnectionId id) {
    return [=](stun::MessageWriter& writer) { writer.add_u32(AttributeType::ConnectionId, id); };
}

class TurnConnections : public testing::Test {
  protected:
    void SetUp() override {
        const Response allocated = world.request(alice, Method::Allocate, add_tcp);
        ASSERT_EQ(allocated.code(), 0);
        ASSERT_EQ(world.output.open.size(), 1U);
        relay = world.output.open.begin()->first;
        EXPECT_TRUE(world.output.tcp_relays.contains(relay));
        EXPECT_EQ(allocated.relayed(), world.output.open.begin()->second);
        EXPECT_FALSE(allocated.view().has(AttributeType::ReservationToken));
    }
    /// The response comes when the peer has answered.
    ConnectionId ask_for(const TransportAddress& to) {
        EXPECT_EQ(world.request(alice, Method::Connect, peer(to)).code(), -1);
        return world.output.connecting.back().id;
    }
    Response outcome(ConnectionId id, bool is_connected) {
        world.output.responses.clear();
        world.core->on_connect(world.now, id, is_connected);
        return world.output.responses.empty() ? Response{}
                                              : Response{world.output.responses[0].bytes};
    }
    ConnectionId connected(const TransportAddress& to) {
        const ConnectionId id = ask_for(to);
        const Response response = outcome(id, true);
        EXPECT_EQ(response.code(), 0);
        EXPECT_EQ(response.view().u32(AttributeType::ConnectionId), id);
        return id;
    }

    World world;
    Client alice = World::client(40000, Arrival::Tcp);
    Client data = World::client(40001, Arrival::Tcp);
    RelayId relay = 0;
};

TEST_F(TurnConnections, allocation_is_over_streams_only_and_not_with_what_is_for_udp) {
    for (const Arrival arrival : {Arrival::Udp, Arrival::Dtls}) {
        Client other = World::client(41000, arrival);
        EXPECT_EQ(world.request(other, Method::Allocate, add_tcp).code(), 400);
    }
    Client other = World::client(41001, Arrival::Tls);
    for (const AttributeType type :
         {AttributeType::DontFragment, AttributeType::EvenPort, AttributeType::ReservationToken}) {
        EXPECT_EQ(world
                      .request(other, Method::Allocate,
                               [&](stun::MessageWriter& writer) {
                                   add_tcp(writer);
                                   if (type == AttributeType::EvenPort) {
                                       writer.add_bytes(type, std::array{std::byte{0}});
                                   } else if (type == AttributeType::ReservationToken) {
                                       writer.add_u64(type, 1);
                                   } else {
                                       writer.add_flag(type);
                                   }
                               })
                      .code(),
                  400);
    }
    EXPECT_EQ(world.request(other, Method::Allocate, add_tcp).code(), 0);
}

TEST_F(TurnConnections, connect_is_answered_when_the_peer_has) {
    const ConnectionId id = ask_for(kPeer);
    EXPECT_EQ(world.output.connecting[0].to, kPeer);
    EXPECT_EQ(world.output.connecting[0].from, world.output.open.at(relay));
    EXPECT_GE(world.output.connecting[0].timeout, seconds(30));
    const Response response = outcome(id, true);
    ASSERT_EQ(response.code(), 0);
    EXPECT_EQ(response.view().u32(AttributeType::ConnectionId), id);
    EXPECT_TRUE(response.view().has(AttributeType::MessageIntegrity));
}

TEST_F(TurnConnections, peer_that_cannot_be_reached_is_447_and_can_be_tried_again) {
    const ConnectionId id = ask_for(kPeer);
    EXPECT_EQ(outcome(id, false).code(), 447);
    EXPECT_EQ(world.output.closed, std::vector{id});
    connected(kPeer);
}

TEST_F(TurnConnections, second_connect_to_a_peer_is_446_while_there_is_a_first) {
    const ConnectionId id = ask_for(kPeer);
    EXPECT_EQ(world.request(alice, Method::Connect, peer(kPeer)).code(), 446);
    outcome(id, true);
    EXPECT_EQ(world.request(alice, Method::Connect, peer(kPeer)).code(), 446);
    EXPECT_EQ(world.request(data, Method::ConnectionBind, connection(id)).code(), 0);
    EXPECT_EQ(world.request(alice, Method::Connect, peer(kPeer)).code(), 446);
    world.core->on_connection_end(world.now, id);
    connected(kPeer);
}

TEST_F(TurnConnections, connect_needs_a_tcp_allocation_and_a_peer_that_may_be) {
    EXPECT_EQ(world.request(data, Method::Connect, peer(kPeer)).code(), 437);
    EXPECT_EQ(world.request(alice, Method::Connect).code(), 400);
    EXPECT_EQ(world.request(alice, Method::Connect, peer(at("192.0.2.77:0"))).code(), 400);
    EXPECT_EQ(world.request(alice, Method::Connect, peer(at("127.0.0.1:80"))).code(), 403);
    EXPECT_EQ(world.request(alice, Method::Connect, peer(at("[2001:db8::9]:80"))).code(), 443);
    Client over_udp = World::client(41000);
    world.allocate(over_udp);
    EXPECT_EQ(world.request(over_udp, Method::Connect, peer(kPeer)).code(), 400);
    EXPECT_TRUE(world.output.connecting.empty());
}

TEST_F(TurnConnections, no_datagram_leaves_a_tcp_relay) {
    ASSERT_EQ(world.permit(alice, kPeer).code(), 0);
    world.send(alice, kPeer, "hello");
    EXPECT_EQ(world.bind(alice, 0x4000, kPeer).code(), 400);
    EXPECT_TRUE(world.output.to_peers.empty());
}

TEST_F(TurnConnections, bind_joins_the_two_once_and_for_its_user) {
    const ConnectionId id = connected(kPeer);
    EXPECT_EQ(world.request(data, Method::ConnectionBind, connection(id ^ 1U)).code(), 400);
    EXPECT_EQ(world.request(data, Method::ConnectionBind).code(), 400);
    EXPECT_EQ(world.request(alice, Method::ConnectionBind, connection(id)).code(), 400);
    Client over_udp = World::client(41000);
    EXPECT_EQ(world.request(over_udp, Method::ConnectionBind, connection(id)).code(), 400);
    Client bob = World::client(41001, Arrival::Tcp);
    bob.user = "bob";
    bob.password = "builder";
    EXPECT_EQ(world.request(bob, Method::ConnectionBind, connection(id)).code(), 441);
    EXPECT_EQ(world.ask(data, Method::ConnectionBind, connection(id)).code(), 401);
    EXPECT_TRUE(world.output.bound.empty());

    EXPECT_EQ(world.request(data, Method::ConnectionBind, connection(id)).code(), 0);
    EXPECT_EQ(world.output.bound.at(id), data.tuple);
    Client second = World::client(41002, Arrival::Tcp);
    EXPECT_EQ(world.request(second, Method::ConnectionBind, connection(id)).code(), 400);
}

TEST_F(TurnConnections, unbound_connection_ends_after_30_seconds_and_a_bound_one_lasts) {
    const ConnectionId first = connected(kPeer);
    const ConnectionId second = connected(at("192.0.2.78:1"));
    ASSERT_EQ(world.request(data, Method::ConnectionBind, connection(second)).code(), 0);
    world.core->expire(world.now + seconds(29));
    EXPECT_TRUE(world.output.closed.empty());
    EXPECT_EQ(world.core->next_deadline(), world.now + seconds(30));
    world.core->expire(world.now + seconds(30));
    EXPECT_EQ(world.output.closed, std::vector{first});
}

TEST_F(TurnConnections, peer_with_a_permission_is_announced_and_another_is_not_wanted) {
    EXPECT_FALSE(world.core->on_peer_connection(world.now, relay, kPeer));
    EXPECT_TRUE(world.output.data.empty());
    ASSERT_EQ(world.permit(alice, at("192.0.2.77:1")).code(), 0);
    const auto id = world.core->on_peer_connection(world.now, relay, kPeer);
    ASSERT_TRUE(id);
    ASSERT_EQ(world.output.data.size(), 1U);
    EXPECT_EQ(world.output.data[0].to, alice.tuple);
    const auto attempt = *stun::MessageView::parse(world.output.data[0].bytes);
    EXPECT_EQ(attempt.method(), Method::ConnectionAttempt);
    EXPECT_EQ(attempt.message_class(), MessageClass::Indication);
    EXPECT_EQ(attempt.address(AttributeType::XorPeerAddress), kPeer);
    EXPECT_EQ(attempt.u32(AttributeType::ConnectionId), *id);
    EXPECT_EQ(world.request(data, Method::ConnectionBind, connection(*id)).code(), 0);
    world.core->expire(world.now + seconds(100));
    EXPECT_TRUE(world.output.closed.empty());
}

TEST_F(TurnConnections, end_of_the_allocation_ends_them_and_answers_who_waits) {
    const ConnectionId bound = connected(kPeer);
    ASSERT_EQ(world.request(data, Method::ConnectionBind, connection(bound)).code(), 0);
    const ConnectionId waiting = ask_for(at("192.0.2.78:1"));
    ASSERT_EQ(world.refresh(alice, 0).code(), 0);
    EXPECT_EQ(std::set(world.output.closed.begin(), world.output.closed.end()),
              (std::set{bound, waiting}));
    EXPECT_TRUE(world.output.open.empty());
    world.output.responses.clear();
    world.core->expire(world.now);
    ASSERT_EQ(world.output.responses.size(), 1U);
    EXPECT_EQ(Response{world.output.responses[0].bytes}.code(), 447);
    EXPECT_EQ(world.output.responses[0].to, alice.tuple);
}

TEST_F(TurnConnections, one_relay_has_so_many_and_no_more) {
    World small({}, [](TurnCoreConfig& config) { config.quotas.connection_count = 1; });
    Client only = World::client(40000, Arrival::Tcp);
    ASSERT_EQ(small.request(only, Method::Allocate, add_tcp).code(), 0);
    EXPECT_EQ(small.request(only, Method::Connect, peer(kPeer)).code(), -1);
    EXPECT_EQ(small.request(only, Method::Connect, peer(at("192.0.2.78:1"))).code(), 508);
    ASSERT_EQ(small.permit(only, at("192.0.2.79:1")).code(), 0);
    EXPECT_FALSE(small.core->on_peer_connection(small.now, small.output.open.begin()->first,
                                                at("192.0.2.79:1")));
}

}  // namespace
}  // namespace portolan::server::test
