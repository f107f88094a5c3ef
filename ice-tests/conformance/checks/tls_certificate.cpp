#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_tls_certificate {

static Task<Judgement> run(Probe& probe) {
    Client& client = probe.add_client(probe.target().endpoint);
    const auto opened = co_await client.open();
    if (opened) co_return meets("It verifies, for " + probe.target().endpoint.server_name + ".");
    if (opened.error().code != "turn.tls-certificate") co_return undecided(opened.error().message);
    co_return violates(opened.error().message + ".");
}

}  // namespace in_tls_certificate

extern const Check tls_certificate;
const Check tls_certificate{
    .id = "tls/certificate",
    .title = "Certificate",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .transports = kSecure,
    .document = "RFC 8489",
    .section = "6.2.3",
    .requirement =
        "A client verifies the server's certificate and whether it is for the name that the URI "
        "has: one that does not pass keeps every careful client out.",
    .sends = "A handshake.",
    .conformant = "Shows a certificate that the given authorities stand for, for that name.",
    .weakness = "CWE-295",
    .run = in_tls_certificate::run,
};

}  // namespace portolan::conformance
