#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_tls_forward_secrecy {

static Task<Judgement> run(Probe& probe) {
    transport::TlsClientPolicy policy;
    policy.priority =
        std::string(
            "NONE:+AES-128-GCM:+AES-256-GCM:+AEAD:+RSA:+ECDHE-ECDSA:+ECDHE-RSA:+DHE-RSA:"
            "+SIGN-ALL:+GROUP-ALL:+COMP-NULL:+CTYPE-X509:+VERS-") +
        (probe.is_stream() ? "TLS1.2" : "DTLS1.2");
    turn::Endpoint endpoint = probe.target().endpoint;
    endpoint.tls = std::move(policy);
    Client& client = probe.add_client(std::move(endpoint));
    const auto opened = co_await client.open();
    if (!opened) co_return undecided(opened.error().message);
    const auto facts = client.wire().tls_facts();
    if (!facts) co_return undecided("The key exchange is not known.");
    co_return facts->has_forward_secrecy
        ? meets("It chose an ephemeral key exchange.")
        : violates("It chose RSA key exchange, which the client had named first.");
}

}  // namespace in_tls_forward_secrecy

extern const Check tls_forward_secrecy;
const Check tls_forward_secrecy{
    .id = "tls/forward-secrecy",
    .title = "Forward secrecy",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::Medium,
    .transports = kSecure,
    .document = "RFC 8489",
    .section = "6.2.3",
    .requirement =
        "Suites with forward secrecy are preferred over those without, whatever order a client "
        "offers them in.",
    .sends = "A TLS 1.2 handshake that offers RSA key exchange before the ephemeral ones.",
    .conformant = "Chooses an ephemeral one.",
    .weakness = "CWE-326",
    .run = in_tls_forward_secrecy::run,
};

}  // namespace portolan::conformance
