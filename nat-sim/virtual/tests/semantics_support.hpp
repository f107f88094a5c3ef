#pragma once

#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "nat-sim/virtual/tests/socket_semantics.hpp"

// Short words for socket code. Plain system calls underneath.
namespace portolan::socket_semantics {

class Fd {
  public:
    explicit Fd(int fd) : fd_(fd) {}
    ~Fd() { close(); }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    [[nodiscard]] int get() const { return fd_; }
    void close() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }

  private:
    int fd_;
};

struct Name {
    sockaddr_storage storage{};
    socklen_t length = 0;

    [[nodiscard]] const sockaddr* get() const {
        return reinterpret_cast<const sockaddr*>(&storage);
    }
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
    [[nodiscard]] int port() const {
        return ntohs(storage.ss_family == AF_INET
                         ? reinterpret_cast<const sockaddr_in*>(&storage)->sin_port
                         : reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
    }
    [[nodiscard]] std::string ip() const {
        char text[INET6_ADDRSTRLEN] = "";
        const void* at = storage.ss_family == AF_INET
                             ? static_cast<const void*>(
                                   &reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr)
                             : &reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr;
        inet_ntop(storage.ss_family, at, text, sizeof text);
        return text;
    }
};

inline Name name_of(const char* ip, int port) {
    Name out;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
    if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(static_cast<std::uint16_t>(port));
        out.length = sizeof *v4;
        return out;
    }
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
    inet_pton(AF_INET6, ip, &v6->sin6_addr);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<std::uint16_t>(port));
    out.length = sizeof *v6;
    return out;
}

inline int udp(int family = AF_INET) {
    return ::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}
inline int tcp(int family = AF_INET) {
    return ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/// 0 or errno.
inline int outcome(ssize_t result) {
    return result < 0 ? errno : 0;
}
inline int bind_to(const Fd& fd, const char* ip, int port) {
    const Name name = name_of(ip, port);
    return outcome(::bind(fd.get(), name.get(), name.length));
}
inline int connect_to(const Fd& fd, const char* ip, int port) {
    const Name name = name_of(ip, port);
    return outcome(::connect(fd.get(), name.get(), name.length));
}
inline int send_to(const Fd& fd, const char* ip, int port, const std::string& data = "x") {
    const Name name = name_of(ip, port);
    return outcome(
        ::sendto(fd.get(), data.data(), data.size(), MSG_NOSIGNAL, name.get(), name.length));
}
inline int send_on(const Fd& fd, const std::string& data = "x") {
    return outcome(::send(fd.get(), data.data(), data.size(), MSG_NOSIGNAL));
}
inline Name local_name(const Fd& fd) {
    Name out;
    out.length = sizeof out.storage;
    ::getsockname(fd.get(), out.get(), &out.length);
    return out;
}
inline int set(const Fd& fd, int level, int option, int value) {
    return outcome(::setsockopt(fd.get(), level, option, &value, sizeof value));
}
inline int get(const Fd& fd, int level, int option) {
    int value = 0;
    socklen_t length = sizeof value;
    if (::getsockopt(fd.get(), level, option, &value, &length) != 0) return -errno;
    return value;
}
/// The events that hold, after at most that long.
inline int wait_for(const Fd& fd, short events, int milliseconds = 2000) {
    pollfd item{.fd = fd.get(), .events = events, .revents = 0};
    return ::poll(&item, 1, milliseconds) > 0 ? item.revents : 0;
}
struct Read {
    int error_number = 0;
    std::string data;
    Name from;
};
inline Read read_from(const Fd& fd, int flags = 0, std::size_t room = 2048) {
    Read out;
    out.data.resize(room);
    out.from.length = sizeof out.from.storage;
    const ssize_t got =
        ::recvfrom(fd.get(), out.data.data(), room, flags, out.from.get(), &out.from.length);
    out.error_number = outcome(got);
    out.data.resize(got > 0 ? std::min(static_cast<std::size_t>(got), room) : 0);
    return out;
}
/// A port that nobody listens on: one that was just given back.
inline int unused_port(int kind, const char* ip = "127.0.0.1") {
    const Fd fd(kind == SOCK_DGRAM ? udp(name_of(ip, 0).storage.ss_family)
                                   : tcp(name_of(ip, 0).storage.ss_family));
    bind_to(fd, ip, 0);
    return local_name(fd).port();
}

inline std::string text_of(int value) {
    return std::to_string(value);
}
inline std::string text_of(const std::string& value) {
    return '"' + value + '"';
}

#define EXPECT_SAME(actual, expected)                                                          \
    do {                                                                                       \
        const auto got_value = (actual);                                                       \
        const decltype(got_value) wanted_value = (expected);                                   \
        if (!(got_value == wanted_value)) {                                                    \
            report.differ(std::string(#actual) + " is " + text_of(got_value) + ", not " +      \
                          text_of(wanted_value) + " (line " + std::to_string(__LINE__) + ")"); \
        }                                                                                      \
    } while (false)

#define EXPECT_HOLDS(condition)                                               \
    do {                                                                      \
        if (!(condition)) {                                                   \
            report.differ(std::string(#condition) + " does not hold (line " + \
                          std::to_string(__LINE__) + ")");                    \
        }                                                                     \
    } while (false)

const std::vector<Case>& udp_cases();
const std::vector<Case>& error_cases();
const std::vector<Case>& tcp_cases();

}  // namespace portolan::socket_semantics
