#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8489_9_2_nonce_cookie {

static Task<Judgement> run(Probe& probe) {
    const Client* client = co_await probe.challenged_client();
    const bool claims = client->challenge()->nonce.starts_with(stun::kNonceCookiePrefix);
    if (claims && client->challenge()->features) {
        co_return meets("The nonce has a valid nonce cookie.");
    }
    if (claims) co_return violates("\"obMatJos2\" is not followed by four characters of base64.");
    if (probe.target().demands_rfc8489) co_return violates("The nonce has no nonce cookie.");
    co_return not_applicable("The server does not claim RFC 8489: its nonce has no nonce cookie.");
}

}  // namespace in_rfc8489_9_2_nonce_cookie

extern const Check rfc8489_9_2_nonce_cookie;
const Check rfc8489_9_2_nonce_cookie{
    .id = "rfc8489/9.2/nonce-cookie",
    .title = "Nonce cookie",
    .level = Level::Must,
    .requirement =
        "The nonce of a server that supports RFC 8489 begins with \"obMatJos2\" and four "
        "characters of base64 with its security features.",
    .sends = "An Allocate request without credentials.",
    .conformant =
        "Answers with a nonce that has a valid nonce cookie; a server of RFC 5389 has "
        "none.",
    .run = in_rfc8489_9_2_nonce_cookie::run,
};

}  // namespace portolan::conformance
