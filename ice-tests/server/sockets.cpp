#include "ice-tests/server/sockets.hpp"

#include <algorithm>
#include <iterator>
#include <random>
#include <utility>

namespace portolan::server {
namespace {

using transport::TcpListener;
using transport::UdpSocket;

// Free ports are looked for below the range that clients are given theirs from, on Linux and here.
constexpr std::uint16_t kFirstServerPort = 10'000;
constexpr std::uint16_t kLastServerPort = transport::kFirstRandomPort - 1;
constexpr int kPortTries = 64;

struct Opener {
    GMainContext* context;
    const transport::Clock& clock;
    transport::Random& random;
    bool with_tcp;
    const ServerSockets::OnDatagram& on_datagram;
    const ServerSockets::OnConnection& on_connection;

    Result<void> open_endpoint(const TransportAddress& at, ServerSockets& out) const {
        auto udp = UdpSocket::open(
            context, clock, random,
            {.family = at.family(), .bind_ip = at.ip, .port = at.port, .port_required = true},
            {.on_datagram = [handler = on_datagram, at](const transport::Datagram& datagram) {
                handler(at, datagram);
            }});
        if (!udp) return udp.error();
        out.udp.push_back(std::move(*udp));
        if (!with_tcp) return {};
        auto tcp = TcpListener::open(
            context, at,
            [handler = on_connection, at](std::unique_ptr<transport::TcpConnection> connection) {
                handler(at, std::move(connection));
            });
        if (!tcp) return tcp.error();
        out.tcp.push_back(std::move(*tcp));
        return {};
    }

    // One port on every address, or on none.
    Result<void> open_port(const Layout& layout, std::uint16_t port, ServerSockets& out) const {
        ServerSockets opened;
        for (const IpAddress& ip : layout.ips) {
            if (auto done = open_endpoint({ip, port}, opened); !done) return done.error();
        }
        std::ranges::move(opened.udp, std::back_inserter(out.udp));
        std::ranges::move(opened.tcp, std::back_inserter(out.tcp));
        return {};
    }

    Result<std::uint16_t> open_some_port(const Layout& layout, ServerSockets& out) const {
        std::uniform_int_distribution<std::uint32_t> ports(kFirstServerPort, kLastServerPort);
        for (int tries = 0; tries < kPortTries; ++tries) {
            const auto port = static_cast<std::uint16_t>(ports(random));
            const auto done = open_port(layout, port, out);
            if (done) return port;
            if (done.error().code != "transport.port-in-use") return done.error();
        }
        return Error{.culprit = Culprit::Environment,
                     .code = "server.no-common-port",
                     .message = "found no port that is free on all addresses",
                     .hint = "choose the ports"};
    }
};

}  // namespace

transport::UdpSocket* ServerSockets::udp_at(const TransportAddress& endpoint) const {
    const auto found = std::ranges::find_if(
        udp, [&](const auto& socket) { return socket->local_address() == endpoint; });
    return found == udp.end() ? nullptr : found->get();
}

Result<ServerSockets> ServerSockets::open(GMainContext* context, const transport::Clock& clock,
                                          transport::Random& random, bool with_tcp, Layout& layout,
                                          const OnDatagram& on_datagram,
                                          const OnConnection& on_connection) {
    const Opener opener{context, clock, random, with_tcp, on_datagram, on_connection};
    ServerSockets out;
    // The ports that were chosen by the caller first, so that no random one takes their place.
    for (std::uint16_t* port : {&layout.port, layout.alt_port ? &*layout.alt_port : nullptr}) {
        if (port == nullptr || *port == 0) continue;
        if (auto done = opener.open_port(layout, *port, out); !done) return done.error();
    }
    for (std::uint16_t* port : {&layout.port, layout.alt_port ? &*layout.alt_port : nullptr}) {
        if (port == nullptr || *port != 0) continue;
        auto chosen = opener.open_some_port(layout, out);
        if (!chosen) return std::move(chosen).error();
        *port = *chosen;
    }
    return out;
}

}  // namespace portolan::server
