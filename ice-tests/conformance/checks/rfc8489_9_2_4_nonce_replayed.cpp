#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_9_2_4_nonce_replayed {

static Task<Judgement> run(Probe& probe) {
    const Client* other = co_await probe.challenged_client();
    Client* client = co_await probe.challenged_client();
    Signature signature = client->signature();
    signature.nonce = other->challenge()->nonce;
    co_return judge_error(co_await client->exchange(probe.allocate(), signature), 438);
}

}  // namespace in_rfc8489_9_2_4_nonce_replayed

extern const Check rfc8489_9_2_4_nonce_replayed;
const Check rfc8489_9_2_4_nonce_replayed{
    .id = "rfc8489/9.2.4/nonce-replayed",
    .title = "Nonce of somebody else",
    .level = Level::Information,
    .needs = kCredentials,
    .requirement =
        "A nonce that was given to another address and port should be worth nothing from "
        "here: who has overheard a request could replay it.",
    .sends = "A signed Allocate request with the nonce that another port of ours got.",
    .conformant = "Answers with error 438.",
    .weakness = "CWE-294",
    .run = in_rfc8489_9_2_4_nonce_replayed::run,
};

}  // namespace portolan::conformance
