#include "ice-tests/server/turn_server.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <unordered_map>
#include <utility>

#include "ice-tests/server/delayed_calls.hpp"
#include "ice-tests/server/mutate.hpp"
#include "ice-tests/server/sockets.hpp"
#include "ice-tests/server/tcp_relays.hpp"
#include "ice-tests/server/turn_core.hpp"
#include "ice-tests/server/turn_streams.hpp"
#include "probe/stun/access_token.hpp"
#include "probe/stun/framing.hpp"
#include "probe/transport/dtls_server.hpp"
#include "probe/transport/glib_ptr.hpp"
#include "reports/model/usage_error.hpp"

namespace portolan::server {
namespace {

Result<void> check_credentials(const TurnServerOptions& options) {
    // RFC 8489 s14.3 and s14.9: fewer than 509 and at most 763 bytes.
    constexpr std::size_t kMaxUsernameBytes = 508;
    constexpr std::size_t kMaxRealmBytes = 763;
    if (options.realm.empty() || options.realm.size() > kMaxRealmBytes) {
        return usage_error("server.realm", "the realm has to have 1 to 763 bytes");
    }
    std::set<std::string_view> names;
    for (const TurnUser& user : options.users) {
        if (user.name.empty() || user.name.size() > kMaxUsernameBytes) {
            return usage_error("server.credentials",
                               "the name of a user has to have 1 to 508 bytes");
        }
        if (user.password.is_empty()) {
            return usage_error("server.credentials", "user \"" + user.name + "\" has no password");
        }
        if (!names.insert(user.name).second) {
            return usage_error("server.credentials", "user \"" + user.name + "\" is there twice");
        }
    }
    const bool has_secret = options.shared_secret && !options.shared_secret->is_empty();
    if (const auto& shared = options.third_party) {
        const std::size_t key_bytes = shared->key.reveal().size();
        if (key_bytes != stun::kA128GcmKeyBytes && key_bytes != stun::kA256GcmKeyBytes) {
            return usage_error(
                "server.third-party",
                "the key shared with an authorization server has to have 16 or 32 bytes");
        }
        if (shared->kid.empty() || shared->kid.size() > kMaxUsernameBytes ||
            shared->server_name.empty() || shared->server_name.size() > kMaxRealmBytes) {
            return usage_error("server.third-party", "kid or server name is missing or too long");
        }
        if (names.contains(shared->kid)) {
            return usage_error("server.third-party", "the kid is the name of a user too");
        }
    }
    if (names.empty() && !has_secret && !options.third_party) {
        return usage_error(
            "server.credentials",
            "a TURN server needs a user with a password, a shared secret, or the key of "
            "an authorization server");
    }
    return {};
}

Result<void> check(const TurnServerOptions& options) {
    if (auto checked = check_credentials(options); !checked) return checked;
    constexpr std::uint16_t kFirstPort = 1024;  // RFC 8656 s7.2 (SHOULD NOT below)
    if (options.relay_port_min < kFirstPort || options.relay_port_min > options.relay_port_max) {
        return usage_error("server.relay-ports",
                           "the ports of relays have to be a range between 1024 and 65535");
    }
    const TurnLifetimes& lifetimes = options.lifetimes;
    const auto shortest = std::min({lifetimes.default_allocation, lifetimes.permission,
                                    lifetimes.channel, lifetimes.nonce, lifetimes.reservation,
                                    lifetimes.connect, lifetimes.unbound, lifetimes.idle});
    if (shortest <= std::chrono::seconds(0) ||
        lifetimes.max_allocation < lifetimes.default_allocation) {
        return usage_error(
            "server.lifetime",
            "lifetimes have to be positive, and the maximum no less than the default");
    }
    if (!(options.loss_pct >= 0 && options.loss_pct <= 100)) {
        return usage_error("server.loss", "loss has to be between 0 and 100 percent");
    }
    return {};
}

Result<std::vector<IpAddress>> relay_ips(const TurnServerOptions& options) {
    const bool are_own = options.relay_addresses.empty();
    std::vector<IpAddress> out;
    for (const IpAddress& ip : are_own ? options.addresses : options.relay_addresses) {
        const bool is_second = std::ranges::any_of(
            out, [&](const IpAddress& other) { return other.family() == ip.family(); });
        if (is_second && are_own) continue;
        if (is_second || ip.is_unspecified() || ip.address_class() == AddressClass::Multicast) {
            return usage_error("server.relay-address",
                               ip.to_string() + " cannot be the relay address",
                               "give one address of this machine for each family");
        }
        out.push_back(ip);
    }
    return out;
}

bool is_loopback(const IpAddress& ip) {
    return ip.address_class() == AddressClass::Loopback;
}

std::vector<TurnUser> clone(const std::vector<TurnUser>& users) {
    std::vector<TurnUser> out;
    out.reserve(users.size());
    for (const TurnUser& user : users)
        out.push_back({user.name, user.password.clone()});
    return out;
}

std::chrono::seconds unix_time() {
    return std::chrono::duration_cast<std::chrono::seconds>(
        std::chrono::microseconds(g_get_real_time()));
}

}  // namespace

struct TurnServer::State final : TurnOutput {
    State(GMainContext* main_context, const transport::Clock& its_clock,
          transport::Random its_random, const TurnServerOptions& options)
        : context(glib::share(main_context)),
          clock(its_clock),
          random(its_random),
          loss_random(random()),
          loss_share(options.loss_pct / 100),
          has_delay(options.reply_delay > transport::Duration::zero()),
          mutants(options.mutants),
          identity(options.identity),
          delayed(main_context, options.reply_delay),
          streams(
              main_context, AddressHash(random()),
              {.on_frame = [this](const FiveTuple& tuple,
                                  stun::Bytes frame) { on_client(tuple, frame); },
               .on_gone =
                   [this](const FiveTuple& tuple) {
                       if (core) core->on_client_gone(tuple);
                   },
               .may_idle =
                   [this](const FiveTuple& tuple) { return core && core->has_allocation(tuple); }},
              options.identity, options.mutants, options.lifetimes.idle),
          tcp_relays(main_context, streams,
                     {.on_accept =
                          [this](RelayId relay, const TransportAddress& peer) {
                              const auto id = core->on_peer_connection(clock.now(), relay, peer);
                              settle();
                              return id;
                          },
                      .on_connect =
                          [this](ConnectionId id, bool is_connected) {
                              core->on_connect(clock.now(), id, is_connected);
                              settle();
                          },
                      .on_end =
                          [this](ConnectionId id) {
                              core->on_connection_end(clock.now(), id);
                              settle();
                          }},
                     options.mutants) {}

    // The core's end closes the relays.
    ~State() override { core.reset(); }

    void on_datagram(const TransportAddress& received_on, const transport::Datagram& datagram) {
        if (is_dead(datagram.bytes)) return;
        if (is_lost()) {
            ++statistics.received_count;
            return;
        }
        on_client({.transport = Arrival::Udp, .client = datagram.source, .server = received_on},
                  datagram.bytes);
    }

    // A mutant that something which is no STUN message has killed.
    bool is_dead(stun::Bytes bytes) {
        if (!mutants.has(mutants::Mutant::SecurityRandomDatagrams)) return false;
        const auto protocol = stun::demultiplex(bytes);
        has_died = has_died ||
                   (protocol != stun::Protocol::Stun && protocol != stun::Protocol::TurnChannel);
        return has_died;
    }

    void on_dtls_datagram(const TransportAddress& received_on,
                          const transport::Datagram& datagram) {
        const auto server = dtls.find(received_on);
        if (server == dtls.end() || is_dead_dtls(datagram.bytes) || is_lost()) return;
        server->second->on_datagram(datagram.source, datagram.bytes);
    }
    bool is_dead_dtls(stun::Bytes bytes) {
        return stun::demultiplex(bytes) != stun::Protocol::Dtls && is_dead(bytes);
    }

    void serve_dtls(const TransportAddress& endpoint) {
        const auto tuple_of = [endpoint](const TransportAddress& client) {
            return FiveTuple{.transport = Arrival::Dtls, .client = client, .server = endpoint};
        };
        dtls[endpoint] = std::make_unique<transport::DtlsServer>(
            context.get(), identity,
            transport::DtlsServer::Handlers{
                .send =
                    [this, endpoint](const TransportAddress& client, stun::Bytes bytes) {
                        if (is_lost()) return;
                        transport::UdpSocket* socket = secure_sockets.udp_at(endpoint);
                        if (socket != nullptr) (void)socket->send(client, bytes);
                    },
                .on_bytes = [this, tuple_of](
                                const TransportAddress& client,
                                stun::Bytes bytes) { on_client(tuple_of(client), bytes); },
                .on_end =
                    [this, tuple_of](const TransportAddress& client) {
                        if (core) core->on_client_gone(tuple_of(client));
                    },
                .may_idle =
                    [this, tuple_of](const TransportAddress& client) {
                        return core && core->has_allocation(tuple_of(client));
                    }});
    }

    void on_client(const FiveTuple& tuple, stun::Bytes bytes) {
        ++statistics.received_count;
        core->on_client(clock.now(), tuple, bytes);
        settle();
    }

    void on_peer(RelayId relay, const transport::Datagram& datagram) {
        core->on_peer(clock.now(), relay, datagram.source, datagram.bytes);
        settle();
    }

    void on_peer_fault(RelayId relay, const transport::FaultReport& fault) {
        if (!fault.icmp || !fault.destination) return;
        core->on_icmp(clock.now(), relay, *fault.destination,
                      {.type = fault.icmp->type,
                       .code = fault.icmp->code,
                       .error_data = fault.icmp->mtu_bytes});
        settle();
    }

    // After each call of the core, which must not be called back while it sends.
    void settle() {
        while (!unread.empty()) {
            const FiveTuple tuple = unread.back();
            unread.pop_back();
            streams.drop(tuple);
        }
        const auto deadline = core->next_deadline();
        if (!deadline || (timer && timer_at <= *deadline)) return;
        timer_at = *deadline;
        timer = glib::call_after(context.get(), timer_at - clock.now(), [this] {
            timer.reset();
            core->expire(clock.now());
            settle();
        });
    }

    RelayOpening open_relay(RelayId id, const TransportAddress& address, RelayKind kind) override {
        if (kind == RelayKind::Tcp) return tcp_relays.open(id, address);
        auto socket = transport::UdpSocket::open(
            context.get(), clock, random,
            {.family = address.family(),
             .bind_ip = address.ip,
             .port = address.port,
             .port_required = true},
            {.on_datagram = [this,
                             id](const transport::Datagram& datagram) { on_peer(id, datagram); },
             .on_fault = [this,
                          id](const transport::FaultReport& fault) { on_peer_fault(id, fault); }});
        if (!socket) {
            return socket.error().code == "transport.port-in-use" ? RelayOpening::PortTaken
                                                                  : RelayOpening::Impossible;
        }
        // RFC 8656 s14 and s15: DF only where the client asks for it.
        (void)(*socket)->set_dont_fragment(false);
        if (mutants.has(mutants::Mutant::Rfc8656S14TrafficClass)) {
            constexpr std::uint8_t kEct1 = 1;
            (void)(*socket)->set_traffic_class(kEct1);
        }
        relays[id] = {std::move(*socket), false};
        return RelayOpening::Open;
    }

    void close_relay(RelayId id) override {
        relays.erase(id);
        tcp_relays.close(id);
    }

    void connect_peer(ConnectionId id, RelayId from, const TransportAddress& peer,
                      std::chrono::seconds timeout) override {
        tcp_relays.connect(id, from, peer, timeout);
    }

    void bind_connection(ConnectionId id, const FiveTuple& client) override {
        if (!has_delay) return tcp_relays.bind(id, client);
        // Behind the response, which waits as long.
        delayed.run([this, id, client] { tcp_relays.bind(id, client); });
    }

    void close_connection(ConnectionId id) override { tcp_relays.close_connection(id); }

    void send_response(const FiveTuple& to, stun::Bytes message) override {
        if (!has_delay) return send_to_client(to, message, true);
        delayed.run([this, to, bytes = std::vector<std::byte>(message.begin(), message.end())] {
            send_to_client(to, bytes, true);
            settle();
        });
    }

    void send_data(const FiveTuple& to, stun::Bytes message) override {
        send_to_client(to, message, false);
    }

    void send_to_client(const FiveTuple& to, stun::Bytes message, bool is_response) {
        if (is_stream(to.transport)) {
            if (streams.send(to, message)) {
                ++statistics.sent_count;
                if (is_response && mutants.has(mutants::Mutant::Rfc8489S6_2_2StaysOpen)) {
                    streams.close(to);
                }
            } else if (is_response) {
                unread.push_back(to);  // somebody who asks and never reads
            }
            return;
        }
        if (to.transport == Arrival::Dtls) {
            const auto server = dtls.find(to.server);
            if (server != dtls.end() && server->second->send(to.client, message)) {
                ++statistics.sent_count;
            }
            return;
        }
        if (is_lost()) return;
        transport::UdpSocket* socket = sockets.udp_at(to.server);
        // A client that is gone is no failure of the server.
        if (socket != nullptr && !socket->send(to.client, message)) ++statistics.sent_count;
    }

    void send_to_peer(RelayId from, const TransportAddress& peer, stun::Bytes data,
                      bool dont_fragment) override {
        const auto found = relays.find(from);
        if (found == relays.end()) return;
        RelaySocket& relay = found->second;
        if (relay.dont_fragment != dont_fragment &&
            relay.socket->set_dont_fragment(dont_fragment)) {
            relay.dont_fragment = dont_fragment;
        }
        // A datagram that does not get out is lost, as it may be anywhere else.
        (void)relay.socket->send(peer, data);
    }

    Result<void> open_secure(const TurnServerOptions& options) {
        auto made = Layout::make(options.addresses, options.tls_port, std::nullopt);
        if (!made) return std::move(made).error();
        auto opened = ServerSockets::open(
            context.get(), clock, random, options.tcp, *made,
            [this](const TransportAddress& on, const transport::Datagram& datagram) {
                on_dtls_datagram(on, datagram);
            },
            [this](const TransportAddress& on,
                   std::unique_ptr<transport::TcpConnection> connection) {
                streams.add(Arrival::Tls, on, std::move(connection));
            });
        if (!opened) return std::move(opened).error();
        secure_sockets = std::move(*opened);
        secure_layout = std::move(*made);
        for (const TransportAddress& endpoint : secure_layout.endpoints())
            serve_dtls(endpoint);
        return {};
    }

    bool is_lost() {
        if (loss_share <= 0) return false;
        if (std::uniform_real_distribution<double>(0, 1)(loss_random) >= loss_share) return false;
        ++statistics.lost_count;
        return true;
    }

    struct RelaySocket {
        std::unique_ptr<transport::UdpSocket> socket;
        bool dont_fragment = false;
    };

    glib::ContextPtr context;
    const transport::Clock& clock;
    transport::Random random;
    // Its own, so that ports that happen to be taken do not change what is lost.
    transport::Random loss_random;
    double loss_share;
    bool has_delay;
    TurnServerStatistics statistics;
    Layout layout;
    Layout secure_layout;
    ServerSockets sockets;
    ServerSockets secure_sockets;
    std::unordered_map<RelayId, RelaySocket> relays;
    std::unique_ptr<TurnCore> core;
    std::vector<FiveTuple> unread;
    glib::SourcePtr timer;
    transport::Time timer_at{};
    mutants::MutantSet mutants;
    bool has_died = false;
    std::shared_ptr<const transport::TlsCredentials> identity;
    DelayedCalls delayed;
    TurnStreams streams;
    TcpRelays tcp_relays;
    std::map<TransportAddress, std::unique_ptr<transport::DtlsServer>> dtls;
};

Result<std::unique_ptr<TurnServer>> TurnServer::start(GMainContext* context,
                                                      const transport::Clock& clock,
                                                      transport::Random random,
                                                      const TurnServerOptions& options) {
    if (auto checked = check(options); !checked) return checked.error();
    auto layout = Layout::make(options.addresses, options.port, options.alt_port);
    if (!layout) return std::move(layout).error();
    auto ips = relay_ips(options);
    if (!ips) return std::move(ips).error();
    auto state = std::make_unique<State>(context, clock, random, options);
    TurnCredentials credentials{.realm = options.realm,
                                .users = clone(options.users),
                                .shared_secret = std::nullopt,
                                .unix_time = unix_time,
                                .mutants = options.mutants};
    misconfigure(options.mutants, credentials);
    if (options.third_party) credentials.third_party = options.third_party->clone();
    if (options.shared_secret) credentials.shared_secret = options.shared_secret->clone();
    auto auth =
        TurnAuth::make(std::move(credentials), options.lifetimes, options.faults, state->random);
    if (!auth) return std::move(auth).error();
    const transport::Random core_random(state->random());
    auto sockets = ServerSockets::open(
        context, clock, state->random, options.tcp, *layout,
        [raw = state.get()](const TransportAddress& on, const transport::Datagram& datagram) {
            raw->on_datagram(on, datagram);
        },
        [raw = state.get()](const TransportAddress& on,
                            std::unique_ptr<transport::TcpConnection> connection) {
            raw->streams.add(Arrival::Tcp, on, std::move(connection));
        });
    if (!sockets) return std::move(sockets).error();
    state->sockets = std::move(*sockets);
    if (options.identity) {
        if (auto opened = state->open_secure(options); !opened) return opened.error();
    }
    state->layout = *layout;
    PeerPolicy peers = options.peers;
    if (!peers.loopback) peers.loopback = std::ranges::any_of(layout->ips, is_loopback);
    // Whether the system can is asked of a socket that the answer does no harm to.
    transport::UdpSocket& probe = *state->sockets.udp.front();
    const bool can_set_dont_fragment =
        probe.set_dont_fragment(true) && probe.set_dont_fragment(false);
    TurnCoreConfig config{
        .binding = {.layout = std::move(*layout),
                    .faults = options.faults,
                    .mutants = options.mutants,
                    .software = options.software},
        .relays = {.ips = std::move(*ips),
                   .port_min = options.relay_port_min,
                   .port_max = options.relay_port_max},
        .quotas = options.quotas,
        .lifetimes = options.lifetimes,
        .peers = std::move(peers),
        .max_channel = options.rfc5766_channels ? stun::kMaxRfc5766Channel : stun::kMaxChannel,
        .alternates = options.alternates,
        .secure_alternates = options.secure_alternates,
        .alternate_domain = options.alternate_domain,
        .with_mobility = options.mobility,
        .with_tcp_relays = options.tcp_relays,
        .can_set_dont_fragment = can_set_dont_fragment};
    misconfigure(options.mutants, config);
    state->core =
        std::make_unique<TurnCore>(std::move(config), std::move(*auth), core_random, *state);
    return std::unique_ptr<TurnServer>(new TurnServer(std::move(state)));
}

TurnServer::TurnServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
TurnServer::~TurnServer() = default;

std::vector<TransportAddress> TurnServer::endpoints() const {
    return state_->layout.endpoints();
}

std::vector<TransportAddress> TurnServer::secure_endpoints() const {
    return state_->secure_layout.endpoints();
}

namespace {

std::vector<TransportAddress> first_endpoints(const Layout& layout) {
    std::vector<TransportAddress> out;
    for (const AddressFamily family : {AddressFamily::IPv4, AddressFamily::IPv6}) {
        const auto ip = std::ranges::find_if(
            layout.ips, [&](const IpAddress& candidate) { return candidate.family() == family; });
        if (ip != layout.ips.end()) out.push_back({*ip, layout.port});
    }
    return out;
}

}  // namespace

std::vector<std::string> TurnServer::uris() const {
    std::vector<std::string> out;
    for (const TransportAddress& endpoint : first_endpoints(state_->layout)) {
        const std::string uri = "turn:" + endpoint.to_string() + "?transport=";
        out.push_back(uri + "udp");
        if (!state_->sockets.tcp.empty()) out.push_back(uri + "tcp");
    }
    for (const TransportAddress& endpoint : first_endpoints(state_->secure_layout)) {
        const std::string uri = "turns:" + endpoint.to_string() + "?transport=";
        if (!state_->secure_sockets.tcp.empty()) out.push_back(uri + "tcp");
        out.push_back(uri + "udp");
    }
    return out;
}

std::vector<std::string> TurnServer::stun_uris() const {
    std::vector<std::string> out;
    for (const TransportAddress& endpoint : first_endpoints(state_->layout)) {
        out.push_back("stun:" + endpoint.to_string());
    }
    return out;
}

TurnServerStatistics TurnServer::statistics() const {
    TurnServerStatistics out = state_->statistics;
    const TurnCore::Counts& counts = state_->core->counts();
    out.allocation_count = state_->core->allocations().count();
    out.total_allocation_count = state_->core->allocations().total_count();
    out.to_peers_count = counts.to_peers_count;
    out.to_peers_bytes = counts.to_peers_bytes;
    out.from_peers_count = counts.from_peers_count;
    out.from_peers_bytes = counts.from_peers_bytes;
    return out;
}

}  // namespace portolan::server
