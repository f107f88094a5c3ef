#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_tls_modern_ciphers {

static Task<Judgement> run(Probe& probe) {
    transport::TlsClientPolicy policy;
    policy.priority = std::string(
                          "NONE:+AES-128-GCM:+AEAD:+ECDHE-ECDSA:+ECDHE-RSA:+DHE-RSA:"
                          "+SIGN-ALL:+GROUP-ALL:+COMP-NULL:+CTYPE-X509:+VERS-") +
                      (probe.is_stream() ? "TLS1.2" : "DTLS1.2");
    const bool agreed = co_await agrees_to(probe, std::move(policy));
    co_return agreed ? meets("It agrees to AES-128-GCM with an ephemeral key exchange.")
                     : violates("It refuses AES-128-GCM with any ephemeral key exchange.");
}

}  // namespace in_tls_modern_ciphers

extern const Check tls_modern_ciphers;
const Check tls_modern_ciphers{
    .id = "tls/modern-ciphers",
    .title = "Suites that everybody has",
    .level = Level::Must,
    .transports = kSecure,
    .document = "RFC 8489",
    .section = "6.2.3",
    .requirement =
        "The suites with AES-128-GCM and an ephemeral key exchange are there, as the ones that all "
        "clients have.",
    .sends = "A TLS 1.2 handshake that offers only these.",
    .conformant = "Agrees to it.",
    .run = in_tls_modern_ciphers::run,
};

}  // namespace portolan::conformance
