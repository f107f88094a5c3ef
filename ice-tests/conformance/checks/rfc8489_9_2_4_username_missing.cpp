#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_9_2_4_username_missing {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    Signature signature = client->signature();
    signature.username.reset();
    co_return judge_error(co_await client->exchange(probe.allocate(), signature), 400);
}

}  // namespace in_rfc8489_9_2_4_username_missing

extern const Check rfc8489_9_2_4_username_missing;
const Check rfc8489_9_2_4_username_missing{
    .id = "rfc8489/9.2.4/username-missing",
    .title = "Integrity without USERNAME",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A request that has MESSAGE-INTEGRITY and no USERNAME (or USERHASH) is refused "
        "with error 400.",
    .sends = "A signed Allocate request without USERNAME.",
    .conformant = "Answers with error 400.",
    .run = in_rfc8489_9_2_4_username_missing::run,
};

}  // namespace portolan::conformance
