#include <gtest/gtest.h>

#include <array>

#include "ice-tests/turn/redirections.hpp"
#include "probe/stun/message.hpp"

namespace portolan::turn {
namespace {

using std::chrono::minutes;
using stun::AttributeType;

TransportAddress at(const char* text) {
    return *TransportAddress::parse(text);
}

class RedirectionsTest : public testing::Test {
  protected:
    Result<Endpoint> follow(std::initializer_list<const char*> alternates,
                            const char* domain = nullptr) {
        std::array<std::byte, 500> buffer{};
        stun::MessageWriter writer(buffer, stun::MessageClass::ErrorResponse,
                                   stun::Method::Allocate, {});
        writer.add_error_code(300, "Try Alternate");
        for (const char* alternate : alternates)
            writer.add_address(AttributeType::AlternateServer, at(alternate));
        if (domain != nullptr) writer.add_text(AttributeType::AlternateDomain, domain);
        return way.follow(*stun::MessageView::parse(writer.bytes()), now);
    }
    static std::string code_of(const Result<Endpoint>& result) {
        return result ? "" : result.error().code;
    }

    transport::Time now{minutes(1)};
    Redirections way{Endpoint{.transport = Transport::Tls,
                              .server = at("192.0.2.1:5349"),
                              .server_name = "turn.example.org"},
                     now};
};

TEST_F(RedirectionsTest, goes_there_over_the_same_transport_with_the_same_name) {
    const auto next = follow({"192.0.2.2:5350", "[2001:db8::2]:5350"});
    ASSERT_TRUE(next);
    EXPECT_EQ(next->server, at("192.0.2.2:5350"));
    EXPECT_EQ(next->transport, Transport::Tls);
    EXPECT_EQ(next->server_name, "turn.example.org");
    EXPECT_EQ(way.passed(), std::vector{at("192.0.2.1:5349")});
}

TEST_F(RedirectionsTest, alternate_domain_is_whom_the_certificate_has_to_be_for) {
    EXPECT_EQ(follow({"192.0.2.2:5350"}, "other.example.org")->server_name, "other.example.org");
}

TEST_F(RedirectionsTest, server_of_another_family_alone_is_unusable) {
    EXPECT_EQ(code_of(follow({"[2001:db8::2]:5350"})), "turn.redirect-unusable");
    EXPECT_EQ(code_of(follow({})), "turn.redirect-unusable");
}

TEST_F(RedirectionsTest, nobody_is_led_to_where_nobody_is_or_into_his_own_host) {
    for (const char* address : {"0.0.0.0:1", "224.0.0.1:1", "192.0.2.2:0", "127.0.0.1:3478"}) {
        EXPECT_EQ(code_of(follow({address})), "turn.redirect-unusable") << address;
    }
}

TEST_F(RedirectionsTest, server_is_not_asked_twice_within_five_minutes) {
    EXPECT_EQ(code_of(follow({"192.0.2.1:5349"})), "turn.redirect-loop");
    ASSERT_TRUE(follow({"192.0.2.2:5349"}));
    EXPECT_EQ(code_of(follow({"192.0.2.1:5349"})), "turn.redirect-loop");
    now += minutes(5);
    EXPECT_TRUE(follow({"192.0.2.1:5349"}));
}

TEST_F(RedirectionsTest, chain_has_an_end) {
    for (const char* address :
         {"192.0.2.2:1", "192.0.2.3:1", "192.0.2.4:1", "192.0.2.5:1", "192.0.2.6:1"}) {
        ASSERT_TRUE(follow({address}));
    }
    EXPECT_EQ(code_of(follow({"192.0.2.7:1"})), "turn.redirect-limit");
}

}  // namespace
}  // namespace portolan::turn
