#include "ice-tests/server/turn_streams.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace portolan::server {

using M = mutants::Mutant;

struct TurnStreams::Stream {
    FiveTuple tuple;
    std::unique_ptr<transport::ByteStream> connection;
    std::unique_ptr<transport::TcpConnection> watched;  // while nothing has come
    stun::StreamReader reader;
    glib::SourcePtr idle_timer;
    bool is_heard = false;  // since the idle timer started
    bool is_dropped = false;
    int piece_count = 0;  // of the message that is arriving
    std::optional<transport::ByteStream::Handlers> new_owner;
};

TurnStreams::TurnStreams(GMainContext* context, const AddressHash& hash, Handlers handlers,
                         std::shared_ptr<const transport::TlsCredentials> identity,
                         const mutants::MutantSet& mutants, transport::Duration idle)
    : context_(glib::share(context)),
      handlers_(std::move(handlers)),
      identity_(std::move(identity)),
      mutants_(mutants),
      idle_(idle),
      streams_(0, hash) {}

TurnStreams::~TurnStreams() = default;

void TurnStreams::add(Arrival arrival, const TransportAddress& received_on,
                      std::unique_ptr<transport::TcpConnection> connection) {
    if (streams_.size() >= kMaxConnectionCount) return;
    auto stream = std::make_shared<Stream>();
    stream->tuple = {
        .transport = arrival, .client = connection->remote_address(), .server = received_on};
    // A new connection from the same port means that the old one is dead.
    drop(stream->tuple);
    streams_[stream->tuple] = stream;
    restart_idle_timer(*stream);
    const bool takes_both =
        is(arrival == Arrival::Tls ? M::TlsPlaintext : M::TlsOnPlainPort) && identity_;
    if (takes_both) return watch(stream, std::move(connection));
    begin(stream, std::move(connection), arrival == Arrival::Tls, {});
}

void TurnStreams::watch(const StreamRef& stream,
                        std::unique_ptr<transport::TcpConnection> connection) {
    stream->watched = std::move(connection);
    const std::weak_ptr<Stream> weak = stream;
    stream->watched->set_handlers({.on_bytes =
                                       [this, weak](stun::Bytes bytes) {
                                           const auto alive = weak.lock();
                                           if (!alive) return;
                                           constexpr std::byte kHandshake{22};
                                           begin(alive, std::move(alive->watched),
                                                 bytes.front() == kHandshake, bytes);
                                       },
                                   .on_end =
                                       [this, weak](transport::StreamEnd, const std::string&) {
                                           if (const auto alive = weak.lock()) drop(alive->tuple);
                                       }});
}

transport::ByteStream::Handlers TurnStreams::handlers_for(const StreamRef& stream) {
    const std::weak_ptr<Stream> weak = stream;
    return {.on_outcome =
                [this, weak](const transport::StreamReport& report) {
                    const auto alive = weak.lock();
                    if (alive && report.outcome != transport::StreamOutcome::Connected) {
                        drop(alive->tuple);
                    }
                },
            .on_bytes =
                [this, weak](stun::Bytes bytes) {
                    if (const auto alive = weak.lock()) on_bytes(alive, bytes);
                },
            .on_end =
                [this, weak](transport::StreamEnd how, const std::string& detail) {
                    const auto alive = weak.lock();
                    if (!alive) return;
                    if (alive->new_owner) return alive->new_owner->on_end(how, detail);
                    on_end(*alive, how);
                },
            .on_drained =
                [weak] {
                    const auto alive = weak.lock();
                    if (alive && alive->new_owner) alive->new_owner->on_drained();
                }};
}

void TurnStreams::begin(const StreamRef& stream,
                        std::unique_ptr<transport::TcpConnection> connection, bool with_tls,
                        stun::Bytes first) {
    if (with_tls) {
        stream->connection =
            transport::TlsConnection::accept(context_.get(), std::move(connection), identity_,
                                             handlers_for(stream), kHandshakeTimeout, first);
        return;
    }
    connection->set_handlers(handlers_for(stream));
    stream->connection = std::move(connection);
    if (!first.empty()) on_bytes(stream, first);
}

void TurnStreams::on_bytes(const StreamRef& stream, stun::Bytes bytes) {
    if (stream->new_owner) return stream->new_owner->on_bytes(bytes);
    stream->is_heard = true;
    if (misbehave(stream, bytes)) return;
    while (!stream->is_dropped) {
        const auto frame = stream->reader.next(bytes);
        if (!frame) return drop(stream->tuple);
        if (!frame->has_value()) return;
        stream->piece_count = 0;
        handlers_.on_frame(stream->tuple, (*frame)->bytes);
        if (stream->new_owner) {
            if (!bytes.empty()) stream->new_owner->on_bytes(bytes);
            return;
        }
        if (is(M::Rfc8489S6_2_2Pipelined)) return;
    }
}

bool TurnStreams::misbehave(const StreamRef& stream, stun::Bytes bytes) {
    if (is(M::Rfc8489S6_2_2ByteByByte) && ++stream->piece_count > 2) {
        drop(stream->tuple);
        return true;
    }
    constexpr std::string_view kGet = "GET ";
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!is(M::SecurityHttp) || !text.starts_with(kGet)) return false;
    constexpr std::string_view kPage = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    (void)stream->connection->send(std::as_bytes(std::span(kPage)));
    return true;
}

void TurnStreams::close(const FiveTuple& tuple) {
    const auto found = streams_.find(tuple);
    if (found != streams_.end() && found->second->connection) found->second->connection->close();
}

std::shared_ptr<transport::ByteStream> TurnStreams::hand_over(const FiveTuple& tuple,
                                                              transport::ByteStream::Handlers to) {
    const auto found = streams_.find(tuple);
    if (found == streams_.end() || !found->second->connection) return nullptr;
    const StreamRef stream = found->second;
    streams_.erase(found);
    stream->idle_timer.reset();
    stream->new_owner = std::move(to);
    return {stream, stream->connection.get()};
}

bool TurnStreams::send(const FiveTuple& to, stun::Bytes frame) {
    const auto found = streams_.find(to);
    return found != streams_.end() && found->second->connection &&
           found->second->connection->send(frame);
}

// RFC 8489 s6.2.2: a connection SHOULD NOT be closed while a response is owed.
void TurnStreams::on_end(Stream& stream, transport::StreamEnd how) {
    const FiveTuple tuple = stream.tuple;
    const bool is_idle = !stream.connection || stream.connection->queued_bytes() == 0;
    if (how != transport::StreamEnd::PeerClosed || is_idle) {
        return drop(tuple);
    }
    stream.connection->close();
    stream.idle_timer =
        glib::call_after(context_.get(), kLinger, [this, tuple] { drop(FiveTuple(tuple)); });
}

void TurnStreams::restart_idle_timer(Stream& stream) {
    stream.is_heard = false;
    if (is(M::SecurityIdleConnection)) return;
    stream.idle_timer = glib::call_after(context_.get(), idle_, [this, tuple = stream.tuple] {
        const auto found = streams_.find(tuple);
        if (found == streams_.end()) return;
        if (found->second->is_heard || handlers_.may_idle(tuple)) {
            return restart_idle_timer(*found->second);
        }
        drop(FiveTuple(tuple));
    });
}

void TurnStreams::drop(const FiveTuple& tuple) {
    const auto found = streams_.find(tuple);
    if (found == streams_.end()) return;
    const auto gone = std::move(found->second);
    streams_.erase(found);
    gone->is_dropped = true;
    handlers_.on_gone(gone->tuple);
}

}  // namespace portolan::server
