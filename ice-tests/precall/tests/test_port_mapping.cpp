#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string>
#include <vector>

#include "ice-tests/precall/port_mapping.hpp"

namespace portolan::precall {
namespace {

std::vector<std::byte> bytes(std::initializer_list<int> values) {
    std::vector<std::byte> out;
    for (const int value : values)
        out.push_back(std::byte(value));
    return out;
}

TEST(NatPmp, address_is_read_and_a_refusal_is_an_answer_without_one) {
    EXPECT_EQ(parse_nat_pmp(bytes({0, 128, 0, 0, 0, 0, 0, 9, 203, 0, 113, 7})),
              IpAddress::v4({203, 0, 113, 7}));
    const auto refused = parse_nat_pmp(bytes({0, 128, 0, 3, 0, 0, 0, 9, 1, 2, 3, 4}));
    ASSERT_TRUE(refused);
    EXPECT_TRUE(refused->is_unspecified());
}

TEST(NatPmp, what_is_no_response_is_refused) {
    EXPECT_FALSE(parse_nat_pmp({}));
    EXPECT_FALSE(parse_nat_pmp(bytes({0, 0})));
    EXPECT_FALSE(parse_nat_pmp(bytes({0, 128, 0, 0, 0, 0, 0, 9, 203, 0, 113})));
    EXPECT_FALSE(parse_nat_pmp(bytes({0, 129, 0, 0, 0, 0, 0, 9, 203, 0, 113, 7})));
    EXPECT_FALSE(parse_nat_pmp(bytes({2, 128, 0, 0, 0, 0, 0, 9, 203, 0, 113, 7})));
}

TEST(Pcp, only_whole_responses_to_announce_count) {
    std::vector<std::byte> good(24);
    good[0] = std::byte{2};
    good[1] = std::byte{0x80};
    EXPECT_TRUE(is_pcp_response(good));
    good[3] = std::byte{3};
    EXPECT_TRUE(is_pcp_response(good)) << "an error is an answer too";
    good[1] = std::byte{0x81};
    EXPECT_FALSE(is_pcp_response(good));
    good[1] = std::byte{0x80};
    good.resize(23);
    EXPECT_FALSE(is_pcp_response(good));
    EXPECT_FALSE(is_pcp_response({}));
}

TEST(Ssdp, gateway_is_read_and_other_devices_are_none) {
    const std::string good =
        "HTTP/1.1 200 OK\r\nst: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n"
        "LOCATION:  http://192.168.7.1:5000/root\x01.xml\r\n\r\n";
    const auto location = parse_ssdp(good);
    ASSERT_TRUE(location);
    EXPECT_THAT(*location, testing::StartsWith("http://192.168.7.1:5000/root"));
    EXPECT_EQ(location->find('\x01'), std::string::npos);
    EXPECT_FALSE(parse_ssdp("HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nLOCATION: http://a/\r\n"));
    EXPECT_FALSE(parse_ssdp("NOTIFY * HTTP/1.1\r\n" + good.substr(17)));
    EXPECT_FALSE(parse_ssdp(good.substr(0, 60)));
    EXPECT_FALSE(parse_ssdp(""));
}

TEST(DefaultRouter, interfaces_that_lead_out_are_read_from_the_kernels_table) {
    EXPECT_EQ(default_interfaces("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"
                                 "p1\t00000000\t0107A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
                                 "p0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
                                 "p1\t00000000\t0107A8C0\t0003\t0\t0\t9\t00000000\t0\t0\t0\n"
                                 "p2\t00000000\t0107A8C0\t0002\t0\t0\t9\t00000000\t0\t0\t0\n"
                                 "p3\t00000000\t0107A8C0\t0003\t0\t0\t9\t00000080\t0\t0\t0\n"
                                 "p4\t0007A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"),
              (std::vector<std::string>{"p1", "p0"}));
}

TEST(DefaultRouter, is_read_from_the_kernels_table) {
    constexpr std::string_view kHead = "Iface\tDestination\tGateway \tFlags\n";
    EXPECT_EQ(default_router(std::string(kHead) + "eth0\t0007A8C0\t00000000\t0001\n"
                                                  "eth0\t00000000\t0107A8C0\t0003\n"),
              IpAddress::v4({192, 168, 7, 1}));
    for (const char* rows : {"", "eth0\t00000000\t00000000\t0001\n", "eth0 00000000 0107A8\n",
                             "eth0\t00000000\tZZ07A8C0\t0003\n", "\n\n"}) {
        EXPECT_FALSE(default_router(std::string(kHead) + rows)) << rows;
    }
}

}  // namespace
}  // namespace portolan::precall
