#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_9_2_4_nonce_invented {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    Signature signature = client->signature();
    signature.nonce = invented_nonce(probe, *signature.nonce);
    const Reply first = co_await client->exchange(probe.allocate(), signature);
    if (first.code() != 438) co_return judge_error(first, 438);
    const auto challenge = turn::Challenge::read(first.view());
    if (!challenge) co_return violates("The 438 has no REALM and NONCE.");
    client->set_challenge(*challenge);
    const Reply second = co_await client->exchange(probe.allocate(), client->signature());
    if (second.is_success()) co_return meets("It gave a nonce that is good, and took it.");
    Judgement out = judge_success(second);
    out.came = "The nonce of the 438 got " + second.said() + ".";
    co_return out;
}

}  // namespace in_rfc8489_9_2_4_nonce_invented

extern const Check rfc8489_9_2_4_nonce_invented;
const Check rfc8489_9_2_4_nonce_invented{
    .id = "rfc8489/9.2.4/nonce-invented",
    .title = "Invented nonce",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A nonce that is not valid is refused with error 438, REALM and a nonce that is "
        "valid.",
    .sends =
        "A signed Allocate request with a nonce that the server has not given, then one "
        "with the nonce of the 438.",
    .conformant = "Answers the first with error 438, REALM and NONCE, and the second with success.",
    .run = in_rfc8489_9_2_4_nonce_invented::run,
};

}  // namespace portolan::conformance
