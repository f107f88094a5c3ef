#include "ice-tests/calls/bridge.hpp"

#include <list>
#include <utility>

#include "ice-tests/turn/wire.hpp"
#include "probe/stun/framing.hpp"
#include "probe/stun/message.hpp"
#include "probe/transport/tcp_connection.hpp"
#include "probe/transport/udp_socket.hpp"

namespace portolan::calls {
namespace {

using turn::Direction;
using turn::Task;

// What a client sends before the way to the server is open.
constexpr std::size_t kMaxEarlyCount = 64;
// Of one agent: one, and one more for each restart. More is somebody else's knocking.
constexpr std::size_t kMaxClientCount = 16;

/// libnice 0.1.21 frees an allocation twice whose response says that it is over already.
bool is_deadly(transport::Bytes frame) {
    const auto message = stun::MessageView::parse(frame);
    return message && message->method() == stun::Method::Allocate &&
           message->message_class() == stun::MessageClass::SuccessResponse &&
           message->u32(stun::AttributeType::Lifetime) == 0U;
}

IpAddress loopback_of(AddressFamily family) {
    return family == AddressFamily::IPv4
               ? IpAddress::v4({127, 0, 0, 1})
               : IpAddress::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
}

}  // namespace

struct Bridge::State : std::enable_shared_from_this<Bridge::State> {
    /// One socket of libnice and its own way to the server.
    struct Link {
        Link(State& its_bridge, std::string name)
            : bridge(its_bridge),
              wire(its_bridge.where, its_bridge.server, its_bridge.transcript, std::move(name)),
              pump(run()) {
            pump.start([] {});
        }
        Link(const Link&) = delete;
        Link& operator=(const Link&) = delete;
        ~Link() = default;

        /// Of the client, up to the server.
        void up(transport::Bytes frame) {
            if (bridge.is_cut) return;
            bridge.tap.on_frame(Direction::Sent, bridge.where.now(), frame);
            if (!is_open) {
                if (early.size() < kMaxEarlyCount) early.emplace_back(frame.begin(), frame.end());
                return;
            }
            send_up(frame);
        }
        void send_up(transport::Bytes frame) { (void)wire.send(padded(frame, wire.endpoint())); }
        /// RFC 8656 s12.5: what the framing has taken off is put on again.
        static std::vector<std::byte> padded(transport::Bytes frame,
                                             const turn::Endpoint& endpoint) {
            std::vector<std::byte> out(frame.begin(), frame.end());
            if (turn::is_stream(endpoint.transport)) out.resize((out.size() + 3) / 4 * 4);
            return out;
        }
        void down(transport::Bytes frame) {
            if (bridge.is_cut) return;
            bridge.tap.on_frame(Direction::Received, bridge.where.now(), frame);
            if (is_deadly(frame)) {
                bridge.fail({.culprit = Culprit::Peer,
                             .code = "turn.lifetime-zero",
                             .message = "the server grants allocations with a LIFETIME of 0, which "
                                        "libnice is kept from, for it does not survive that"});
                return;
            }
            // Of a client over TCP that has gone there is neither.
            if (tcp) {
                (void)tcp->send(padded(frame, wire.endpoint()));
            } else if (bridge.udp) {
                (void)bridge.udp->send(client, frame);
            }
        }
        void on_bytes(transport::Bytes bytes) {
            while (true) {
                auto frame = reader.next(bytes);
                if (!frame || !*frame) return;
                up((*frame)->bytes);
            }
        }
        Task<void> run() {
            const auto opened = co_await wire.open();
            if (!opened) {
                bridge.fail(opened.error());
                close();
                co_return;
            }
            is_open = true;
            if (bridge.security.empty()) bridge.security = wire.security();
            for (const auto& frame : std::exchange(early, {}))
                send_up(frame);
            while (true) {
                const auto frame = co_await wire.receive(transport::Time::max());
                if (!frame) break;
                down(frame->bytes);
            }
            if (wire.ended()) bridge.fail(*wire.ended());
            close();
        }
        /// The client learns that the server has gone.
        void close() {
            if (tcp) tcp->close();
        }

        State& bridge;
        TransportAddress client;  ///< over UDP
        std::unique_ptr<transport::TcpConnection> tcp;
        stun::StreamReader reader;
        std::vector<std::vector<std::byte>> early;
        bool is_open = false;
        turn::Wire wire;
        Task<void> pump;
    };

    State(const turn::Surroundings& its_where, turn::Endpoint its_server,
          std::shared_ptr<turn::Transcript> its_transcript, std::string its_name)
        : where(its_where),
          server(std::move(its_server)),
          transcript(std::move(its_transcript)),
          name(std::move(its_name)) {}

    void fail(const Error& why) {
        if (!error) error = why;
    }
    Result<void> listen() {
        const IpAddress ip = loopback_of(server.server.family());
        if (!turn::is_stream(server.transport)) {
            auto opened = transport::UdpSocket::open(
                where.context, *where.clock, *where.random, {.family = ip.family(), .bind_ip = ip},
                {.on_datagram = [this](const transport::Datagram& datagram) {
                    const auto alive = shared_from_this();
                    if (Link* link = link_of(datagram.source)) link->up(datagram.bytes);
                }});
            if (!opened) return std::move(opened).error();
            udp = std::move(*opened);
            address = udp->local_address();
            return {};
        }
        auto opened = transport::TcpListener::open(
            where.context, {ip, 0}, [this](std::unique_ptr<transport::TcpConnection> connection) {
                if (links.size() >= kMaxClientCount) return;
                Link& link = links.emplace_back(*this, name);
                link.tcp = std::move(connection);
                link.tcp->set_handlers(
                    {.on_bytes =
                         [this, &link](transport::Bytes bytes) {
                             const auto alive = shared_from_this();
                             link.on_bytes(bytes);
                         },
                     .on_end = [this, &link](transport::StreamEnd,
                                             const std::string&) { drop(link); }});
            });
        if (!opened) return std::move(opened).error();
        tcp = std::move(*opened);
        address = tcp->local_address();
        return {};
    }
    /// libnice has closed its side: so do we, and the server lets go of the allocation.
    void drop(Link& link) {
        const auto alive = shared_from_this();
        link.wire.close();
        link.tcp.reset();
    }
    Link* link_of(const TransportAddress& client) {
        for (Link& link : links) {
            if (link.client == client) return &link;
        }
        if (links.size() >= kMaxClientCount) return nullptr;
        Link& link = links.emplace_back(*this, name);
        link.client = client;
        return &link;
    }

    turn::Surroundings where;
    turn::Endpoint server;
    std::shared_ptr<turn::Transcript> transcript;
    std::string name;
    Tap tap;
    bool is_cut = false;
    std::optional<Error> error;
    std::string security;
    TransportAddress address;
    std::unique_ptr<transport::UdpSocket> udp;
    std::unique_ptr<transport::TcpListener> tcp;
    std::list<Link> links;
};

Result<std::unique_ptr<Bridge>> Bridge::open(const turn::Surroundings& where, turn::Endpoint server,
                                             std::shared_ptr<turn::Transcript> transcript,
                                             std::string name) {
    auto state =
        std::make_shared<State>(where, std::move(server), std::move(transcript), std::move(name));
    if (auto listening = state->listen(); !listening) return std::move(listening).error();
    return std::unique_ptr<Bridge>(new Bridge(std::move(state)));
}

Bridge::Bridge(std::shared_ptr<State> state) : state_(std::move(state)) {}

Bridge::~Bridge() {
    state_->udp.reset();
    state_->tcp.reset();
    state_->links.clear();
}

const TransportAddress& Bridge::address() const {
    return state_->address;
}

agent::TurnServerRef::Transport Bridge::transport() const {
    return state_->tcp ? agent::TurnServerRef::Transport::Tcp
                       : agent::TurnServerRef::Transport::Udp;
}

const Tap& Bridge::tap() const {
    return state_->tap;
}

void Bridge::set_cut(bool is_cut) {
    state_->is_cut = is_cut;
}

const std::optional<Error>& Bridge::error() const {
    return state_->error;
}

std::string Bridge::security() const {
    return state_->security;
}

}  // namespace portolan::calls
