#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "probe/transport/fault.hpp"
#include "probe/transport/glib_ptr.hpp"
#include "probe/transport/socket.hpp"
#include "probe/transport/tcp_connection.hpp"
#include "probe/transport/tcp_state.hpp"

namespace portolan::transport {
namespace {

constexpr int kBacklog = 128;
constexpr int kMaxAcceptsPerWakeUp = 16;
constexpr std::size_t kMaxQueuedBytes = 256 * 1024;
// Out of descriptors, accept() fails and the socket stays readable: polling it again at once would
// only burn the processor.
constexpr Duration kPauseWithoutDescriptors = std::chrono::milliseconds(100);

bool is_exhaustion(int error_number) {
    return error_number == EMFILE || error_number == ENFILE || error_number == ENOBUFS ||
           error_number == ENOMEM;
}

}  // namespace

struct TcpListener::State : std::enable_shared_from_this<TcpListener::State> {
    State(GMainContext* main_context, OnConnection callback)
        : context(glib::share(main_context)), on_connection(std::move(callback)) {}

    void start();
    void accept_some();
    void hand_over(FileDescriptor accepted, const TransportAddress& remote);

    glib::ContextPtr context;
    OnConnection on_connection;
    FileDescriptor fd;
    TransportAddress local;
    glib::SourcePtr watch;
    glib::SourcePtr pause;
};

void TcpListener::State::start() {
    watch =
        glib::watch_fd(context.get(), fd.get(), G_IO_IN, [this](GIOCondition) { accept_some(); });
}

void TcpListener::State::accept_some() {
    const auto alive = shared_from_this();
    for (int i = 0; i < kMaxAcceptsPerWakeUp && watch; ++i) {
        sockaddr_storage storage{};
        socklen_t length = sizeof storage;
        FileDescriptor accepted(::accept4(fd.get(), reinterpret_cast<sockaddr*>(&storage), &length,
                                          SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!accepted.is_open()) {
            if (is_exhaustion(errno)) {
                watch.reset();
                pause =
                    glib::call_after(context.get(), kPauseWithoutDescriptors, [this] { start(); });
            }
            // accept(2): errors of a connection that died while waiting are to be ignored.
            return;
        }
        const auto remote =
            TransportAddress::from_sockaddr(reinterpret_cast<const sockaddr*>(&storage), length);
        if (remote) hand_over(std::move(accepted), *remote);
    }
}

void TcpListener::State::hand_over(FileDescriptor accepted, const TransportAddress& remote) {
    auto state = std::make_shared<TcpConnection::State>(context.get(), remote, kMaxQueuedBytes,
                                                        TcpConnection::Handlers{});
    state->fd = std::move(accepted);
    state->start_connected();
    on_connection(std::unique_ptr<TcpConnection>(new TcpConnection(std::move(state))));
}

Result<std::unique_ptr<TcpListener>> TcpListener::open(GMainContext* context,
                                                       const TransportAddress& address,
                                                       OnConnection on_connection,
                                                       bool shares_port) {
    auto opened = open_socket(address.family(), SOCK_STREAM, {});
    if (!opened) return std::move(opened).error();
    auto state = std::make_shared<State>(context, std::move(on_connection));
    state->fd = std::move(*opened);
    // A restarted server must not wait for TIME-WAIT (RFC 9293 s3.6.1) of its former self.
    const int on = 1;
    (void)::setsockopt(state->fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (const int failed = bind_socket(state->fd.get(), address, scope_id(address.ip, {}));
        failed != 0) {
        return bind_error(failed, address);
    }
    // Behind the bind, which so has found out that nobody else has the port.
    if (shares_port &&
        ::setsockopt(state->fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
        return bind_error(errno, address);
    }
    if (::listen(state->fd.get(), kBacklog) != 0) return bind_error(errno, address);
    state->local = bound_address(state->fd.get()).value_or(address);
    state->start();
    return std::unique_ptr<TcpListener>(new TcpListener(std::move(state)));
}

TcpListener::TcpListener(std::shared_ptr<State> state) : state_(std::move(state)) {}

TcpListener::~TcpListener() {
    state_->watch.reset();
    state_->pause.reset();
    state_->fd.reset();
}

const TransportAddress& TcpListener::local_address() const {
    return state_->local;
}

}  // namespace portolan::transport
