#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_9_2_4_nonce_missing {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    Signature signature = client->signature();
    signature.nonce.reset();
    co_return judge_error(co_await client->exchange(probe.allocate(), signature), 400);
}

}  // namespace in_rfc8489_9_2_4_nonce_missing

extern const Check rfc8489_9_2_4_nonce_missing;
const Check rfc8489_9_2_4_nonce_missing{
    .id = "rfc8489/9.2.4/nonce-missing",
    .title = "Integrity without NONCE",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "A request that has MESSAGE-INTEGRITY and no NONCE is refused with error 400.",
    .sends = "A signed Allocate request without NONCE.",
    .conformant = "Answers with error 400.",
    .run = in_rfc8489_9_2_4_nonce_missing::run,
};

}  // namespace portolan::conformance
