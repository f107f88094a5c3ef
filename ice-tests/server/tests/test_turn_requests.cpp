#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ice-tests/server/tests/turn_world.hpp"

namespace portolan::server {
namespace {

using namespace test;

const TransportAddress kPeer = at("192.0.2.77:5000");
const TransportAddress kPeer6 = at("[2001:db8::77]:5000");

std::vector<TransportAddress> relayed_addresses(const Response& response) {
    std::vector<TransportAddress> out;
    for (const auto attribute : response.view()) {
        if (attribute.type != AttributeType::XorRelayedAddress) continue;
        out.push_back(*stun::decode_address(attribute.type, attribute.value,
                                            response.view().transaction_id()));
    }
    return out;
}

TEST(TurnAllocate, success_has_what_rfc_8656_s7_2_lists) {
    World world;
    Client alice = World::client();
    const Response response = world.allocate(alice);
    ASSERT_EQ(response.code(), 0);
    EXPECT_EQ(response.relayed()->ip, *IpAddress::parse("198.51.100.1"));
    EXPECT_GE(response.relayed()->port, 49152);
    EXPECT_EQ(response.view().u32(AttributeType::Lifetime), 600U);
    EXPECT_EQ(response.view().address(AttributeType::XorMappedAddress), alice.tuple.client);
    EXPECT_EQ(response.view().text(AttributeType::Software), "Portolan");
    EXPECT_FALSE(response.view().has(AttributeType::ReservationToken));
    const auto key =
        stun::long_term_key(stun::PasswordAlgorithm::Md5, "alice", "example.org", "wonderland");
    EXPECT_EQ(stun::verify_message_integrity(response.view(), key->bytes()), stun::Check::Valid);
    EXPECT_EQ(world.output.open.size(), 1U);
}

TEST(TurnAllocate, retransmission_is_answered_again_and_a_second_request_is_437) {
    World world;
    Client alice = World::client();
    world.learn(alice);
    const auto bytes = world.message(MessageClass::Request, Method::Allocate, add_udp, &alice);
    const Response first = world.send_raw(alice, bytes);
    const Response again = world.send_raw(alice, bytes);
    EXPECT_EQ(first.bytes, again.bytes);
    EXPECT_EQ(world.output.open.size(), 1U);
    EXPECT_EQ(world.allocate(alice).code(), 437);
}

TEST(TurnAllocate, transport_that_the_server_does_not_have_is_442_and_none_is_400) {
    World world({}, [](TurnCoreConfig& config) { config.with_tcp_relays = false; });
    Client alice = World::client();
    EXPECT_EQ(world.request(alice, Method::Allocate).code(), 400);
    const auto tcp = [](stun::MessageWriter& writer) {
        stun::encode_value(writer, AttributeType::RequestedTransport,
                           stun::RequestedTransportValue{6});
    };
    EXPECT_EQ(world.request(alice, Method::Allocate, tcp).code(), 442);
    EXPECT_TRUE(world.output.open.empty());
}

TEST(TurnAllocate, unknown_attribute_is_420_with_integrity) {
    World world;
    Client alice = World::client();
    const Response response = world.allocate(alice, [](stun::MessageWriter& writer) {
        writer.add_u32(static_cast<AttributeType>(0x7001), 1);
    });
    ASSERT_EQ(response.code(), 420);
    EXPECT_TRUE(response.view().has(AttributeType::UnknownAttributes));
    EXPECT_TRUE(response.view().has(AttributeType::MessageIntegrity));
}

TEST(TurnAllocate, dont_fragment_is_420_where_it_cannot_be_done) {
    const auto dont_fragment = [](stun::MessageWriter& writer) {
        writer.add_flag(AttributeType::DontFragment);
    };
    World able;
    Client alice = World::client();
    EXPECT_EQ(able.allocate(alice, dont_fragment).code(), 0);
    World unable({}, [](TurnCoreConfig& config) { config.can_set_dont_fragment = false; });
    Client bob = World::client();
    EXPECT_EQ(unable.allocate(bob, dont_fragment).code(), 420);
}

TEST(TurnAllocate, lifetime_lies_between_default_and_maximum) {
    const std::pair<std::uint32_t, std::uint32_t> rows[] = {
        {0, 600}, {1, 600}, {600, 600}, {1000, 1000}, {3600, 3600}, {4000, 3600}, {~0U, 3600}};
    for (const auto& [asked, given] : rows) {
        World world;
        Client alice = World::client();
        EXPECT_EQ(world.allocate(alice, lifetime(asked)).view().u32(AttributeType::Lifetime),
                  given);
    }
}

TEST(TurnAllocate, family_is_the_requested_one) {
    const auto ask = [](World& world, std::uint8_t number) {
        Client alice = World::client();
        return world.allocate(alice, family(AttributeType::RequestedAddressFamily, number));
    };
    World both;
    EXPECT_EQ(ask(both, 2).relayed()->family(), AddressFamily::IPv6);
    World again;
    EXPECT_EQ(ask(again, 1).relayed()->family(), AddressFamily::IPv4);
    World neither;
    EXPECT_EQ(ask(neither, 3).code(), 440);
    World v4_only({}, {}, {*IpAddress::parse("198.51.100.1")});
    EXPECT_EQ(ask(v4_only, 2).code(), 440);
    World v6_only({}, {}, {*IpAddress::parse("2001:db8::1")});
    Client alice = World::client();
    EXPECT_EQ(v6_only.allocate(alice).code(), 440);
}

TEST(TurnAllocate, additional_family_gives_two_relays) {
    World world;
    Client alice = World::client();
    const Response response =
        world.allocate(alice, family(AttributeType::AdditionalAddressFamily, 2));
    const auto relayed = relayed_addresses(response);
    ASSERT_EQ(relayed.size(), 2U);
    EXPECT_EQ(relayed[0].family(), AddressFamily::IPv4);
    EXPECT_EQ(relayed[1].family(), AddressFamily::IPv6);
    EXPECT_FALSE(response.view().has(AttributeType::AddressErrorCode));
}

TEST(TurnAllocate, additional_family_that_is_missing_is_told_in_address_error_code) {
    World world({}, {}, {*IpAddress::parse("198.51.100.1")});
    Client alice = World::client();
    const Response response =
        world.allocate(alice, family(AttributeType::AdditionalAddressFamily, 2));
    ASSERT_EQ(response.code(), 0);
    EXPECT_EQ(relayed_addresses(response).size(), 1U);
    const auto attribute = response.view().find(AttributeType::AddressErrorCode);
    ASSERT_TRUE(attribute);
    const auto value =
        stun::decode_value(attribute->type, attribute->value, response.view().transaction_id());
    const auto& error = std::get<stun::AddressErrorCode>(*value);
    EXPECT_EQ(error.family, 2);
    EXPECT_EQ(error.error.code, 440);
}

TEST(TurnAllocate, contradictions_are_400) {
    const auto even = [](bool next) {
        return [next](stun::MessageWriter& writer) {
            stun::encode_value(writer, AttributeType::EvenPort, stun::EvenPortValue{next});
        };
    };
    const auto token = [](stun::MessageWriter& writer) {
        writer.add_u64(AttributeType::ReservationToken, 1);
    };
    const auto both = [](const Add& a, const Add& b) {
        return [=](stun::MessageWriter& writer) {
            a(writer);
            b(writer);
        };
    };
    const auto requested = family(AttributeType::RequestedAddressFamily, 1);
    const auto additional = family(AttributeType::AdditionalAddressFamily, 2);
    const Add wrong[] = {
        both(token, even(false)),
        both(token, requested),
        both(token, additional),
        both(requested, additional),
        both(even(true), additional),
        family(AttributeType::AdditionalAddressFamily, 1),
        [](stun::MessageWriter& writer) { writer.add_u32(AttributeType::ReservationToken, 1); }};
    for (const Add& add : wrong) {
        World world;
        Client alice = World::client();
        EXPECT_EQ(world.allocate(alice, add).code(), 400);
        EXPECT_TRUE(world.output.open.empty());
    }
    World world;
    Client alice = World::client();
    EXPECT_EQ(world.allocate(alice, token).code(), 508);
}

TEST(TurnAllocate, even_port_with_reservation_keeps_the_next_port_for_30_seconds) {
    World world;
    Client alice = World::client();
    const Response first = world.allocate(alice, [](stun::MessageWriter& writer) {
        stun::encode_value(writer, AttributeType::EvenPort, stun::EvenPortValue{true});
    });
    ASSERT_EQ(first.code(), 0);
    EXPECT_EQ(first.relayed()->port % 2, 0);
    const auto token = first.view().u64(AttributeType::ReservationToken);
    ASSERT_TRUE(token);
    EXPECT_EQ(world.output.open.size(), 2U);
    const auto with_token = [&](stun::MessageWriter& writer) {
        writer.add_u64(AttributeType::ReservationToken, *token);
    };
    world.now += seconds(29);
    Client second = World::client(40001);
    const Response next = world.allocate(second, with_token);
    ASSERT_EQ(next.code(), 0);
    EXPECT_EQ(next.relayed()->port, first.relayed()->port + 1);
    // Once only.
    Client third = World::client(40002);
    EXPECT_EQ(world.allocate(third, with_token).code(), 508);
}

TEST(TurnAllocate, reservation_expires) {
    World world;
    Client alice = World::client();
    const Response first = world.allocate(alice, [](stun::MessageWriter& writer) {
        stun::encode_value(writer, AttributeType::EvenPort, stun::EvenPortValue{true});
    });
    world.now += seconds(30);
    Client second = World::client(40001);
    EXPECT_EQ(world
                  .allocate(second,
                            [&](stun::MessageWriter& writer) {
                                writer.add_u64(AttributeType::ReservationToken,
                                               *first.view().u64(AttributeType::ReservationToken));
                            })
                  .code(),
              508);
    EXPECT_EQ(world.output.open.size(), 1U);
}

TEST(TurnAllocate, ports_stay_in_their_range_until_it_is_full) {
    World world({}, [](TurnCoreConfig& config) {
        config.relays.port_min = 50000;
        config.relays.port_max = 50003;
    });
    world.output.taken_ports = {50002};
    std::set<std::uint16_t> ports;
    for (std::uint16_t i = 0; i < 3; ++i) {
        Client client = World::client(static_cast<std::uint16_t>(41000 + i));
        ports.insert(world.allocate(client).relayed()->port);
    }
    EXPECT_THAT(ports, testing::ElementsAre(50000, 50001, 50003));
    Client late = World::client(42000);
    EXPECT_EQ(world.allocate(late).code(), 508);
}

TEST(TurnAllocate, no_more_sockets_is_508) {
    World world;
    world.output.max_open_count = 0;
    Client alice = World::client();
    EXPECT_EQ(world.allocate(alice).code(), 508);
    EXPECT_EQ(world.core->allocations().count(), 0U);
}

TEST(TurnAllocate, quotas_are_of_the_user_and_of_all) {
    World world({}, [](TurnCoreConfig& config) {
        config.quotas.user_allocation_count = 2;
        config.quotas.allocation_count = 3;
    });
    Client a1 = World::client(1001);
    Client a2 = World::client(1002);
    Client a3 = World::client(1003);
    EXPECT_EQ(world.allocate(a1).code(), 0);
    EXPECT_EQ(world.allocate(a2).code(), 0);
    EXPECT_EQ(world.allocate(a3).code(), 486);
    const auto bob = [](std::uint16_t port) {
        Client client = World::client(port);
        client.user = "bob";
        client.password = "builder";
        return client;
    };
    Client b1 = bob(2001);
    Client b2 = bob(2002);
    EXPECT_EQ(world.allocate(b1).code(), 0);
    EXPECT_EQ(world.allocate(b2).code(), 508);
    EXPECT_EQ(world.refresh(a1, 0).code(), 0);
    EXPECT_EQ(world.allocate(a3).code(), 0);
}

TEST(TurnAllocate, ports_and_nonces_follow_from_the_seed) {
    World one;
    World two;
    Client alice = World::client();
    Client same = World::client();
    EXPECT_EQ(one.allocate(alice).bytes, two.allocate(same).bytes);
}

TEST(TurnRefresh, zero_ends_the_allocation_and_everything_else_renews_it) {
    World world;
    Client alice = World::client();
    world.allocate(alice);
    world.now += seconds(599);
    EXPECT_EQ(world.refresh(alice, 1200).view().u32(AttributeType::Lifetime), 1200U);
    world.now += seconds(599);
    world.core->expire(world.now);
    EXPECT_EQ(world.output.open.size(), 1U);
    world.learn(alice);
    const Response end = world.refresh(alice, 0);
    EXPECT_EQ(end.code(), 0);
    EXPECT_EQ(end.view().u32(AttributeType::Lifetime), 0U);
    EXPECT_TRUE(world.output.open.empty());
    EXPECT_EQ(world.refresh(alice, 600).code(), 437);
}

TEST(TurnRefresh, one_family_of_a_dual_allocation_ends_alone) {
    World world;
    Client alice = World::client();
    world.allocate(alice, family(AttributeType::AdditionalAddressFamily, 2));
    EXPECT_EQ(world.permit(alice, kPeer).code(), 0);
    EXPECT_EQ(world.permit(alice, kPeer6).code(), 0);
    const auto end_v6 = [](stun::MessageWriter& writer) {
        family(AttributeType::RequestedAddressFamily, 2)(writer);
        writer.add_u32(AttributeType::Lifetime, 0);
    };
    EXPECT_EQ(world.request(alice, Method::Refresh, end_v6).code(), 0);
    EXPECT_EQ(world.output.open.size(), 1U);
    EXPECT_EQ(world.permit(alice, kPeer6).code(), 443);
    EXPECT_EQ(world.request(alice, Method::Refresh, end_v6).code(), 443);
    world.send(alice, kPeer, "still");
    EXPECT_EQ(world.output.to_peers.size(), 1U);
}

TEST(TurnRefresh, expiry_is_exact_and_known_in_advance) {
    World world;
    Client alice = World::client();
    world.allocate(alice);
    EXPECT_EQ(world.core->next_deadline(), world.now + seconds(600));
    world.now += seconds(600) - transport::Duration(1);
    world.core->expire(world.now);
    EXPECT_EQ(world.output.open.size(), 1U);
    world.now += transport::Duration(1);
    world.core->expire(world.now);
    EXPECT_TRUE(world.output.open.empty());
    EXPECT_FALSE(world.core->next_deadline());
}

TEST(TurnRequests, without_allocation_they_are_437_and_with_anothers_441) {
    World world;
    Client alice = World::client();
    EXPECT_EQ(world.refresh(alice, 600).code(), 437);
    EXPECT_EQ(world.permit(alice, kPeer).code(), 437);
    EXPECT_EQ(world.bind(alice, 0x4000, kPeer).code(), 437);
    world.allocate(alice);
    Client thief = alice;
    thief.user = "bob";
    thief.password = "builder";
    EXPECT_EQ(world.refresh(thief, 0).code(), 441);
    EXPECT_EQ(world.permit(thief, kPeer).code(), 441);
    EXPECT_EQ(world.output.open.size(), 1U);
}

TEST(TurnRequests, end_of_the_connection_ends_the_allocation) {
    World world;
    Client alice = World::client(40000, Arrival::Tcp);
    world.allocate(alice);
    world.core->on_client_gone(alice.tuple);
    EXPECT_TRUE(world.output.open.empty());
    EXPECT_EQ(world.core->allocations().count(), 0U);
}

TEST(TurnRequests, other_methods_responses_and_wrong_fingerprints_get_no_answer) {
    World world;
    Client alice = World::client();
    EXPECT_EQ(world.ask(alice, static_cast<Method>(0x07F)).code(), -1);
    EXPECT_EQ(world
                  .send_raw(alice,
                            world.message(MessageClass::SuccessResponse, Method::Allocate, add_udp))
                  .code(),
              -1);
    auto bytes = world.message(MessageClass::Request, Method::Allocate,
                               [](stun::MessageWriter& writer) { writer.add_fingerprint(); });
    EXPECT_EQ(world.send_raw(alice, bytes).code(), 401);
    bytes.back() ^= std::byte{1};
    EXPECT_EQ(world.send_raw(alice, bytes).code(), -1);
}

TEST(TurnRequests, binding_is_answered_without_credentials) {
    World world;
    const Client alice = World::client();
    const Response response = world.ask(alice, Method::Binding);
    ASSERT_EQ(response.code(), 0);
    EXPECT_EQ(response.view().address(AttributeType::XorMappedAddress), alice.tuple.client);
}

TEST(TurnPermissions, peers_are_checked) {
    World world;
    Client alice = World::client();
    world.allocate(alice);
    EXPECT_EQ(world.request(alice, Method::CreatePermission).code(), 400);
    EXPECT_EQ(world.permit(alice, kPeer6).code(), 443);
    for (const char* refused : {"127.0.0.1:1", "0.0.0.0:1", "224.0.0.1:1", "255.255.255.255:1"}) {
        EXPECT_EQ(world.permit(alice, at(refused)).code(), 403) << refused;
    }
    // One bad address and the good ones are not installed.
    const auto mixed = [](stun::MessageWriter& writer) {
        peer(kPeer)(writer);
        peer(at("127.0.0.1:1"))(writer);
    };
    EXPECT_EQ(world.request(alice, Method::CreatePermission, mixed).code(), 403);
    world.send(alice, kPeer, "x");
    EXPECT_TRUE(world.output.to_peers.empty());
}

TEST(TurnPermissions, their_number_is_bounded) {
    World world({}, [](TurnCoreConfig& config) { config.quotas.permission_count = 2; });
    Client alice = World::client();
    world.allocate(alice);
    EXPECT_EQ(world.permit(alice, at("192.0.2.1:1")).code(), 0);
    EXPECT_EQ(world.permit(alice, at("192.0.2.2:1")).code(), 0);
    EXPECT_EQ(world.permit(alice, at("192.0.2.3:1")).code(), 508);
    EXPECT_EQ(world.permit(alice, at("192.0.2.2:1")).code(), 0);
    world.now += seconds(300);
    EXPECT_EQ(world.permit(alice, at("192.0.2.3:1")).code(), 0);
}

TEST(TurnChannels, number_and_peer_belong_together) {
    World world;
    Client alice = World::client();
    world.allocate(alice);
    EXPECT_EQ(world.bind(alice, 0x3FFF, kPeer).code(), 400);
    EXPECT_EQ(world.bind(alice, 0x5000, kPeer).code(), 400);
    EXPECT_EQ(world.bind(alice, 0x4000, at("127.0.0.1:1")).code(), 403);
    EXPECT_EQ(world.bind(alice, 0x4000, kPeer6).code(), 443);
    EXPECT_EQ(world.bind(alice, 0x4000, kPeer).code(), 0);
    EXPECT_EQ(world.bind(alice, 0x4000, kPeer).code(), 0);
    EXPECT_EQ(world.bind(alice, 0x4000, at("192.0.2.77:5001")).code(), 400);
    EXPECT_EQ(world.bind(alice, 0x4001, kPeer).code(), 400);
    EXPECT_EQ(world.bind(alice, 0x4FFF, at("192.0.2.77:5001")).code(), 0);
    EXPECT_EQ(world.request(alice, Method::ChannelBind, peer(kPeer)).code(), 400);
}

TEST(TurnChannels, can_be_bound_otherwise_once_expired) {
    World world;
    Client alice = World::client();
    world.allocate(alice, lifetime(3600));
    world.bind(alice, 0x4000, kPeer);
    world.now += seconds(600);
    world.learn(alice);
    EXPECT_EQ(world.bind(alice, 0x4001, kPeer).code(), 0);
    EXPECT_EQ(world.bind(alice, 0x4000, at("192.0.2.77:5001")).code(), 0);
    world.send_channel_data(alice, 0x4001, "a");
    world.send_channel_data(alice, 0x4000, "b");
    ASSERT_EQ(world.output.to_peers.size(), 2U);
    EXPECT_EQ(world.output.to_peers[0].to, kPeer);
    EXPECT_EQ(world.output.to_peers[1].to, at("192.0.2.77:5001"));
}

TEST(TurnChannels, their_number_is_bounded) {
    World world({}, [](TurnCoreConfig& config) { config.quotas.channel_count = 1; });
    Client alice = World::client();
    world.allocate(alice);
    EXPECT_EQ(world.bind(alice, 0x4000, kPeer).code(), 0);
    EXPECT_EQ(world.bind(alice, 0x4001, at("192.0.2.78:1")).code(), 508);
}

TEST(TurnChannels, numbers_of_rfc_5766_are_taken_on_request) {
    World world({}, [](TurnCoreConfig& config) { config.max_channel = stun::kMaxRfc5766Channel; });
    Client alice = World::client();
    world.allocate(alice);
    EXPECT_EQ(world.bind(alice, 0x7ABC, kPeer).code(), 0);
    world.send_channel_data(alice, 0x7ABC, "hi");
    EXPECT_EQ(world.output.to_peers.size(), 1U);
    EXPECT_EQ(world.bind(alice, 0x8000, at("192.0.2.78:1")).code(), 400);
}

// RFC 8489 s10
class TurnRedirection : public testing::Test {
  protected:
    static std::vector<TransportAddress> alternates_of(const Response& response) {
        std::vector<TransportAddress> out;
        for (const stun::AttributeView attribute : response.view()) {
            if (attribute.type != AttributeType::AlternateServer) continue;
            out.push_back(*stun::decode_address(attribute.type, attribute.value,
                                                response.view().transaction_id()));
        }
        return out;
    }

    World world{{}, [](TurnCoreConfig& config) {
                    config.alternates = {at("[2001:db8::7]:3478"), at("192.0.2.7:3478")};
                    config.secure_alternates = {at("192.0.2.7:5349")};
                    config.alternate_domain = "b.example.org";
                }};
};

TEST_F(TurnRedirection, is_for_who_has_credentials_and_names_the_own_family_first) {
    Client alice = World::client();
    EXPECT_EQ(world.ask(alice, Method::Allocate, add_udp).code(), 401);
    const Response response = world.allocate(alice);
    ASSERT_EQ(response.code(), 300);
    EXPECT_EQ(alternates_of(response),
              (std::vector{at("192.0.2.7:3478"), at("[2001:db8::7]:3478")}));
    EXPECT_TRUE(response.view().has(AttributeType::MessageIntegrity));
    EXPECT_TRUE(world.output.open.empty());
}

TEST_F(TurnRedirection, clients_of_a_family_that_has_no_alternate_are_served) {
    Client alice = World::client(40000, Arrival::Tls);
    alice.tuple.client = at("[2001:db8::5]:40000");
    EXPECT_EQ(world.allocate(alice).code(), 0);
}

TEST_F(TurnRedirection, domain_is_for_tls_and_those_who_sign_with_sha256) {
    for (const Arrival arrival : {Arrival::Tls, Arrival::Udp}) {
        for (const bool with_sha256 : {true, false}) {
            Client alice = World::client(40000, arrival);
            alice.with_sha256 = with_sha256;
            const Response response = world.allocate(alice);
            ASSERT_EQ(response.code(), 300);
            EXPECT_EQ(response.view().has(AttributeType::AlternateDomain),
                      with_sha256 && arrival == Arrival::Tls);
        }
    }
}

}  // namespace
}  // namespace portolan::server
