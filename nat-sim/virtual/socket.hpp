#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "nat-sim/network/binding.hpp"
#include "nat-sim/virtual/kernel.hpp"

namespace portolan::sim {

/// A socket of the simulated kernel. Calls return their value or the negative errno.
class Socket {
  public:
    Socket(Process& process, int domain, int type);
    virtual ~Socket();
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    virtual int bind(const sockaddr* address, socklen_t length) = 0;
    virtual int connect(const sockaddr* address, socklen_t length) = 0;
    virtual int listen(int backlog) = 0;
    /// A new socket in `accepted`.
    virtual int accept(std::unique_ptr<Socket>& accepted, int flags) = 0;
    virtual int local_name(sockaddr* address, socklen_t* length) = 0;
    virtual int peer_name(sockaddr* address, socklen_t* length) = 0;
    virtual ssize_t send(const msghdr& message, int flags) = 0;
    virtual ssize_t receive(msghdr& message, int flags) = 0;
    virtual int shutdown(int how) = 0;
    /// What FIONREAD says.
    virtual int readable_bytes() = 0;
    /// POLLIN, POLLOUT, POLLERR, POLLHUP, POLLRDHUP that hold now.
    virtual short ready() = 0;

    virtual int set_option(int level, int name, const void* value, socklen_t length);
    virtual int get_option(int level, int name, void* value, socklen_t* length);

    [[nodiscard]] Process& process() const { return *process_; }
    [[nodiscard]] int domain() const { return domain_; }
    [[nodiscard]] int type() const { return type_; }
    [[nodiscard]] bool is_non_blocking() const { return is_non_blocking_; }
    void set_non_blocking(bool on) { is_non_blocking_ = on; }
    /// The process has ended: nothing works any more, and nothing refers to the world.
    virtual void orphan();
    [[nodiscard]] bool is_orphan() const { return process_ == nullptr; }

    int descriptor = -1;

  protected:
    /// What setsockopt() stores and bind() looks at.
    virtual Binding& binding() = 0;
    [[nodiscard]] AddressFamily family() const {
        return domain_ == AF_INET ? AddressFamily::IPv4 : AddressFamily::IPv6;
    }
    /// Waits, if this call may, until one of the events holds.
    bool wait_for(short events, int flags);
    int set_int(int level, int name, int value);
    std::optional<int> get_int(int level, int name);
    [[nodiscard]] SendOptions send_options() const;

    struct Options {
        int send_buffer_bytes = 212992;  // net.core.wmem_default
        int receive_buffer_bytes = 212992;
        bool broadcast = false;
        bool keep_alive = false;
        bool packet_info = false;
        bool receive_error = false;
        bool receive_tos = false;
        bool receive_ttl = false;
        bool is_v6_only = false;
        bool timestamp = false;
        int mtu_discover = 1;  // IP_PMTUDISC_WANT
        int ttl = 64;
        int tos = 0;
        int priority = 0;
        int mark = 0;
        bool dont_fragment_v6 = false;
        SimDuration receive_timeout{};
        SimDuration send_timeout{};
        linger linger_{};
    };
    Options options_;
    int pending_error_ = 0;

  private:
    std::shared_ptr<Process> process_;
    int domain_;
    int type_;
    bool is_non_blocking_ = false;
};

}  // namespace portolan::sim
