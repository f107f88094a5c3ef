#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "probe/transport/resolver.hpp"
#include "probe/transport/tests/loop.hpp"

namespace portolan::transport {
namespace {

using testing::HasSubstr;

class ResolverTest : public testing::Test {
  protected:
    Resolver::Callback collect() {
        return [this](Result<std::vector<IpAddress>> result) {
            EXPECT_FALSE(answer) << "called twice";
            answer = std::move(result);
        };
    }

    Result<std::vector<IpAddress>> ask(Resolver& resolver, std::string_view host) {
        answer.reset();
        const auto lookup = resolver.resolve(host, collect());
        EXPECT_FALSE(answer) << "called before resolve() returned";
        EXPECT_TRUE(loop.until([&] { return answer.has_value(); }));
        return *answer;
    }

    Loop loop;
    std::optional<Result<std::vector<IpAddress>>> answer;
};

TEST_F(ResolverTest, numeric_addresses_are_their_own_answer) {
    SystemResolver system(loop.context());
    HostTable table(loop.context(), {});
    for (Resolver* resolver : std::initializer_list<Resolver*>{&system, &table}) {
        for (const char* text : {"192.0.2.1", "2001:db8::1"}) {
            const auto addresses = ask(*resolver, text);
            ASSERT_TRUE(addresses);
            EXPECT_THAT(*addresses, testing::ElementsAre(*IpAddress::parse(text)));
        }
    }
}

TEST_F(ResolverTest, localhost_resolves_to_loopback) {
    SystemResolver system(loop.context());
    const auto addresses = ask(system, "localhost");
    ASSERT_TRUE(addresses) << addresses.error().message;
    for (const IpAddress& ip : *addresses) {
        EXPECT_EQ(ip.address_class(), AddressClass::Loopback);
    }
}

// RFC 6761 s6.4: names under .invalid never exist, and GLib or the C library may know that.
TEST_F(ResolverTest, unknown_name_is_named_with_a_reason) {
    SystemResolver system(loop.context(), std::chrono::seconds(2));
    const auto addresses = ask(system, "no-such-host.invalid");
    ASSERT_FALSE(addresses);
    EXPECT_EQ(addresses.error().culprit, Culprit::Environment);
    EXPECT_THAT(addresses.error().code, testing::StartsWith("resolve."));
    EXPECT_THAT(addresses.error().message, HasSubstr("no-such-host.invalid"));
}

TEST_F(ResolverTest, time_out_is_an_error_that_names_it) {
    SystemResolver system(loop.context(), Duration::zero());
    const auto addresses = ask(system, "localhost");
    // The thread may win even against a timer of zero, and then the answer is right.
    if (!addresses) {
        EXPECT_EQ(full_code(addresses.error()), "environment.resolve.timeout");
    }
    loop.settle();
}

TEST_F(ResolverTest, what_cannot_be_a_name_is_a_usage_error) {
    SystemResolver system(loop.context());
    for (const std::string& host :
         {std::string(), std::string("a b"), std::string("a\0b", 3), std::string("\xff"),
          std::string(300, 'a'), std::string("a\nb")}) {
        const auto addresses = ask(system, host);
        ASSERT_FALSE(addresses);
        EXPECT_EQ(full_code(addresses.error()), "usage.resolve.name");
    }
}

TEST_F(ResolverTest, dropped_lookup_does_not_call_back) {
    SystemResolver system(loop.context());
    HostTable table(loop.context(), {{"a.example", {IpAddress::v4({192, 0, 2, 1})}}});
    for (const char* host : {"localhost", "127.0.0.1"}) {
        (void)system.resolve(host, collect());
    }
    (void)table.resolve("a.example", collect());
    loop.settle();
    EXPECT_FALSE(answer);
}

TEST_F(ResolverTest, lookup_may_be_dropped_inside_its_callback) {
    HostTable table(loop.context(), {{"a.example", {IpAddress::v4({192, 0, 2, 1})}}});
    std::unique_ptr<Resolver::Lookup> lookup;
    bool called = false;
    lookup = table.resolve("a.example", [&](const auto&) {
        lookup.reset();
        called = true;
    });
    EXPECT_TRUE(loop.until([&] { return called; }));
}

TEST_F(ResolverTest, host_table_answers_without_case_and_knows_nothing_else) {
    const IpAddress v4 = IpAddress::v4({192, 0, 2, 1});
    const IpAddress v6 = *IpAddress::parse("2001:db8::1");
    HostTable table(loop.context(), {{"A.example", {v4, v6}}, {"empty.example", {}}});
    EXPECT_THAT(*ask(table, "a.EXAMPLE"), testing::ElementsAre(v4, v6));
    for (const char* host : {"b.example", "empty.example"}) {
        const auto addresses = ask(table, host);
        ASSERT_FALSE(addresses);
        EXPECT_EQ(full_code(addresses.error()), "environment.resolve.not-found");
        EXPECT_THAT(addresses.error().message, HasSubstr(host));
    }
}

}  // namespace
}  // namespace portolan::transport
