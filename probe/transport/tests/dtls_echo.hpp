#pragma once

#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probe/transport/tests/loop.hpp"
#include "probe/transport/udp_socket.hpp"

namespace portolan::transport {

/// A DTLS server for one client at a time, without cookies: sends back what it gets.
class DtlsEcho {
  public:
    DtlsEcho(Loop& loop, const std::string& certificate, const std::string& key) : loop_(loop) {
        gnutls_certificate_allocate_credentials(&credentials_);
        const gnutls_datum_t chain = datum(certificate);
        const gnutls_datum_t key_data = datum(key);
        EXPECT_GE(gnutls_certificate_set_x509_key_mem(credentials_, &chain, &key_data,
                                                      GNUTLS_X509_FMT_PEM),
                  0);
        auto opened = UdpSocket::open(
            loop.context(), clock_, random_, {.bind_ip = IpAddress::v4({127, 0, 0, 1})},
            {.on_datagram = [this](const Datagram& datagram) { on_datagram(datagram); }});
        EXPECT_TRUE(opened);
        socket_ = std::move(*opened);
    }
    ~DtlsEcho() {
        reset();
        gnutls_certificate_free_credentials(credentials_);
    }
    DtlsEcho(const DtlsEcho&) = delete;
    DtlsEcho& operator=(const DtlsEcho&) = delete;

    [[nodiscard]] TransportAddress address() const { return socket_->local_address(); }
    /// Loses the first datagrams, so that the client has to send them again.
    void lose(int count) { to_lose_ = count; }
    void send_close() {
        if (session_ != nullptr) gnutls_bye(session_, GNUTLS_SHUT_WR);
    }
    [[nodiscard]] const std::string& heard() const { return heard_; }

  private:
    static gnutls_datum_t datum(const std::string& text) {
        return {reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
                static_cast<unsigned>(text.size())};
    }
    void reset() {
        if (session_ != nullptr) gnutls_deinit(session_);
        session_ = nullptr;
    }
    void on_datagram(const Datagram& datagram) {
        if (to_lose_ > 0) {
            --to_lose_;
            return;
        }
        if (client_ != datagram.source) {
            reset();
            client_ = datagram.source;
            gnutls_init(&session_, GNUTLS_SERVER | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK);
            gnutls_set_default_priority(session_);
            gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, credentials_);
            gnutls_transport_set_ptr(session_, this);
            gnutls_transport_set_pull_function(session_, pull);
            gnutls_transport_set_push_function(session_, push);
            gnutls_transport_set_pull_timeout_function(session_, pull_timeout);
            is_open_ = false;
        }
        received_.emplace_back(datagram.bytes.begin(), datagram.bytes.end());
        if (!is_open_) {
            const int done = gnutls_handshake(session_);
            is_open_ = done == 0;
            if (!is_open_) return;
        }
        std::array<char, 4096> plain{};
        while (true) {
            const ssize_t got = gnutls_record_recv(session_, plain.data(), plain.size());
            if (got <= 0) return;
            heard_.append(plain.data(), static_cast<std::size_t>(got));
            gnutls_record_send(session_, plain.data(), static_cast<std::size_t>(got));
        }
    }
    static ssize_t pull(gnutls_transport_ptr_t self, void* out, std::size_t size) {
        auto& echo = *static_cast<DtlsEcho*>(self);
        if (echo.received_.empty()) {
            gnutls_transport_set_errno(echo.session_, EAGAIN);
            return -1;
        }
        const auto datagram = std::move(echo.received_.front());
        echo.received_.pop_front();
        const std::size_t taken = std::min(size, datagram.size());
        std::memcpy(out, datagram.data(), taken);
        return static_cast<ssize_t>(taken);
    }
    static ssize_t push(gnutls_transport_ptr_t self, const void* data, std::size_t size) {
        auto& echo = *static_cast<DtlsEcho*>(self);
        EXPECT_FALSE(
            echo.socket_->send(*echo.client_, Bytes(static_cast<const std::byte*>(data), size)));
        return static_cast<ssize_t>(size);
    }
    static int pull_timeout(gnutls_transport_ptr_t self, unsigned /*milliseconds*/) {
        return static_cast<const DtlsEcho*>(self)->received_.empty() ? 0 : 1;
    }

    Loop& loop_;
    GlibClock clock_;
    Random random_{1};
    gnutls_certificate_credentials_t credentials_ = nullptr;
    gnutls_session_t session_ = nullptr;
    std::unique_ptr<UdpSocket> socket_;
    std::optional<TransportAddress> client_;
    std::deque<std::vector<std::byte>> received_;
    bool is_open_ = false;
    int to_lose_ = 0;
    std::string heard_;
};

}  // namespace portolan::transport
