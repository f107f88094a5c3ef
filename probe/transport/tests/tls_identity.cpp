#include "probe/transport/tests/tls_identity.hpp"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <array>
#include <ctime>
#include <stdexcept>

namespace portolan::transport {
namespace {

void check(int gnutls_error) {
    if (gnutls_error < 0) throw std::runtime_error(gnutls_strerror(gnutls_error));
}

std::string take(gnutls_datum_t& data) {
    std::string out(reinterpret_cast<const char*>(data.data), data.size);
    gnutls_free(data.data);
    return out;
}

}  // namespace

TestIdentity TestIdentity::make(const std::string& dns_name, int days) {
    gnutls_x509_privkey_t key = nullptr;
    check(gnutls_x509_privkey_init(&key));
    check(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                       GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
    gnutls_x509_crt_t certificate = nullptr;
    check(gnutls_x509_crt_init(&certificate));
    check(gnutls_x509_crt_set_version(certificate, 3));
    const std::array<unsigned char, 1> serial{1};
    check(gnutls_x509_crt_set_serial(certificate, serial.data(), serial.size()));
    constexpr std::time_t kDay = 86'400;
    const std::time_t now = std::time(nullptr);
    check(gnutls_x509_crt_set_activation_time(certificate, now - 30 * kDay));
    check(gnutls_x509_crt_set_expiration_time(certificate, now + days * kDay));
    check(gnutls_x509_crt_set_dn(certificate, "CN=portolan test", nullptr));
    check(gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, dns_name.data(),
                                               static_cast<unsigned>(dns_name.size()),
                                               GNUTLS_FSAN_SET));
    const std::array<unsigned char, 4> loopback{127, 0, 0, 1};
    check(gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, loopback.data(),
                                               loopback.size(), GNUTLS_FSAN_APPEND));
    check(gnutls_x509_crt_set_basic_constraints(certificate, 1, -1));
    check(gnutls_x509_crt_set_key_usage(certificate,
                                        GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_CERT_SIGN));
    check(gnutls_x509_crt_set_key(certificate, key));
    check(gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0));
    TestIdentity out;
    gnutls_datum_t pem{};
    check(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &pem));
    out.certificate = take(pem);
    check(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem));
    out.key = take(pem);
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);
    return out;
}

}  // namespace portolan::transport
