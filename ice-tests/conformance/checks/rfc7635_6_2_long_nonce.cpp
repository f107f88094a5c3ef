#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/token.hpp"
#include "probe/stun/wire.hpp"

namespace portolan::conformance {
namespace in_rfc7635_6_2_long_nonce {

constexpr Remedy kRemedies[] = {
    {"Coturn", "Upgrade to 4.10.0 or later, or do without oauth."},
};

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await invited_client(probe);
    const std::string name = *client->challenge()->server_name;
    turn::Credentials user = co_await token_for(probe, name);
    Signature with = signature_of(*client, user);
    // Longer than the field of fixed size that a careless server copies it into.
    constexpr std::uint16_t kNonceBytes = 900;
    std::vector<std::byte> token(2 + kNonceBytes + 64, std::byte{0x41});
    stun::wire::store_u16(token.data(), kNonceBytes);
    with.access_token = token;
    const Reply reply = co_await allocate_signed(probe, client, with);
    if (reply.is_success()) co_return violates("It answered with a success response.");
    const Reply later = co_await client->exchange(turn::binding());
    if (!later.has_come()) {
        co_return violates("After that it answered a Binding request no more: " + later.said() +
                           ".");
    }
    if (!reply.has_come()) co_return unanswered(reply);
    co_return meets("It answered with " + reply.said() + ", and goes on.");
}

}  // namespace in_rfc7635_6_2_long_nonce

extern const Check rfc7635_6_2_long_nonce;
const Check rfc7635_6_2_long_nonce{
    .id = "rfc7635/6.2/long-nonce",
    .title = "Token with a very long nonce",
    .level = Level::Must,
    .check_class = CheckClass::Intrusive,
    .axis = Axis::Security,
    .danger = Danger::High,
    .needs = kThirdPartyKey | kAlone,
    .requirement = "The length that a token gives for its nonce is not believed.",
    .sends = "An Allocate request with a token of 966 bytes whose nonce has 900.",
    .conformant = "Answers with error 401, and goes on.",
    .weakness = "CVE-2026-43994, CWE-121",
    .remedies = in_rfc7635_6_2_long_nonce::kRemedies,
    .run = in_rfc7635_6_2_long_nonce::run,
};

}  // namespace portolan::conformance
