#include "probe/transport/tcp_connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "probe/transport/fault.hpp"
#include "probe/transport/glib_ptr.hpp"
#include "probe/transport/socket.hpp"
#include "probe/transport/tcp_state.hpp"

namespace portolan::transport {
namespace {

constexpr int kMaxReadsPerWakeUp = 16;
constexpr std::size_t kReadBytes = 16 * 1024;

StreamOutcome classify_connect_errno(int error_number) {
    switch (error_number) {
        case ECONNREFUSED:
        case ECONNRESET:
            return StreamOutcome::Refused;
        case ETIMEDOUT:
            return StreamOutcome::TimedOut;
        case EPERM:
        case EACCES:
            return StreamOutcome::NotPermitted;
        default:
            return StreamOutcome::Unreachable;
    }
}

// Linux lets a port that somebody listens on be connected from when both sockets have SO_REUSEPORT.
bool share_port(int fd) {
    const int on = 1;
    return ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
}

bool must_wait(int error_number) {
    return error_number == EAGAIN || error_number == EWOULDBLOCK || error_number == EINTR;
}

}  // namespace

TcpConnection::State::State(GMainContext* main_context, const TransportAddress& its_remote,
                            std::size_t its_max_queued_bytes, Handlers its_handlers)
    : context(glib::share(main_context)),
      remote(its_remote),
      max_queued_bytes(its_max_queued_bytes),
      handlers(std::make_shared<Handlers>(std::move(its_handlers))) {}

void TcpConnection::State::begin_connect(const TcpOptions& options) {
    const int failed = try_connect(options);
    if (failed == EINPROGRESS) {
        const Duration timeout = options.timeout;
        deadline = glib::call_after(context.get(), timeout, [this, timeout] {
            const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
            connect_detail = "no TCP connection within " + std::to_string(ms) + " ms";
            finish_connect(ETIMEDOUT);
        });
        write_watch = glib::watch_fd(
            context.get(), fd.get(), static_cast<GIOCondition>(G_IO_OUT | G_IO_ERR | G_IO_HUP),
            [this](GIOCondition) {
                int error_number = 0;
                socklen_t length = sizeof error_number;
                if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error_number, &length) != 0) {
                    error_number = errno;
                }
                finish_connect(error_number);
            });
        return;
    }
    deadline = glib::call_soon(context.get(), [this, failed] { finish_connect(failed); });
}

int TcpConnection::State::try_connect(const TcpOptions& options) {
    int failed = 0;
    auto opened = open_socket(options.remote.family(), SOCK_STREAM, options.interface, &failed);
    if (!opened) {
        connect_detail = opened.error().message;
        return failed;
    }
    fd = std::move(*opened);
    const std::uint32_t scope = scope_id(options.bind_ip, options.interface);
    if (options.bind_ip) {
        if (options.bind_ip->family() != options.remote.family()) return EAFNOSUPPORT;
        const TransportAddress from{*options.bind_ip, options.bind_port};
        if (from.port != 0 && !share_port(fd.get())) return errno;
        failed = bind_socket(fd.get(), from, scope);
        if (failed != 0) {
            connect_detail = bind_error(failed, from).message;
            return failed;
        }
    }
    sockaddr_storage storage{};
    const unsigned length = to_scoped_sockaddr(options.remote, scope, storage);
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&storage), length) == 0 ? 0
                                                                                         : errno;
}

void TcpConnection::State::finish_connect(int error_number) {
    const auto alive = shared_from_this();
    deadline.reset();
    write_watch.reset();
    StreamReport report;
    if (error_number == 0) {
        start_connected();
        report.outcome = StreamOutcome::Connected;
        report.detail = "connected to " + remote.to_string();
    } else {
        fd.reset();
        phase = Phase::Over;
        report.outcome = classify_connect_errno(error_number);
        report.error_number = error_number;
        report.detail = connect_detail.empty() ? errno_text(error_number) : connect_detail;
    }
    const auto current = handlers;
    if (current->on_outcome) current->on_outcome(report);
}

void TcpConnection::State::start_connected() {
    // Requests are whole messages already; waiting to coalesce them only adds delay.
    const int on = 1;
    (void)::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    phase = Phase::Open;
    local = bound_address(fd.get());
    if (is_reading) watch_reads();
}

void TcpConnection::State::watch_reads() {
    read_watch = glib::watch_fd(context.get(), fd.get(),
                                static_cast<GIOCondition>(G_IO_IN | G_IO_ERR | G_IO_HUP),
                                [this](GIOCondition) { read_some(); });
}

void TcpConnection::State::set_reading(bool wanted) {
    if (std::exchange(is_reading, wanted) == wanted || phase != Phase::Open || has_ended) return;
    if (!wanted) return read_watch.reset();
    watch_reads();
}

void TcpConnection::State::read_some() {
    const auto alive = shared_from_this();
    std::vector<std::byte> chunk(kReadBytes);
    for (int i = 0; i < kMaxReadsPerWakeUp && read_watch; ++i) {
        const ssize_t got = ::recv(fd.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
        if (got > 0) {
            const auto current = handlers;
            if (current->on_bytes) {
                current->on_bytes(Bytes(chunk).first(static_cast<std::size_t>(got)));
            }
            continue;
        }
        if (got == 0) return end(StreamEnd::PeerClosed, "closed by the peer");
        if (must_wait(errno)) return;
        return end(StreamEnd::Reset, errno_text(errno));
    }
}

bool TcpConnection::State::enqueue(Bytes bytes) {
    if (phase != Phase::Open || is_closing || !fd.is_open()) return false;
    if (bytes.size() > max_queued_bytes - queue.size()) return false;
    if (queue.empty()) bytes = bytes.subspan(send_now(bytes));
    if (bytes.empty()) return true;
    queue.insert(queue.end(), bytes.begin(), bytes.end());
    watch_writes();
    return true;
}

// How many bytes went at once. An error is left for write_some(), because send() never calls back.
std::size_t TcpConnection::State::send_now(Bytes bytes) {
    const ssize_t sent = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

void TcpConnection::State::watch_writes() {
    if (write_watch) return;
    write_watch = glib::watch_fd(context.get(), fd.get(),
                                 static_cast<GIOCondition>(G_IO_OUT | G_IO_ERR | G_IO_HUP),
                                 [this](GIOCondition) { write_some(); });
}

void TcpConnection::State::write_some() {
    const auto alive = shared_from_this();
    while (!queue.empty()) {
        const ssize_t sent =
            ::send(fd.get(), queue.data(), queue.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            if (must_wait(errno)) return;
            return end(StreamEnd::Reset, errno_text(errno));
        }
        queue.erase(queue.begin(), queue.begin() + sent);
    }
    write_watch.reset();
    if (is_closing) (void)::shutdown(fd.get(), SHUT_WR);
    const auto current = handlers;
    if (current->on_drained) current->on_drained();
}

void TcpConnection::State::close() {
    if (is_closing) return;
    is_closing = true;
    if (phase == Phase::Connecting) return stop();
    if (phase == Phase::Open && queue.empty()) (void)::shutdown(fd.get(), SHUT_WR);
}

void TcpConnection::State::end(StreamEnd how, const std::string& detail) {
    read_watch.reset();
    if (how == StreamEnd::Reset) {
        write_watch.reset();
        queue.clear();
        phase = Phase::Over;
    }
    if (std::exchange(has_ended, true)) return;
    const auto current = handlers;
    if (current->on_end) current->on_end(how, detail);
}

void TcpConnection::State::stop() {
    deadline.reset();
    read_watch.reset();
    write_watch.reset();
    fd.reset();
    phase = Phase::Over;
}

std::unique_ptr<TcpConnection> TcpConnection::connect(GMainContext* context,
                                                      const TcpOptions& options,
                                                      Handlers handlers) {
    auto state = std::make_shared<State>(context, options.remote, options.max_queued_bytes,
                                         std::move(handlers));
    state->begin_connect(options);
    return std::unique_ptr<TcpConnection>(new TcpConnection(std::move(state)));
}

TcpConnection::TcpConnection(std::shared_ptr<State> state) : state_(std::move(state)) {}
TcpConnection::~TcpConnection() {
    state_->stop();
}

bool TcpConnection::send(Bytes bytes) {
    return state_->enqueue(bytes);
}
std::size_t TcpConnection::queued_bytes() const {
    return state_->queue.size();
}
void TcpConnection::close() {
    state_->close();
}
void TcpConnection::set_reading(bool wanted) {
    state_->set_reading(wanted);
}
std::optional<TransportAddress> TcpConnection::local_address() const {
    return state_->local;
}
const TransportAddress& TcpConnection::remote_address() const {
    return state_->remote;
}

void TcpConnection::set_handlers(Handlers handlers) {
    // A new object: the old one may be executing.
    state_->handlers = std::make_shared<Handlers>(std::move(handlers));
}

}  // namespace portolan::transport
