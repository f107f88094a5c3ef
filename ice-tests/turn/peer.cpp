#include "ice-tests/turn/peer.hpp"

#include <deque>
#include <utility>

#include "probe/transport/udp_socket.hpp"

namespace portolan::turn {
namespace {

constexpr std::size_t kMaxWaitingCount = 10'000;

}  // namespace

struct Peer::State : std::enable_shared_from_this<Peer::State> {
    State(const Surroundings& its_where, std::shared_ptr<Transcript> its_transcript,
          std::string its_name)
        : where(its_where),
          transcript(std::move(its_transcript)),
          name(std::move(its_name)),
          signal(its_where) {}

    void on_datagram(const transport::Datagram& datagram) {
        const auto alive = shared_from_this();
        transcript->add(Direction::Received, where.now(), name, datagram.bytes);
        if (waiting.size() < kMaxWaitingCount) {
            waiting.push_back({.source = datagram.source,
                               .bytes = {datagram.bytes.begin(), datagram.bytes.end()},
                               .at = where.now(),
                               .traffic_class = datagram.traffic_class});
        }
        signal.notify();
    }

    Surroundings where;
    std::shared_ptr<Transcript> transcript;
    std::string name;
    Signal signal;
    std::unique_ptr<transport::UdpSocket> socket;
    TransportAddress address;
    std::deque<PeerDatagram> waiting;
};

Result<std::unique_ptr<Peer>> Peer::open(const Surroundings& where, const IpAddress& ip,
                                         std::shared_ptr<Transcript> transcript, std::string name) {
    auto state = std::make_shared<State>(where, std::move(transcript), std::move(name));
    auto opened = transport::UdpSocket::open(
        where.context, *where.clock, *where.random, {.family = ip.family(), .bind_ip = ip},
        {.on_datagram = [raw = state.get()](const transport::Datagram& datagram) {
            raw->on_datagram(datagram);
        }});
    if (!opened) return std::move(opened).error();
    state->socket = std::move(*opened);
    state->address = state->socket->local_address();
    return std::unique_ptr<Peer>(new Peer(std::move(state)));
}

Peer::Peer(std::shared_ptr<State> state) : state_(std::move(state)) {}
Peer::~Peer() {
    state_->socket.reset();
}

const TransportAddress& Peer::address() const {
    return state_->address;
}

void Peer::set_address(const TransportAddress& address) {
    state_->address = address;
}

void Peer::send(const TransportAddress& to, transport::Bytes bytes) {
    state_->transcript->add(Direction::Sent, state_->where.now(), state_->name, bytes);
    (void)state_->socket->send(to, bytes);
}

Task<std::optional<PeerDatagram>> Peer::receive(transport::Time deadline) {
    const auto state = state_;
    while (state->waiting.empty() && state->where.now() < deadline)
        co_await state->signal.until(deadline);
    if (state->waiting.empty()) co_return std::nullopt;
    PeerDatagram out = std::move(state->waiting.front());
    state->waiting.pop_front();
    co_return std::optional<PeerDatagram>(std::move(out));
}

}  // namespace portolan::turn
