#include "nat-sim/virtual/socket.hpp"

#include <linux/in6.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace portolan::sim {
namespace {

std::optional<int> int_of(const void* value, socklen_t length) {
    if (value == nullptr || length < 1) return std::nullopt;
    if (length < sizeof(int)) return *static_cast<const unsigned char*>(value);
    int out = 0;
    std::memcpy(&out, value, sizeof out);
    return out;
}

std::optional<SimDuration> duration_of(const void* value, socklen_t length) {
    if (length < sizeof(timeval)) return std::nullopt;
    timeval time{};
    std::memcpy(&time, value, sizeof time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

int put(const void* from, std::size_t size, void* value, socklen_t* length) {
    const auto count = std::min<std::size_t>(size, *length);
    std::memcpy(value, from, count);
    *length = static_cast<socklen_t>(count);
    return 0;
}

timeval to_timeval(SimDuration duration) {
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(duration);
    return {.tv_sec = microseconds.count() / 1'000'000,
            .tv_usec = microseconds.count() % 1'000'000};
}

// socket(7): the kernel doubles what is asked for, and has a least and a greatest value
// (net.core.rmem_max).
int buffer_size(int wanted) {
    constexpr int kGreatest = 212992;
    constexpr int kLeast = 2304;
    return std::max(std::clamp(wanted, 0, kGreatest) * 2, kLeast);
}

}  // namespace

Socket::Socket(Process& process, int domain, int type)
    : process_(process.shared_from_this()), domain_(domain), type_(type) {
    process_->sockets_.push_back(this);
}

Socket::~Socket() {
    Socket::orphan();
}

void Socket::orphan() {
    if (process_) std::erase(process_->sockets_, this);
    process_.reset();
}

bool Socket::wait_for(short events, int flags) {
    const auto is_ready = [&] { return (ready() & (events | POLLERR | POLLHUP)) != 0; };
    if (is_ready()) return true;
    if (is_non_blocking_ || (flags & MSG_DONTWAIT) != 0) return false;
    const SimDuration limit =
        (events & POLLOUT) != 0 ? options_.send_timeout : options_.receive_timeout;
    return process_->wait(is_ready, limit.count() > 0 ? std::optional(limit) : std::nullopt);
}

SendOptions Socket::send_options() const {
    SendOptions out;
    out.ttl = static_cast<std::uint8_t>(options_.ttl);
    out.tos = static_cast<std::uint8_t>(options_.tos);
    const int mode = options_.mtu_discover;
    out.dont_fragment = mode != IP_PMTUDISC_DONT;
    out.ignore_path_mtu = mode == IP_PMTUDISC_PROBE || mode == IP_PMTUDISC_INTERFACE;
    out.may_fragment = mode == IP_PMTUDISC_DONT || mode == IP_PMTUDISC_WANT;
    if (options_.dont_fragment_v6) out.may_fragment = false;
    return out;
}

int Socket::set_option(int level, int name, const void* value, socklen_t length) {
    if (is_orphan()) return -EBADF;
    if (level == SOL_SOCKET) {
        switch (name) {
            case SO_BINDTODEVICE: {
                const auto* text = static_cast<const char*>(value);
                const std::string device(text,
                                         strnlen(text, std::min<socklen_t>(length, IFNAMSIZ)));
                if (device.empty()) {
                    binding().interface = nullptr;
                    return 0;
                }
                const Interface* found = process_->host().interface(device);
                if (found == nullptr) return -ENODEV;
                binding().interface = found;
                return 0;
            }
            case SO_LINGER:
                if (length < sizeof options_.linger_) return -EINVAL;
                std::memcpy(&options_.linger_, value, sizeof options_.linger_);
                return 0;
            case SO_RCVTIMEO:
            case SO_SNDTIMEO: {
                const auto duration = duration_of(value, length);
                if (!duration) return -EINVAL;
                (name == SO_RCVTIMEO ? options_.receive_timeout : options_.send_timeout) =
                    *duration;
                return 0;
            }
            default:
                break;
        }
    }
    const auto number = int_of(value, length);
    if (!number) return -EINVAL;
    return set_int(level, name, *number);
}

int Socket::set_int(int level, int name, int value) {
    const bool on = value != 0;
    const auto is_octet = [&] { return value >= -1 && value <= 255; };
    if (level == SOL_SOCKET) {
        switch (name) {
            case SO_REUSEADDR:
                binding().reuse_address = on;
                return 0;
            case SO_REUSEPORT:
                binding().reuse_port = on;
                return 0;
            case SO_BROADCAST:
                options_.broadcast = on;
                return 0;
            case SO_KEEPALIVE:
                options_.keep_alive = on;
                return 0;
            case SO_SNDBUF:
            case SO_SNDBUFFORCE:
                options_.send_buffer_bytes = buffer_size(value);
                return 0;
            case SO_RCVBUF:
            case SO_RCVBUFFORCE:
                options_.receive_buffer_bytes = buffer_size(value);
                return 0;
            case SO_PRIORITY:
                options_.priority = value;
                return 0;
            case SO_MARK:
                options_.mark = value;
                return 0;
            case SO_TIMESTAMP:
                options_.timestamp = on;
                return 0;
            default:
                return -ENOPROTOOPT;
        }
    }
    if (level == IPPROTO_IP) {
        switch (name) {
            case IP_TOS:
                options_.tos = value & 0xFF;
                return 0;
            case IP_TTL:
                if (value == 0 || !is_octet()) return -EINVAL;
                options_.ttl = value == -1 ? 64 : value;
                return 0;
            case IP_MTU_DISCOVER:
                if (value < IP_PMTUDISC_DONT || value > IP_PMTUDISC_OMIT) return -EINVAL;
                options_.mtu_discover = value;
                return 0;
            case IP_PKTINFO:
                options_.packet_info = on;
                return 0;
            case IP_RECVERR:
                options_.receive_error = on;
                return 0;
            case IP_RECVTOS:
                options_.receive_tos = on;
                return 0;
            case IP_RECVTTL:
                options_.receive_ttl = on;
                return 0;
            default:
                // IP_FREEBIND, IP_BIND_ADDRESS_NO_PORT, multicast: better said than ignored.
                return -ENOPROTOOPT;
        }
    }
    if (level == IPPROTO_IPV6) {
        if (domain_ != AF_INET6) return -ENOPROTOOPT;
        switch (name) {
            case IPV6_V6ONLY:
                if (binding().port != 0) return -EINVAL;
                options_.is_v6_only = on;
                binding().is_dual_stack = !on;
                return 0;
            case IPV6_UNICAST_HOPS:
                if (!is_octet()) return -EINVAL;
                options_.ttl = value == -1 ? 64 : value;
                return 0;
            case IPV6_TCLASS:
                if (!is_octet()) return -EINVAL;
                options_.tos = value == -1 ? 0 : value;
                return 0;
            case IPV6_RECVPKTINFO:
                options_.packet_info = on;
                return 0;
            case IPV6_RECVERR:
                options_.receive_error = on;
                return 0;
            case IPV6_RECVTCLASS:
                options_.receive_tos = on;
                return 0;
            case IPV6_RECVHOPLIMIT:
                options_.receive_ttl = on;
                return 0;
            case IPV6_MTU_DISCOVER:
                if (value < IPV6_PMTUDISC_DONT || value > IPV6_PMTUDISC_OMIT) return -EINVAL;
                options_.mtu_discover = value;
                return 0;
            case IPV6_DONTFRAG:
                options_.dont_fragment_v6 = on;
                return 0;
            default:
                return -ENOPROTOOPT;
        }
    }
    return -ENOPROTOOPT;
}

int Socket::get_option(int level, int name, void* value, socklen_t* length) {
    if (is_orphan()) return -EBADF;
    if (value == nullptr || length == nullptr) return -EFAULT;
    if (level == SOL_SOCKET) {
        switch (name) {
            case SO_BINDTODEVICE: {
                if (binding().interface == nullptr) {
                    *length = 0;
                    return 0;
                }
                const std::string& device = binding().interface->name();
                return put(device.c_str(), device.size() + 1, value, length);
            }
            case SO_LINGER:
                return put(&options_.linger_, sizeof options_.linger_, value, length);
            case SO_RCVTIMEO:
            case SO_SNDTIMEO: {
                const timeval time = to_timeval(name == SO_RCVTIMEO ? options_.receive_timeout
                                                                    : options_.send_timeout);
                return put(&time, sizeof time, value, length);
            }
            default:
                break;
        }
    }
    const auto number = get_int(level, name);
    if (!number) return -ENOPROTOOPT;
    return put(&*number, sizeof *number, value, length);
}

std::optional<int> Socket::get_int(int level, int name) {
    if (level == SOL_SOCKET) {
        switch (name) {
            case SO_ERROR:
                return std::exchange(pending_error_, 0);
            case SO_TYPE:
                return type_;
            case SO_DOMAIN:
                return domain_;
            case SO_PROTOCOL:
                return type_ == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP;
            case SO_ACCEPTCONN:
                return 0;
            case SO_REUSEADDR:
                return binding().reuse_address ? 1 : 0;
            case SO_REUSEPORT:
                return binding().reuse_port ? 1 : 0;
            case SO_BROADCAST:
                return options_.broadcast ? 1 : 0;
            case SO_KEEPALIVE:
                return options_.keep_alive ? 1 : 0;
            case SO_SNDBUF:
                return options_.send_buffer_bytes;
            case SO_RCVBUF:
                return options_.receive_buffer_bytes;
            case SO_PRIORITY:
                return options_.priority;
            case SO_MARK:
                return options_.mark;
            default:
                return std::nullopt;
        }
    }
    if (level == IPPROTO_IP) {
        switch (name) {
            case IP_TOS:
                return options_.tos;
            case IP_TTL:
                return options_.ttl;
            case IP_MTU_DISCOVER:
                return options_.mtu_discover;
            case IP_PKTINFO:
                return options_.packet_info ? 1 : 0;
            case IP_RECVERR:
                return options_.receive_error ? 1 : 0;
            default:
                return std::nullopt;
        }
    }
    if (level == IPPROTO_IPV6 && domain_ == AF_INET6) {
        switch (name) {
            case IPV6_V6ONLY:
                return options_.is_v6_only ? 1 : 0;
            case IPV6_UNICAST_HOPS:
                return options_.ttl;
            case IPV6_TCLASS:
                return options_.tos;
            case IPV6_MTU_DISCOVER:
                return options_.mtu_discover;
            case IPV6_RECVPKTINFO:
                return options_.packet_info ? 1 : 0;
            case IPV6_RECVERR:
                return options_.receive_error ? 1 : 0;
            default:
                return std::nullopt;
        }
    }
    return std::nullopt;
}

}  // namespace portolan::sim
