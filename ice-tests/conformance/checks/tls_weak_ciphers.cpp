#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_tls_weak_ciphers {

static Task<Judgement> run(Probe& probe) {
    transport::TlsClientPolicy policy;
    policy.priority = std::string(
                          "NONE:+NULL:+SHA1:+SHA256:+ECDHE-ECDSA:+ECDHE-RSA:+RSA:"
                          "+SIGN-ALL:+GROUP-ALL:+COMP-NULL:+CTYPE-X509:+VERS-") +
                      (probe.is_stream() ? "TLS1.2" : "DTLS1.2");
    const bool agreed = co_await agrees_to(probe, std::move(policy));
    co_return agreed ? violates("It agrees to no encryption at all.")
                     : meets("It refuses suites without encryption.");
}

}  // namespace in_tls_weak_ciphers

extern const Check tls_weak_ciphers;
const Check tls_weak_ciphers{
    .id = "tls/weak-ciphers",
    .title = "Suites without encryption",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .transports = kSecure,
    .document = "RFC 9325",
    .section = "4.1",
    .requirement = "Cipher suites with NULL encryption are not negotiated.",
    .sends = "A handshake that offers only suites without encryption.",
    .conformant = "Refuses it.",
    .weakness = "CWE-327",
    .run = in_tls_weak_ciphers::run,
};

}  // namespace portolan::conformance
