#include "probe/transport/self_signed.hpp"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <array>
#include <ctime>
#include <memory>

namespace portolan::transport {
namespace {

struct KeyDeleter {
    void operator()(gnutls_x509_privkey_int* key) const { gnutls_x509_privkey_deinit(key); }
};
struct CertificateDeleter {
    void operator()(gnutls_x509_crt_int* certificate) const { gnutls_x509_crt_deinit(certificate); }
};
using KeyPtr = std::unique_ptr<gnutls_x509_privkey_int, KeyDeleter>;
using CertificatePtr = std::unique_ptr<gnutls_x509_crt_int, CertificateDeleter>;

std::string take(gnutls_datum_t& data) {
    std::string out(reinterpret_cast<const char*>(data.data), data.size);
    gnutls_free(data.data);
    data = {};
    return out;
}

int fill(gnutls_x509_crt_t certificate, const CertificateWish& wish) {
    std::array<unsigned char, 16> serial{};
    if (const int done = gnutls_rnd(GNUTLS_RND_NONCE, serial.data(), serial.size()); done < 0) {
        return done;
    }
    serial.front() = static_cast<unsigned char>((serial.front() & 0x3FU) | 0x40U);
    const std::time_t now = std::time(nullptr);
    constexpr std::time_t kHour = 3600;
    int failed = 0;
    const auto check = [&failed](int done) {
        if (done < 0 && failed == 0) failed = done;
    };
    check(gnutls_x509_crt_set_version(certificate, 3));
    check(gnutls_x509_crt_set_serial(certificate, serial.data(), serial.size()));
    check(gnutls_x509_crt_set_activation_time(certificate, now - kHour));
    check(gnutls_x509_crt_set_expiration_time(certificate, now + wish.lasts.count() * kHour));
    check(gnutls_x509_crt_set_dn(certificate, "CN=Portolan", nullptr));
    for (const std::string& name : wish.names) {
        check(gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, name.data(),
                                                   static_cast<unsigned>(name.size()),
                                                   GNUTLS_FSAN_APPEND));
    }
    for (const IpAddress& ip : wish.ips) {
        const auto octets = ip.octets();
        check(gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, octets.data(),
                                                   static_cast<unsigned>(octets.size()),
                                                   GNUTLS_FSAN_APPEND));
    }
    // Its own authority too.
    check(gnutls_x509_crt_set_basic_constraints(certificate, 1, -1));
    check(gnutls_x509_crt_set_key_usage(certificate, GNUTLS_KEY_DIGITAL_SIGNATURE |
                                                         GNUTLS_KEY_KEY_CERT_SIGN |
                                                         GNUTLS_KEY_KEY_ENCIPHERMENT));
    return failed;
}

int generate(gnutls_x509_privkey_t out, CertificateKey key) {
    switch (key) {
        case CertificateKey::Rsa1024:
            return gnutls_x509_privkey_generate(out, GNUTLS_PK_RSA, 1024, 0);
        case CertificateKey::Rsa2048:
            return gnutls_x509_privkey_generate(out, GNUTLS_PK_RSA, 2048, 0);
        case CertificateKey::P256:
            break;
    }
    return gnutls_x509_privkey_generate(out, GNUTLS_PK_ECDSA,
                                        GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
}

Error failure(int gnutls_error) {
    return {.culprit = Culprit::Environment,
            .code = "tls.self-signed",
            .message =
                std::string("a certificate could not be made: ") + gnutls_strerror(gnutls_error)};
}

}  // namespace

Result<PemIdentity> make_self_signed(const CertificateWish& wish) {
    gnutls_x509_privkey_t raw_key = nullptr;
    if (const int done = gnutls_x509_privkey_init(&raw_key); done < 0) return failure(done);
    const KeyPtr key(raw_key);
    gnutls_x509_crt_t raw_certificate = nullptr;
    if (const int done = gnutls_x509_crt_init(&raw_certificate); done < 0) return failure(done);
    const CertificatePtr certificate(raw_certificate);
    int done = generate(raw_key, wish.key);
    if (done >= 0) done = fill(raw_certificate, wish);
    if (done >= 0) done = gnutls_x509_crt_set_key(raw_certificate, raw_key);
    if (done >= 0) {
        done =
            gnutls_x509_crt_sign2(raw_certificate, raw_certificate, raw_key, GNUTLS_DIG_SHA256, 0);
    }
    PemIdentity out;
    gnutls_datum_t pem{};
    if (done >= 0) done = gnutls_x509_crt_export2(raw_certificate, GNUTLS_X509_FMT_PEM, &pem);
    if (done < 0) return failure(done);
    out.certificate = take(pem);
    done = gnutls_x509_privkey_export2(raw_key, GNUTLS_X509_FMT_PEM, &pem);
    if (done < 0) return failure(done);
    out.key = take(pem);
    return out;
}

}  // namespace portolan::transport
