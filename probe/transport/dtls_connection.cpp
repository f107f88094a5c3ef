#include "probe/transport/dtls_connection.hpp"

#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <new>
#include <utility>
#include <vector>

#include "probe/transport/glib_ptr.hpp"
#include "probe/transport/gnutls_text.hpp"
#include "probe/transport/tls_credentials.hpp"
#include "probe/transport/tls_state.hpp"
#include "probe/transport/udp_socket.hpp"

namespace portolan::transport {
namespace {

constexpr std::size_t kMaxWaitingCount = 1000;

}  // namespace

struct DtlsConnection::State : std::enable_shared_from_this<DtlsConnection::State> {
    enum class Phase { Handshaking, Open, Over };

    State(GMainContext* main_context, Handlers its_handlers, const DtlsOptions& options)
        : context(glib::share(main_context)),
          handlers(std::move(its_handlers)),
          credentials(options.credentials),
          policy(options.policy),
          server_name(options.server_name),
          remote(options.remote),
          timeout(options.timeout) {}

    void begin(const Clock& clock, Random& random, const DtlsOptions& options) {
        auto opened = UdpSocket::open(
            context.get(), clock, random,
            {.family = remote.family(), .bind_ip = options.bind_ip, .interface = options.interface},
            {.on_datagram = [this](const Datagram& datagram) { on_datagram(datagram); },
             .on_fault = [this](const FaultReport& fault) { on_fault(fault); }});
        if (!opened) {
            StreamReport failed;
            failed.outcome = StreamOutcome::Unreachable;
            failed.detail = opened.error().message;
            later = glib::call_soon(context.get(), [this, failed] { report(failed); });
            return;
        }
        socket = std::move(*opened);
        begin_session();
        deadline = glib::call_after(context.get(), timeout, [this] { on_deadline(); });
        later = glib::call_soon(context.get(), [this] { handshake(); });
    }

    void begin_session() {
        gnutls_session_t raw = nullptr;
        if (gnutls_init(
                &raw, GNUTLS_CLIENT | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) != 0) {
            throw std::bad_alloc();
        }
        session.reset(raw);
        // RFC 8996: DTLS 1.0 MUST NOT be used. Else what the system's policy says.
        gnutls_set_default_priority_append(raw, "-VERS-DTLS1.0", nullptr, 0);
        apply_policy(raw, policy);
        gnutls_credentials_set(raw, GNUTLS_CRD_CERTIFICATE, credentials->handle_->credentials);
        expect_server(raw, server_name, policy);
        gnutls_dtls_set_mtu(raw, kDtlsMtuBytes);
        gnutls_dtls_set_timeouts(raw, kDtlsRetransmitMs, 60'000);
        gnutls_transport_set_ptr(raw, this);
        gnutls_transport_set_pull_function(raw, pull);
        gnutls_transport_set_push_function(raw, push);
        gnutls_transport_set_pull_timeout_function(raw, pull_timeout);
    }

    static ssize_t pull(gnutls_transport_ptr_t self, void* out, std::size_t size) {
        auto& state = *static_cast<State*>(self);
        if (state.received.empty()) {
            gnutls_transport_set_errno(state.session.get(), EAGAIN);
            return -1;
        }
        const std::vector<std::byte> datagram = std::move(state.received.front());
        state.received.pop_front();
        const std::size_t taken = std::min(datagram.size(), size);
        std::memcpy(out, datagram.data(), taken);
        return static_cast<ssize_t>(taken);
    }
    static ssize_t push(gnutls_transport_ptr_t self, const void* data, std::size_t size) {
        auto& state = *static_cast<State*>(self);
        // What does not get out is sent again, as if it had been lost.
        (void)state.socket->send(state.remote, Bytes(static_cast<const std::byte*>(data), size));
        return static_cast<ssize_t>(size);
    }
    static int pull_timeout(gnutls_transport_ptr_t self, unsigned /*milliseconds*/) {
        return static_cast<const State*>(self)->received.empty() ? 0 : 1;
    }

    void on_datagram(const Datagram& datagram) {
        if (datagram.source != remote || received.size() >= kMaxWaitingCount) return;
        const auto alive = shared_from_this();
        received.emplace_back(datagram.bytes.begin(), datagram.bytes.end());
        has_heard = true;
        if (phase == Phase::Handshaking) handshake();
        if (phase == Phase::Open) read_records();
    }
    void on_fault(const FaultReport& fault) {
        last_fault = fault;
        if (phase != Phase::Handshaking || fault.fault != Fault::IcmpPortUnreachable) return;
        StreamReport refused;
        refused.outcome = StreamOutcome::Refused;
        refused.error_number = fault.error_number;
        refused.detail = fault.detail;
        report(refused);
    }
    void on_deadline() {
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
        StreamReport failed;
        failed.outcome = has_heard ? StreamOutcome::TlsFailed : StreamOutcome::TimedOut;
        failed.error_number = ETIMEDOUT;
        failed.detail = (has_heard ? "the DTLS handshake was not complete within "
                                   : "no answer to the DTLS handshake within ") +
                        std::to_string(ms) + " ms";
        if (last_fault) failed.detail += " (" + last_fault->detail + ')';
        if (has_heard) failed.tls = TlsFailure{.library = failed.detail};
        report(failed);
    }

    void handshake() {
        int done = 0;
        do {
            done = gnutls_handshake(session.get());
        } while (done < 0 && done != GNUTLS_E_AGAIN && gnutls_error_is_fatal(done) == 0);
        if (done == GNUTLS_E_AGAIN) {
            const unsigned wait_ms = std::max(gnutls_dtls_get_timeout(session.get()), 1U);
            retransmit = glib::call_after(context.get(), std::chrono::milliseconds(wait_ms),
                                          [this] { handshake(); });
            return;
        }
        retransmit.reset();
        if (done != 0) return report(handshake_failure(session.get(), done));
        phase = Phase::Open;
        facts = session_facts(session.get());
        StreamReport connected;
        connected.outcome = StreamOutcome::Connected;
        connected.detail = "connected to " + remote.to_string() + " with " + facts.description;
        report(connected);
    }

    void read_records() {
        const auto alive = shared_from_this();
        std::array<std::byte, kMaxRecordBytes> plain{};
        while (phase == Phase::Open && !has_ended) {
            const ssize_t got = gnutls_record_recv(session.get(), plain.data(), plain.size());
            if (got > 0) {
                if (handlers.on_bytes) {
                    handlers.on_bytes(Bytes(plain).first(static_cast<std::size_t>(got)));
                }
                continue;
            }
            if (got == GNUTLS_E_AGAIN) return;
            if (got == 0) return end(StreamEnd::PeerClosed, "closed by the peer");
            if (gnutls_error_is_fatal(static_cast<int>(got)) == 0) continue;
            const std::string why = got == GNUTLS_E_FATAL_ALERT_RECEIVED
                                        ? "the peer sent the alert " + alert_text(session.get())
                                        : std::string(gnutls_strerror(static_cast<int>(got)));
            return end(StreamEnd::ProtocolError, why);
        }
    }

    void report(const StreamReport& outcome) {
        const auto alive = shared_from_this();
        deadline.reset();
        retransmit.reset();
        if (outcome.outcome != StreamOutcome::Connected) phase = Phase::Over;
        if (handlers.on_outcome) handlers.on_outcome(outcome);
        if (phase == Phase::Open) read_records();
    }
    void end(StreamEnd how, const std::string& detail) {
        phase = Phase::Over;
        if (std::exchange(has_ended, true)) return;
        if (handlers.on_end) handlers.on_end(how, detail);
    }
    void stop() {
        phase = Phase::Over;
        deadline.reset();
        retransmit.reset();
        later.reset();
        socket.reset();
    }

    glib::ContextPtr context;
    Handlers handlers;
    std::shared_ptr<const TlsCredentials> credentials;
    TlsClientPolicy policy;
    std::string server_name;
    TransportAddress remote;
    Duration timeout;
    Phase phase = Phase::Handshaking;
    bool has_heard = false;
    bool has_ended = false;
    std::optional<FaultReport> last_fault;
    TlsFacts facts;
    std::unique_ptr<UdpSocket> socket;
    SessionPtr session;
    std::deque<std::vector<std::byte>> received;
    glib::SourcePtr deadline;
    glib::SourcePtr retransmit;
    glib::SourcePtr later;
};

std::unique_ptr<DtlsConnection> DtlsConnection::connect(GMainContext* context, const Clock& clock,
                                                        Random& random, const DtlsOptions& options,
                                                        Handlers handlers) {
    auto state = std::make_shared<State>(context, std::move(handlers), options);
    state->begin(clock, random, options);
    return std::unique_ptr<DtlsConnection>(new DtlsConnection(std::move(state)));
}

DtlsConnection::DtlsConnection(std::shared_ptr<State> state) : state_(std::move(state)) {}
DtlsConnection::~DtlsConnection() {
    // RFC 8446 s6.1 (MUST): or the server keeps the session, and may not answer the port's next
    // user.
    close();
}

bool DtlsConnection::send(Bytes bytes) {
    if (state_->phase != State::Phase::Open) return false;
    return gnutls_record_send(state_->session.get(), bytes.data(), bytes.size()) ==
           static_cast<ssize_t>(bytes.size());
}

std::size_t DtlsConnection::queued_bytes() const {
    return 0;
}

void DtlsConnection::close() {
    if (state_->phase == State::Phase::Open) gnutls_bye(state_->session.get(), GNUTLS_SHUT_WR);
    state_->stop();
}

std::optional<TransportAddress> DtlsConnection::local_address() const {
    return state_->socket ? std::optional(state_->socket->local_address()) : std::nullopt;
}

const TransportAddress& DtlsConnection::remote_address() const {
    return state_->remote;
}

std::string DtlsConnection::description() const {
    return state_->facts.description;
}

const TlsFacts& DtlsConnection::facts() const {
    return state_->facts;
}

const std::optional<FaultReport>& DtlsConnection::last_fault() const {
    return state_->last_fault;
}

}  // namespace portolan::transport
