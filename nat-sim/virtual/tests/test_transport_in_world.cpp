#include <gtest/gtest.h>

#include <optional>

#include "nat-sim/virtual/tests/world_support.hpp"
#include "probe/transport/local_addresses.hpp"
#include "probe/transport/tcp_connection.hpp"
#include "probe/transport/udp_socket.hpp"

// probe/transport's code, as it is, in the simulated world.
namespace portolan::sim::test {
namespace {

using transport::StreamEnd;
using transport::StreamOutcome;
using transport::TcpConnection;
using transport::TcpListener;
using transport::UdpSocket;

std::unique_ptr<UdpSocket> open_udp(Program& program, std::string_view local, std::uint16_t port,
                                    UdpSocket::Handlers handlers) {
    return program.run([&] {
        auto opened = UdpSocket::open(program.context(), program.clock(), program.random(),
                                      {.family = ip(local).family(),
                                       .bind_ip = ip(local),
                                       .port = port,
                                       .port_required = port != 0},
                                      std::move(handlers));
        EXPECT_TRUE(opened.has_value());
        return opened ? std::move(*opened) : nullptr;
    });
}

TEST(UdpInWorld, EchoOverBothFamilies_TakesTheRoundTripAndNoMore) {
    for (const bool v6 : {false, true}) {
        TwoPrograms two;
        std::unique_ptr<UdpSocket> server;
        server = open_udp(two.far, v6 ? "2001:db8:2::2" : "198.51.100.2", 3478,
                          {.on_datagram = [&](const transport::Datagram& in) {
                              (void)server->send(in.source, in.bytes);
                          }});
        std::string answer;
        transport::Time answered_at{};
        std::optional<IpAddress> local;
        auto client = open_udp(two.near, v6 ? "2001:db8:1::2" : "192.0.2.2", 0,
                               {.on_datagram = [&](const transport::Datagram& in) {
                                   answer = text_of(in.bytes);
                                   answered_at = in.received_at;
                                   local = in.local_ip;
                               }});
        const auto sent_at = two.near.clock().now();
        two.near.run([&] {
            EXPECT_FALSE(client->send({ip(v6 ? "2001:db8:2::2" : "198.51.100.2"), 3478},
                                      bytes_of("question")));
        });
        EXPECT_TRUE(two.world.run_until([&] { return !answer.empty(); }, 1s));
        EXPECT_EQ(answer, "question");
        EXPECT_EQ(answered_at - sent_at, 40ms);
        EXPECT_EQ(local, ip(v6 ? "2001:db8:1::2" : "192.0.2.2"));
        two.near.run([&] { client.reset(); });
        two.far.run([&] { server.reset(); });
    }
}

TEST(UdpInWorld, ClosedPort_IsAFaultWithItsReporter) {
    TwoPrograms two;
    std::optional<transport::FaultReport> fault;
    auto client =
        open_udp(two.near, "192.0.2.2", 0,
                 {.on_fault = [&](const transport::FaultReport& report) { fault = report; }});
    two.near.run([&] { (void)client->send({ip("198.51.100.2"), 9}, bytes_of("anybody?")); });
    EXPECT_TRUE(two.world.run_until([&] { return fault.has_value(); }, 1s));
    EXPECT_EQ(fault->fault, transport::Fault::IcmpPortUnreachable);
    EXPECT_EQ(fault->icmp->reported_by, ip("198.51.100.2"));
    EXPECT_EQ(fault->destination->to_string(), "198.51.100.2:9");
    two.near.run([&] { client.reset(); });
}

TEST(UdpInWorld, TakenPort_IsSaidToBe) {
    TwoPrograms two;
    auto first = open_udp(two.near, "192.0.2.2", 5000, {});
    two.near.run([&] {
        auto second =
            UdpSocket::open(two.near.context(), two.near.clock(), two.near.random(),
                            {.bind_ip = ip("192.0.2.2"), .port = 5000, .port_required = true}, {});
        ASSERT_FALSE(second.has_value());
        EXPECT_EQ(second.error().code, "transport.port-in-use");
        first.reset();
    });
}

TEST(InterfacesInWorld, AreTheHostsOwn) {
    TwoPrograms two;
    two.near.run([&] {
        const auto interfaces = transport::local_interfaces();
        ASSERT_TRUE(interfaces.has_value());
        ASSERT_EQ(interfaces->size(), 2U);
        EXPECT_TRUE((*interfaces)[0].is_loopback);
        EXPECT_EQ((*interfaces)[1].name, "eth0");
        ASSERT_EQ((*interfaces)[1].addresses.size(), 2U);
        EXPECT_EQ((*interfaces)[1].addresses[0].ip, ip("192.0.2.2"));
        EXPECT_EQ((*interfaces)[1].addresses[0].prefix_bits, 24U);
        EXPECT_EQ((*interfaces)[1].addresses[1].prefix_bits, 64U);
        const auto source = transport::source_address_for({ip("198.51.100.2"), 9});
        ASSERT_TRUE(source.has_value());
        EXPECT_EQ(*source, ip("192.0.2.2"));
    });
    // Outside of it, this machine's.
    const auto real = transport::local_interfaces();
    ASSERT_TRUE(real.has_value());
    EXPECT_EQ((*real)[0].name, "lo");
    for (const auto& item : *real) {
        for (const auto& found : item.addresses)
            EXPECT_NE(found.ip, ip("2001:db8:1::2"));
    }
}

struct TcpServer {
    TcpServer(Program& its_program, std::string_view local) : program(its_program) {
        program.run([&] {
            auto opened = TcpListener::open(
                program.context(), {ip(local), 3478}, [this](std::unique_ptr<TcpConnection> made) {
                    connection = std::move(made);
                    connection->set_handlers({.on_bytes =
                                                  [this](transport::Bytes bytes) {
                                                      received += text_of(bytes);
                                                      (void)connection->send(bytes);
                                                  },
                                              .on_end =
                                                  [this](StreamEnd how, const std::string&) {
                                                      end = how;
                                                      connection->close();
                                                  }});
                });
            ASSERT_TRUE(opened.has_value());
            listener = std::move(*opened);
        });
    }
    ~TcpServer() {
        program.run([&] {
            connection.reset();
            listener.reset();
        });
    }
    TcpServer(const TcpServer&) = delete;
    TcpServer& operator=(const TcpServer&) = delete;

    Program& program;
    std::unique_ptr<TcpListener> listener;
    std::unique_ptr<TcpConnection> connection;
    std::string received;
    std::optional<StreamEnd> end;
};

struct TcpClient {
    TcpClient(Program& its_program, std::string_view remote, std::uint16_t port)
        : program(its_program) {
        program.run([&] {
            connection = TcpConnection::connect(
                program.context(), {.remote = {ip(remote), port}},
                {.on_outcome = [this](const transport::StreamReport& report) { outcome = report; },
                 .on_bytes = [this](transport::Bytes bytes) { received += text_of(bytes); },
                 .on_end = [this](StreamEnd how, const std::string&) { end = how; }});
        });
    }
    ~TcpClient() {
        program.run([&] { connection.reset(); });
    }
    TcpClient(const TcpClient&) = delete;
    TcpClient& operator=(const TcpClient&) = delete;

    Program& program;
    std::unique_ptr<TcpConnection> connection;
    std::optional<transport::StreamReport> outcome;
    std::string received;
    std::optional<StreamEnd> end;
};

TEST(TcpInWorld, ConnectEchoClose_OverBothFamilies) {
    for (const bool v6 : {false, true}) {
        TwoPrograms two;
        TcpServer server(two.far, v6 ? "2001:db8:2::2" : "198.51.100.2");
        TcpClient client(two.near, v6 ? "2001:db8:2::2" : "198.51.100.2", 3478);
        ASSERT_TRUE(two.world.run_until([&] { return client.outcome.has_value(); }, 2s));
        EXPECT_EQ(client.outcome->outcome, StreamOutcome::Connected);
        EXPECT_EQ(two.world.now(), 40ms);
        two.near.run([&] { EXPECT_TRUE(client.connection->send(bytes_of("hello"))); });
        ASSERT_TRUE(two.world.run_until([&] { return client.received == "hello"; }, 2s));
        two.near.run([&] { client.connection->close(); });
        ASSERT_TRUE(two.world.run_until([&] { return client.end && server.end; }, 2s));
        EXPECT_EQ(*client.end, StreamEnd::PeerClosed);
        EXPECT_EQ(*server.end, StreamEnd::PeerClosed);
        two.world.run(2min);
        EXPECT_TRUE(two.world.packet_counts().conserved());
    }
}

TEST(TcpInWorld, MuchData_ThroughALossyLink_ArrivesWhole) {
    TwoPrograms two(3, {.delay = 10ms, .loss = 0.02});
    TcpServer server(two.far, "198.51.100.2");
    TcpClient client(two.near, "198.51.100.2", 3478);
    ASSERT_TRUE(two.world.run_until([&] { return client.outcome.has_value(); }, 10s));
    std::string data(200'000, ' ');
    for (std::size_t i = 0; i < data.size(); ++i)
        data[i] = static_cast<char>('a' + i % 23);
    two.near.run([&] { EXPECT_TRUE(client.connection->send(bytes_of(data))); });
    EXPECT_TRUE(two.world.run_until([&] { return client.received.size() == data.size(); }, 60s));
    EXPECT_TRUE(client.received == data);
    EXPECT_TRUE(server.received == data);
}

TEST(TcpInWorld, NobodyListens_IsRefused) {
    TwoPrograms two;
    TcpClient client(two.near, "198.51.100.2", 9);
    ASSERT_TRUE(two.world.run_until([&] { return client.outcome.has_value(); }, 2s));
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::Refused);
    EXPECT_EQ(client.outcome->error_number, ECONNREFUSED);
    EXPECT_EQ(two.world.now(), 40ms);
}

TEST(TcpInWorld, NoRouteOnTheWay_IsUnreachable) {
    TwoPrograms two;
    TcpClient client(two.near, "203.0.113.9", 9);
    ASSERT_TRUE(two.world.run_until([&] { return client.outcome.has_value(); }, 2s));
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::Unreachable);
    EXPECT_EQ(client.outcome->error_number, ENETUNREACH);
}

TEST(TcpInWorld, SilentDrop_TimesOut_AndTheSynIsRepeatedAsRfc6298Says) {
    TwoPrograms two;
    std::vector<SimTime> syns;
    two.world.set_packet_hook([&](const PacketEvent& event) {
        if (event.step == PacketStep::Originated) syns.push_back(event.at);
    });
    two.world.link("router--far")->set_up(false);
    TcpClient client(two.near, "198.51.100.2", 9);
    ASSERT_TRUE(two.world.run_until([&] { return client.outcome.has_value(); }, 20s));
    EXPECT_EQ(client.outcome->outcome, StreamOutcome::TimedOut);
    EXPECT_EQ(two.world.now(), 5s);
    EXPECT_EQ(syns, (std::vector<SimTime>{0s, 1s, 3s}));
}

}  // namespace
}  // namespace portolan::sim::test
