#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "sdp-lint/sdp/address.hpp"

namespace portolan::sdp {
namespace {

TEST(Address, agrees_with_inet_pton_on_what_is_numeric) {
    const char* const texts[] = {"1.2.3.4",
                                 "255.255.255.255",
                                 "256.1.1.1",
                                 "1.2.3",
                                 "1.2.3.4.",
                                 "01.2.3.4",
                                 "::",
                                 "::1",
                                 "1::",
                                 "fe80::1",
                                 "1:2:3:4:5:6:7:8",
                                 "1:2:3:4:5:6:7::",
                                 "::2:3:4:5:6:7:8",
                                 "1:2:3:4:5:6:7",
                                 "1::2::3",
                                 ":1::2",
                                 "1:2:3:4:5:6:1.2.3.4",
                                 "::ffff:1.2.3.4",
                                 "::1.2.3",
                                 "12345::",
                                 "1:",
                                 ":",
                                 ":::",
                                 "2001:db8::a.b",
                                 "fe80::1%eth0",
                                 "g::1",
                                 ""};
    for (const char* text : texts) {
        unsigned char v4[4];
        unsigned char v6[16];
        const bool is_v4 = inet_pton(AF_INET, text, v4) == 1;
        const bool is_v6 = inet_pton(AF_INET6, text, v6) == 1;
        const Address address = parse_address(text);
        EXPECT_EQ(address.kind == AddressKind::IPv4, is_v4) << text;
        EXPECT_EQ(address.kind == AddressKind::IPv6, is_v6) << text;
        if (is_v4) {
            EXPECT_EQ(std::memcmp(address.octets.data(), v4, 4), 0) << text;
        }
        if (is_v6) {
            EXPECT_EQ(std::memcmp(address.octets.data(), v6, 16), 0) << text;
        }
    }
}

TEST(Address, names_what_is_not_numeric) {
    EXPECT_EQ(parse_address("8b5e1f3e-1c2d-4e5f-8a9b-0c1d2e3f4a5b.local").kind,
              AddressKind::MulticastDns);
    EXPECT_EQ(parse_address("stun.example.com").kind, AddressKind::Name);
    EXPECT_EQ(parse_address("-bad.example").kind, AddressKind::Malformed);
    EXPECT_EQ(parse_address("300.1.1.1").kind, AddressKind::Malformed);
    EXPECT_EQ(parse_address("a b").kind, AddressKind::Malformed);
    EXPECT_EQ(parse_address(std::string(300, 'a')).kind, AddressKind::Malformed);
}

TEST(Address, knows_what_ranges_are_for) {
    const std::pair<const char*, AddressScope> rows[] = {
        {"0.0.0.0", AddressScope::Unspecified},      {"127.0.0.1", AddressScope::Loopback},
        {"10.1.2.3", AddressScope::Private},         {"172.31.0.1", AddressScope::Private},
        {"172.32.0.1", AddressScope::Global},        {"100.64.0.1", AddressScope::Private},
        {"169.254.1.1", AddressScope::LinkLocal},    {"203.0.113.9", AddressScope::Documentation},
        {"239.1.1.1", AddressScope::Multicast},      {"233.252.0.1", AddressScope::Multicast},
        {"255.255.255.255", AddressScope::Reserved}, {"8.8.8.8", AddressScope::Global},
        {"::", AddressScope::Unspecified},           {"::1", AddressScope::Loopback},
        {"fe80::1", AddressScope::LinkLocal},        {"fd00::1", AddressScope::Private},
        {"ff02::1", AddressScope::Multicast},        {"2001:db8::1", AddressScope::Documentation},
        {"2600::1", AddressScope::Global},           {"::ffff:10.0.0.1", AddressScope::Private},
        {"example.com", AddressScope::None},
    };
    for (const auto& [text, scope] : rows)
        EXPECT_EQ(parse_address(text).scope, scope) << text;
}

}  // namespace
}  // namespace portolan::sdp
