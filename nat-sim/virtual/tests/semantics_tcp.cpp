#include <netinet/tcp.h>

#include "nat-sim/virtual/tests/semantics_support.hpp"

namespace portolan::socket_semantics {
namespace {

struct Pair {
    /// `prepare` sees both sockets before they are used.
    explicit Pair(const char* ip = "127.0.0.1", void (*prepare)(const Fd&) = nullptr)
        : listener(tcp(name_of(ip, 0).storage.ss_family)),
          client(tcp(name_of(ip, 0).storage.ss_family)) {
        if (prepare != nullptr) prepare(listener);
        if (prepare != nullptr) prepare(client);
        bind_to(listener, ip, 0);
        ::listen(listener.get(), 8);
        connect_result = connect_to(client, ip, local_name(listener).port());
        wait_for(listener, POLLIN);
        server_fd = ::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        wait_for(client, POLLOUT);
    }
    Fd listener;
    Fd client;
    int connect_result = 0;
    int server_fd = -1;
};

void connecting_takes_its_course(Report& report) {
    Pair pair;
    const Fd server(pair.server_fd);
    EXPECT_SAME(pair.connect_result, EINPROGRESS);
    EXPECT_HOLDS(server.get() >= 0);
    EXPECT_SAME(get(pair.client, SOL_SOCKET, SO_ERROR), 0);
    // Linux: asked once more, connect() says that it has worked; then that it is connected.
    EXPECT_SAME(connect_to(pair.client, "127.0.0.1", 9), 0);
    EXPECT_SAME(connect_to(pair.client, "127.0.0.1", 9), EISCONN);
    EXPECT_SAME(local_name(pair.client).ip(), "127.0.0.1");
    EXPECT_SAME(local_name(server).port(), local_name(pair.listener).port());
    Name peer;
    peer.length = sizeof peer.storage;
    EXPECT_SAME(outcome(::getpeername(server.get(), peer.get(), &peer.length)), 0);
    EXPECT_SAME(peer.port(), local_name(pair.client).port());
    EXPECT_SAME(wait_for(pair.client, POLLIN | POLLOUT), POLLOUT);
    EXPECT_SAME(get(pair.listener, SOL_SOCKET, SO_ACCEPTCONN), 1);
    EXPECT_SAME(get(server, SOL_SOCKET, SO_ACCEPTCONN), 0);
    EXPECT_SAME(outcome(::accept(pair.listener.get(), nullptr, nullptr)), EAGAIN);
}

void nobody_there_is_refused(Report& report) {
    const int port = unused_port(SOCK_STREAM);
    const Fd a(tcp());
    EXPECT_SAME(connect_to(a, "127.0.0.1", port), EINPROGRESS);
    EXPECT_HOLDS((wait_for(a, POLLOUT) & (POLLERR | POLLHUP)) == (POLLERR | POLLHUP));
    EXPECT_SAME(get(a, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
    EXPECT_SAME(get(a, SOL_SOCKET, SO_ERROR), 0);
    const int port_v6 = unused_port(SOCK_STREAM, "::1");
    const Fd b(tcp(AF_INET6));
    EXPECT_SAME(connect_to(b, "::1", port_v6), EINPROGRESS);
    EXPECT_HOLDS((wait_for(b, POLLOUT) & POLLERR) != 0);
    EXPECT_SAME(read_from(b).error_number, ECONNREFUSED);
}

void bytes_flow_both_ways(Report& report) {
    for (const char* ip : {"127.0.0.1", "::1"}) {
        Pair pair(ip);
        const Fd server(pair.server_fd);
        EXPECT_SAME(read_from(server).error_number, EAGAIN);
        EXPECT_SAME(send_on(pair.client, "hello"), 0);
        EXPECT_SAME(wait_for(server, POLLIN), POLLIN);
        EXPECT_SAME(read_from(server, MSG_PEEK).data, "hello");
        EXPECT_SAME(read_from(server, 0, 2).data, "he");
        EXPECT_SAME(read_from(server).data, "llo");
        EXPECT_SAME(send_on(server, "world"), 0);
        EXPECT_SAME(wait_for(pair.client, POLLIN), POLLIN);
        EXPECT_SAME(read_from(pair.client).data, "world");
    }
}

void make_small(const Fd& fd) {
    set(fd, SOL_SOCKET, SO_SNDBUF, 65536);
    set(fd, SOL_SOCKET, SO_RCVBUF, 65536);
}

void much_is_taken_in_parts_and_arrives_whole(Report& report) {
    Pair pair("127.0.0.1", make_small);
    const Fd server(pair.server_fd);
    const std::size_t total = 3'000'000;
    std::size_t sent = 0;
    std::size_t received = 0;
    bool was_full = false;
    bool is_right = true;
    std::string chunk(65536, '\0');
    for (int turns = 0; turns < 100000 && received < total; ++turns) {
        for (std::size_t i = 0; i < chunk.size(); ++i)
            chunk[i] = static_cast<char>((sent + i) % 251);
        const std::size_t count = std::min(chunk.size(), total - sent);
        const ssize_t taken =
            count == 0 ? 0 : ::send(pair.client.get(), chunk.data(), count, MSG_NOSIGNAL);
        if (taken > 0) {
            sent += static_cast<std::size_t>(taken);
            continue;
        }
        if (count > 0) {
            EXPECT_SAME(errno, EAGAIN);
            was_full = true;
        }
        wait_for(server, POLLIN);
        const Read got = read_from(server, 0, 65536);
        for (std::size_t i = 0; i < got.data.size(); ++i) {
            is_right = is_right && got.data[i] == static_cast<char>((received + i) % 251);
        }
        received += got.data.size();
    }
    EXPECT_HOLDS(was_full);
    EXPECT_HOLDS(is_right);
    EXPECT_HOLDS(received == total);
}

void half_closing(Report& report) {
    Pair pair;
    const Fd server(pair.server_fd);
    EXPECT_SAME(send_on(pair.client, "bye"), 0);
    EXPECT_SAME(outcome(::shutdown(pair.client.get(), SHUT_WR)), 0);
    EXPECT_SAME(send_on(pair.client), EPIPE);
    EXPECT_SAME(wait_for(server, POLLIN), POLLIN);
    EXPECT_SAME(read_from(server).data, "bye");
    EXPECT_HOLDS((wait_for(server, POLLIN | POLLRDHUP) & (POLLIN | POLLRDHUP)) ==
                 (POLLIN | POLLRDHUP));
    const Read end = read_from(server);
    EXPECT_SAME(end.error_number, 0);
    EXPECT_SAME(end.data, "");
    // The other direction is still open.
    EXPECT_SAME(send_on(server, "wait"), 0);
    EXPECT_SAME(wait_for(pair.client, POLLIN), POLLIN);
    EXPECT_SAME(read_from(pair.client).data, "wait");
    EXPECT_SAME(outcome(::shutdown(server.get(), SHUT_WR)), 0);
    EXPECT_HOLDS((wait_for(pair.client, POLLIN) & (POLLIN | POLLHUP)) == (POLLIN | POLLHUP));
    EXPECT_SAME(read_from(pair.client).data, "");
}

void closing_with_unread_bytes_resets(Report& report) {
    Pair pair;
    {
        const Fd server(pair.server_fd);
        EXPECT_SAME(send_on(pair.client, "unread"), 0);
        EXPECT_SAME(wait_for(server, POLLIN), POLLIN);
    }
    EXPECT_HOLDS((wait_for(pair.client, POLLIN) & POLLERR) != 0);
    EXPECT_SAME(read_from(pair.client).error_number, ECONNRESET);
    EXPECT_SAME(read_from(pair.client).error_number, 0);  // told once, then the end
    EXPECT_SAME(send_on(pair.client), EPIPE);
}

void lingering_for_no_time_resets(Report& report) {
    Pair pair;
    {
        const Fd server(pair.server_fd);
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        EXPECT_SAME(
            outcome(::setsockopt(server.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once)),
            0);
    }
    EXPECT_HOLDS((wait_for(pair.client, POLLIN) & POLLERR) != 0);
    EXPECT_SAME(get(pair.client, SOL_SOCKET, SO_ERROR), ECONNRESET);
}

void unconnected_streams(Report& report) {
    const Fd a(tcp());
    EXPECT_SAME(wait_for(a, POLLIN | POLLOUT), POLLOUT | POLLHUP);
    EXPECT_SAME(read_from(a).error_number, ENOTCONN);
    EXPECT_SAME(send_on(a), EPIPE);
    EXPECT_SAME(outcome(::shutdown(a.get(), SHUT_RDWR)), ENOTCONN);
    EXPECT_SAME(outcome(::accept(a.get(), nullptr, nullptr)), EINVAL);
    Name peer;
    peer.length = sizeof peer.storage;
    EXPECT_SAME(outcome(::getpeername(a.get(), peer.get(), &peer.length)), ENOTCONN);
    EXPECT_SAME(set(a, IPPROTO_TCP, TCP_NODELAY, 1), 0);
    EXPECT_SAME(get(a, IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_SAME(get(a, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
}

void listeners_own_their_port(Report& report) {
    const Fd a(tcp());
    EXPECT_SAME(set(a, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    EXPECT_SAME(bind_to(a, "127.0.0.1", 0), 0);
    EXPECT_SAME(outcome(::listen(a.get(), 1)), 0);
    const int port = local_name(a).port();
    // SO_REUSEADDR does not take a port from one that listens.
    const Fd b(tcp());
    EXPECT_SAME(set(b, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    EXPECT_SAME(bind_to(b, "127.0.0.1", port), EADDRINUSE);
    const Fd other(udp());
    EXPECT_SAME(bind_to(other, "127.0.0.1", port), 0);  // UDP has its own ports
    // listen() without bind() takes a port of the kernel's choice.
    const Fd c(tcp());
    EXPECT_SAME(outcome(::listen(c.get(), 1)), 0);
    EXPECT_HOLDS(local_name(c).port() != 0);
}

void time_wait_keeps_the_port(Report& report) {
    int port = 0;
    {
        Pair pair("127.0.0.1", [](const Fd& fd) { set(fd, SOL_SOCKET, SO_REUSEADDR, 1); });
        port = local_name(pair.listener).port();
        {
            const Fd server(pair.server_fd);  // closes first
        }
        EXPECT_HOLDS((wait_for(pair.client, POLLIN) & POLLIN) != 0);
        EXPECT_SAME(read_from(pair.client).data, "");
    }
    // Lets the last segments pass.
    const Fd idle(udp());
    wait_for(idle, POLLIN, 100);
    const Fd without(tcp());
    EXPECT_SAME(bind_to(without, "127.0.0.1", port), EADDRINUSE);
    const Fd with(tcp());
    EXPECT_SAME(set(with, SOL_SOCKET, SO_REUSEADDR, 1), 0);
    EXPECT_SAME(bind_to(with, "127.0.0.1", port), 0);
    EXPECT_SAME(outcome(::listen(with.get(), 1)), 0);
    const Fd client(tcp());
    EXPECT_SAME(connect_to(client, "127.0.0.1", port), EINPROGRESS);
    EXPECT_SAME(wait_for(client, POLLOUT), POLLOUT);
}

void listener_gone_before_the_handshake_is_over(Report& report) {
    const Fd client(tcp());
    {
        const Fd listener(tcp());
        EXPECT_SAME(bind_to(listener, "127.0.0.1", 0), 0);
        EXPECT_SAME(outcome(::listen(listener.get(), 1)), 0);
        EXPECT_SAME(connect_to(client, "127.0.0.1", local_name(listener).port()), EINPROGRESS);
    }
    EXPECT_HOLDS((wait_for(client, POLLIN) & (POLLERR | POLLHUP)) != 0);
}

void dual_stack_listener_accepts_v4(Report& report) {
    const Fd listener(tcp(AF_INET6));
    EXPECT_SAME(bind_to(listener, "::", 0), 0);
    EXPECT_SAME(outcome(::listen(listener.get(), 4)), 0);
    const Fd client(tcp());
    EXPECT_SAME(connect_to(client, "127.0.0.1", local_name(listener).port()), EINPROGRESS);
    EXPECT_SAME(wait_for(listener, POLLIN), POLLIN);
    Name peer;
    peer.length = sizeof peer.storage;
    const Fd server(::accept(listener.get(), peer.get(), &peer.length));
    EXPECT_HOLDS(server.get() >= 0);
    EXPECT_SAME(peer.ip(), "::ffff:127.0.0.1");
}

void other_machines_refuse(Report& report) {
    const Fd a(tcp());
    EXPECT_SAME(connect_to(a, kNeighbourV4, 9), EINPROGRESS);
    EXPECT_HOLDS((wait_for(a, POLLOUT) & POLLERR) != 0);
    EXPECT_SAME(get(a, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
    const Fd b(tcp(AF_INET6));
    EXPECT_SAME(connect_to(b, kNeighbourV6, 9), EINPROGRESS);
    EXPECT_HOLDS((wait_for(b, POLLOUT) & POLLERR) != 0);
    EXPECT_SAME(get(b, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
}

void silent_machines_are_unreachable(Report& report) {
    const Fd a(tcp());
    EXPECT_SAME(connect_to(a, "192.0.2.77", 9), EINPROGRESS);
    EXPECT_SAME(connect_to(a, "192.0.2.77", 9), EALREADY);
    EXPECT_HOLDS((wait_for(a, POLLOUT, 10000) & POLLERR) != 0);
    EXPECT_SAME(get(a, SOL_SOCKET, SO_ERROR), EHOSTUNREACH);
}

}  // namespace

const std::vector<Case>& tcp_cases() {
    static const std::vector<Case> all = {
        {"connecting_takes_its_course", false, connecting_takes_its_course},
        {"nobody_there_is_refused", false, nobody_there_is_refused},
        {"bytes_flow_both_ways", false, bytes_flow_both_ways},
        {"much_is_taken_in_parts_and_arrives_whole", false,
         much_is_taken_in_parts_and_arrives_whole},
        {"half_closing", false, half_closing},
        {"closing_with_unread_bytes_resets", false, closing_with_unread_bytes_resets},
        {"lingering_for_no_time_resets", false, lingering_for_no_time_resets},
        {"unconnected_streams", false, unconnected_streams},
        {"listeners_own_their_port", false, listeners_own_their_port},
        {"time_wait_keeps_the_port", false, time_wait_keeps_the_port},
        {"listener_gone_before_the_handshake_is_over", false,
         listener_gone_before_the_handshake_is_over},
        {"dual_stack_listener_accepts_v4", false, dual_stack_listener_accepts_v4},
        {"other_machines_refuse", true, other_machines_refuse},
        {"silent_machines_are_unreachable", true, silent_machines_are_unreachable},
    };
    return all;
}

}  // namespace portolan::socket_semantics
