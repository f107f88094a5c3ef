#include "ice-tests/turn/stream_peer.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include "probe/transport/tcp_connection.hpp"

namespace portolan::turn {
namespace {

// Somebody else may find the port: what is not accepted is closed.
constexpr std::size_t kMaxWaitingCount = 16;

}  // namespace

struct PeerStream::State : std::enable_shared_from_this<PeerStream::State> {
    State(const Surroundings& its_where, std::shared_ptr<Transcript> its_transcript,
          std::string its_name)
        : where(its_where),
          transcript(std::move(its_transcript)),
          name(std::move(its_name)),
          signal(its_where) {}

    transport::ByteStream::Handlers handlers() {
        return {.on_outcome =
                    [this](const transport::StreamReport& report) {
                        const auto alive = shared_from_this();
                        is_open = report.outcome == transport::StreamOutcome::Connected;
                        is_decided = true;
                        transcript->note(where.now(), name, report.detail);
                        signal.notify();
                    },
                .on_bytes =
                    [this](transport::Bytes bytes) {
                        const auto alive = shared_from_this();
                        transcript->add(Direction::Received, where.now(), name, bytes);
                        received.insert(received.end(), bytes.begin(), bytes.end());
                        signal.notify();
                    },
                .on_end =
                    [this](transport::StreamEnd, const std::string& detail) {
                        const auto alive = shared_from_this();
                        is_open = false;
                        transcript->note(where.now(), name, "the connection ended: " + detail);
                        signal.notify();
                    }};
    }

    Surroundings where;
    std::shared_ptr<Transcript> transcript;
    std::string name;
    Signal signal;
    std::unique_ptr<transport::TcpConnection> connection;
    TransportAddress relay;
    std::vector<std::byte> received;
    bool is_open = false;
    bool is_decided = false;
};

Task<std::unique_ptr<PeerStream>> PeerStream::connect(Surroundings where, TransportAddress to,
                                                      std::optional<IpAddress> from,
                                                      std::shared_ptr<Transcript> transcript,
                                                      std::string name) {
    auto state = std::make_shared<State>(where, std::move(transcript), std::move(name));
    std::unique_ptr<PeerStream> out(new PeerStream(state));
    state->relay = to;
    transport::TcpOptions options;
    options.remote = to;
    options.bind_ip = from;
    state->connection =
        transport::TcpConnection::connect(where.context, options, state->handlers());
    while (!state->is_decided)
        co_await state->signal.until(transport::Time::max());
    co_return out;
}

PeerStream::PeerStream(std::shared_ptr<State> state) : state_(std::move(state)) {}
PeerStream::~PeerStream() {
    state_->connection.reset();
}

bool PeerStream::is_open() const {
    return state_->is_open;
}

std::optional<TransportAddress> PeerStream::address() const {
    return state_->connection->local_address();
}

const TransportAddress& PeerStream::relay() const {
    return state_->relay;
}

bool PeerStream::send(transport::Bytes bytes) {
    state_->transcript->add(Direction::Sent, state_->where.now(), state_->name, bytes);
    return state_->connection->send(bytes);
}

void PeerStream::close() {
    state_->connection->close();
}

Task<std::vector<std::byte>> PeerStream::receive(std::size_t count, transport::Time deadline) {
    const auto state = state_;
    while (state->received.size() < count && state->is_open && state->where.now() < deadline)
        co_await state->signal.until(deadline);
    const auto end = state->received.begin() +
                     static_cast<std::ptrdiff_t>(std::min(count, state->received.size()));
    std::vector<std::byte> out(state->received.begin(), end);
    state->received.erase(state->received.begin(), end);
    co_return out;
}

Task<bool> PeerStream::ends_before(transport::Time deadline) {
    const auto state = state_;
    while (state->is_open && state->where.now() < deadline)
        co_await state->signal.until(deadline);
    co_return !state->is_open;
}

struct StreamPeer::State {
    State(const Surroundings& its_where, std::shared_ptr<Transcript> its_transcript,
          std::string its_name)
        : where(its_where),
          transcript(std::move(its_transcript)),
          name(std::move(its_name)),
          signal(its_where) {}

    Surroundings where;
    std::shared_ptr<Transcript> transcript;
    std::string name;
    Signal signal;
    std::unique_ptr<transport::TcpListener> listener;
    std::deque<std::unique_ptr<PeerStream>> waiting;
};

Result<std::unique_ptr<StreamPeer>> StreamPeer::open(const Surroundings& where, const IpAddress& ip,
                                                     std::shared_ptr<Transcript> transcript,
                                                     std::string name) {
    auto state = std::make_shared<State>(where, std::move(transcript), std::move(name));
    auto opened = transport::TcpListener::open(
        where.context, {ip, 0},
        [raw = state.get()](std::unique_ptr<transport::TcpConnection> connection) {
            if (raw->waiting.size() >= kMaxWaitingCount) return;
            auto stream =
                std::make_shared<PeerStream::State>(raw->where, raw->transcript, raw->name);
            stream->relay = connection->remote_address();
            stream->is_open = true;
            stream->is_decided = true;
            connection->set_handlers(stream->handlers());
            stream->connection = std::move(connection);
            raw->transcript->note(raw->where.now(), raw->name,
                                  "a connection from " + stream->relay.to_string());
            raw->waiting.push_back(std::unique_ptr<PeerStream>(new PeerStream(std::move(stream))));
            raw->signal.notify();
        });
    if (!opened) return std::move(opened).error();
    state->listener = std::move(*opened);
    return std::unique_ptr<StreamPeer>(new StreamPeer(std::move(state)));
}

StreamPeer::StreamPeer(std::shared_ptr<State> state) : state_(std::move(state)) {}
StreamPeer::~StreamPeer() {
    state_->listener.reset();
}

const TransportAddress& StreamPeer::address() const {
    return state_->listener->local_address();
}

Task<std::unique_ptr<PeerStream>> StreamPeer::accept(transport::Time deadline) {
    const auto state = state_;
    while (state->waiting.empty() && state->where.now() < deadline)
        co_await state->signal.until(deadline);
    if (state->waiting.empty()) co_return nullptr;
    auto out = std::move(state->waiting.front());
    state->waiting.pop_front();
    co_return out;
}

}  // namespace portolan::turn
