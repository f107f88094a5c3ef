#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_tls_key_size {

static Task<Judgement> run(Probe& probe) {
    constexpr int kEnoughBits = 112;
    Client& client = probe.add_client(probe.target().endpoint);
    const auto opened = co_await client.open();
    if (!opened && opened.error().code == "turn.tls-certificate" &&
        opened.error().message.find("insecure") != std::string::npos) {
        co_return violates(opened.error().message + ".");
    }
    if (!opened) co_return undecided(opened.error().message);
    const auto facts = client.wire().tls_facts();
    if (!facts || facts->key.empty()) co_return undecided("The key is not known.");
    const std::string came = "The certificate has a key of " + facts->key + ".";
    co_return facts->key_strength_bits < kEnoughBits ? violates(came) : meets(came);
}

}  // namespace in_tls_key_size

extern const Check tls_key_size;
const Check tls_key_size{
    .id = "tls/key-size",
    .title = "Key of the certificate",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .transports = kSecure,
    .document = "RFC 8489",
    .section = "6.2.3",
    .requirement =
        "The key of a certificate is no weaker than 2048 bits of RSA or 224 of an elliptic curve.",
    .sends = "A handshake.",
    .conformant = "Shows a certificate with such a key.",
    .weakness = "CWE-326",
    .run = in_tls_key_size::run,
};

}  // namespace portolan::conformance
