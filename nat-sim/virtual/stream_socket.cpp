#include "nat-sim/virtual/stream_socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "nat-sim/virtual/icmp_errno.hpp"
#include "nat-sim/virtual/message_buffers.hpp"

namespace portolan::sim {
namespace {

constexpr int kMaxBacklog = 4096;  // net.core.somaxconn

bool is_link_local_v6(const IpAddress& ip) {
    return ip.family() == AddressFamily::IPv6 && ip.address_class() == AddressClass::LinkLocal;
}

IpAddress loopback(AddressFamily family) {
    if (family == AddressFamily::IPv4) return IpAddress::v4({127, 0, 0, 1});
    return IpAddress::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
}

}  // namespace

StreamSocket::StreamSocket(Process& process, int domain) : Socket(process, domain, SOCK_STREAM) {
    binding().family = family();
    binding().is_dual_stack = domain == AF_INET6;
}

StreamSocket::~StreamSocket() {
    StreamSocket::orphan();
}

void StreamSocket::orphan() {
    if (is_orphan()) return;
    // SO_LINGER with a time of zero: socket(7), a reset instead of an orderly end.
    if (flow_ && options_.linger_.l_onoff != 0 && options_.linger_.l_linger == 0) flow_->abort();
    if (flow_ && !fetched_.empty() && phase_ == Phase::Open) flow_->abort();
    for (const auto& item : waiting_)
        item->abort();
    waiting_.clear();
    listeners_.clear();
    if (flow_) flow_->reuses_address = binding().reuse_address;
    flow_.reset();
    if (binding().port != 0) process().host().tcp().unbind(*this);
    phase_ = Phase::Over;
    Socket::orphan();
}

int StreamSocket::bind(const sockaddr* address, socklen_t length) {
    if (is_orphan()) return -EBADF;
    const socklen_t least = domain() == AF_INET ? sizeof(sockaddr_in) : 24;
    if (length < least) return -EINVAL;
    if (address->sa_family != domain()) return -EAFNOSUPPORT;
    const auto wanted = read_sockaddr(address, length);
    if (!wanted || binding().port != 0) return -EINVAL;
    if (wanted->was_v4_mapped && options_.is_v6_only) return -EINVAL;
    return bind_to(*wanted);
}

int StreamSocket::bind_to(const SocketAddress& wanted) {
    const IpAddress& ip = wanted.address.ip;
    if (is_link_local_v6(ip) && binding().interface == nullptr) {
        if (wanted.scope_id == 0) return -EINVAL;
        for (const auto& item : process().host().interfaces()) {
            if (item->index() == wanted.scope_id) binding().interface = item.get();
        }
        if (binding().interface == nullptr) return -ENODEV;
    }
    return -process().host().tcp().bind(
        *this, ip.is_unspecified() ? std::nullopt : std::optional(ip), wanted.address.port);
}

std::unique_ptr<TcpFlow> StreamSocket::new_flow(std::size_t segment_bytes) {
    auto flow = process().host().tcp().stack().create(
        {.send_buffer_bytes = static_cast<std::size_t>(options_.send_buffer_bytes),
         .receive_buffer_bytes = static_cast<std::size_t>(options_.receive_buffer_bytes),
         .segment_bytes = segment_bytes});
    flow->set_no_delay(no_delay_);
    return flow;
}

int StreamSocket::connect(const sockaddr* address, socklen_t length) {
    if (is_orphan()) return -EBADF;
    if (length < sizeof(sa_family_t)) return -EINVAL;
    switch (phase_) {
        case Phase::Open:
            // inet_stream_connect(): the first call after the connection came about succeeds.
            return std::exchange(is_connect_due_, false) ? 0 : -EISCONN;
        case Phase::Listening:
            return -EISCONN;
        case Phase::Connecting:
            return -EALREADY;
        default:
            break;
    }
    if (pending_error_ != 0) return -std::exchange(pending_error_, 0);
    const auto to = read_sockaddr(address, length);
    if (!to) return length < sizeof(sockaddr_in) ? -EINVAL : -EAFNOSUPPORT;
    if (domain() == AF_INET && address->sa_family != AF_INET) return -EAFNOSUPPORT;
    if (const int failed = begin_connect(*to); failed != 0) return failed;
    is_connect_due_ = true;
    if (is_non_blocking()) return -EINPROGRESS;
    if (!wait_for(POLLOUT, 0)) return -EINPROGRESS;
    is_connect_due_ = false;
    return -std::exchange(pending_error_, 0);
}

int StreamSocket::begin_connect(const SocketAddress& to) {
    TransportAddress remote = to.address;
    if (remote.family() == AddressFamily::IPv4 && domain() == AF_INET6 && options_.is_v6_only) {
        return -ENETUNREACH;
    }
    if (remote.ip.is_unspecified()) remote.ip = loopback(remote.family());
    Host& host = process().host();
    const Interface* scope = binding().interface;
    if (is_link_local_v6(remote.ip)) {
        for (const auto& item : host.interfaces()) {
            if (item->index() == to.scope_id) scope = item.get();
        }
        if (scope == nullptr) return -EINVAL;
        binding().interface = scope;
    }
    std::optional<IpAddress> source = binding().ip;
    if (source && source->family() != remote.family()) return -ENETUNREACH;
    if (!source) {
        source = host.is_local(remote.ip) ? std::optional(remote.ip)
                                          : host.source_for(remote.ip, {.interface = scope});
    } else if (!host.is_local(remote.ip) && !host.route_to(remote.ip, {.interface = scope})) {
        source.reset();
    }
    if (!source) return -ENETUNREACH;
    if (binding().port == 0) {
        if (const int failed = bind_to({{*source, 0}, scope != nullptr ? scope->index() : 0});
            failed != 0) {
            return failed == -EADDRINUSE ? -EADDRNOTAVAIL : failed;
        }
    }
    binding().ip = source;
    binding().peer = remote;
    segment_options = Socket::send_options();
    flow_ = new_flow(host.tcp().segment_bytes(remote.ip));
    flow_->on_change = [this] { flow_changed(); };
    phase_ = Phase::Connecting;
    if (!flow_->connect(to_tcp({*source, binding().port}), to_tcp(remote))) {
        phase_ = Phase::Fresh;
        flow_.reset();
        binding().peer.reset();
        return -EADDRNOTAVAIL;
    }
    return 0;
}

void StreamSocket::flow_changed() {
    if (!flow_ || is_orphan()) return;
    const TcpPhase now = flow_->phase();
    if (phase_ == Phase::Connecting && now == TcpPhase::Open) phase_ = Phase::Open;
    if (now == TcpPhase::Closed && phase_ != Phase::Over) {
        if (phase_ == Phase::Connecting)
            return fail(flow_->has_timed_out() ? ETIMEDOUT : ECONNREFUSED);
        if (flow_->was_reset())
            return fail(is_read_shut_ || flow_->is_peer_done() ? EPIPE : ECONNRESET);
        if (flow_->has_timed_out()) return fail(ETIMEDOUT);
    }
    process().wake();
}

void StreamSocket::fail(int error_number) {
    pending_error_ = error_number;
    phase_ = Phase::Over;
    process().wake();
}

// tcp_v4_err() and tcp_v6_err(): an error ends an attempt to connect; an open connection lives on.
void StreamSocket::report(const IcmpArrival& icmp) {
    const IcmpErrno meaning = icmp_errno(icmp.destination.family(), icmp.type, icmp.code);
    if (meaning.error_number == 0 || meaning.error_number == EMSGSIZE) return;
    if (phase_ != Phase::Connecting) return;
    flow_->abort();
    fail(meaning.error_number);
}

bool StreamSocket::open_listener(const TransportAddress& local) {
    // Segments of accepted connections fit the smallest of the links.
    std::size_t segment_bytes = SIZE_MAX;
    for (const auto& item : process().host().interfaces())
        segment_bytes = std::min(segment_bytes, item->mtu_bytes() - 120);
    if (segment_bytes == SIZE_MAX) segment_bytes = 1400;
    auto listener = new_flow(segment_bytes);
    listener->may_accept = [this] { return waiting_.size() <= backlog_; };
    listener->on_accept = [this](std::unique_ptr<TcpFlow> accepted) {
        waiting_.push_back(std::move(accepted));
        process().wake();
    };
    const bool is_open = listener->listen(to_tcp(local));
    listeners_.push_back(std::move(listener));
    return is_open;
}

int StreamSocket::listen(int backlog) {
    if (is_orphan()) return -EBADF;
    if (phase_ != Phase::Fresh && phase_ != Phase::Listening) return -EINVAL;
    backlog_ = static_cast<std::size_t>(std::clamp(backlog, 0, kMaxBacklog));
    if (phase_ == Phase::Listening) return 0;
    if (binding().port == 0) {
        if (const int failed = bind_to({any_address(domain(), 0), 0}); failed != 0) return failed;
    }
    if (const int failed = process().host().tcp().check_listen(*this); failed != 0) return -failed;
    const std::uint16_t port = binding().port;
    bool is_open = open_listener({binding().ip.value_or(IpAddress::any(family())), port});
    if (binding().is_dual_stack && !binding().ip) {
        is_open = open_listener({IpAddress::any(AddressFamily::IPv4), port}) && is_open;
    }
    if (!is_open) {
        // SO_REUSEPORT would share the load; ns-3's TCP knows one listener for each address.
        listeners_.clear();
        return -EADDRINUSE;
    }
    is_listening = true;
    phase_ = Phase::Listening;
    return 0;
}

int StreamSocket::accept(std::unique_ptr<Socket>& accepted, int flags) {
    if (is_orphan()) return -EBADF;
    if (phase_ != Phase::Listening) return -EINVAL;
    (void)flags;  // SOCK_NONBLOCK is about the new socket
    if (waiting_.empty() && !wait_for(POLLIN, 0)) return -EAGAIN;
    if (waiting_.empty()) return -EAGAIN;
    auto socket = std::make_unique<StreamSocket>(process(), domain());
    socket->options_ = options_;
    socket->no_delay_ = no_delay_;
    socket->binding() = binding();
    socket->take_over(std::move(waiting_.front()));
    waiting_.pop_front();
    accepted = std::move(socket);
    return 0;
}

void StreamSocket::take_over(std::unique_ptr<TcpFlow> flow) {
    flow_ = std::move(flow);
    flow_->set_no_delay(no_delay_);
    flow_->on_change = [this] { flow_changed(); };
    binding().ip = from_tcp(flow_->local()).ip;
    binding().peer = from_tcp(flow_->remote());
    segment_options = Socket::send_options();
    process().host().tcp().adopt(*this);
    phase_ = Phase::Open;
    flow_changed();
}

int StreamSocket::local_name(sockaddr* address, socklen_t* length) {
    if (is_orphan()) return -EBADF;
    TransportAddress name = any_address(domain(), binding().port);
    if (binding().ip) name.ip = *binding().ip;
    const bool has_scope = is_link_local_v6(name.ip) && binding().interface != nullptr;
    write_sockaddr(domain(), name, has_scope ? binding().interface->index() : 0, address, length);
    return 0;
}

int StreamSocket::peer_name(sockaddr* address, socklen_t* length) {
    if (is_orphan()) return -EBADF;
    if (!binding().peer || phase_ != Phase::Open) return -ENOTCONN;
    write_sockaddr(domain(), *binding().peer, 0, address, length);
    return 0;
}

ssize_t StreamSocket::send(const msghdr& message, int flags) {
    if (is_orphan()) return -EBADF;
    if (pending_error_ != 0) return -std::exchange(pending_error_, 0);
    if (is_write_shut_ || phase_ == Phase::Over) return -EPIPE;
    if (phase_ == Phase::Fresh || phase_ == Phase::Listening) return -EPIPE;
    if (phase_ == Phase::Connecting) {
        if (!wait_for(POLLOUT, flags)) return -EAGAIN;
        if (pending_error_ != 0) return -std::exchange(pending_error_, 0);
    }
    gather(message, send_buffer_);
    std::size_t done = 0;
    while (done < send_buffer_.size()) {
        const auto* at = reinterpret_cast<const std::uint8_t*>(send_buffer_.data()) + done;
        const std::size_t count = flow_->send(at, send_buffer_.size() - done);
        done += count;
        if (count != 0) continue;
        if (done > 0 && is_non_blocking()) break;
        if (!wait_for(POLLOUT, flags)) break;
        if (phase_ != Phase::Open) break;
    }
    if (done > 0 || send_buffer_.empty()) return static_cast<ssize_t>(done);
    if (pending_error_ != 0) return -std::exchange(pending_error_, 0);
    return phase_ == Phase::Open ? -EAGAIN : -EPIPE;
}

bool StreamSocket::has_input() const {
    return !fetched_.empty() || (flow_ && flow_->readable_bytes() > 0);
}

bool StreamSocket::is_at_end() const {
    return is_read_shut_ || phase_ == Phase::Over || (flow_ && flow_->is_peer_done());
}

void StreamSocket::fetch(std::size_t count) {
    if (fetched_.size() >= count || !flow_) return;
    const std::size_t wanted = std::min(count - fetched_.size(), flow_->readable_bytes());
    const std::size_t before = fetched_.size();
    fetched_.resize(before + wanted);
    const std::size_t got =
        flow_->receive(reinterpret_cast<std::uint8_t*>(fetched_.data()) + before, wanted);
    fetched_.resize(before + got);
}

ssize_t StreamSocket::receive(msghdr& message, int flags) {
    if (is_orphan()) return -EBADF;
    if ((flags & MSG_ERRQUEUE) != 0) return -EAGAIN;
    if (phase_ == Phase::Listening) return -ENOTCONN;
    message.msg_flags = 0;
    message.msg_controllen = 0;
    message.msg_namelen = 0;
    std::size_t room = 0;
    for (std::size_t i = 0; i < message.msg_iovlen; ++i)
        room += message.msg_iov[i].iov_len;
    if (!has_input()) {
        if (pending_error_ != 0) return -std::exchange(pending_error_, 0);
        if (phase_ == Phase::Fresh) return -ENOTCONN;
        if (is_at_end()) return 0;
        if (!wait_for(POLLIN, flags)) return -EAGAIN;
        if (!has_input()) {
            if (pending_error_ != 0) return -std::exchange(pending_error_, 0);
            return is_at_end() ? 0 : -EAGAIN;
        }
    }
    fetch(room);
    while ((flags & MSG_WAITALL) != 0 && fetched_.size() < room && !is_at_end()) {
        if (!process().wait([&] { return flow_->readable_bytes() > 0 || is_at_end(); },
                            std::nullopt)) {
            break;
        }
        fetch(room);
    }
    const std::size_t copied = scatter(fetched_, message);
    if ((flags & MSG_PEEK) == 0) {
        fetched_.erase(fetched_.begin(), fetched_.begin() + static_cast<std::ptrdiff_t>(copied));
    }
    return static_cast<ssize_t>(copied);
}

int StreamSocket::shutdown(int how) {
    if (is_orphan()) return -EBADF;
    if (how < SHUT_RD || how > SHUT_RDWR) return -EINVAL;
    if (phase_ == Phase::Listening) {
        if (how == SHUT_WR) return 0;
        // inet_shutdown(): a listener stops listening.
        listeners_.clear();
        waiting_.clear();
        is_listening = false;
        phase_ = Phase::Fresh;
        process().wake();
        return 0;
    }
    if (phase_ != Phase::Open) return -ENOTCONN;
    if (how != SHUT_WR) is_read_shut_ = true;
    if (how != SHUT_RD && !is_write_shut_) {
        is_write_shut_ = true;
        flow_->finish_sending();
    }
    process().wake();
    return 0;
}

int StreamSocket::readable_bytes() {
    const std::size_t count = fetched_.size() + (flow_ ? flow_->readable_bytes() : 0);
    return static_cast<int>(count);
}

// tcp_poll()
short StreamSocket::ready() {
    if (is_orphan()) return POLLNVAL;
    short out = 0;
    switch (phase_) {
        case Phase::Fresh:
            out = POLLOUT | POLLWRNORM | POLLHUP;
            break;
        case Phase::Listening:
            out = waiting_.empty() ? 0 : POLLIN | POLLRDNORM;
            break;
        case Phase::Connecting:
            break;
        case Phase::Open: {
            const bool is_peer_done = flow_->is_peer_done();
            if (has_input() || is_read_shut_ || is_peer_done) out |= POLLIN | POLLRDNORM;
            if (is_read_shut_ || is_peer_done) out |= POLLRDHUP;
            if ((is_read_shut_ || is_peer_done) && is_write_shut_) out |= POLLHUP;
            // sk_stream_is_writeable(): when at least a third of the buffer is free.
            const std::size_t room = flow_->writable_bytes();
            const auto size = static_cast<std::size_t>(options_.send_buffer_bytes);
            if (is_write_shut_ || room >= size / 3) out |= POLLOUT | POLLWRNORM;
            break;
        }
        case Phase::Over:
            out = POLLIN | POLLRDNORM | POLLRDHUP | POLLHUP | POLLOUT | POLLWRNORM;
            break;
    }
    if (pending_error_ != 0) out |= POLLERR;
    return out;
}

int StreamSocket::set_option(int level, int name, const void* value, socklen_t length) {
    if (is_orphan()) return -EBADF;
    if (level != IPPROTO_TCP) {
        const int failed = Socket::set_option(level, name, value, length);
        if (failed == 0) segment_options = Socket::send_options();
        return failed;
    }
    int number = 0;
    if (value == nullptr || length < sizeof number) return -EINVAL;
    std::memcpy(&number, value, sizeof number);
    switch (name) {
        case TCP_NODELAY:
            no_delay_ = number != 0;
            if (flow_) flow_->set_no_delay(no_delay_);
            return 0;
        case TCP_KEEPIDLE:
            keep_idle_seconds_ = number;
            return 0;
        case TCP_KEEPINTVL:
            keep_interval_seconds_ = number;
            return 0;
        case TCP_KEEPCNT:
            keep_count_ = number;
            return 0;
        case TCP_USER_TIMEOUT:
            user_timeout_ms_ = number;
            return 0;
        case TCP_QUICKACK:
            return 0;  // tcp(7): not permanent anyway
        default:
            return -ENOPROTOOPT;
    }
}

int StreamSocket::get_option(int level, int name, void* value, socklen_t* length) {
    if (is_orphan()) return -EBADF;
    int number = 0;
    if (level == SOL_SOCKET && name == SO_ACCEPTCONN) {
        number = phase_ == Phase::Listening ? 1 : 0;
    } else if (level == IPPROTO_TCP) {
        switch (name) {
            case TCP_NODELAY:
                number = no_delay_ ? 1 : 0;
                break;
            case TCP_KEEPIDLE:
                number = keep_idle_seconds_;
                break;
            case TCP_KEEPINTVL:
                number = keep_interval_seconds_;
                break;
            case TCP_KEEPCNT:
                number = keep_count_;
                break;
            case TCP_USER_TIMEOUT:
                number = user_timeout_ms_;
                break;
            default:
                return -ENOPROTOOPT;
        }
    } else {
        return Socket::get_option(level, name, value, length);
    }
    const auto count = std::min<socklen_t>(sizeof number, *length);
    std::memcpy(value, &number, count);
    *length = count;
    return 0;
}

}  // namespace portolan::sim
