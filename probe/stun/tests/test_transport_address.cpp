#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <random>

#include "probe/stun/transport_address.hpp"

namespace portolan {
namespace {

std::string canonical(std::string_view text) {
    const auto ip = IpAddress::parse(text);
    return ip ? ip->to_string() : "unparsable";
}

// RFC 5952 s4: examples of the RFC and its rules.
TEST(IpAddress, ipv6_prints_canonically) {
    EXPECT_EQ(canonical("2001:0db8::0001"), "2001:db8::1");
    EXPECT_EQ(canonical("2001:db8:0:0:0:0:2:1"), "2001:db8::2:1");
    EXPECT_EQ(canonical("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
    EXPECT_EQ(canonical("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
    EXPECT_EQ(canonical("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");
    EXPECT_EQ(canonical("2001:DB8::ABCD"), "2001:db8::abcd");
    EXPECT_EQ(canonical("::"), "::");
    EXPECT_EQ(canonical("::1"), "::1");
    EXPECT_EQ(canonical("fe80::"), "fe80::");
    EXPECT_EQ(canonical("1:0:0:2:3:4:5:6"), "1::2:3:4:5:6");
    EXPECT_EQ(canonical("64:ff9b::192.0.2.33"), "64:ff9b::c000:221");
    EXPECT_EQ(canonical("::1:2"), "::1:2");
}

TEST(IpAddress, random_addresses_survive_printing) {
    std::mt19937 random(20260101);
    for (int i = 0; i < 20'000; ++i) {
        std::array<std::uint8_t, 16> octets{};
        // Mostly zero groups, so that the shortening rules are exercised.
        for (std::size_t group = 0; group < 8; ++group) {
            if (random() % 2 == 0) continue;
            octets[2 * group] = static_cast<std::uint8_t>(random() % 3 == 0 ? random() : 0);
            octets[2 * group + 1] = static_cast<std::uint8_t>(random());
        }
        const auto ip = IpAddress::v6(octets);
        EXPECT_EQ(IpAddress::parse(ip.to_string()), ip) << ip.to_string();
    }
}

TEST(IpAddress, ipv4_mapped_is_ipv4) {
    const auto ip = IpAddress::parse("::ffff:192.0.2.1");
    ASSERT_TRUE(ip);
    EXPECT_EQ(ip->family(), AddressFamily::IPv4);
    EXPECT_EQ(*ip, *IpAddress::parse("192.0.2.1"));
    EXPECT_EQ(ip->to_string(), "192.0.2.1");
    EXPECT_EQ(IpAddress::parse("::ffff:0:192.0.2.1")->family(), AddressFamily::IPv6);
}

TEST(IpAddress, what_is_not_an_address_does_not_parse) {
    using namespace std::string_view_literals;
    for (const auto text : {""sv, "192.0.2"sv, "192.0.2.256"sv, "192.0.2.01"sv, "192.0.2.1 "sv,
                            "0x7f.1"sv, "2001:db8::1::2"sv, "[::1]"sv, "fe80::1%eth0"sv,
                            "12345::"sv, "localhost"sv, "192.0.2.1\0"sv, "1:2:3:4:5:6:7:8:9"sv,
                            "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"sv}) {
        EXPECT_FALSE(IpAddress::parse(text)) << text;
    }
}

TEST(IpAddress, classes) {
    const std::pair<const char*, AddressClass> cases[] = {
        {"8.8.8.8", AddressClass::Global},
        {"0.0.0.0", AddressClass::Unspecified},
        {"0.0.0.1", AddressClass::Reserved},
        {"9.255.255.255", AddressClass::Global},
        {"10.0.0.0", AddressClass::Private},
        {"10.255.255.255", AddressClass::Private},
        {"11.0.0.0", AddressClass::Global},
        {"100.63.255.255", AddressClass::Global},
        {"100.64.0.0", AddressClass::SharedCgn},
        {"100.127.255.255", AddressClass::SharedCgn},
        {"100.128.0.0", AddressClass::Global},
        {"127.0.0.2", AddressClass::Loopback},
        {"169.254.1.1", AddressClass::LinkLocal},
        {"172.15.255.255", AddressClass::Global},
        {"172.16.0.0", AddressClass::Private},
        {"172.31.255.255", AddressClass::Private},
        {"172.32.0.0", AddressClass::Global},
        {"192.0.0.1", AddressClass::Reserved},
        {"192.0.1.1", AddressClass::Global},
        {"192.0.2.1", AddressClass::Documentation},
        {"192.168.1.1", AddressClass::Private},
        {"192.169.0.0", AddressClass::Global},
        {"198.18.0.1", AddressClass::Reserved},
        {"198.19.255.255", AddressClass::Reserved},
        {"198.20.0.0", AddressClass::Global},
        {"198.51.100.1", AddressClass::Documentation},
        {"203.0.113.1", AddressClass::Documentation},
        {"223.255.255.255", AddressClass::Global},
        {"224.0.0.1", AddressClass::Multicast},
        {"239.255.255.255", AddressClass::Multicast},
        {"240.0.0.1", AddressClass::Reserved},
        {"255.255.255.255", AddressClass::Reserved},
        {"::", AddressClass::Unspecified},
        {"::1", AddressClass::Loopback},
        {"::2", AddressClass::Reserved},
        {"::ffff:10.0.0.1", AddressClass::Private},
        {"64:ff9b::8.8.8.8", AddressClass::Nat64WellKnown},
        {"64:ff9b::1:0:0", AddressClass::Reserved},
        {"64:ff9b:1::1", AddressClass::Private},
        {"100::1", AddressClass::Reserved},
        {"2000::1", AddressClass::Global},
        {"2001:2::1", AddressClass::Reserved},
        {"2001:4860:4860::8888", AddressClass::Global},
        {"2001:db8::1", AddressClass::Documentation},
        {"2001:db9::1", AddressClass::Global},
        {"3fff:fff::1", AddressClass::Documentation},
        {"3fff:1000::1", AddressClass::Global},
        {"4000::1", AddressClass::Reserved},
        {"fc00::1", AddressClass::Private},
        {"fdff::1", AddressClass::Private},
        {"fe80::1", AddressClass::LinkLocal},
        {"febf::1", AddressClass::LinkLocal},
        {"fec0::1", AddressClass::Reserved},
        {"ff02::1", AddressClass::Multicast},
    };
    for (const auto& [text, expected] : cases) {
        EXPECT_EQ(to_string(IpAddress::parse(text)->address_class()), to_string(expected)) << text;
    }
}

TEST(TransportAddress, text_form) {
    for (const auto* text :
         {"192.0.2.1:3478", "[2001:db8::1]:3478", "0.0.0.0:0", "[::]:65535", "[fe80::1]:1"}) {
        const auto address = TransportAddress::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->to_string(), text);
    }
    EXPECT_EQ(TransportAddress::parse("[::ffff:192.0.2.1]:5")->to_string(), "192.0.2.1:5");
    for (const auto* text :
         {"", ":", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1", "192.0.2.1:+1",
          "192.0.2.1: 1", "192.0.2.1:123456", "192.0.2.1:1x", "2001:db8::1:3478", "[2001:db8::1]",
          "[2001:db8::1]:", "[192.0.2.1]:1", "[::1:1", "example.org:3478", "[]:1"}) {
        EXPECT_FALSE(TransportAddress::parse(text)) << text;
    }
}

TEST(TransportAddress, sockaddr_round_trip) {
    for (const auto* text : {"192.0.2.1:3478", "[2001:db8::1]:3478"}) {
        const auto address = *TransportAddress::parse(text);
        sockaddr_storage storage{};
        const auto length = address.to_sockaddr(storage);
        const auto* generic = reinterpret_cast<const sockaddr*>(&storage);
        EXPECT_EQ(TransportAddress::from_sockaddr(generic, length), address);
        EXPECT_FALSE(TransportAddress::from_sockaddr(generic, length - 1));
    }
    EXPECT_FALSE(TransportAddress::from_sockaddr(nullptr, 100));
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    EXPECT_FALSE(
        TransportAddress::from_sockaddr(reinterpret_cast<const sockaddr*>(&local), sizeof local));
}

TEST(TransportAddress, mapped_sockaddr_is_ipv4) {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(99);
    ASSERT_EQ(inet_pton(AF_INET6, "::ffff:198.51.100.7", &in.sin6_addr), 1);
    EXPECT_EQ(TransportAddress::from_sockaddr(reinterpret_cast<const sockaddr*>(&in), sizeof in),
              TransportAddress::parse("198.51.100.7:99"));
}

TEST(TransportAddress, orders_by_family_address_port) {
    const auto at = [](const char* text) { return *TransportAddress::parse(text); };
    EXPECT_LT(at("192.0.2.1:9"), at("192.0.2.2:1"));
    EXPECT_LT(at("192.0.2.1:1"), at("192.0.2.1:2"));
    EXPECT_LT(at("255.0.0.0:1"), at("[::]:1"));
    EXPECT_EQ(IpAddress::any(AddressFamily::IPv6).to_string(), "::");
    EXPECT_TRUE(IpAddress::any(AddressFamily::IPv4).is_unspecified());
    EXPECT_FALSE(at("[::1]:1").ip.is_unspecified());
}

}  // namespace
}  // namespace portolan
