// The C library's socket calls as the simulated kernel answers them. These definitions are in the
// executable, which the dynamic linker asks first: GLib, GIO, GnuTLS and libnice bind to them. What
// is not about a simulated descriptor goes to the next definition, the C library's.

// The _chk variants are what glibc's headers turn the calls into under _FORTIFY_SOURCE; the
// headers' own inline versions must not get in the way here.
#undef _FORTIFY_SOURCE

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <memory>

#include "nat-sim/virtual/kernel.hpp"
#include "nat-sim/virtual/new_socket.hpp"
#include "nat-sim/virtual/real_libc.hpp"
#include "nat-sim/virtual/socket.hpp"

// The next definition of the same function, looked up once.
#define PORTOLAN_NEXT(name) \
    static const auto next = reinterpret_cast<decltype(&::name)>(real::next_symbol(#name))

namespace real = portolan::sim::real;
using portolan::sim::Process;
using portolan::sim::Socket;
using portolan::sim::SocketTable;

namespace {

template <typename T>
T finish(T result) {
    if (result >= 0) return result;
    errno = static_cast<int>(-result);
    return -1;
}

ssize_t send_some(Socket& socket, const iovec* parts, std::size_t count, int flags,
                  const sockaddr* to = nullptr, socklen_t length = 0) {
    msghdr message{};
    message.msg_name = const_cast<sockaddr*>(to);
    message.msg_namelen = length;
    message.msg_iov = const_cast<iovec*>(parts);
    message.msg_iovlen = count;
    return finish(socket.send(message, flags));
}

ssize_t receive_some(Socket& socket, const iovec* parts, std::size_t count, int flags,
                     sockaddr* from = nullptr, socklen_t* length = nullptr) {
    msghdr message{};
    message.msg_name = length != nullptr ? from : nullptr;
    message.msg_namelen = length != nullptr ? *length : 0;
    message.msg_iov = const_cast<iovec*>(parts);
    message.msg_iovlen = count;
    const ssize_t result = socket.receive(message, flags);
    if (result >= 0 && length != nullptr) *length = message.msg_namelen;
    return finish(result);
}

int accept_on(Socket& listener, sockaddr* address, socklen_t* length, int flags) {
    std::unique_ptr<Socket> accepted;
    const int failed = listener.accept(accepted, flags);
    if (failed != 0) return finish(failed);
    accepted->set_non_blocking((flags & SOCK_NONBLOCK) != 0);
    if (address != nullptr && length != nullptr) accepted->peer_name(address, length);
    return finish(SocketTable::add(std::move(accepted)));
}

// What is ready now.
int look_at(pollfd* descriptors, nfds_t count) {
    int ready_count = 0;
    for (nfds_t i = 0; i < count; ++i) {
        pollfd& item = descriptors[i];
        item.revents = 0;
        if (Socket* socket = SocketTable::find(item.fd)) {
            item.revents =
                static_cast<short>(socket->ready() & (item.events | POLLERR | POLLHUP | POLLNVAL));
        } else if (item.fd >= 0) {
            pollfd one = item;
            if (real::poll(&one, 1, 0) > 0) item.revents = one.revents;
        }
        if (item.revents != 0) ++ready_count;
    }
    return ready_count;
}

bool has_virtual_descriptor(const pollfd* descriptors, nfds_t count) {
    for (nfds_t i = 0; i < count; ++i) {
        if (SocketTable::find(descriptors[i].fd) != nullptr) return true;
    }
    return false;
}

int fcntl_on(Socket& socket, int fd, int command, long argument) {
    switch (command) {
        case F_GETFL:
            return O_RDWR | (socket.is_non_blocking() ? O_NONBLOCK : 0);
        case F_SETFL:
            socket.set_non_blocking((argument & O_NONBLOCK) != 0);
            return 0;
        case F_DUPFD:
        case F_DUPFD_CLOEXEC:
            // Two numbers for one simulated socket do not exist; better an error than a descriptor
            // that looks like a socket and is not.
            errno = EINVAL;
            return -1;
        default:
            return real::fcntl(fd, command, argument);
    }
}

int ioctl_on(Socket& socket, unsigned long request, void* argument) {
    switch (request) {
        case FIONBIO:
            socket.set_non_blocking(*static_cast<int*>(argument) != 0);
            return 0;
        case FIONREAD:
            *static_cast<int*>(argument) = socket.readable_bytes();
            return 0;
        case TIOCOUTQ:
            *static_cast<int*>(argument) = 0;
            return 0;
        default:
            return finish(portolan::sim::interface_ioctl(socket, request, argument));
    }
}

}  // namespace

extern "C" {

int socket(int domain, int type, int protocol) {
    const int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
    Process* process = Process::current();
    if (process == nullptr || (domain != AF_INET && domain != AF_INET6)) {
        return real::socket(domain, type, protocol);
    }
    std::unique_ptr<Socket> created;
    const int failed = portolan::sim::new_socket(*process, domain, kind, protocol, created);
    if (failed != 0) return finish(failed);
    created->set_non_blocking((type & SOCK_NONBLOCK) != 0);
    return finish(SocketTable::add(std::move(created)));
}

int bind(int fd, const sockaddr* address, socklen_t length) {
    PORTOLAN_NEXT(bind);
    Socket* socket = SocketTable::find(fd);
    return socket != nullptr ? finish(socket->bind(address, length)) : next(fd, address, length);
}

int connect(int fd, const sockaddr* address, socklen_t length) {
    PORTOLAN_NEXT(connect);
    Socket* socket = SocketTable::find(fd);
    return socket != nullptr ? finish(socket->connect(address, length)) : next(fd, address, length);
}

int listen(int fd, int backlog) {
    PORTOLAN_NEXT(listen);
    Socket* socket = SocketTable::find(fd);
    return socket != nullptr ? finish(socket->listen(backlog)) : next(fd, backlog);
}

int accept(int fd, sockaddr* address, socklen_t* length) {
    PORTOLAN_NEXT(accept);
    Socket* socket = SocketTable::find(fd);
    return socket != nullptr ? accept_on(*socket, address, length, 0) : next(fd, address, length);
}

int accept4(int fd, sockaddr* address, socklen_t* length, int flags) {
    PORTOLAN_NEXT(accept4);
    Socket* socket = SocketTable::find(fd);
    return socket != nullptr ? accept_on(*socket, address, length, flags)
                             : next(fd, address, length, flags);
}

int getsockname(int fd, sockaddr* address, socklen_t* length) {
    PORTOLAN_NEXT(getsockname);
    Socket* socket = SocketTable::find(fd);
    return socket != nullptr ? finish(socket->local_name(address, length))
                             : next(fd, address, length);
}

int getpeername(int fd, sockaddr* address, socklen_t* length) {
    PORTOLAN_NEXT(getpeername);
    Socket* socket = SocketTable::find(fd);
    return socket != nullptr ? finish(socket->peer_name(address, length))
                             : next(fd, address, length);
}

int getsockopt(int fd, int level, int name, void* value, socklen_t* length) {
    PORTOLAN_NEXT(getsockopt);
    Socket* socket = SocketTable::find(fd);
    return socket != nullptr ? finish(socket->get_option(level, name, value, length))
                             : next(fd, level, name, value, length);
}

int setsockopt(int fd, int level, int name, const void* value, socklen_t length) {
    PORTOLAN_NEXT(setsockopt);
    Socket* socket = SocketTable::find(fd);
    return socket != nullptr ? finish(socket->set_option(level, name, value, length))
                             : next(fd, level, name, value, length);
}

int ioctl(int fd, unsigned long request, ...) {
    static const auto next =
        reinterpret_cast<int (*)(int, unsigned long, ...)>(real::next_symbol("ioctl"));
    va_list arguments;
    va_start(arguments, request);
    void* argument = va_arg(arguments, void*);
    va_end(arguments);
    Socket* socket = SocketTable::find(fd);
    return socket != nullptr ? ioctl_on(*socket, request, argument) : next(fd, request, argument);
}

int fcntl(int fd, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    const long argument = va_arg(arguments, long);
    va_end(arguments);
    Socket* socket = SocketTable::find(fd);
    return socket != nullptr ? fcntl_on(*socket, fd, command, argument)
                             : real::fcntl(fd, command, argument);
}

int fcntl64(int fd, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    const long argument = va_arg(arguments, long);
    va_end(arguments);
    Socket* socket = SocketTable::find(fd);
    return socket != nullptr ? fcntl_on(*socket, fd, command, argument)
                             : real::fcntl(fd, command, argument);
}

ssize_t send(int fd, const void* bytes, size_t count, int flags) {
    PORTOLAN_NEXT(send);
    Socket* socket = SocketTable::find(fd);
    if (socket == nullptr) return next(fd, bytes, count, flags);
    const iovec part{const_cast<void*>(bytes), count};
    return send_some(*socket, &part, 1, flags);
}

ssize_t sendto(int fd, const void* bytes, size_t count, int flags, const sockaddr* to,
               socklen_t length) {
    PORTOLAN_NEXT(sendto);
    Socket* socket = SocketTable::find(fd);
    if (socket == nullptr) return next(fd, bytes, count, flags, to, length);
    const iovec part{const_cast<void*>(bytes), count};
    return send_some(*socket, &part, 1, flags, to, length);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    PORTOLAN_NEXT(sendmsg);
    Socket* socket = SocketTable::find(fd);
    return socket != nullptr ? finish(socket->send(*message, flags)) : next(fd, message, flags);
}

int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
    PORTOLAN_NEXT(sendmmsg);
    Socket* socket = SocketTable::find(fd);
    if (socket == nullptr) return next(fd, messages, count, flags);
    unsigned done = 0;
    ssize_t result = 0;
    for (; done < count; ++done) {
        result = socket->send(messages[done].msg_hdr, flags);
        if (result < 0) break;
        messages[done].msg_len = static_cast<unsigned>(result);
    }
    return done > 0 ? static_cast<int>(done) : static_cast<int>(finish(result));
}

ssize_t recv(int fd, void* bytes, size_t count, int flags) {
    PORTOLAN_NEXT(recv);
    Socket* socket = SocketTable::find(fd);
    if (socket == nullptr) return next(fd, bytes, count, flags);
    const iovec part{bytes, count};
    return receive_some(*socket, &part, 1, flags);
}

ssize_t recvfrom(int fd, void* bytes, size_t count, int flags, sockaddr* from, socklen_t* length) {
    PORTOLAN_NEXT(recvfrom);
    Socket* socket = SocketTable::find(fd);
    if (socket == nullptr) return next(fd, bytes, count, flags, from, length);
    const iovec part{bytes, count};
    return receive_some(*socket, &part, 1, flags, from, length);
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
    PORTOLAN_NEXT(recvmsg);
    Socket* socket = SocketTable::find(fd);
    return socket != nullptr ? finish(socket->receive(*message, flags)) : next(fd, message, flags);
}

int recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags, timespec* timeout) {
    PORTOLAN_NEXT(recvmmsg);
    Socket* socket = SocketTable::find(fd);
    if (socket == nullptr) return next(fd, messages, count, flags, timeout);
    unsigned done = 0;
    ssize_t result = 0;
    for (; done < count; ++done) {
        // Only the first may wait: the rest is what is there already.
        const int now = done > 0 || timeout != nullptr ? MSG_DONTWAIT : 0;
        result = socket->receive(messages[done].msg_hdr, (flags & ~MSG_WAITFORONE) | now);
        if (result < 0) break;
        messages[done].msg_len = static_cast<unsigned>(result);
    }
    return done > 0 ? static_cast<int>(done) : static_cast<int>(finish(result));
}

ssize_t read(int fd, void* bytes, size_t count) {
    PORTOLAN_NEXT(read);
    Socket* socket = SocketTable::find(fd);
    if (socket == nullptr) return next(fd, bytes, count);
    const iovec part{bytes, count};
    return receive_some(*socket, &part, 1, 0);
}

ssize_t write(int fd, const void* bytes, size_t count) {
    PORTOLAN_NEXT(write);
    Socket* socket = SocketTable::find(fd);
    if (socket == nullptr) return next(fd, bytes, count);
    const iovec part{const_cast<void*>(bytes), count};
    return send_some(*socket, &part, 1, 0);
}

ssize_t readv(int fd, const iovec* parts, int count) {
    PORTOLAN_NEXT(readv);
    Socket* socket = SocketTable::find(fd);
    if (socket == nullptr) return next(fd, parts, count);
    return receive_some(*socket, parts, static_cast<std::size_t>(count), 0);
}

ssize_t writev(int fd, const iovec* parts, int count) {
    PORTOLAN_NEXT(writev);
    Socket* socket = SocketTable::find(fd);
    if (socket == nullptr) return next(fd, parts, count);
    return send_some(*socket, parts, static_cast<std::size_t>(count), 0);
}

int shutdown(int fd, int how) {
    PORTOLAN_NEXT(shutdown);
    Socket* socket = SocketTable::find(fd);
    return socket != nullptr ? finish(socket->shutdown(how)) : next(fd, how);
}

int close(int fd) {
    return SocketTable::find(fd) != nullptr ? SocketTable::close(fd) : real::close(fd);
}

int poll(pollfd* descriptors, nfds_t count, int timeout_ms) {
    if (!has_virtual_descriptor(descriptors, count)) {
        return real::poll(descriptors, count, timeout_ms);
    }
    const int ready = look_at(descriptors, count);
    Process* process = Process::current();
    if (ready > 0 || timeout_ms == 0 || process == nullptr) return ready;
    std::optional<portolan::sim::SimDuration> at_most;
    if (timeout_ms > 0) at_most = std::chrono::milliseconds(timeout_ms);
    process->wait([&] { return look_at(descriptors, count) > 0; }, at_most);
    return look_at(descriptors, count);
}

ssize_t __recv_chk(int fd, void* bytes, size_t count, size_t /*room*/, int flags) {
    return recv(fd, bytes, count, flags);
}

ssize_t __recvfrom_chk(int fd, void* bytes, size_t count, size_t /*room*/, int flags,
                       sockaddr* from, socklen_t* length) {
    return recvfrom(fd, bytes, count, flags, from, length);
}

ssize_t __read_chk(int fd, void* bytes, size_t count, size_t /*room*/) {
    return read(fd, bytes, count);
}

int __poll_chk(pollfd* descriptors, nfds_t count, int timeout_ms, size_t /*room*/) {
    return poll(descriptors, count, timeout_ms);
}

}  // extern "C"
