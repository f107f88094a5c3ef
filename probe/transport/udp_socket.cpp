#include "probe/transport/udp_socket.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "probe/transport/glib_ptr.hpp"
#include "probe/transport/socket.hpp"
#include "probe/transport/udp_message.hpp"

namespace portolan::transport {
namespace {

// A flood on one socket must not keep the others of the same context waiting.
constexpr int kMaxReceivesPerWakeUp = 64;
constexpr int kMaxErrorsPerDrain = 64;
// sendmsg() may report an ICMP error of an earlier datagram; each try consumes one.
constexpr int kMaxSendTries = 8;
constexpr int kRandomPortTries = 8;

void enable(int fd, int level, int option) {
    // Best effort: without it less is known, and everything else works.
    const int on = 1;
    (void)::setsockopt(fd, level, option, &on, sizeof on);
}

void request_extras(int fd, AddressFamily family) {
    if (family == AddressFamily::IPv4) {
        enable(fd, IPPROTO_IP, IP_PKTINFO);
        enable(fd, IPPROTO_IP, IP_RECVERR);
        enable(fd, IPPROTO_IP, IP_RECVTOS);
    } else {
        enable(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO);
        enable(fd, IPPROTO_IPV6, IPV6_RECVERR);
        enable(fd, IPPROTO_IPV6, IPV6_RECVTCLASS);
    }
}

Result<void> bind_with_choice(int fd, const UdpOptions& options, std::uint32_t scope,
                              Random& random) {
    const IpAddress ip = options.bind_ip.value_or(IpAddress::any(options.family));
    int failed = 0;
    if (options.port != 0) {
        failed = bind_socket(fd, {ip, options.port}, scope);
        if (failed == 0) return {};
        if (options.port_required) return bind_error(failed, {ip, options.port});
    }
    std::uniform_int_distribution<std::uint32_t> ports(kFirstRandomPort, kLastRandomPort);
    for (int tries = 0; tries <= kRandomPortTries; ++tries) {
        const bool kernels_choice = tries == kRandomPortTries;
        const auto port = static_cast<std::uint16_t>(kernels_choice ? 0 : ports(random));
        failed = bind_socket(fd, {ip, port}, scope);
        if (failed == 0) return {};
        if (failed != EADDRINUSE) break;
    }
    return bind_error(failed, {ip, 0});
}

}  // namespace

struct UdpSocket::State : std::enable_shared_from_this<UdpSocket::State> {
    State(GMainContext* main_context, const Clock& its_clock, Handlers its_handlers)
        : context(glib::share(main_context)), clock(its_clock), handlers(std::move(its_handlers)) {}

    void start();
    void stop();
    void on_ready(GIOCondition condition);
    void receive();
    bool collect_errors();
    void deliver_faults();
    std::optional<FaultReport> send(const TransportAddress& to, Bytes bytes);

    glib::ContextPtr context;
    const Clock& clock;
    Handlers handlers;
    FileDescriptor fd;
    TransportAddress local;
    std::uint32_t scope = 0;
    std::vector<std::byte> buffer;
    std::vector<FaultReport> faults;
    glib::SourcePtr watch;
    glib::SourcePtr fault_delivery;
};

void UdpSocket::State::start() {
    watch = glib::watch_fd(context.get(), fd.get(), static_cast<GIOCondition>(G_IO_IN | G_IO_ERR),
                           [this](GIOCondition condition) { on_ready(condition); });
}

void UdpSocket::State::stop() {
    watch.reset();
    fault_delivery.reset();
    fd.reset();
}

void UdpSocket::State::on_ready(GIOCondition condition) {
    const auto alive = shared_from_this();
    if ((condition & G_IO_ERR) != 0 && !collect_errors()) {
        // An error without an entry in the queue would stay and keep the descriptor ready.
        int pending = 0;
        socklen_t length = sizeof pending;
        (void)::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &pending, &length);
    }
    deliver_faults();
    receive();
}

void UdpSocket::State::receive() {
    for (int i = 0; i < kMaxReceivesPerWakeUp && fd.is_open(); ++i) {
        const ReceivedMessage message = receive_message(fd.get(), buffer, 0);
        if (message.error_number == EINTR) continue;
        if (message.error_number == EAGAIN || message.error_number == EWOULDBLOCK) return;
        if (message.error_number != 0) {
            // recvmsg() also reports what belongs into the error queue.
            collect_errors();
            deliver_faults();
            continue;
        }
        if (!message.source) continue;
        if (message.is_truncated) {
            if (handlers.on_truncated) {
                handlers.on_truncated({*message.source, message.size_bytes, buffer});
            }
        } else if (handlers.on_datagram) {
            handlers.on_datagram({.source = *message.source,
                                  .local_ip = message.local_ip,
                                  .traffic_class = message.traffic_class,
                                  .bytes = Bytes(buffer).first(message.size_bytes),
                                  .received_at = clock.now()});
        }
    }
}

bool UdpSocket::State::collect_errors() {
    std::vector<std::byte> payload(1);
    bool found = false;
    for (int i = 0; i < kMaxErrorsPerDrain; ++i) {
        const ReceivedMessage message = receive_message(fd.get(), payload, MSG_ERRQUEUE);
        if (message.error_number == EINTR) continue;
        if (message.error_number != 0) break;
        found = true;
        if (message.fault) faults.push_back(*message.fault);
    }
    return found;
}

void UdpSocket::State::deliver_faults() {
    const auto alive = shared_from_this();
    fault_delivery.reset();
    for (const FaultReport& fault : std::exchange(faults, {})) {
        if (fd.is_open() && handlers.on_fault) handlers.on_fault(fault);
    }
}

std::optional<FaultReport> UdpSocket::State::send(const TransportAddress& to, Bytes bytes) {
    if (to.family() != local.family()) return local_fault(EAFNOSUPPORT, to);
    int failed = 0;
    for (int tries = 0; tries < kMaxSendTries; ++tries) {
        failed = send_message(fd.get(), to, scope, bytes);
        if (failed == 0 || failed == EAGAIN) break;
        if (failed == EINTR) continue;
        // Linux reports an ICMP error of some earlier datagram on the next send (udp(7)). Only what
        // fails with an empty error queue is about this one.
        if (!collect_errors()) break;
    }
    if (!faults.empty() && !fault_delivery) {
        fault_delivery = glib::call_soon(context.get(), [this] { deliver_faults(); });
    }
    if (failed != 0) return local_fault(failed, to);
    return std::nullopt;
}

Result<std::unique_ptr<UdpSocket>> UdpSocket::open(GMainContext* context, const Clock& clock,
                                                   Random& random, const UdpOptions& options,
                                                   Handlers handlers) {
    if (options.bind_ip && options.bind_ip->family() != options.family) {
        return Error{.culprit = Culprit::Usage,
                     .code = "transport.family",
                     .message = options.bind_ip->to_string() + " is not an " +
                                std::string(to_string(options.family)) + " address"};
    }
    auto fd = open_socket(options.family, SOCK_DGRAM, options.interface);
    if (!fd) return std::move(fd).error();
    auto state = std::make_shared<State>(context, clock, std::move(handlers));
    state->fd = std::move(*fd);
    state->scope = scope_id(options.bind_ip, options.interface);
    request_extras(state->fd.get(), options.family);
    if (auto bound = bind_with_choice(state->fd.get(), options, state->scope, random); !bound) {
        return bound.error();
    }
    const auto local = bound_address(state->fd.get());
    if (!local) {
        return Error{.culprit = Culprit::Environment,
                     .code = "transport.socket",
                     .message = "cannot learn the port of a socket: " + errno_text(errno)};
    }
    state->local = *local;
    state->buffer.resize(options.max_datagram_bytes);
    state->start();
    return std::unique_ptr<UdpSocket>(new UdpSocket(std::move(state)));
}

UdpSocket::UdpSocket(std::shared_ptr<State> state) : state_(std::move(state)) {}
UdpSocket::~UdpSocket() {
    state_->stop();
}

std::optional<FaultReport> UdpSocket::send(const TransportAddress& to, Bytes bytes) {
    return state_->send(to, bytes);
}

bool UdpSocket::set_dont_fragment(bool dont_fragment) {
    const bool is_v4 = state_->local.family() == AddressFamily::IPv4;
    const int v4_value = dont_fragment ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT;
    const int v6_value = dont_fragment ? IPV6_PMTUDISC_DO : IPV6_PMTUDISC_DONT;
    const int value = is_v4 ? v4_value : v6_value;
    return ::setsockopt(state_->fd.get(), is_v4 ? IPPROTO_IP : IPPROTO_IPV6,
                        is_v4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER, &value, sizeof value) == 0;
}

bool UdpSocket::set_traffic_class(std::uint8_t traffic_class) {
    const bool is_v4 = state_->local.family() == AddressFamily::IPv4;
    const int value = traffic_class;
    return ::setsockopt(state_->fd.get(), is_v4 ? IPPROTO_IP : IPPROTO_IPV6,
                        is_v4 ? IP_TOS : IPV6_TCLASS, &value, sizeof value) == 0;
}

const TransportAddress& UdpSocket::local_address() const {
    return state_->local;
}

}  // namespace portolan::transport
