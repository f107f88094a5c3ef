#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_tls_alpn {

static Task<Judgement> run(Probe& probe) {
    turn::Endpoint endpoint = probe.target().endpoint;
    endpoint.tls.alpn = {"http/1.1"};
    Client& client = probe.add_client(std::move(endpoint));
    const auto opened = co_await client.open();
    if (!opened) {
        // RFC 7301 s3.2: no_application_protocol is how one refuses.
        const bool is_refused = opened.error().code == "turn.tls-alert";
        co_return is_refused ? meets("It refused: " + opened.error().message + ".")
                             : undecided(opened.error().message);
    }
    const auto facts = client.wire().tls_facts();
    const std::string selected = facts ? facts->alpn : "";
    if (selected.empty()) co_return meets("It selected none.");
    co_return violates("It selected " + selected + ", which it does not speak.");
}

}  // namespace in_tls_alpn

extern const Check tls_alpn;
const Check tls_alpn{
    .id = "tls/alpn",
    .title = "Application protocols",
    .level = Level::Information,
    .transports = kSecure,
    .document = "RFC 7443",
    .section = "3",
    .requirement =
        "Of the protocols that a client offers by ALPN a TURN server selects stun.turn or "
        "stun.nat-discovery, and no other.",
    .sends = "A handshake that offers http/1.1.",
    .conformant = "Selects none, or refuses.",
    .run = in_tls_alpn::run,
};

}  // namespace portolan::conformance
