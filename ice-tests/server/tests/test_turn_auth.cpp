#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ice-tests/server/tests/turn_world.hpp"
#include "probe/stun/nonce_cookie.hpp"

namespace portolan::server {
namespace {

using namespace test;

// The password of "1800000600:carol" with the secret "north", from another implementation:
// printf %s 1800000600:carol | openssl dgst -sha1 -hmac north -binary | base64
constexpr const char* kTimedUser = "1800000600:carol";
constexpr const char* kTimedPassword = "KHZv20IEMcq/vOoPHx3hcTApgGk=";

TEST(TurnAuth, first_answer_is_401_with_realm_nonce_and_algorithms) {
    World world;
    Client alice = World::client();
    const Response response = world.learn(alice);
    ASSERT_EQ(response.code(), 401);
    EXPECT_EQ(alice.realm, "example.org");
    const auto features = stun::parse_nonce_cookie(alice.nonce);
    ASSERT_TRUE(features);
    EXPECT_TRUE(features->password_algorithms());
    EXPECT_TRUE(features->username_anonymity());
    EXPECT_TRUE(response.view().has(AttributeType::PasswordAlgorithms));
    EXPECT_FALSE(response.view().has(AttributeType::MessageIntegrity));
}

TEST(TurnAuth, nonces_differ_between_clients) {
    World world;
    Client alice = World::client(1001);
    Client bob = World::client(1002);
    world.learn(alice);
    world.learn(bob);
    EXPECT_NE(alice.nonce, bob.nonce);
    // And one client's is no good for another.
    alice.nonce = bob.nonce;
    EXPECT_EQ(world.allocate(alice).code(), 438);
}

TEST(TurnAuth, wrong_password_and_unknown_user_are_401) {
    World world;
    Client alice = World::client();
    alice.password = "looking-glass";
    EXPECT_EQ(world.allocate(alice).code(), 401);
    Client nobody = World::client();
    nobody.user = "nobody";
    const Response response = world.allocate(nobody);
    EXPECT_EQ(response.code(), 401);
    EXPECT_TRUE(response.view().has(AttributeType::Nonce));
    EXPECT_FALSE(response.view().has(AttributeType::MessageIntegrity));
    EXPECT_TRUE(world.output.open.empty());
}

TEST(TurnAuth, missing_username_realm_or_nonce_is_400) {
    World world;
    Client alice = World::client();
    world.learn(alice);
    const auto key =
        stun::long_term_key(stun::PasswordAlgorithm::Md5, "alice", "example.org", "wonderland");
    for (const int missing : {0, 1, 2}) {
        const Response response = world.ask(alice, Method::Allocate, [&](auto& writer) {
            add_udp(writer);
            if (missing != 0) writer.add_text(AttributeType::Username, "alice");
            if (missing != 1) writer.add_text(AttributeType::Realm, alice.realm);
            if (missing != 2) writer.add_text(AttributeType::Nonce, alice.nonce);
            writer.add_message_integrity(key->bytes());
        });
        EXPECT_EQ(response.code(), 400) << missing;
        EXPECT_FALSE(response.view().has(AttributeType::Nonce));
    }
}

TEST(TurnAuth, nonce_expires_with_438_and_a_new_one) {
    World world;
    Client alice = World::client();
    world.learn(alice);
    world.now += seconds(599);
    EXPECT_EQ(world.allocate(alice).code(), 0);
    world.now += seconds(1);
    world.core->expire(world.now);
    const Response stale = world.refresh(alice, 600);
    ASSERT_EQ(stale.code(), 438);
    EXPECT_EQ(stale.view().text(AttributeType::Realm), "example.org");
    alice.nonce = std::string(*stale.view().text(AttributeType::Nonce));
    EXPECT_EQ(world.refresh(alice, 600).code(), 0);
}

TEST(TurnAuth, forged_nonce_is_stale) {
    World world;
    Client alice = World::client();
    world.learn(alice);
    const std::string good = alice.nonce;
    alice.nonce.back() = alice.nonce.back() == '0' ? '1' : '0';
    EXPECT_EQ(world.allocate(alice).code(), 438);
    alice.nonce = good.substr(0, good.size() - 1);
    EXPECT_EQ(world.allocate(alice).code(), 438);
    alice.nonce = "x";
    EXPECT_EQ(world.allocate(alice).code(), 438);
}

TEST(TurnAuth, sha256_is_used_when_the_client_names_it) {
    World world;
    Client alice = World::client();
    alice.with_sha256 = true;
    const Response response = world.allocate(alice);
    ASSERT_EQ(response.code(), 0);
    EXPECT_FALSE(response.view().has(AttributeType::MessageIntegrity));
    const auto key =
        stun::long_term_key(stun::PasswordAlgorithm::Sha256, "alice", "example.org", "wonderland");
    EXPECT_EQ(stun::verify_message_integrity_sha256(response.view(), key->bytes()),
              stun::Check::Valid);
}

TEST(TurnAuth, userhash_stands_for_the_username) {
    World world;
    Client alice = World::client();
    alice.with_userhash = true;
    EXPECT_EQ(world.allocate(alice).code(), 0);
    Client nobody = World::client(40001);
    nobody.user = "nobody";
    nobody.with_userhash = true;
    EXPECT_EQ(world.allocate(nobody).code(), 401);
}

// RFC 8489 s9.2.4: the bid-down protection.
TEST(TurnAuth, password_algorithms_that_were_not_offered_are_400) {
    World world;
    Client alice = World::client();
    world.learn(alice);
    const stun::PasswordAlgorithmEntry md5[] = {{stun::PasswordAlgorithm::Md5, {}}};
    const auto only_md5 = stun::build_password_algorithms(md5);
    const auto key =
        stun::long_term_key(stun::PasswordAlgorithm::Md5, "alice", "example.org", "wonderland");
    for (const bool with_list : {false, true}) {
        const Response response = world.ask(alice, Method::Allocate, [&](auto& writer) {
            add_udp(writer);
            writer.add_text(AttributeType::Username, "alice");
            writer.add_text(AttributeType::Realm, alice.realm);
            writer.add_text(AttributeType::Nonce, alice.nonce);
            if (with_list) writer.add_bytes(AttributeType::PasswordAlgorithms, only_md5);
            writer.add_bytes(AttributeType::PasswordAlgorithm, only_md5);
            writer.add_message_integrity(key->bytes());
        });
        EXPECT_EQ(response.code(), 400) << with_list;
    }
}

TEST(TurnAuth, time_limited_credentials_work_until_they_expire) {
    World world;
    Client carol = World::client();
    carol.user = kTimedUser;
    carol.password = kTimedPassword;
    EXPECT_EQ(world.allocate(carol).code(), 0);
    EXPECT_EQ(world.core->allocations().count_of("carol"), 1U);
    carol.with_sha256 = true;
    EXPECT_EQ(world.refresh(carol, 600).code(), 0);
    world.unix_time = seconds(1'800'000'600);
    EXPECT_EQ(world.refresh(carol, 600).code(), 401);
    world.unix_time = seconds(1'800'000'599);
    carol.password = "guess";
    EXPECT_EQ(world.refresh(carol, 600).code(), 401);
}

}  // namespace
}  // namespace portolan::server
