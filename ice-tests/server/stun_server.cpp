#include "ice-tests/server/stun_server.hpp"

#include <random>
#include <utility>

#include "ice-tests/server/delayed_calls.hpp"
#include "ice-tests/server/sockets.hpp"
#include "ice-tests/server/tcp_clients.hpp"

namespace portolan::server {
namespace {

std::string uri_of(const TransportAddress& endpoint) {
    return "stun:" + endpoint.to_string();
}

Result<void> check(const StunServerOptions& options) {
    if (options.loss_pct >= 0 && options.loss_pct <= 100) return {};
    return Error{.culprit = Culprit::Usage,
                 .code = "server.loss",
                 .message = "loss has to be between 0 and 100 percent"};
}

}  // namespace

struct StunServer::State {
    State(GMainContext* context, transport::Random its_random, const StunServerOptions& options)
        : random(its_random),
          loss_random(random()),
          loss_share(options.loss_pct / 100),
          delayed(context, options.reply_delay),
          clients(
              context,
              [this](const TransportAddress& on, const TransportAddress& from, stun::Bytes bytes) {
                  return on_message(on, from, bytes);
              },
              options.reply_delay) {}

    void on_datagram(const TransportAddress& received_on, const transport::Datagram& datagram) {
        ++statistics.received_count;
        if (is_lost()) return;
        for (Outgoing& reply : respond(config, {.bytes = datagram.bytes,
                                               .source = datagram.source,
                                               .received_on = received_on,
                                               .arrival = Arrival::Udp})) {
            if (is_lost()) continue;
            delayed.run([this, reply = std::move(reply)] { send(reply); });
        }
    }

    std::vector<Outgoing> on_message(const TransportAddress& received_on,
                                     const TransportAddress& source, stun::Bytes bytes) {
        ++statistics.received_count;
        auto replies = respond(config, {.bytes = bytes,
                                        .source = source,
                                        .received_on = received_on,
                                        .arrival = Arrival::Tcp});
        statistics.sent_count += replies.size();
        return replies;
    }

    void send(const Outgoing& reply) {
        transport::UdpSocket* socket = sockets.udp_at(reply.from);
        // A client that is gone is no failure of the server.
        if (socket != nullptr && !socket->send(reply.to, reply.bytes)) ++statistics.sent_count;
    }

    bool is_lost() {
        if (loss_share <= 0) return false;
        if (std::uniform_real_distribution<double>(0, 1)(loss_random) >= loss_share) return false;
        ++statistics.lost_count;
        return true;
    }

    BindingConfig config;
    transport::Random random;
    // Its own, so that ports that happen to be taken do not change what is lost.
    transport::Random loss_random;
    double loss_share;
    StunServerStatistics statistics;
    ServerSockets sockets;
    DelayedCalls delayed;
    TcpClients clients;
};

Result<std::unique_ptr<StunServer>> StunServer::start(GMainContext* context,
                                                      const transport::Clock& clock,
                                                      transport::Random random,
                                                      const StunServerOptions& options) {
    if (auto checked = check(options); !checked) return checked.error();
    auto layout =
        Layout::make(options.addresses, options.port,
                     options.has_alt_port ? std::optional(options.alt_port) : std::nullopt);
    if (!layout) return std::move(layout).error();
    auto state = std::make_unique<State>(context, random, options);
    auto sockets = ServerSockets::open(
        context, clock, state->random, options.tcp, *layout,
        [raw = state.get()](const TransportAddress& on, const transport::Datagram& datagram) {
            raw->on_datagram(on, datagram);
        },
        [raw = state.get()](const TransportAddress& on,
                            std::unique_ptr<transport::TcpConnection> connection) {
            raw->clients.add(on, std::move(connection));
        });
    if (!sockets) return std::move(sockets).error();
    state->sockets = std::move(*sockets);
    state->config = {
        .layout = std::move(*layout), .faults = options.faults, .software = options.software};
    return std::unique_ptr<StunServer>(new StunServer(std::move(state)));
}

StunServer::StunServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
StunServer::~StunServer() = default;

std::vector<TransportAddress> StunServer::endpoints() const {
    return state_->config.layout.endpoints();
}

const Layout& StunServer::layout() const {
    return state_->config.layout;
}

std::vector<std::string> StunServer::uris() const {
    std::vector<std::string> out;
    for (const AddressFamily family : {AddressFamily::IPv4, AddressFamily::IPv6}) {
        for (const IpAddress& ip : layout().ips) {
            if (ip.family() != family) continue;
            out.push_back(uri_of({ip, layout().port}));
            break;
        }
    }
    return out;
}

const StunServerStatistics& StunServer::statistics() const {
    return state_->statistics;
}

}  // namespace portolan::server
