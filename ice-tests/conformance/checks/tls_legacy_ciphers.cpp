#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_tls_legacy_ciphers {

static Task<Judgement> run(Probe& probe) {
    transport::TlsClientPolicy policy;
    policy.priority = std::string(
                          "NONE:+3DES-CBC:+ARCFOUR-128:+SHA1:+MD5:+ECDHE-ECDSA:+ECDHE-RSA:+DHE-RSA:"
                          "+RSA:+ANON-ECDH:+ANON-DH:"
                          "+SIGN-ALL:+GROUP-ALL:+COMP-NULL:+CTYPE-X509:+VERS-") +
                      (probe.is_stream() ? "TLS1.2" : "DTLS1.2");
    const bool agreed = co_await agrees_to(probe, std::move(policy));
    co_return agreed ? violates("It agrees to 3DES, RC4 or a handshake without a certificate.")
                     : meets("It refuses them.");
}

}  // namespace in_tls_legacy_ciphers

extern const Check tls_legacy_ciphers;
const Check tls_legacy_ciphers{
    .id = "tls/legacy-ciphers",
    .title = "Suites of another age",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::Medium,
    .transports = kSecure,
    .document = "RFC 8489",
    .section = "6.2.3",
    .requirement =
        "Cipher suites with known weaknesses (RC4, DES in any form, anonymous ones) are not "
        "negotiated.",
    .sends = "A handshake that offers only 3DES and RC4, with and without certificates.",
    .conformant = "Refuses it.",
    .weakness = "CWE-327",
    .run = in_tls_legacy_ciphers::run,
};

}  // namespace portolan::conformance
