#include "probe/transport/gnutls_text.hpp"

#include <gnutls/x509.h>

#include <memory>
#include <utility>

namespace portolan::transport {
namespace {

struct GnutlsFree {
    void operator()(void* memory) const { gnutls_free(memory); }
};

std::string text_or_empty(const char* text) {
    return text != nullptr ? text : "";
}

}  // namespace

std::string verification_text(gnutls_session_t session) {
    const unsigned status = gnutls_session_get_verify_cert_status(session);
    gnutls_datum_t text{};
    if (gnutls_certificate_verification_status_print(status, gnutls_certificate_type_get(session),
                                                     &text, 0) != 0) {
        return "the certificate is not trusted";
    }
    const std::unique_ptr<unsigned char, GnutlsFree> owner(text.data);
    std::string out(reinterpret_cast<const char*>(text.data), text.size);
    while (!out.empty() && (out.back() == ' ' || out.back() == '.'))
        out.pop_back();
    return out;
}

std::string alert_text(gnutls_session_t session) {
    const gnutls_alert_description_t alert = gnutls_alert_get(session);
    const char* name = gnutls_alert_get_name(alert);
    return (name != nullptr ? std::string(name) : std::string("alert")) + " (" +
           std::to_string(static_cast<int>(alert)) + ')';
}

std::string session_text(gnutls_session_t session) {
    return text_or_empty(gnutls_protocol_get_name(gnutls_protocol_get_version(session))) + ' ' +
           text_or_empty(gnutls_cipher_get_name(gnutls_cipher_get(session)));
}

std::optional<std::chrono::seconds> certificate_end(gnutls_session_t session) {
    unsigned count = 0;
    const gnutls_datum_t* chain = gnutls_certificate_get_peers(session, &count);
    gnutls_x509_crt_t certificate = nullptr;
    if (chain == nullptr || count == 0 || gnutls_x509_crt_init(&certificate) < 0) {
        return std::nullopt;
    }
    const bool is_read = gnutls_x509_crt_import(certificate, chain, GNUTLS_X509_FMT_DER) >= 0;
    const time_t end = is_read ? gnutls_x509_crt_get_expiration_time(certificate) : time_t{-1};
    gnutls_x509_crt_deinit(certificate);
    if (end == time_t{-1}) return std::nullopt;
    return std::chrono::seconds(end);
}

StreamReport handshake_failure(gnutls_session_t session, int gnutls_error) {
    TlsFailure failure{.library = gnutls_strerror(gnutls_error)};
    StreamReport failed;
    failed.outcome = StreamOutcome::TlsFailed;
    failed.detail = failure.library;
    if (gnutls_error == GNUTLS_E_FATAL_ALERT_RECEIVED) {
        failure.alert = alert_text(session);
        failed.detail = "the peer sent the alert " + failure.alert;
    } else {
        if (gnutls_error == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR) {
            failure.verification = verification_text(session);
            failed.detail = failure.verification;
        }
        gnutls_alert_send_appropriate(session, gnutls_error);
    }
    failed.tls = std::move(failure);
    return failed;
}

}  // namespace portolan::transport
