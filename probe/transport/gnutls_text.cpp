#include "probe/transport/gnutls_text.hpp"

#include <gnutls/x509.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "probe/stun/transport_address.hpp"

namespace portolan::transport {
namespace {

struct GnutlsFree {
    void operator()(void* memory) const { gnutls_free(memory); }
};

std::optional<IpAddress> ip_of(std::string_view octets) {
    if (octets.size() == 4) {
        std::array<std::uint8_t, 4> out{};
        std::ranges::copy(octets, out.begin());
        return IpAddress::v4(out);
    }
    if (octets.size() != 16) return std::nullopt;
    std::array<std::uint8_t, 16> out{};
    std::ranges::copy(octets, out.begin());
    return IpAddress::v6(out);
}

// A certificate can have anything in it.
std::string printable(std::string_view name) {
    std::string out;
    for (const char c : name.substr(0, 100))
        out += c > ' ' && c < '\x7f' ? c : '?';
    return out;
}

std::string text_or_empty(const char* text) {
    return text != nullptr ? text : "";
}

// A certificate without the name that was expected: which ones it has (RFC 5280 s4.2.1.6).
std::string other_names(gnutls_session_t session) {
    constexpr unsigned kMostNames = 4;
    unsigned count = 0;
    const gnutls_datum_t* chain = gnutls_certificate_get_peers(session, &count);
    gnutls_x509_crt_t certificate = nullptr;
    if (chain == nullptr || count == 0 || gnutls_x509_crt_init(&certificate) < 0) return {};
    std::string names;
    bool has_address = false;
    unsigned name_count = 0;
    if (gnutls_x509_crt_import(certificate, chain, GNUTLS_X509_FMT_DER) >= 0) {
        for (unsigned i = 0; i < 1000; ++i) {
            std::array<char, 512> text{};
            std::size_t size = text.size();
            const int type =
                gnutls_x509_crt_get_subject_alt_name(certificate, i, text.data(), &size, nullptr);
            if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) break;
            std::string name;
            if (type == GNUTLS_SAN_DNSNAME) name.assign(text.data(), size);
            if (type == GNUTLS_SAN_IPADDRESS) {
                const auto ip = ip_of({text.data(), size});
                has_address = true;
                name = ip ? ip->to_string() : "an address";
            }
            if (name.empty() || ++name_count > kMostNames) continue;
            names += (names.empty() ? "" : ", ") + printable(name);
        }
    }
    gnutls_x509_crt_deinit(certificate);
    if (names.empty()) return "It names no host";
    if (name_count > kMostNames) names += " and others";
    return "It is for " + names + (has_address ? "" : ", and for no address");
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
    if ((status & GNUTLS_CERT_UNEXPECTED_OWNER) != 0) out += ". " + other_names(session);
    return out;
}

namespace {

bool is_self_signed(gnutls_session_t session) {
    unsigned count = 0;
    const gnutls_datum_t* chain = gnutls_certificate_get_peers(session, &count);
    gnutls_x509_crt_t certificate = nullptr;
    if (chain == nullptr || count == 0 || gnutls_x509_crt_init(&certificate) < 0) return false;
    const bool out = gnutls_x509_crt_import(certificate, chain, GNUTLS_X509_FMT_DER) >= 0 &&
                     gnutls_x509_crt_check_issuer(certificate, certificate) != 0;
    gnutls_x509_crt_deinit(certificate);
    return out;
}

std::vector<CertificateFlaw> flaws_of(gnutls_session_t session) {
    const unsigned status = gnutls_session_get_verify_cert_status(session);
    std::vector<CertificateFlaw> out;
    const auto add = [&](unsigned bit, CertificateFlaw flaw) {
        if ((status & bit) != 0) out.push_back(flaw);
    };
    add(GNUTLS_CERT_EXPIRED, CertificateFlaw::Expired);
    add(GNUTLS_CERT_NOT_ACTIVATED, CertificateFlaw::NotYetValid);
    add(GNUTLS_CERT_UNEXPECTED_OWNER, CertificateFlaw::WrongName);
    add(GNUTLS_CERT_REVOKED, CertificateFlaw::Revoked);
    add(GNUTLS_CERT_SIGNER_NOT_FOUND,
        is_self_signed(session) ? CertificateFlaw::SelfSigned : CertificateFlaw::UnknownIssuer);
    if (out.empty()) out.push_back(CertificateFlaw::Other);
    return out;
}

}  // namespace

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
            failure.flaws = flaws_of(session);
            failed.detail = failure.verification;
        }
        gnutls_alert_send_appropriate(session, gnutls_error);
    }
    failed.tls = std::move(failure);
    return failed;
}

namespace {

void read_key(gnutls_session_t session, TlsFacts& out) {
    unsigned count = 0;
    const gnutls_datum_t* chain = gnutls_certificate_get_peers(session, &count);
    if (chain == nullptr || count == 0) return;
    gnutls_x509_crt_t certificate = nullptr;
    if (gnutls_x509_crt_init(&certificate) < 0) return;
    unsigned bits = 0;
    const int kind = gnutls_x509_crt_import(certificate, chain, GNUTLS_X509_FMT_DER) < 0
                         ? -1
                         : gnutls_x509_crt_get_pk_algorithm(certificate, &bits);
    gnutls_x509_crt_deinit(certificate);
    if (kind < 0) return;
    const auto algorithm = static_cast<gnutls_pk_algorithm_t>(kind);
    out.key = text_or_empty(gnutls_pk_algorithm_get_name(algorithm)) + ", " + std::to_string(bits) +
              " bits";
    out.key_strength_bits = static_cast<int>(
        gnutls_sec_param_to_symmetric_bits(gnutls_pk_bits_to_sec_param(algorithm, bits)));
}

}  // namespace

TlsFacts session_facts(gnutls_session_t session) {
    TlsFacts out;
    read_key(session, out);
    out.has_forward_secrecy = gnutls_kx_get(session) != GNUTLS_KX_RSA;
    out.description = session_text(session);
    gnutls_datum_t selected{};
    if (gnutls_alpn_get_selected_protocol(session, &selected) == 0) {
        out.alpn.assign(reinterpret_cast<const char*>(selected.data), selected.size);
    }
    const std::time_t expires_at = gnutls_certificate_expiration_time_peers(session);
    if (expires_at != static_cast<std::time_t>(-1)) out.expires_at_s = expires_at;
    return out;
}

void apply_policy(gnutls_session_t session, const TlsClientPolicy& policy) {
    if (!policy.priority.empty()) {
        gnutls_priority_set_direct(session, policy.priority.c_str(), nullptr);
    }
    std::vector<gnutls_datum_t> protocols;
    for (const std::string& name : policy.alpn) {
        protocols.push_back({reinterpret_cast<unsigned char*>(const_cast<char*>(name.data())),
                             static_cast<unsigned>(name.size())});
    }
    if (protocols.empty()) return;
    gnutls_alpn_set_protocols(session, protocols.data(), static_cast<unsigned>(protocols.size()),
                              0);
}

void expect_server(gnutls_session_t session, std::string& name, const TlsClientPolicy& policy) {
    if (name.ends_with('.')) name.pop_back();
    if (policy.sends_server_name && !IpAddress::parse(name)) {
        gnutls_server_name_set(session, GNUTLS_NAME_DNS, name.data(), name.size());
    }
    gnutls_session_set_verify_cert(session, name.c_str(), 0);
}

}  // namespace portolan::transport
