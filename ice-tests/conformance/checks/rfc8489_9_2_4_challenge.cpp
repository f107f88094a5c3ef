#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_9_2_4_challenge {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const Reply reply = co_await client->exchange(probe.allocate());
    if (reply.is_success()) co_return not_applicable("The server asks for no credentials.");
    if (reply.code() != 401) co_return judge_error(reply, 401);
    if (!reply.has(AttributeType::Realm)) co_return violates("The 401 has no REALM.");
    if (!reply.has(AttributeType::Nonce)) co_return violates("The 401 has no NONCE.");
    co_return meets("It answered with error 401, REALM and NONCE.");
}

}  // namespace in_rfc8489_9_2_4_challenge

extern const Check rfc8489_9_2_4_challenge;
const Check rfc8489_9_2_4_challenge{
    .id = "rfc8489/9.2.4/challenge",
    .title = "Challenge",
    .level = Level::Must,
    .requirement = "A request without credentials is refused with error 401, a REALM and a NONCE.",
    .sends = "An Allocate request without credentials.",
    .conformant = "Answers with error 401, REALM and NONCE.",
    .run = in_rfc8489_9_2_4_challenge::run,
};

}  // namespace portolan::conformance
