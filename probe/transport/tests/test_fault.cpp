#include <gtest/gtest.h>

#include <cerrno>

#include "probe/transport/fault.hpp"

namespace portolan::transport {
namespace {

Fault of_errno(int error_number) {
    return local_fault(error_number, std::nullopt).fault;
}

Fault of_icmp(AddressFamily family, std::uint8_t type, std::uint8_t code) {
    return icmp_fault({.family = family, .type = type, .code = code, .reported_by = std::nullopt},
                      EHOSTUNREACH, std::nullopt)
        .fault;
}

TEST(Fault, local_errors_are_the_firewall_or_the_route) {
    EXPECT_EQ(of_errno(EPERM), Fault::NotPermitted);
    EXPECT_EQ(of_errno(EACCES), Fault::NoRoute);
    for (const int number : {ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL, ENETDOWN, EAFNOSUPPORT}) {
        EXPECT_EQ(of_errno(number), Fault::NoRoute) << errno_name(number);
    }
    for (const int number : {EAGAIN, EMSGSIZE, ENOBUFS}) {
        EXPECT_EQ(of_errno(number), Fault::Other) << errno_name(number);
    }
}

TEST(Fault, every_icmp_destination_unreachable_code_has_its_class) {
    for (unsigned code = 0; code <= 15; ++code) {
        const auto c = static_cast<std::uint8_t>(code);
        const bool prohibited = c == 9 || c == 10 || c == 13;
        const Fault expected = prohibited ? Fault::IcmpProhibited
                               : c == 3   ? Fault::IcmpPortUnreachable
                               : c == 4   ? Fault::Other
                                          : Fault::IcmpUnreachable;
        EXPECT_EQ(of_icmp(AddressFamily::IPv4, 3, c), expected) << code;
    }
    EXPECT_EQ(of_icmp(AddressFamily::IPv4, 11, 0), Fault::Other);
}

TEST(Fault, every_icmpv6_destination_unreachable_code_has_its_class) {
    for (unsigned code = 0; code <= 6; ++code) {
        const auto c = static_cast<std::uint8_t>(code);
        const bool prohibited = c == 1 || c == 5 || c == 6;
        const Fault expected = prohibited ? Fault::IcmpProhibited
                               : c == 4   ? Fault::IcmpPortUnreachable
                                          : Fault::IcmpUnreachable;
        EXPECT_EQ(of_icmp(AddressFamily::IPv6, 1, c), expected) << code;
    }
    EXPECT_EQ(of_icmp(AddressFamily::IPv6, 2, 0), Fault::Other);
}

TEST(Fault, detail_names_errno_and_icmp) {
    EXPECT_EQ(local_fault(EPERM, std::nullopt).detail, "EPERM");
    EXPECT_EQ(icmp_fault({AddressFamily::IPv4, 3, 13, IpAddress::v4({192, 0, 2, 1})}, EHOSTUNREACH,
                         std::nullopt)
                  .detail,
              "EHOSTUNREACH (ICMP 3/13 from 192.0.2.1)");
    EXPECT_EQ(errno_name(4711), "errno 4711");
    EXPECT_EQ(errno_text(EPERM), "EPERM (Operation not permitted)");
}

}  // namespace
}  // namespace portolan::transport
