#include "probe/transport/dtls_server.hpp"

#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <new>
#include <utility>
#include <vector>

#include "probe/transport/glib_ptr.hpp"
#include "probe/transport/tls_credentials.hpp"
#include "probe/transport/tls_state.hpp"

namespace portolan::transport {
namespace {

// RFC 6347 s4.1: content type, version, epoch.
constexpr std::byte kHandshakeType{22};
constexpr std::size_t kEpochOffset = 3;
constexpr std::size_t kRecordHeaderBytes = 13;

bool is_first_flight(Bytes datagram) {
    return datagram.size() > kRecordHeaderBytes && datagram.front() == kHandshakeType &&
           datagram[kEpochOffset] == std::byte{} && datagram[kEpochOffset + 1] == std::byte{};
}

// What the cookie is bound to.
std::vector<unsigned char> name_of(const TransportAddress& client) {
    const auto octets = client.ip.octets();
    std::vector<unsigned char> out(octets.begin(), octets.end());
    out.push_back(static_cast<unsigned char>(client.port >> 8));
    out.push_back(static_cast<unsigned char>(client.port & 0xFF));
    return out;
}

}  // namespace

struct DtlsServer::State : std::enable_shared_from_this<DtlsServer::State> {
    struct Session {
        State* server = nullptr;
        TransportAddress client;
        SessionPtr gnutls;
        Bytes received;  // the datagram that is looked at
        bool has_received = false;
        bool is_open = false;
        bool is_heard = false;  // since the idle timer started
        std::uint64_t heard_last = 0;
        glib::SourcePtr retransmit;
        glib::SourcePtr deadline;
    };
    using SessionRef = std::shared_ptr<Session>;

    State(GMainContext* main_context, std::shared_ptr<const TlsCredentials> its_identity,
          Handlers its_handlers, std::size_t its_max_session_count)
        : context(glib::share(main_context)),
          identity(std::move(its_identity)),
          handlers(std::move(its_handlers)),
          max_session_count(its_max_session_count) {
        if (gnutls_key_generate(&cookie_key, GNUTLS_COOKIE_KEY_SIZE) != 0) throw std::bad_alloc();
    }
    ~State() { gnutls_free(cookie_key.data); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void on_datagram(const TransportAddress& client, Bytes datagram) {
        const auto alive = shared_from_this();
        const auto found = sessions.find(client);
        // RFC 6347 s4.2.8: a ClientHello from somebody with a session is a client that has begun
        // anew, if it proves that it is there.
        if (found == sessions.end() || (found->second->is_open && is_first_flight(datagram))) {
            return greet(client, datagram);
        }
        // A copy: what it reads may end it.
        const SessionRef session = found->second;
        take(session, datagram);
    }

    void greet(const TransportAddress& client, Bytes datagram) {
        if (!is_first_flight(datagram)) return;
        const TlsServerPolicy& policy = identity->handle_->policy;
        gnutls_dtls_prestate_st prestate{};
        if (policy.with_cookies) {
            auto name = name_of(client);
            std::vector<std::byte> copy(datagram.begin(), datagram.end());
            const int verified = gnutls_dtls_cookie_verify(&cookie_key, name.data(), name.size(),
                                                           copy.data(), copy.size(), &prestate);
            if (verified < 0) {
                Session nobody;
                nobody.server = this;
                nobody.client = client;
                gnutls_dtls_cookie_send(&cookie_key, name.data(), name.size(), &prestate, &nobody,
                                        push);
                return;
            }
        }
        end(client);
        if (sessions.size() >= max_session_count) make_room();
        if (sessions.size() >= max_session_count) return;
        const SessionRef session = begin(client);
        if (policy.with_cookies) gnutls_dtls_prestate_set(session->gnutls.get(), &prestate);
        take(session, datagram);
    }

    // Clients go without a word, and would keep others out until they are given up.
    void make_room() {
        const Session* oldest = nullptr;
        for (const auto& [client, session] : sessions) {
            if (handlers.may_idle(client)) continue;
            if (oldest == nullptr || session->heard_last < oldest->heard_last) {
                oldest = session.get();
            }
        }
        if (oldest != nullptr) end(TransportAddress(oldest->client));
    }

    SessionRef begin(const TransportAddress& client) {
        auto session = std::make_shared<Session>();
        session->server = this;
        session->client = client;
        gnutls_session_t raw = nullptr;
        if (gnutls_init(
                &raw, GNUTLS_SERVER | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) != 0) {
            throw std::bad_alloc();
        }
        session->gnutls.reset(raw);
        identity->handle_->apply_policy(raw, "-VERS-DTLS1.0");
        gnutls_credentials_set(raw, GNUTLS_CRD_CERTIFICATE, identity->handle_->credentials);
        gnutls_dtls_set_mtu(raw, kDtlsMtuBytes);
        gnutls_dtls_set_timeouts(raw, kDtlsRetransmitMs, 60'000);
        gnutls_transport_set_ptr(raw, session.get());
        gnutls_transport_set_pull_function(raw, pull);
        gnutls_transport_set_push_function(raw, push);
        gnutls_transport_set_pull_timeout_function(raw, pull_timeout);
        session->deadline = glib::call_after(context.get(), kHandshakeTimeout,
                                             [this, client] { sessions.erase(client); });
        sessions[client] = session;
        return session;
    }

    static ssize_t pull(gnutls_transport_ptr_t self, void* out, std::size_t size) {
        auto& session = *static_cast<Session*>(self);
        if (!std::exchange(session.has_received, false)) {
            gnutls_transport_set_errno(session.gnutls.get(), EAGAIN);
            return -1;
        }
        const std::size_t taken = std::min(session.received.size(), size);
        std::memcpy(out, session.received.data(), taken);
        return static_cast<ssize_t>(taken);
    }
    static ssize_t push(gnutls_transport_ptr_t self, const void* data, std::size_t size) {
        const auto& session = *static_cast<const Session*>(self);
        session.server->handlers.send(session.client,
                                      Bytes(static_cast<const std::byte*>(data), size));
        return static_cast<ssize_t>(size);
    }
    static int pull_timeout(gnutls_transport_ptr_t self, unsigned /*milliseconds*/) {
        return static_cast<const Session*>(self)->has_received ? 1 : 0;
    }

    // Whether the session is still the one of its client.
    [[nodiscard]] bool is_current(const SessionRef& session) const {
        const auto found = sessions.find(session->client);
        return found != sessions.end() && found->second == session;
    }

    void take(const SessionRef& session, Bytes datagram) {
        session->received = datagram;
        session->has_received = true;
        session->is_heard = true;
        session->heard_last = ++heard_count;
        if (!session->is_open) handshake(session);
        if (session->is_open) read_records(session);
        session->has_received = false;
    }

    void handshake(const SessionRef& session) {
        int done = 0;
        do {
            done = gnutls_handshake(session->gnutls.get());
        } while (done < 0 && done != GNUTLS_E_AGAIN && gnutls_error_is_fatal(done) == 0);
        if (done == GNUTLS_E_AGAIN) {
            const unsigned wait_ms = std::max(gnutls_dtls_get_timeout(session->gnutls.get()), 1U);
            session->retransmit =
                glib::call_after(context.get(), std::chrono::milliseconds(wait_ms),
                                 [this, weak = std::weak_ptr<Session>(session)] {
                                     if (const auto alive = weak.lock()) handshake(alive);
                                 });
            return;
        }
        session->retransmit.reset();
        if (done != 0) {
            gnutls_alert_send_appropriate(session->gnutls.get(), done);
            sessions.erase(session->client);
            return;
        }
        session->is_open = true;
        restart_idle_timer(*session);
    }

    void read_records(const SessionRef& session) {
        std::array<std::byte, kMaxRecordBytes> plain{};
        while (is_current(session)) {
            const ssize_t got =
                gnutls_record_recv(session->gnutls.get(), plain.data(), plain.size());
            if (got > 0) {
                handlers.on_bytes(session->client,
                                  Bytes(plain).first(static_cast<std::size_t>(got)));
                continue;
            }
            if (got == GNUTLS_E_AGAIN) return;
            if (got < 0 && gnutls_error_is_fatal(static_cast<int>(got)) == 0) continue;
            return end(session->client);
        }
    }

    void restart_idle_timer(Session& session) {
        session.is_heard = false;
        session.deadline =
            glib::call_after(context.get(), kIdleTimeout, [this, client = session.client] {
                const auto found = sessions.find(client);
                if (found == sessions.end()) return;
                if (found->second->is_heard || handlers.may_idle(client)) {
                    return restart_idle_timer(*found->second);
                }
                end(client);
            });
    }

    void end(const TransportAddress& client) {
        const auto found = sessions.find(client);
        if (found == sessions.end()) return;
        const auto gone = std::move(found->second);
        sessions.erase(found);
        if (gone->is_open) handlers.on_end(gone->client);
    }

    glib::ContextPtr context;
    std::shared_ptr<const TlsCredentials> identity;
    Handlers handlers;
    std::size_t max_session_count;
    gnutls_datum_t cookie_key{};
    std::uint64_t heard_count = 0;
    std::map<TransportAddress, SessionRef> sessions;
};

DtlsServer::DtlsServer(GMainContext* context, std::shared_ptr<const TlsCredentials> identity,
                       Handlers handlers, std::size_t max_session_count)
    : state_(std::make_shared<State>(context, std::move(identity), std::move(handlers),
                                     max_session_count)) {}

DtlsServer::~DtlsServer() {
    state_->sessions.clear();
}

void DtlsServer::on_datagram(const TransportAddress& client, Bytes datagram) {
    state_->on_datagram(client, datagram);
}

bool DtlsServer::send(const TransportAddress& client, Bytes bytes) {
    const auto found = state_->sessions.find(client);
    if (found == state_->sessions.end() || !found->second->is_open) return false;
    return gnutls_record_send(found->second->gnutls.get(), bytes.data(), bytes.size()) ==
           static_cast<ssize_t>(bytes.size());
}

void DtlsServer::drop(const TransportAddress& client) {
    const auto found = state_->sessions.find(client);
    if (found == state_->sessions.end()) return;
    const auto gone = found->second;
    if (gone->is_open) gnutls_bye(gone->gnutls.get(), GNUTLS_SHUT_WR);
    state_->sessions.erase(client);
}

std::size_t DtlsServer::session_count() const {
    return state_->sessions.size();
}

}  // namespace portolan::transport
