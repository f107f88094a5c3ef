#include "probe/runner/machine_runner.hpp"

#include <utility>
#include <variant>

namespace portolan::runner {

namespace {

discovery::NetworkFault to_discovery(transport::Fault fault) {
    switch (fault) {
        case transport::Fault::NotPermitted:
            return discovery::NetworkFault::NotPermitted;
        case transport::Fault::NoRoute:
            return discovery::NetworkFault::NoRoute;
        case transport::Fault::IcmpProhibited:
            return discovery::NetworkFault::IcmpProhibited;
        case transport::Fault::IcmpPortUnreachable:
            return discovery::NetworkFault::IcmpPortUnreachable;
        case transport::Fault::IcmpUnreachable:
            return discovery::NetworkFault::IcmpUnreachable;
        case transport::Fault::Other:
            return discovery::NetworkFault::Other;
    }
    return discovery::NetworkFault::Other;
}

discovery::FaultReport to_discovery(const transport::FaultReport& report) {
    discovery::FaultReport out{to_discovery(report.fault), std::nullopt, report.detail};
    if (report.icmp) out.reported_by = report.icmp->reported_by;
    return out;
}

discovery::StreamOutcome to_discovery(transport::StreamOutcome outcome) {
    switch (outcome) {
        case transport::StreamOutcome::Connected:
            return discovery::StreamOutcome::Connected;
        case transport::StreamOutcome::Refused:
            return discovery::StreamOutcome::Refused;
        case transport::StreamOutcome::TimedOut:
            return discovery::StreamOutcome::TimedOut;
        case transport::StreamOutcome::Unreachable:
            return discovery::StreamOutcome::Unreachable;
        case transport::StreamOutcome::TlsFailed:
            return discovery::StreamOutcome::TlsFailed;
        case transport::StreamOutcome::NotPermitted:
            return discovery::StreamOutcome::NotPermitted;
    }
    return discovery::StreamOutcome::TimedOut;
}

constexpr std::size_t kLongestStreamReply = 2048;  // far more than a Binding response needs

discovery::FaultReport from_error(const Error& error) {
    const bool local = error.code == "transport.bind-to-device";
    return {local ? discovery::NetworkFault::NotPermitted : discovery::NetworkFault::NoRoute,
            std::nullopt, error.message};
}

}  // namespace

MachineRunner::MachineRunner(GMainContext* context, const transport::Clock& clock,
                             transport::Random& random, discovery::Machine& machine,
                             RunnerOptions options, std::function<void()> on_finished)
    : context_(context),
      clock_(clock),
      random_(random),
      machine_(machine),
      options_(std::move(options)),
      on_finished_(std::move(on_finished)) {}

MachineRunner::~MachineRunner() = default;

void MachineRunner::start() {
    machine_.start(clock_.now());
    pump();
}

void MachineRunner::cancel() {
    machine_.cancel(clock_.now());
    pump();
}

/// Carries out actions until there are none left: an action may answer at once and cause more.
void MachineRunner::pump() {
    if (pumping_) return;
    pumping_ = true;
    for (auto actions = machine_.take_actions(); !actions.empty();
         actions = machine_.take_actions()) {
        for (const discovery::Action& action : actions) {
            std::visit([this](const auto& specific) { carry_out(specific); }, action);
        }
    }
    pumping_ = false;
    if (machine_.finished() && !finished_) {
        finished_ = true;
        timer_.reset();
        finish_ = glib::call_soon(context_, on_finished_);
        return;
    }
    set_timer();
}

void MachineRunner::set_timer() {
    timer_.reset();
    const auto wakeup = machine_.next_wakeup();
    if (!wakeup || finished_) return;
    timer_ = glib::call_after(context_, *wakeup - clock_.now(), [this] {
        machine_.on_time(clock_.now());
        pump();
    });
}

void MachineRunner::carry_out(const discovery::OpenSocket& action) {
    const discovery::SocketId id = action.id;
    transport::UdpOptions options;
    options.family = action.family;
    options.bind_ip = action.bind_ip;
    options.port = action.preferred_port;
    options.interface = options_.interface;
    transport::UdpSocket::Handlers handlers;
    handlers.on_datagram = [this, id](const transport::Datagram& datagram) {
        machine_.on_datagram(id, datagram.source, datagram.local_ip, datagram.bytes, clock_.now());
        pump();
    };
    handlers.on_truncated = [this, id](const transport::TruncatedDatagram& datagram) {
        machine_.on_oversized(id, datagram.source, datagram.head, datagram.size_bytes,
                              clock_.now());
        pump();
    };
    handlers.on_fault = [this, id](const transport::FaultReport& report) {
        if (!report.destination) return;
        machine_.on_fault(id, *report.destination, to_discovery(report), clock_.now());
        pump();
    };
    auto socket =
        transport::UdpSocket::open(context_, clock_, random_, options, std::move(handlers));
    if (!socket && socket.error().code == "transport.no-sockets-left") {
        // Of this process, and nothing that a verdict about the network may rest on.
        if (!failure_) failure_ = socket.error();
        machine_.cancel(clock_.now());
        return;
    }
    if (!socket) {
        machine_.on_socket_failed(id, from_error(socket.error()), clock_.now());
        return;
    }
    const TransportAddress local = (*socket)->local_address();
    sockets_[id] = std::move(*socket);
    machine_.on_socket(id, local, clock_.now());
}

void MachineRunner::carry_out(const discovery::SendDatagram& action) {
    const auto socket = sockets_.find(action.socket);
    if (socket == sockets_.end()) return;
    if (const auto fault = socket->second->send(action.to, action.bytes)) {
        machine_.on_fault(action.socket, action.to, to_discovery(*fault), clock_.now());
    }
}

void MachineRunner::carry_out(const discovery::CloseSocket& action) {
    sockets_.erase(action.id);
}

/// The stream stays until later: this runs inside it.
void MachineRunner::retire(discovery::StreamId id) {
    auto& stream = streams_[id];
    if (stream) ended_.push_back(std::exchange(stream, nullptr));
    readers_.erase(id);
}

void MachineRunner::on_stream_bytes(discovery::StreamId id, transport::Bytes bytes) {
    if (!streams_[id]) return;
    const auto reader = readers_.try_emplace(id, kLongestStreamReply).first;
    const auto frame = reader->second.next(bytes);
    if (!frame) return retire(id);  // not STUN
    if (!*frame) return;
    machine_.on_stream(
        id,
        {discovery::StreamOutcome::Connected, {}, {(*frame)->bytes.begin(), (*frame)->bytes.end()}},
        clock_.now());
    retire(id);
    pump();
}

transport::ByteStream::Handlers MachineRunner::stream_handlers(discovery::StreamId id,
                                                               std::vector<std::byte> request,
                                                               transport::Duration held_back) {
    transport::ByteStream::Handlers handlers;
    handlers.on_outcome = [this, id, held_back,
                           request = std::move(request)](const transport::StreamReport& report) {
        const bool asks = report.outcome == transport::StreamOutcome::Connected && !request.empty();
        // A queue that takes nothing is a stream that has ended: there will be no reply.
        const bool asked = asks && streams_[id] && streams_[id]->send(request);
        machine_.on_stream(id, {to_discovery(report.outcome), report.detail, {}, held_back},
                           clock_.now());
        if (!asked) retire(id);
        pump();
    };
    handlers.on_bytes = [this, id](transport::Bytes bytes) { on_stream_bytes(id, bytes); };
    handlers.on_end = [this, id](transport::StreamEnd, const std::string&) { retire(id); };
    return handlers;
}

transport::TcpOptions MachineRunner::tcp_options(const discovery::TryStream& action) const {
    transport::TcpOptions tcp;
    tcp.remote = action.to;
    tcp.bind_ip = action.bind_ip;
    tcp.interface = options_.interface;
    tcp.timeout = options_.stream_timeout;
    return tcp;
}

void MachineRunner::carry_out(const discovery::TryStream& action) {
    if (!action.tls) {
        streams_[action.id] = transport::TcpConnection::connect(
            context_, tcp_options(action), stream_handlers(action.id, action.request, {}));
        return;
    }
    const transport::Time asked_at = clock_.now();
    if (!options_.trust) return begin_tls(action, nullptr, asked_at);
    options_.trust([this, action, asked_at, alive = std::weak_ptr(alive_)](auto trust) {
        if (!alive.expired() && !finished_) begin_tls(action, std::move(trust), asked_at);
    });
}

void MachineRunner::begin_tls(const discovery::TryStream& action, RunnerOptions::Trust trust,
                              transport::Time asked_at) {
    auto handlers = stream_handlers(action.id, action.request, clock_.now() - asked_at);
    // Tried without authorities too: whether the server's host answers does not depend on them.
    if (!trust) {
        trust = transport::TlsCredentials::trust_nobody();
        handlers.on_outcome =
            [report = std::move(handlers.on_outcome)](transport::StreamReport outcome) {
                if (outcome.outcome == transport::StreamOutcome::TlsFailed) {
                    outcome.detail = "no certificate authorities to verify with; " + outcome.detail;
                }
                report(outcome);
            };
    }
    transport::TlsOptions tls;
    tls.tcp = tcp_options(action);
    tls.server_name = action.server_name;
    tls.credentials = std::move(trust);
    streams_[action.id] = transport::TlsConnection::connect(context_, tls, std::move(handlers));
}

}  // namespace portolan::runner
