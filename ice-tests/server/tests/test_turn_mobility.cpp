#include <gtest/gtest.h>

#include "ice-tests/server/tests/turn_world.hpp"

// Allocations that move (RFC 8016), without sockets.
namespace portolan::server::test {
namespace {

const TransportAddress kPeer = at("192.0.2.77:7777");

Add ticket(std::vector<std::byte> value) {
    return [value = std::move(value)](stun::MessageWriter& writer) {
        writer.add_bytes(AttributeType::MobilityTicket, value);
    };
}

class TurnMobility : public testing::Test {
  protected:
    void SetUp() override {
        const Response allocated = world.allocate(alice, ticket({}));
        ASSERT_EQ(allocated.code(), 0);
        relayed = *allocated.relayed();
        first = ticket_of(allocated);
        ASSERT_FALSE(first.empty());
        ASSERT_EQ(world.permit(alice, kPeer).code(), 0);
    }
    static std::vector<std::byte> ticket_of(const Response& response) {
        const auto attribute = response.view().find(AttributeType::MobilityTicket);
        return attribute ? copy_of(attribute->value) : std::vector<std::byte>();
    }
    Response move(Client& to, const std::vector<std::byte>& with) {
        return world.request(to, Method::Refresh, [&](stun::MessageWriter& writer) {
            lifetime(600)(writer);
            ticket(with)(writer);
        });
    }
    /// Who is sent what the peer sends.
    FiveTuple heard_by() {
        world.output.data.clear();
        world.from_peer(relayed, kPeer, "hello");
        EXPECT_EQ(world.output.data.size(), 1U);
        return world.output.data.at(0).to;
    }

    World world;
    Client alice = World::client(40000);
    Client elsewhere = World::client(40001);
    TransportAddress relayed;
    std::vector<std::byte> first;
};

TEST_F(TurnMobility, ticket_is_for_who_asks_with_an_empty_one) {
    Client other = World::client(41000);
    EXPECT_TRUE(ticket_of(world.allocate(other)).empty());
    Client third = World::client(41001);
    EXPECT_EQ(world.allocate(third, ticket({std::byte{1}})).code(), 400);
    World fixed({}, [](TurnCoreConfig& config) { config.with_mobility = false; });
    Client fourth = World::client(41002);
    EXPECT_EQ(fixed.allocate(fourth, ticket({})).code(), 405);
}

TEST_F(TurnMobility, allocation_moves_and_gets_another_ticket) {
    const Response moved = move(elsewhere, first);
    ASSERT_EQ(moved.code(), 0);
    EXPECT_FALSE(ticket_of(moved).empty());
    EXPECT_NE(ticket_of(moved), first);
    EXPECT_EQ(world.core->allocations().count(), 1U);
    EXPECT_EQ(world.output.open.size(), 1U);
}

// RFC 8016 s3.2.2: until the client sends data from there, it may still be where it was.
TEST_F(TurnMobility, old_place_is_served_until_something_is_sent_from_the_new_one) {
    ASSERT_EQ(move(elsewhere, first).code(), 0);
    EXPECT_EQ(heard_by(), alice.tuple);
    EXPECT_EQ(world.refresh(alice, 600).code(), 0);
    world.send(elsewhere, kPeer, "here");
    EXPECT_EQ(world.output.to_peers.size(), 1U);
    EXPECT_EQ(heard_by(), elsewhere.tuple);
    EXPECT_EQ(world.refresh(alice, 600).code(), 437);
    EXPECT_EQ(world.refresh(elsewhere, 600).code(), 0);
}

TEST_F(TurnMobility, channel_data_completes_the_move_too) {
    ASSERT_EQ(world.bind(alice, 0x4000, kPeer).code(), 0);
    ASSERT_EQ(move(elsewhere, first).code(), 0);
    world.send_channel_data(elsewhere, 0x4000, "here");
    EXPECT_EQ(heard_by(), elsewhere.tuple);
}

TEST_F(TurnMobility, end_of_the_old_connection_is_the_end_of_the_move) {
    Client stream = World::client(42000, Arrival::Tcp);
    const Response allocated = world.allocate(stream, ticket({}));
    Client next = World::client(42001, Arrival::Tcp);
    ASSERT_EQ(move(next, ticket_of(allocated)).code(), 0);
    world.core->on_client_gone(stream.tuple);
    EXPECT_TRUE(world.core->has_allocation(next.tuple));
    EXPECT_FALSE(world.core->has_allocation(stream.tuple));
    world.core->on_client_gone(next.tuple);
    EXPECT_FALSE(world.core->has_allocation(next.tuple));
}

TEST_F(TurnMobility, end_of_the_new_connection_before_the_move_is_no_end_of_the_allocation) {
    Client next = World::client(42001, Arrival::Tcp);
    ASSERT_EQ(move(next, first).code(), 0);
    world.core->on_client_gone(next.tuple);
    EXPECT_TRUE(world.core->has_allocation(alice.tuple));
}

TEST_F(TurnMobility, ticket_of_another_user_is_441_and_moves_nothing) {
    Client bob = World::client(41000);
    bob.user = "bob";
    bob.password = "builder";
    EXPECT_EQ(move(bob, first).code(), 441);
    EXPECT_EQ(heard_by(), alice.tuple);
    EXPECT_EQ(move(elsewhere, first).code(), 0);
}

TEST_F(TurnMobility, old_and_invented_tickets_are_400) {
    auto invented = first;
    invented.back() ^= std::byte{1};
    EXPECT_EQ(move(elsewhere, invented).code(), 400);
    EXPECT_EQ(move(elsewhere, {std::byte{1}}).code(), 400);
    EXPECT_EQ(move(alice, first).code(), 400) << "it is there already";
    ASSERT_EQ(move(elsewhere, first).code(), 0);
    Client third = World::client(40002);
    EXPECT_EQ(move(third, first).code(), 400);
}

TEST_F(TurnMobility, retransmitted_move_is_answered_as_before) {
    world.learn(elsewhere);
    const auto bytes = world.message(
        MessageClass::Request, Method::Refresh,
        [&](stun::MessageWriter& writer) {
            lifetime(600)(writer);
            ticket(first)(writer);
        },
        &elsewhere);
    const Response moved = world.send_raw(elsewhere, bytes);
    ASSERT_EQ(moved.code(), 0);
    const Response again = world.send_raw(elsewhere, bytes);
    EXPECT_EQ(again.code(), 0);
    EXPECT_EQ(ticket_of(again), ticket_of(moved));
}

TEST_F(TurnMobility, place_that_has_an_allocation_of_its_own_is_437) {
    ASSERT_EQ(world.allocate(elsewhere).code(), 0);
    EXPECT_EQ(move(elsewhere, first).code(), 437);
}

TEST_F(TurnMobility, tickets_end_with_the_allocation) {
    ASSERT_EQ(world.refresh(alice, 0).code(), 0);
    EXPECT_EQ(move(elsewhere, first).code(), 400);
}

}  // namespace
}  // namespace portolan::server::test
