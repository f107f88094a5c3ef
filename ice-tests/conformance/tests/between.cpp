#include "ice-tests/conformance/tests/between.hpp"

#include <stdexcept>
#include <utility>

namespace portolan::conformance::test {
namespace {

using transport::Bytes;
using transport::StreamEnd;
using transport::TcpConnection;
using transport::UdpSocket;

template <typename T>
T opened(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

std::unique_ptr<UdpSocket> open_socket(const turn::Surroundings& where, const IpAddress& ip,
                                       UdpSocket::Handlers handlers) {
    return opened(UdpSocket::open(where.context, *where.clock, *where.random,
                                  {.family = ip.family(), .bind_ip = ip}, std::move(handlers)));
}

}  // namespace

UdpWay::UdpWay(const turn::Surroundings& where, const TransportAddress& server, Passes passes)
    : where_(where),
      server_(server),
      passes_(std::move(passes)),
      socket_(open_socket(where, server.ip,
                          {.on_datagram = [this](const transport::Datagram& datagram) {
                              (void)way_of(datagram.source).send(server_, datagram.bytes);
                          }})) {}

UdpSocket& UdpWay::way_of(const TransportAddress& client) {
    auto& way = clients_[client];
    if (!way) {
        way = open_socket(where_, server_.ip,
                          {.on_datagram = [this, client](const transport::Datagram& datagram) {
                              const auto arrives = passes_(datagram.bytes);
                              if (arrives) (void)socket_->send(client, *arrives);
                          }});
    }
    return *way;
}

struct TcpWay::Connection {
    void end() {
        client.reset();
        server.reset();
    }

    std::unique_ptr<TcpConnection> client;
    std::unique_ptr<TcpConnection> server;
    std::vector<std::byte> early;  ///< from the client, before there was a connection to the server
    bool is_connected = false;
};

TcpWay::TcpWay(const turn::Surroundings& where, const TransportAddress& server, Ends ends)
    : where_(where),
      server_(server),
      ends_(std::move(ends)),
      listener_(opened(transport::TcpListener::open(
          where.context, {server.ip, 0},
          [this](std::unique_ptr<TcpConnection> client) { add(std::move(client)); }))) {}

void TcpWay::add(std::unique_ptr<TcpConnection> client) {
    const auto made = std::make_shared<Connection>();
    connections_.push_back(made);
    Connection& both = *made;
    both.client = std::move(client);
    both.client->set_handlers(
        {.on_bytes =
             [this, &both](Bytes bytes) {
                 if (ends_(bytes)) return both.end();
                 if (both.is_connected) {
                     (void)both.server->send(bytes);
                 } else {
                     both.early.insert(both.early.end(), bytes.begin(), bytes.end());
                 }
             },
         .on_end = [&both](StreamEnd /*how*/, const std::string& /*detail*/) { both.end(); }});
    both.server = TcpConnection::connect(
        where_.context, {.remote = server_, .bind_ip = server_.ip},
        {.on_outcome =
             [&both](const transport::StreamReport& report) {
                 if (report.outcome != transport::StreamOutcome::Connected) return both.end();
                 both.is_connected = true;
                 if (!both.early.empty()) (void)both.server->send(both.early);
             },
         .on_bytes = [&both](Bytes bytes) { (void)both.client->send(bytes); },
         .on_end = [&both](StreamEnd /*how*/, const std::string& /*detail*/) { both.end(); }});
}

}  // namespace portolan::conformance::test
