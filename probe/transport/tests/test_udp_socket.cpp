#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/transport/tests/loop.hpp"
#include "probe/transport/udp_socket.hpp"

namespace portolan::transport {
namespace {

Bytes as_bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
}

std::string as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct Received {
    TransportAddress source;
    std::optional<IpAddress> local_ip;
    std::optional<std::uint8_t> traffic_class;
    std::string text;
};

class UdpSocketTest : public testing::TestWithParam<AddressFamily> {
  protected:
    IpAddress loopback() const {
        return *IpAddress::parse(GetParam() == AddressFamily::IPv4 ? "127.0.0.1" : "::1");
    }

    UdpSocket::Handlers collect() {
        return {.on_datagram =
                    [this](const Datagram& datagram) {
                        received.push_back({datagram.source, datagram.local_ip,
                                            datagram.traffic_class, as_text(datagram.bytes)});
                    },
                .on_fault = [this](const FaultReport& fault) { faults.push_back(fault); },
                .on_truncated =
                    [this](const TruncatedDatagram& datagram) { truncated.push_back(datagram); }};
    }

    Result<std::unique_ptr<UdpSocket>> try_open(UdpOptions options) {
        options.family = GetParam();
        return UdpSocket::open(loop.context(), clock, random, options, collect());
    }

    std::unique_ptr<UdpSocket> open(UdpOptions options = {}) {
        if (!options.bind_ip) options.bind_ip = loopback();
        auto socket = try_open(options);
        EXPECT_TRUE(socket) << socket.error().message;
        return std::move(*socket);
    }

    /// Where nobody listens: a port that was ours a moment ago.
    TransportAddress closed_port() { return open()->local_address(); }

    Loop loop;
    GlibClock clock;
    Random random{1};
    std::vector<Received> received;
    std::vector<FaultReport> faults;
    std::vector<TruncatedDatagram> truncated;
};

INSTANTIATE_TEST_SUITE_P(Families, UdpSocketTest,
                         testing::Values(AddressFamily::IPv4, AddressFamily::IPv6),
                         [](const auto& family) { return std::string(to_string(family.param)); });

TEST_P(UdpSocketTest, traffic_class_arrives_as_it_was_set) {
    constexpr std::uint8_t kVoiceWithEct0 = 46U << 2 | 2;
    const auto to = open();
    const auto from = open();
    ASSERT_FALSE(from->send(to->local_address(), as_bytes("before")));
    ASSERT_TRUE(from->set_traffic_class(kVoiceWithEct0));
    ASSERT_FALSE(from->send(to->local_address(), as_bytes("after")));
    ASSERT_TRUE(loop.until([&] { return received.size() == 2; }));
    EXPECT_EQ(received[0].traffic_class, 0);
    EXPECT_EQ(received[1].traffic_class, kVoiceWithEct0);
}

TEST_P(UdpSocketTest, datagram_arrives_with_source_and_local_address) {
    const auto a = open();
    const auto b = open();
    ASSERT_FALSE(a->send(b->local_address(), as_bytes("hello")));
    ASSERT_TRUE(loop.until([&] { return !received.empty(); }));
    EXPECT_EQ(received[0].text, "hello");
    EXPECT_EQ(received[0].source, a->local_address());
    EXPECT_EQ(received[0].local_ip, loopback());
}

TEST_P(UdpSocketTest, wildcard_socket_learns_the_destination_address) {
    auto wildcard = try_open({});
    ASSERT_TRUE(wildcard);
    EXPECT_TRUE((*wildcard)->local_address().ip.is_unspecified());
    const auto sender = open();
    ASSERT_FALSE(sender->send({loopback(), (*wildcard)->local_address().port}, as_bytes("x")));
    ASSERT_TRUE(loop.until([&] { return !received.empty(); }));
    EXPECT_EQ(received[0].local_ip, loopback());
}

TEST_P(UdpSocketTest, empty_datagram_is_a_datagram) {
    const auto a = open();
    ASSERT_FALSE(a->send(a->local_address(), {}));
    ASSERT_TRUE(loop.until([&] { return !received.empty(); }));
    EXPECT_EQ(received[0].text, "");
}

TEST_P(UdpSocketTest, closed_port_gives_an_icmp_fault_with_the_original_destination) {
    const auto nobody = closed_port();
    const auto socket = open();
    ASSERT_FALSE(socket->send(nobody, as_bytes("anybody?")));
    ASSERT_TRUE(loop.until([&] { return !faults.empty(); }));
    EXPECT_EQ(faults[0].fault, Fault::IcmpPortUnreachable);
    EXPECT_EQ(faults[0].error_number, ECONNREFUSED);
    EXPECT_EQ(faults[0].destination, nobody);
    ASSERT_TRUE(faults[0].icmp);
    EXPECT_EQ(faults[0].icmp->reported_by, loopback());
    EXPECT_EQ(faults[0].icmp->family, GetParam());
    const bool v4 = GetParam() == AddressFamily::IPv4;
    EXPECT_EQ(faults[0].icmp->type, v4 ? 3 : 1);
    EXPECT_EQ(faults[0].icmp->code, v4 ? 3 : 4);
    EXPECT_EQ(faults[0].detail,
              v4 ? "ECONNREFUSED (ICMP 3/3 from 127.0.0.1)" : "ECONNREFUSED (ICMPv6 1/4 from ::1)");
}

TEST_P(UdpSocketTest, icmp_error_does_not_fail_the_next_send_to_somebody_else) {
    const auto nobody = closed_port();
    const auto listener = open();
    const auto socket = open();
    for (int i = 0; i < 5; ++i) {
        ASSERT_FALSE(socket->send(nobody, as_bytes("lost")));
        ASSERT_FALSE(socket->send(listener->local_address(), as_bytes("kept")));
    }
    ASSERT_TRUE(faults.empty()) << "send() must not call back";
    ASSERT_TRUE(loop.until([&] { return received.size() == 5 && faults.size() == 5; }));
    for (const auto& fault : faults)
        EXPECT_EQ(fault.destination, nobody);
}

TEST_P(UdpSocketTest, datagrams_still_arrive_after_an_icmp_error) {
    const auto nobody = closed_port();
    const auto socket = open();
    const auto peer = open();
    ASSERT_FALSE(socket->send(nobody, as_bytes("lost")));
    ASSERT_FALSE(peer->send(socket->local_address(), as_bytes("hello")));
    ASSERT_TRUE(loop.until([&] { return !received.empty() && !faults.empty(); }));
    EXPECT_EQ(received[0].text, "hello");
}

TEST_P(UdpSocketTest, too_long_datagram_is_reported_and_not_passed_on) {
    const auto receiver = open({.max_datagram_bytes = 10});
    const auto sender = open();
    ASSERT_FALSE(sender->send(receiver->local_address(), as_bytes("12345678901")));
    ASSERT_FALSE(sender->send(receiver->local_address(), as_bytes("1234567890")));
    ASSERT_TRUE(loop.until([&] { return !received.empty(); }));
    ASSERT_EQ(truncated.size(), 1U);
    EXPECT_EQ(truncated[0].size_bytes, 11U);
    EXPECT_EQ(truncated[0].source, sender->local_address());
    EXPECT_EQ(received[0].text, "1234567890");
}

TEST_P(UdpSocketTest, oversized_send_is_a_transient_fault) {
    const auto socket = open();
    const std::vector<std::byte> huge(65'536);
    const auto fault = socket->send(socket->local_address(), huge);
    ASSERT_TRUE(fault);
    EXPECT_EQ(fault->fault, Fault::Other);
    EXPECT_EQ(fault->detail, "EMSGSIZE");
}

TEST_P(UdpSocketTest, destination_of_the_other_family_is_no_route) {
    const auto socket = open();
    const auto other =
        *TransportAddress::parse(GetParam() == AddressFamily::IPv4 ? "[::1]:9" : "127.0.0.1:9");
    const auto fault = socket->send(other, as_bytes("x"));
    ASSERT_TRUE(fault);
    EXPECT_EQ(fault->fault, Fault::NoRoute);
    EXPECT_EQ(fault->destination, other);
}

TEST_P(UdpSocketTest, leaving_the_host_from_the_loopback_address_is_no_route) {
    const auto socket = open();
    if (GetParam() == AddressFamily::IPv6) GTEST_SKIP() << "Linux lets ::1 out";
    const auto away = *TransportAddress::parse("203.0.113.1:9");
    const auto fault = socket->send(away, as_bytes("x"));
    ASSERT_TRUE(fault);
    EXPECT_EQ(fault->fault, Fault::NoRoute) << fault->detail;
}

TEST_P(UdpSocketTest, random_port_is_in_range_and_follows_the_seed) {
    const auto a = open();
    EXPECT_GE(a->local_address().port, kFirstRandomPort);
    const auto first = a->local_address().port;
    random.seed(1);
    // The first choice is taken, so the next one of the same sequence is used.
    EXPECT_NE(open()->local_address().port, first);
}

TEST_P(UdpSocketTest, taken_port_is_replaced_unless_required) {
    const auto a = open();
    const auto b = open({.port = a->local_address().port});
    EXPECT_NE(b->local_address().port, a->local_address().port);
    const auto c =
        try_open({.bind_ip = loopback(), .port = a->local_address().port, .port_required = true});
    ASSERT_FALSE(c);
    EXPECT_EQ(full_code(c.error()), "environment.transport.port-in-use");
    EXPECT_THAT(c.error().message, testing::HasSubstr(a->local_address().to_string()));
}

TEST_P(UdpSocketTest, preferred_port_is_used_when_free) {
    const auto port = closed_port().port;
    EXPECT_EQ(open({.port = port})->local_address().port, port);
}

TEST_P(UdpSocketTest, foreign_address_is_an_environment_error) {
    const auto socket =
        try_open({.bind_ip = IpAddress::parse(GetParam() == AddressFamily::IPv4 ? "203.0.113.77"
                                                                                : "2001:db8::77")});
    ASSERT_FALSE(socket);
    EXPECT_EQ(full_code(socket.error()), "environment.transport.address-not-local");
}

TEST_P(UdpSocketTest, address_of_the_other_family_is_a_usage_error) {
    const auto socket = try_open(
        {.bind_ip = IpAddress::parse(GetParam() == AddressFamily::IPv4 ? "::1" : "127.0.0.1")});
    ASSERT_FALSE(socket);
    EXPECT_EQ(full_code(socket.error()), "usage.transport.family");
}

TEST_P(UdpSocketTest, unknown_interface_is_a_usage_error) {
    for (const char* name : {"nosuchif0", "a-name-longer-than-any-interface"}) {
        const auto socket = try_open({.interface = name});
        ASSERT_FALSE(socket);
        if (geteuid() != 0 && socket.error().code == "transport.bind-to-device") GTEST_SKIP();
        EXPECT_EQ(full_code(socket.error()), "usage.transport.interface");
    }
}

TEST_P(UdpSocketTest, socket_bound_to_loopback_interface_works) {
    auto socket = try_open({.bind_ip = loopback(), .interface = "lo"});
    if (!socket && socket.error().code == "transport.bind-to-device") GTEST_SKIP();
    ASSERT_TRUE(socket);
    ASSERT_FALSE((*socket)->send((*socket)->local_address(), as_bytes("x")));
    EXPECT_TRUE(loop.until([&] { return !received.empty(); }));
}

TEST_P(UdpSocketTest, may_be_destroyed_inside_its_own_callback) {
    std::unique_ptr<UdpSocket> socket;
    int calls = 0;
    auto opened = UdpSocket::open(loop.context(), clock, random,
                                  {.family = GetParam(), .bind_ip = loopback()},
                                  {.on_datagram = [&](const Datagram&) {
                                      ++calls;
                                      socket.reset();
                                  }});
    ASSERT_TRUE(opened);
    socket = std::move(*opened);
    const auto to = socket->local_address();
    const auto sender = open();
    for (int i = 0; i < 3; ++i)
        ASSERT_FALSE(sender->send(to, as_bytes("x")));
    ASSERT_TRUE(loop.until([&] { return calls > 0; }));
    loop.settle();
    EXPECT_EQ(calls, 1);
}

TEST_P(UdpSocketTest, may_be_destroyed_inside_its_fault_callback) {
    const auto nobody = closed_port();
    std::unique_ptr<UdpSocket> socket;
    int calls = 0;
    auto opened = UdpSocket::open(loop.context(), clock, random,
                                  {.family = GetParam(), .bind_ip = loopback()},
                                  {.on_fault = [&](const FaultReport&) {
                                      ++calls;
                                      socket.reset();
                                  }});
    ASSERT_TRUE(opened);
    socket = std::move(*opened);
    for (int i = 0; i < 3; ++i)
        ASSERT_FALSE(socket->send(nobody, as_bytes("x")));
    ASSERT_TRUE(loop.until([&] { return calls > 0; }));
    loop.settle();
    EXPECT_EQ(calls, 1);
}

TEST_P(UdpSocketTest, flood_on_one_socket_does_not_starve_another) {
    const auto busy = open();
    const auto quiet = open();
    const auto sender = open();
    for (int i = 0; i < 150; ++i)
        ASSERT_FALSE(sender->send(busy->local_address(), as_bytes("f")));
    ASSERT_FALSE(sender->send(quiet->local_address(), as_bytes("quiet")));
    const auto position = [&] {
        for (std::size_t i = 0; i < received.size(); ++i) {
            if (received[i].text == "quiet") return std::optional(i);
        }
        return std::optional<std::size_t>();
    };
    ASSERT_TRUE(loop.until([&] { return position().has_value(); }));
    EXPECT_LE(*position(), 64U);
    EXPECT_TRUE(loop.until([&] { return received.size() == 151; }));
}

}  // namespace
}  // namespace portolan::transport
