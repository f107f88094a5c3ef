#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>

#include "nat-sim/behavior/addresses.hpp"

namespace portolan::nat {
namespace {

/// The system's own parser decides.
TEST(Addresses, what_is_an_address_is_what_the_system_takes) {
    for (const char* text : {"192.0.2.1",
                             "0.0.0.0",
                             "255.255.255.255",
                             "256.0.0.1",
                             "1.2.3",
                             "1.2.3.4.5",
                             "01.2.3.4",
                             "1.2.3.4 ",
                             "",
                             ".1.2.3",
                             "1..2.3",
                             "a.b.c.d",
                             "::",
                             "::1",
                             "1::",
                             "2001:db8::1",
                             "2001:db8:0:0:1:0:0:1",
                             "1:2:3:4:5:6:7:8",
                             "1:2:3:4:5:6:7",
                             "1:2:3:4:5:6:7:8:9",
                             "1::2::3",
                             ":1",
                             "1:",
                             ":::",
                             "::192.0.2.1",
                             "64:ff9b::192.0.2.33",
                             "1:2:3:4:5:6:7:192.0.2.1",
                             "12345::",
                             "g::",
                             "::1.2.3",
                             "1:2:3:4:5:6:7::",
                             "::2:3:4:5:6:7:8",
                             "FE80::A"}) {
        in_addr v4{};
        in6_addr v6{};
        const bool is_v4 = inet_pton(AF_INET, text, &v4) == 1;
        const bool is_v6 = inet_pton(AF_INET6, text, &v6) == 1;
        const auto parsed4 = parse_ipv4(text);
        const auto parsed6 = parse_ipv6(text);
        ASSERT_EQ(parsed4.has_value(), is_v4) << text;
        ASSERT_EQ(parsed6.has_value(), is_v6) << text;
        if (is_v4) EXPECT_EQ(parsed4->value, ntohl(v4.s_addr)) << text;
        if (!is_v6) continue;
        EXPECT_EQ(std::memcmp(parsed6->bytes.data(), &v6, 16), 0) << text;
        EXPECT_EQ(parse_ipv6(to_string(*parsed6)).value(), *parsed6) << text;
    }
    EXPECT_EQ(to_string(*parse_ipv6("2001:db8:0:0:1:0:0:1")), "2001:db8::1:0:0:1");
    EXPECT_EQ(to_string(*parse_ipv6("2001:db8:0:1:1:1:1:1")), "2001:db8:0:1:1:1:1:1");
    EXPECT_EQ(to_string(*parse_ipv6("::")), "::");
    EXPECT_EQ(to_string(*parse_ipv4("192.0.2.1")), "192.0.2.1");
}

}  // namespace
}  // namespace portolan::nat
