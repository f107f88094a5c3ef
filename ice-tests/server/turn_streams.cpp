#include "ice-tests/server/turn_streams.hpp"

#include <utility>

namespace portolan::server {

struct TurnStreams::Stream {
    FiveTuple tuple;
    std::unique_ptr<transport::TcpConnection> connection;
    stun::StreamReader reader;
    glib::SourcePtr idle_timer;
    bool is_heard = false;  // since the idle timer started
    bool is_dropped = false;
};

TurnStreams::TurnStreams(GMainContext* context, const AddressHash& hash, Handlers handlers)
    : context_(glib::share(context)), handlers_(std::move(handlers)), streams_(0, hash) {}

TurnStreams::~TurnStreams() = default;

void TurnStreams::add(const TransportAddress& received_on,
                      std::unique_ptr<transport::TcpConnection> connection) {
    if (streams_.size() >= kMaxConnectionCount) return;
    auto stream = std::make_shared<Stream>();
    stream->tuple = {
        .transport = Arrival::Tcp, .client = connection->remote_address(), .server = received_on};
    // A new connection from the same port means that the old one is dead.
    drop(stream->tuple);
    stream->connection = std::move(connection);
    const std::weak_ptr<Stream> weak = stream;
    stream->connection->set_handlers(
        {.on_bytes =
             [this, weak](stun::Bytes bytes) {
                 if (const auto alive = weak.lock()) on_bytes(alive, bytes);
             },
         .on_end =
             [this, weak](transport::StreamEnd how, const std::string&) {
                 if (const auto alive = weak.lock()) on_end(*alive, how);
             }});
    restart_idle_timer(*stream);
    streams_[stream->tuple] = std::move(stream);
}

void TurnStreams::on_bytes(const std::shared_ptr<Stream>& stream, stun::Bytes bytes) {
    stream->is_heard = true;
    while (!stream->is_dropped) {
        const auto frame = stream->reader.next(bytes);
        if (!frame) return drop(stream->tuple);
        if (!frame->has_value()) return;
        handlers_.on_frame(stream->tuple, (*frame)->bytes);
    }
}

bool TurnStreams::send(const FiveTuple& to, stun::Bytes frame) {
    const auto found = streams_.find(to);
    return found != streams_.end() && found->second->connection->send(frame);
}

// RFC 8489 s6.2.2: a connection SHOULD NOT be closed while a response is owed.
void TurnStreams::on_end(Stream& stream, transport::StreamEnd how) {
    const FiveTuple tuple = stream.tuple;
    if (how != transport::StreamEnd::PeerClosed || stream.connection->queued_bytes() == 0) {
        return drop(tuple);
    }
    stream.connection->close();
    stream.idle_timer =
        glib::call_after(context_.get(), kLinger, [this, tuple] { drop(FiveTuple(tuple)); });
}

void TurnStreams::restart_idle_timer(Stream& stream) {
    stream.is_heard = false;
    stream.idle_timer =
        glib::call_after(context_.get(), kIdleTimeout, [this, tuple = stream.tuple] {
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
