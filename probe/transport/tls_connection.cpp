#include "probe/transport/tls_connection.hpp"

#include <gnutls/x509.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "probe/transport/gnutls_text.hpp"
#include "probe/transport/tls_credentials.hpp"
#include "probe/transport/tls_state.hpp"
#include "probe/transport/tls_words.hpp"

namespace portolan::transport {
namespace {

// What records add to the bytes they carry, and room for the handshake itself.
constexpr std::size_t kRecordSlackBytes = 64 * 1024;
// RFC 8446 s5.1, ContentType: from change_cipher_spec to application_data.
constexpr std::byte kLeastContentType{20};
constexpr std::byte kMostContentType{23};

}  // namespace

ssize_t TlsConnection::State::pull(gnutls_transport_ptr_t self, void* out, std::size_t size) {
    auto& state = *static_cast<State*>(self);
    const std::size_t available = state.received.size() - state.consumed_bytes;
    if (available == 0) {
        if (state.tcp_at_end) return 0;
        state.starved = true;
        gnutls_transport_set_errno(state.session.get(), EAGAIN);
        return -1;
    }
    const std::size_t taken = std::min(available, size);
    std::memcpy(out, state.received.data() + state.consumed_bytes, taken);
    state.consumed_bytes += taken;
    if (state.consumed_bytes == state.received.size()) {
        state.received.clear();
        state.consumed_bytes = 0;
    }
    return static_cast<ssize_t>(taken);
}

ssize_t TlsConnection::State::push(gnutls_transport_ptr_t self, const void* data,
                                   std::size_t size) {
    auto& state = *static_cast<State*>(self);
    if (state.tcp && state.tcp->send(Bytes(static_cast<const std::byte*>(data), size))) {
        return static_cast<ssize_t>(size);
    }
    gnutls_transport_set_errno(state.session.get(), ECONNRESET);
    return -1;
}

int TlsConnection::State::pull_timeout(gnutls_transport_ptr_t self, unsigned /*milliseconds*/) {
    const auto& state = *static_cast<const State*>(self);
    return state.received.size() > state.consumed_bytes || state.tcp_at_end ? 1 : 0;
}

void TlsConnection::State::begin_session(unsigned role) {
    gnutls_session_t raw = nullptr;
    if (gnutls_init(&raw, role | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) != 0) throw std::bad_alloc();
    session.reset(raw);
    // RFC 8996: TLS 1.0 and 1.1 MUST NOT be used. Else what the system's policy says.
    constexpr const char* kWithout = "-VERS-TLS1.0:-VERS-TLS1.1";
    if (role == GNUTLS_SERVER && credentials) {
        credentials->handle_->apply_policy(raw, kWithout);
    } else {
        gnutls_set_default_priority_append(raw, kWithout, nullptr, 0);
    }
    if (credentials) {
        gnutls_credentials_set(raw, GNUTLS_CRD_CERTIFICATE, credentials->handle_->credentials);
    }
    gnutls_transport_set_ptr(raw, this);
    gnutls_transport_set_pull_function(raw, pull);
    gnutls_transport_set_push_function(raw, push);
    gnutls_transport_set_pull_timeout_function(raw, pull_timeout);
}

void TlsConnection::State::begin_client(const TlsOptions& options) {
    is_client = true;
    begin_session(GNUTLS_CLIENT);
    apply_policy(session.get(), options.policy);
    server_name = options.server_name;
    expect_server(session.get(), server_name, options.policy);
}

void TlsConnection::State::start_deadline(Duration timeout) {
    deadline = glib::call_after(context.get(), timeout, [this, timeout] {
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
        const std::string within = " within " + std::to_string(ms) + " ms";
        if (phase == Phase::Connecting) {
            StreamReport timed_out;
            timed_out.outcome = StreamOutcome::TimedOut;
            timed_out.error_number = ETIMEDOUT;
            timed_out.detail = "no TCP connection" + within;
            return report(timed_out);
        }
        StreamReport late;
        late.outcome = StreamOutcome::TlsFailed;
        late.error_number = ETIMEDOUT;
        const std::string what =
            has_heard ? "the TLS handshake was not complete" : "no answer to the TLS handshake";
        late.tls = TlsFailure{.library = what + within};
        late.detail = what + within;
        report(late);
    });
}

TcpConnection::Handlers TlsConnection::State::tcp_handlers() {
    return {.on_outcome = [this](const StreamReport& outcome) { on_tcp_outcome(outcome); },
            .on_bytes = [this](Bytes bytes) { on_tcp_bytes(bytes); },
            .on_end = [this](StreamEnd how, const std::string& detail) { on_tcp_end(how, detail); },
            .on_drained =
                [this] {
                    const auto alive = shared_from_this();
                    if (phase == Phase::Open && handlers.on_drained) handlers.on_drained();
                }};
}

void TlsConnection::State::on_tcp_outcome(const StreamReport& outcome) {
    if (outcome.outcome != StreamOutcome::Connected) return report(outcome);
    tcp_connected_after = Time(g_get_monotonic_time()) - begun_at;
    phase = Phase::Handshaking;
    handshake();
}

void TlsConnection::State::on_tcp_bytes(Bytes bytes) {
    const auto alive = shared_from_this();
    received.insert(received.end(), bytes.begin(), bytes.end());
    if (is_client && !has_heard) listen_for_plaintext(bytes);
    has_heard = has_heard || !bytes.empty();
    if (phase == Phase::Handshaking) handshake();
    if (phase == Phase::Open) read_records();
}

void TlsConnection::State::on_tcp_end(StreamEnd how, const std::string& detail) {
    const auto alive = shared_from_this();
    tcp_at_end = true;
    if (phase == Phase::Handshaking) {
        if (is_plaintext) return finish_handshake(GNUTLS_E_UNEXPECTED_PACKET);
        const bool is_unanswered = is_client && !has_heard;
        return fail({.library = is_unanswered ? std::string(kNoAnswerToHandshake)
                                              : "the connection ended during the handshake"},
                    "the peer ended the connection during the TLS handshake: " + detail);
    }
    if (phase != Phase::Open) return;
    if (how == StreamEnd::Reset) return end(how, detail);
    read_records();
}

void TlsConnection::State::listen_for_plaintext(Bytes first) {
    is_plaintext =
        !first.empty() && (first.front() < kLeastContentType || first.front() > kMostContentType);
}

void TlsConnection::State::handshake() {
    int done = 0;
    do {
        done = gnutls_handshake(session.get());
    } while (done < 0 && done != GNUTLS_E_AGAIN && gnutls_error_is_fatal(done) == 0);
    if (done != GNUTLS_E_AGAIN) finish_handshake(done);
}

void TlsConnection::State::finish_handshake(int gnutls_error) {
    if (gnutls_error == 0) {
        phase = Phase::Open;
        deadline.reset();
        facts = session_facts(session.get());
        StreamReport connected;
        connected.outcome = StreamOutcome::Connected;
        connected.detail = "connected to " + remote.to_string() + " with " + facts.description;
        return report(connected);
    }
    StreamReport failed = handshake_failure(session.get(), gnutls_error);
    if (is_plaintext && failed.tls) {
        failed.tls->library = kPlaintextAnswer;
        failed.detail = kPlaintextAnswer;
    }
    report(std::move(failed));
}

void TlsConnection::State::read_records() {
    const auto alive = shared_from_this();
    std::array<std::byte, kMaxRecordBytes> plain{};
    while (phase == Phase::Open && !has_ended) {
        starved = false;
        const ssize_t got = gnutls_record_recv(session.get(), plain.data(), plain.size());
        if (got > 0) {
            if (handlers.on_bytes) {
                handlers.on_bytes(Bytes(plain).first(static_cast<std::size_t>(got)));
            }
            continue;
        }
        // Also said after a session ticket (RFC 8446 s4.6.1), behind which there may be data.
        if (got == GNUTLS_E_AGAIN && starved) return;
        if (got == 0) return end(StreamEnd::PeerClosed, "closed by the peer");
        if (got == GNUTLS_E_PREMATURE_TERMINATION) {
            return end(StreamEnd::Truncated, "the connection ended without close_notify");
        }
        if (got == GNUTLS_E_FATAL_ALERT_RECEIVED) {
            return end(StreamEnd::ProtocolError,
                       "the peer sent the alert " + alert_text(session.get()));
        }
        if (gnutls_error_is_fatal(static_cast<int>(got)) != 0) {
            return end(StreamEnd::ProtocolError, gnutls_strerror(static_cast<int>(got)));
        }
    }
}

bool TlsConnection::State::enqueue(Bytes bytes) {
    if (phase != Phase::Open || is_closing) return false;
    if (bytes.size() > max_queued_bytes - std::min(max_queued_bytes, tcp->queued_bytes())) {
        return false;
    }
    while (!bytes.empty()) {
        const ssize_t sent = gnutls_record_send(session.get(), bytes.data(), bytes.size());
        if (sent <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return true;
}

void TlsConnection::State::close() {
    if (std::exchange(is_closing, true)) return;
    if (phase != Phase::Open) return stop();
    gnutls_bye(session.get(), GNUTLS_SHUT_WR);
    tcp->close();
}

void TlsConnection::State::fail(TlsFailure failure, const std::string& detail) {
    StreamReport failed;
    failed.outcome = StreamOutcome::TlsFailed;
    failed.tls = std::move(failure);
    failed.detail = detail;
    report(failed);
}

void TlsConnection::State::report(StreamReport outcome) {
    const auto alive = shared_from_this();
    outcome.tcp_connected_after = tcp_connected_after;
    if (outcome.outcome != StreamOutcome::Connected) {
        deadline.reset();
        phase = Phase::Over;
        // The alert is still queued.
        if (tcp) tcp->close();
    }
    if (handlers.on_outcome) handlers.on_outcome(outcome);
}

void TlsConnection::State::end(StreamEnd how, const std::string& detail) {
    if (how != StreamEnd::PeerClosed) phase = Phase::Over;
    if (std::exchange(has_ended, true)) return;
    if (handlers.on_end) handlers.on_end(how, detail);
}

void TlsConnection::State::stop() {
    phase = Phase::Over;
    deadline.reset();
    begun.reset();
    tcp.reset();
}

std::unique_ptr<TlsConnection> TlsConnection::connect(GMainContext* context,
                                                      const TlsOptions& options,
                                                      Handlers handlers) {
    auto state = std::make_shared<State>(context, options.credentials, std::move(handlers));
    state->remote = options.tcp.remote;
    state->max_queued_bytes = options.tcp.max_queued_bytes;
    state->begin_client(options);
    state->begun_at = Time(g_get_monotonic_time());
    state->start_deadline(options.tcp.timeout);
    TcpOptions tcp = options.tcp;
    tcp.max_queued_bytes += kRecordSlackBytes;
    state->tcp = TcpConnection::connect(context, tcp, state->tcp_handlers());
    return std::unique_ptr<TlsConnection>(new TlsConnection(std::move(state)));
}

std::unique_ptr<TlsConnection> TlsConnection::accept(
    GMainContext* context, std::unique_ptr<TcpConnection> stream,
    std::shared_ptr<const TlsCredentials> credentials, Handlers handlers, Duration timeout,
    Bytes first) {
    auto state = std::make_shared<State>(context, std::move(credentials), std::move(handlers));
    state->remote = stream->remote_address();
    state->max_queued_bytes = kRecordSlackBytes;
    state->begin_session(GNUTLS_SERVER);
    state->phase = State::Phase::Handshaking;
    state->start_deadline(timeout);
    state->tcp = std::move(stream);
    state->tcp->set_handlers(state->tcp_handlers());
    if (!first.empty()) {
        state->received.assign(first.begin(), first.end());
        state->begun = glib::call_soon(context, [raw = state.get()] { raw->on_tcp_bytes({}); });
    }
    return std::unique_ptr<TlsConnection>(new TlsConnection(std::move(state)));
}

TlsConnection::TlsConnection(std::shared_ptr<State> state) : state_(std::move(state)) {}
TlsConnection::~TlsConnection() {
    state_->stop();
}

bool TlsConnection::send(Bytes bytes) {
    return state_->enqueue(bytes);
}

std::size_t TlsConnection::queued_bytes() const {
    return state_->tcp ? state_->tcp->queued_bytes() : 0;
}

void TlsConnection::close() {
    state_->close();
}

void TlsConnection::set_reading(bool wanted) {
    if (state_->tcp) state_->tcp->set_reading(wanted);
}

std::optional<TransportAddress> TlsConnection::local_address() const {
    return state_->tcp ? state_->tcp->local_address() : std::nullopt;
}

const TransportAddress& TlsConnection::remote_address() const {
    return state_->remote;
}

std::string TlsConnection::description() const {
    return state_->facts.description;
}

const TlsFacts& TlsConnection::facts() const {
    return state_->facts;
}

}  // namespace portolan::transport
