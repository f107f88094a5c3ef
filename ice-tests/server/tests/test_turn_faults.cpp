#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ice-tests/server/tests/turn_world.hpp"

// Each TURN fault shows what is wrong with it, beside the same thing done right.
namespace portolan::server {
namespace {

using namespace test;
using F = ServerFault;

const TransportAddress kPeer = at("192.0.2.77:5000");

/// One client of a server with one fault.
struct Faulty {
    explicit Faulty(FaultSet faults = {}, Arrival transport = Arrival::Udp)
        : world(faults), alice(World::client(40000, transport)) {}

    Response allocate(const Add& add = {}) {
        Response response = world.allocate(alice, add);
        if (response.code() == 0 && !world.output.open.empty()) {
            relayed = world.output.open.begin()->second;
        }
        return response;
    }
    /// With a channel to the peer, or only a permission.
    void connect(bool with_channel) {
        allocate();
        if (with_channel) {
            world.bind(alice, 0x4000, kPeer);
        } else {
            world.permit(alice, kPeer);
        }
    }
    std::vector<FakeOutput::ToClient> receive(std::string_view text) {
        world.output.data.clear();
        world.from_peer(relayed, kPeer, text);
        return world.output.data;
    }

    World world;
    Client alice;
    TransportAddress relayed;
};

stun::Bytes data_in(const std::vector<FakeOutput::ToClient>& received) {
    return stun::MessageView::parse(received.at(0).bytes)->find(AttributeType::Data)->value;
}

// Everything that a client can see of a server, as text. A fault that leaves it as it is would let
// a broken client pass.
std::string transcript(FaultSet faults) {
    std::string out;
    const auto note = [&](const Response& response) {
        out += std::to_string(response.code()) + ' ';
        for (const std::byte octet : response.bytes)
            out += std::to_string(std::to_integer<int>(octet)) + ',';
        out += '\n';
    };
    for (const Arrival transport : {Arrival::Udp, Arrival::Tcp}) {
        Faulty f(faults, transport);
        note(f.world.learn(f.alice));
        note(f.allocate(family(AttributeType::RequestedAddressFamily, 2)));
        note(f.world.refresh(f.alice, 0));
        f.alice.nonce = f.alice.nonce.empty() ? "none" : f.alice.nonce;
        note(f.allocate());
        f.alice.password = "wrong";
        note(f.world.refresh(f.alice, 600));
        f.alice.password = "wonderland";
        note(f.world.permit(f.alice, kPeer));
        f.world.send(f.alice, at("192.0.2.99:1"), "x");
        f.world.send(f.alice, kPeer, "x");
        const auto indications = f.receive("hello");
        note(f.world.bind(f.alice, 0x4000, kPeer));
        const auto messages = f.receive("hello");
        for (const auto& all : {indications, messages}) {
            for (const auto& sent : all)
                note({sent.bytes});
        }
        out += std::to_string(f.world.output.to_peers.size()) + '\n';
        for (const int wait_s : {100, 500, 700}) {
            f.world.now += seconds(wait_s);
            f.world.core->expire(f.world.now);
            out += std::to_string(f.world.output.open.size()) + '\n';
        }
    }
    return out;
}

TEST(TurnFaults, every_one_changes_what_clients_see) {
    const std::string right = transcript({});
    std::size_t count = 0;
    for (const FaultInfo& info : fault_table()) {
        if (info.scope != FaultScope::Turn) continue;
        ++count;
        EXPECT_TRUE(info.name.starts_with("turn-")) << info.name;
        EXPECT_NE(transcript({info.fault}), right) << info.name;
    }
    EXPECT_GE(count, 20U);
}

TEST(TurnFaults, challenge_lacks_parts_or_lies) {
    const auto challenge = [](F fault) {
        Faulty f({fault});
        return f.world.learn(f.alice);
    };
    EXPECT_FALSE(challenge(F::TurnNoNonce).view().has(AttributeType::Nonce));
    EXPECT_FALSE(challenge(F::TurnNoRealm).view().has(AttributeType::Realm));
    EXPECT_EQ(challenge(F::TurnWrongRealm).view().text(AttributeType::Realm), "not-example.org");
    Faulty wrong_realm({F::TurnWrongRealm});
    EXPECT_EQ(wrong_realm.allocate().code(), 401);
}

TEST(TurnFaults, nonce_is_stale_always) {
    Faulty f({F::TurnStaleNonce});
    const Response first = f.allocate();
    EXPECT_EQ(first.code(), 438);
    f.alice.nonce = std::string(*first.view().text(AttributeType::Nonce));
    EXPECT_EQ(f.allocate().code(), 438);
}

TEST(TurnFaults, wrong_credentials_are_accepted) {
    for (const char* user : {"alice", "nobody"}) {
        Faulty f({F::TurnAcceptsWrongCredentials});
        f.alice.user = user;
        f.alice.password = "wrong";
        EXPECT_EQ(f.allocate().code(), 0) << user;
    }
}

TEST(TurnFaults, integrity_of_responses_is_missing_or_wrong) {
    Faulty without({F::TurnNoIntegrity});
    EXPECT_FALSE(without.allocate().view().has(AttributeType::MessageIntegrity));
    Faulty wrong({F::TurnWrongIntegrity});
    const auto key =
        stun::long_term_key(stun::PasswordAlgorithm::Md5, "alice", "example.org", "wonderland");
    EXPECT_EQ(stun::verify_message_integrity(wrong.allocate().view(), key->bytes()),
              stun::Check::Invalid);
}

TEST(TurnFaults, transaction_id_is_another) {
    Faulty f({F::TurnWrongTransactionId});
    const auto request = f.world.message(MessageClass::Request, Method::Allocate, add_udp);
    const auto response = f.world.send_raw(f.alice, request);
    EXPECT_NE(response.view().transaction_id(),
              stun::MessageView::parse(request)->transaction_id());
}

TEST(TurnFaults, success_is_larger_than_a_packet) {
    Faulty f({F::TurnOversizedReply});
    EXPECT_GT(f.allocate().bytes.size(), 1500U);
}

TEST(TurnFaults, allocate_is_not_granted) {
    Faulty silent({F::TurnSilentAllocate});
    EXPECT_EQ(silent.allocate().code(), -1);
    Faulty mismatch({F::TurnMismatchAlways});
    EXPECT_EQ(mismatch.allocate().code(), 437);
    Faulty quota({F::TurnQuotaReached});
    EXPECT_EQ(quota.allocate().code(), 486);
    Faulty loop({F::TurnAlternateLoop});
    const Response response = loop.allocate();
    EXPECT_EQ(response.code(), 300);
    EXPECT_EQ(response.view().address(AttributeType::AlternateServer), loop.alice.tuple.server);
}

TEST(TurnFaults, lifetime_is_missing_or_zero) {
    Faulty none({F::TurnNoLifetime});
    EXPECT_FALSE(none.allocate().view().has(AttributeType::Lifetime));
    Faulty zero({F::TurnZeroLifetime});
    EXPECT_EQ(zero.allocate().view().u32(AttributeType::Lifetime), 0U);
    EXPECT_EQ(zero.world.output.open.size(), 1U);
}

TEST(TurnFaults, addresses_are_missing_or_wrong) {
    const auto stated = [](F fault) {
        Faulty f({fault});
        const auto address = f.allocate().relayed();
        EXPECT_NE(address, std::optional(f.relayed));
        return address;
    };
    EXPECT_FALSE(stated(F::TurnNoRelayedAddress));
    EXPECT_TRUE(stated(F::TurnRelayedUnspecified)->ip.is_unspecified());
    EXPECT_EQ(stated(F::TurnRelayedPrivate)->ip.address_class(), AddressClass::Private);
    EXPECT_EQ(stated(F::TurnRelayedWrongPort)->ip, *IpAddress::parse("198.51.100.1"));
    Faulty f({F::TurnNoMappedAddress});
    EXPECT_FALSE(f.allocate().view().has(AttributeType::XorMappedAddress));
}

TEST(TurnFaults, family_is_ignored) {
    Faulty f({F::TurnIgnoresFamily});
    EXPECT_EQ(f.allocate(family(AttributeType::RequestedAddressFamily, 2)).relayed()->family(),
              AddressFamily::IPv4);
}

TEST(TurnFaults, refresh_is_refused_or_without_effect) {
    Faulty refuses({F::TurnRefusesRefresh});
    refuses.allocate();
    EXPECT_EQ(refuses.world.refresh(refuses.alice, 600).code(), 437);
    Faulty keeps({F::TurnKeepsAfterRefreshZero});
    keeps.allocate();
    EXPECT_EQ(keeps.world.refresh(keeps.alice, 0).code(), 0);
    EXPECT_EQ(keeps.world.output.open.size(), 1U);
}

TEST(TurnFaults, allocation_ends_never_or_early) {
    Faulty never({F::TurnNeverExpires});
    never.allocate();
    never.world.now += std::chrono::hours(100);
    never.world.core->expire(never.world.now);
    EXPECT_EQ(never.world.output.open.size(), 1U);
    Faulty early({F::TurnExpiresEarly});
    EXPECT_EQ(early.allocate().view().u32(AttributeType::Lifetime), 600U);
    early.world.now += seconds(60);
    early.world.core->expire(early.world.now);
    EXPECT_TRUE(early.world.output.open.empty());
}

TEST(TurnFaults, permissions_are_refused_forgotten_or_ignored) {
    Faulty forbids({F::TurnForbidsPeers});
    forbids.allocate();
    EXPECT_EQ(forbids.world.permit(forbids.alice, kPeer).code(), 403);
    EXPECT_EQ(forbids.world.bind(forbids.alice, 0x4000, kPeer).code(), 403);
    Faulty forgets({F::TurnForgetsPermissions});
    forgets.allocate();
    EXPECT_EQ(forgets.world.permit(forgets.alice, kPeer).code(), 0);
    EXPECT_TRUE(forgets.receive("x").empty());
    Faulty ignores({F::TurnIgnoresPermissions});
    ignores.allocate();
    EXPECT_EQ(ignores.receive("x").size(), 1U);
    ignores.world.send(ignores.alice, kPeer, "x");
    EXPECT_EQ(ignores.world.output.to_peers.size(), 1U);
}

TEST(TurnFaults, channels_are_refused_wrong_or_ignored) {
    Faulty refuses({F::TurnRefusesChannels});
    refuses.allocate();
    EXPECT_EQ(refuses.world.bind(refuses.alice, 0x4000, kPeer).code(), 508);
    Faulty wrong({F::TurnWrongChannel});
    wrong.connect(true);
    EXPECT_EQ(stun::ChannelData::parse(wrong.receive("x").at(0).bytes)->channel, 0x4001);
    Faulty ignores({F::TurnIgnoresChannels});
    ignores.connect(true);
    EXPECT_EQ(stun::MessageView::parse(ignores.receive("x").at(0).bytes)->method(), Method::Data);
}

TEST(TurnFaults, peer_address_is_another) {
    Faulty f({F::TurnWrongPeerAddress});
    f.connect(false);
    EXPECT_EQ(stun::MessageView::parse(f.receive("x").at(0).bytes)
                  ->address(AttributeType::XorPeerAddress),
              at("192.0.2.77:5001"));
}

TEST(TurnFaults, data_is_dropped_doubled_mangled_or_cut) {
    const auto received = [](F fault) {
        Faulty f({fault});
        f.connect(false);
        return f.receive("hello!");
    };
    EXPECT_TRUE(received(F::TurnDropsData).empty());
    EXPECT_EQ(received(F::TurnDuplicatesData).size(), 2U);
    const auto mangled = received(F::TurnManglesData);
    EXPECT_EQ(data_in(mangled).size(), 6U);
    EXPECT_NE(copy_of(data_in(mangled)), bytes_of("hello!"));
    EXPECT_EQ(copy_of(data_in(received(F::TurnTruncatesData))), bytes_of("hel"));
}

TEST(TurnFaults, stream_padding_is_missing) {
    Faulty f({F::TurnNoStreamPadding}, Arrival::Tcp);
    f.connect(true);
    EXPECT_EQ(f.receive("x").at(0).bytes.size(), 5U);
}

}  // namespace
}  // namespace portolan::server
