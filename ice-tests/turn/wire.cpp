#include "ice-tests/turn/wire.hpp"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <limits>
#include <string_view>
#include <utility>

#include "probe/stun/framing.hpp"
#include "probe/stun/printable.hpp"
#include "probe/transport/dtls_connection.hpp"
#include "probe/transport/tls_connection.hpp"
#include "probe/transport/tls_words.hpp"
#include "probe/transport/udp_socket.hpp"

namespace portolan::turn {
namespace {

// Until more is read than this, the frames of one wire wait for whoever reads them.
constexpr std::size_t kMaxWaitingCount = 10'000;

constexpr std::size_t kMaxRawBytes = 64 * 1024;

Error peer_error(std::string code, std::string message, std::string hint = {}) {
    return {.culprit = Culprit::Peer,
            .code = "turn." + std::move(code),
            .message = std::move(message),
            .hint = std::move(hint)};
}

bool is_self_signed(const transport::TlsFailure& failure) {
    return std::ranges::find(failure.flaws, transport::CertificateFlaw::SelfSigned) !=
           failure.flaws.end();
}

std::string_view remedy_for(transport::CertificateFlaw flaw) {
    using transport::CertificateFlaw;
    switch (flaw) {
        case CertificateFlaw::Expired:
            return "renew the certificate, and compare the clocks";
        case CertificateFlaw::NotYetValid:
            return "compare the clocks: the certificate's time has not begun";
        case CertificateFlaw::WrongName:
            return "get a certificate for the host that the URI names, or name the one in the URI "
                   "that it is for";
        case CertificateFlaw::SelfSigned:
            return "get a certificate from an authority, or name this one with --ca-file";
        case CertificateFlaw::UnknownIssuer:
            return "name its authority with --ca-file, or let the server send its whole chain";
        case CertificateFlaw::Revoked:
            return "get a new certificate: this one was revoked";
        case CertificateFlaw::Other:
            break;
    }
    return "repair the certificate";
}

Error certificate_error(const std::string& where, const transport::TlsFailure& failure) {
    std::string hint;
    for (const transport::CertificateFlaw flaw : failure.flaws)
        hint += (hint.empty() ? "" : "; ") + std::string(remedy_for(flaw));
    return peer_error("tls-certificate",
                      where + ": " + failure.verification +
                          (is_self_signed(failure) ? ". It is self-signed" : ""),
                      std::move(hint));
}

/// Where no TLS has answered; empty elsewhere.
std::string remedy_without_tls(const transport::StreamReport& report) {
    const std::string library = report.tls ? report.tls->library : std::string();
    if (library == transport::kPlaintextAnswer) {
        return "let the server listen for TLS on that port, or use turn: instead of turns:";
    }
    const bool is_silent =
        report.error_number == ETIMEDOUT && report.tcp_connected_after.has_value();
    if (library == transport::kNoAnswerToHandshake || is_silent) {
        return "is TLS enabled on that port? Let the server listen for TLS there, or use turn: "
               "instead of turns:";
    }
    return {};
}

Error from_report(const transport::StreamReport& report, const Endpoint& endpoint) {
    using transport::StreamOutcome;
    const std::string where =
        endpoint.server.to_string() + " over " + std::string(to_string(endpoint.transport));
    switch (report.outcome) {
        case StreamOutcome::Refused:
            return peer_error("refused", where + ": the connection was refused",
                              "nothing listens there: is the port right, is the server running?");
        case StreamOutcome::TimedOut:
            return peer_error("connect-timeout", where + ": " + report.detail,
                              "is a firewall on the way, is it the right address?");
        case StreamOutcome::TlsFailed:
            if (report.tls && !report.tls->verification.empty()) {
                return certificate_error(where, *report.tls);
            }
            if (report.tls && !report.tls->alert.empty()) {
                return peer_error("tls-alert",
                                  where + ": the server sent the alert " + report.tls->alert);
            }
            return peer_error(report.error_number == ETIMEDOUT ? "tls-timeout" : "tls-handshake",
                              where + ": " + report.detail, remedy_without_tls(report));
        case StreamOutcome::Unreachable:
        case StreamOutcome::NotPermitted:
        case StreamOutcome::Connected:
            break;
    }
    return peer_error("unreachable", where + ": " + report.detail);
}

}  // namespace

struct Wire::State : std::enable_shared_from_this<Wire::State> {
    State(const Surroundings& its_where, Endpoint its_endpoint,
          std::shared_ptr<Transcript> its_transcript, std::string its_name)
        : where(its_where),
          endpoint(std::move(its_endpoint)),
          transcript(std::move(its_transcript)),
          name(std::move(its_name)),
          signal(its_where) {}

    void deliver(transport::Bytes bytes) {
        std::vector<std::byte> frame(bytes.begin(), bytes.end());
        transcript->add(Direction::Received, where.now(), name, frame);
        if (waiting.size() < kMaxWaitingCount) waiting.push_back({std::move(frame), where.now()});
    }
    void end(Error error) {
        if (ended) return;
        is_open = false;
        transcript->note(where.now(), name, error.message);
        ended = std::move(error);
    }
    void on_fault(const transport::FaultReport& fault) {
        if (fault.fault == transport::Fault::Other) return;
        ++fault_count;
        last_fault = fault;
        unreachable =
            peer_error("unreachable", endpoint.server.to_string() + " over udp: " + fault.detail,
                       fault.fault == transport::Fault::IcmpPortUnreachable && fault.icmp &&
                               fault.icmp->reported_by == endpoint.server.ip
                           ? "nothing listens there: is the port right, is the server running?"
                           : "");
        transcript->note(where.now(), name, fault.detail);
    }
    void on_stream_bytes(transport::Bytes bytes) {
        const auto alive = shared_from_this();
        if (!is_framed || endpoint.transport == Transport::Dtls) {
            deliver(bytes);
            return signal.notify();
        }
        if (raw.size() + bytes.size() > kMaxRawBytes) raw.clear();
        raw.insert(raw.end(), bytes.begin(), bytes.end());
        while (!ended) {
            auto frame = reader.next(bytes);
            if (!frame) {
                end(peer_error("bad-stream",
                               "the server sent what is neither STUN nor "
                               "ChannelData: " +
                                   frame.error().message));
                break;
            }
            if (!*frame) break;
            deliver((*frame)->bytes);
            if (ends_framing((*frame)->bytes)) {
                is_framed = false;
                if (!bytes.empty()) deliver(bytes);
                break;
            }
        }
        signal.notify();
    }
    [[nodiscard]] bool ends_framing(transport::Bytes frame) const {
        if (!last_framed) return false;
        const auto view = stun::MessageView::parse(frame);
        return view && view->message_class() == stun::MessageClass::SuccessResponse &&
               view->method() == *last_framed;
    }
    /// What it sent last and did not end: a web server's first octets look like ChannelData.
    [[nodiscard]] std::string unfinished() const {
        const std::size_t size = std::min(reader.buffered_bytes(), raw.size());
        if (!is_framed || size == 0) return {};
        const auto* begin = reinterpret_cast<const char*>(raw.data()) + (raw.size() - size);
        std::string out = " after " + std::to_string(size) +
                          " octets that are no whole message and begin with \"";
        stun::append_escaped(out, std::string_view(begin, std::min<std::size_t>(size, 24)));
        return out + '"';
    }
    void on_stream_end(transport::StreamEnd how, const std::string& detail) {
        const auto alive = shared_from_this();
        end(how == transport::StreamEnd::Reset
                ? peer_error("reset", "the server reset the connection" + unfinished())
                : peer_error("closed",
                             "the server closed the connection (" + detail + ')' + unfinished()));
        signal.notify();
    }
    Result<std::unique_ptr<transport::UdpSocket>> open_on(std::uint16_t port) {
        return transport::UdpSocket::open(
            where.context, *where.clock, *where.random,
            {.family = endpoint.server.family(),
             .bind_ip = endpoint.bind_ip,
             .port = port,
             .port_required = port != 0,
             .interface = endpoint.interface},
            {.on_datagram =
                 [this](const transport::Datagram& datagram) {
                     const auto alive = shared_from_this();
                     if (datagram.source != endpoint.server) {
                         transcript->note(where.now(), name,
                                          "a datagram from " + datagram.source.to_string() +
                                              ", which was not asked");
                         return;
                     }
                     unreachable.reset();
                     deliver(datagram.bytes);
                     signal.notify();
                 },
             .on_fault =
                 [this](const transport::FaultReport& fault) {
                     const auto alive = shared_from_this();
                     on_fault(fault);
                     signal.notify();
                 }});
    }
    Result<void> open_udp() {
        // Where somebody else has the port, the next of the sequence: any other may be one that an
        // earlier client had.
        constexpr int kPortTries = 64;
        auto opened = open_on(endpoint.ports ? endpoint.ports->next() : std::uint16_t{0});
        for (int tries = 1; tries < kPortTries && endpoint.ports && !opened &&
                            opened.error().code == "transport.port-in-use";
             ++tries) {
            opened = open_on(endpoint.ports->next());
        }
        if (!opened && opened.error().code == "transport.port-in-use") opened = open_on(0);
        if (!opened) return std::move(opened).error();
        udp = std::move(*opened);
        local = udp->local_address();
        is_open = true;
        return {};
    }
    transport::ByteStream::Handlers handlers() {
        return {.on_outcome =
                    [this](const transport::StreamReport& report) {
                        const auto alive = shared_from_this();
                        outcome = report;
                        signal.notify();
                    },
                .on_bytes = [this](transport::Bytes bytes) { on_stream_bytes(bytes); },
                .on_end = [this](transport::StreamEnd how,
                                 const std::string& detail) { on_stream_end(how, detail); }};
    }
    void connect() {
        const transport::TcpOptions tcp{.remote = endpoint.server,
                                        .bind_ip = endpoint.bind_ip,
                                        .interface = endpoint.interface,
                                        .timeout = endpoint.connect_timeout};
        if (endpoint.transport == Transport::Tcp) {
            stream = transport::TcpConnection::connect(where.context, tcp, handlers());
        } else if (endpoint.transport == Transport::Tls) {
            stream = transport::TlsConnection::connect(where.context,
                                                       {.tcp = tcp,
                                                        .server_name = endpoint.server_name,
                                                        .credentials = endpoint.trust,
                                                        .policy = endpoint.tls},
                                                       handlers());
        } else {
            stream = transport::DtlsConnection::connect(where.context, *where.clock, *where.random,
                                                        {.remote = endpoint.server,
                                                         .bind_ip = endpoint.bind_ip,
                                                         .interface = endpoint.interface,
                                                         .server_name = endpoint.server_name,
                                                         .credentials = endpoint.trust,
                                                         .policy = endpoint.tls,
                                                         .timeout = endpoint.connect_timeout},
                                                        handlers());
        }
    }

    Surroundings where;
    Endpoint endpoint;
    std::shared_ptr<Transcript> transcript;
    std::string name;
    Signal signal;
    std::unique_ptr<transport::UdpSocket> udp;
    std::unique_ptr<transport::ByteStream> stream;
    std::optional<transport::StreamReport> outcome;
    stun::StreamReader reader;
    std::vector<std::byte> raw;
    bool is_framed = true;
    std::optional<stun::Method> last_framed;
    bool is_open = false;
    std::optional<TransportAddress> local;
    std::deque<Frame> waiting;
    std::optional<Error> ended;
    std::optional<Error> unreachable;
    std::size_t fault_count = 0;
    std::optional<transport::FaultReport> last_fault;
};

Wire::Wire(const Surroundings& where, Endpoint endpoint, std::shared_ptr<Transcript> transcript,
           std::string name)
    : state_(std::make_shared<State>(where, std::move(endpoint), std::move(transcript),
                                     std::move(name))) {}

Wire::~Wire() {
    state_->udp.reset();
    state_->stream.reset();
}

Task<Result<void>> Wire::open() {
    const auto state = state_;
    if (state->endpoint.transport == Transport::Udp) co_return state->open_udp();
    state->connect();
    while (!state->outcome)
        co_await state->signal.until(transport::Time::max());
    if (state->outcome->outcome != transport::StreamOutcome::Connected) {
        state->transcript->note(state->where.now(), state->name, state->outcome->detail);
        co_return from_report(*state->outcome, state->endpoint);
    }
    state->local = state->stream->local_address();
    state->is_open = true;
    co_return Result<void>();
}

bool Wire::send(transport::Bytes bytes) {
    if (!state_->is_open) return false;
    state_->transcript->add(Direction::Sent, state_->where.now(), state_->name, bytes);
    if (state_->stream) return state_->stream->send(bytes);
    const auto fault = state_->udp->send(state_->endpoint.server, bytes);
    if (fault) state_->on_fault(*fault);
    return !fault;
}

std::size_t Wire::fault_count() const {
    return state_->fault_count;
}

Task<std::optional<Frame>> Wire::receive(transport::Time deadline) {
    co_return co_await receive_or_fault(deadline, std::numeric_limits<std::size_t>::max());
}

Task<std::optional<Frame>> Wire::receive_or_fault(transport::Time deadline,
                                                  std::size_t known_count) {
    const auto state = state_;
    while (state->waiting.empty() && !state->ended && state->fault_count <= known_count &&
           state->where.now() < deadline) {
        co_await state->signal.until(deadline);
    }
    if (state->waiting.empty()) co_return std::nullopt;
    Frame frame = std::move(state->waiting.front());
    state->waiting.pop_front();
    co_return std::optional<Frame>(std::move(frame));
}

const std::optional<transport::FaultReport>& Wire::last_fault() const {
    const auto* dtls = dynamic_cast<transport::DtlsConnection*>(state_->stream.get());
    if (dtls != nullptr) return dtls->last_fault();
    return state_->last_fault;
}

const std::optional<transport::StreamReport>& Wire::outcome() const {
    return state_->outcome;
}

bool Wire::set_traffic_class(std::uint8_t traffic_class) {
    return state_->udp && state_->udp->set_traffic_class(traffic_class);
}

void Wire::stop_framing() {
    state_->is_framed = false;
}

void Wire::stop_framing_after(stun::Method method) {
    state_->last_framed = method;
}

void Wire::close() {
    if (state_->stream) state_->stream->close();
}

const std::optional<Error>& Wire::ended() const {
    return state_->ended ? state_->ended : state_->unreachable;
}

bool Wire::is_open() const {
    return state_->is_open;
}

const Endpoint& Wire::endpoint() const {
    return state_->endpoint;
}

const std::string& Wire::name() const {
    return state_->name;
}

std::optional<TransportAddress> Wire::local_address() const {
    return state_->local;
}

const std::vector<std::byte>& Wire::raw() const {
    return state_->raw;
}

std::string Wire::security() const {
    const auto facts = tls_facts();
    return facts ? facts->description : "";
}

std::optional<transport::TlsFacts> Wire::tls_facts() const {
    if (const auto* tls = dynamic_cast<transport::TlsConnection*>(state_->stream.get())) {
        return tls->facts();
    }
    const auto* dtls = dynamic_cast<transport::DtlsConnection*>(state_->stream.get());
    return dtls != nullptr ? std::optional(dtls->facts()) : std::nullopt;
}

}  // namespace portolan::turn
