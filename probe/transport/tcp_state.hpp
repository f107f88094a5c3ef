#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probe/transport/glib_ptr.hpp"
#include "probe/transport/socket.hpp"
#include "probe/transport/tcp_connection.hpp"

namespace portolan::transport {

/// Shared with the callbacks under way, so that the connection may go inside them.
struct TcpConnection::State : std::enable_shared_from_this<TcpConnection::State> {
    enum class Phase { Connecting, Open, Over };

    State(GMainContext* main_context, const TransportAddress& its_remote,
          std::size_t its_max_queued_bytes, Handlers its_handlers);

    void begin_connect(const TcpOptions& options);
    int try_connect(const TcpOptions& options);
    void finish_connect(int error_number);
    void start_connected();
    void watch_reads();
    void set_reading(bool wanted);
    void read_some();
    bool enqueue(Bytes bytes);
    std::size_t send_now(Bytes bytes);
    void watch_writes();
    void write_some();
    void close();
    void end(StreamEnd how, const std::string& detail);
    void stop();

    glib::ContextPtr context;
    TransportAddress remote;
    std::size_t max_queued_bytes;
    std::shared_ptr<Handlers> handlers;
    Phase phase = Phase::Connecting;
    bool is_closing = false;
    bool is_reading = true;
    bool has_ended = false;
    FileDescriptor fd;
    std::optional<TransportAddress> local;
    std::string connect_detail;
    std::vector<std::byte> queue;
    glib::SourcePtr deadline;
    glib::SourcePtr read_watch;
    glib::SourcePtr write_watch;
};

}  // namespace portolan::transport
