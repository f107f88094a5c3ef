#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_9_2_4_challenge_bare {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    Request request = probe.allocate();
    request.text(AttributeType::Username, "portolan");
    const Reply reply = co_await client->exchange(request);
    if (reply.is_success()) co_return not_applicable("The server asks for no credentials.");
    if (reply.code() != 401) co_return judge_error(reply, 401);
    for (const AttributeType type :
         {AttributeType::Username, AttributeType::Userhash, AttributeType::MessageIntegrity,
          AttributeType::MessageIntegritySha256}) {
        if (!reply.has(type)) continue;
        co_return violates("The 401 has " + std::string(stun::name_of(type)) + ".");
    }
    co_return meets("The 401 has none of them.");
}

}  // namespace in_rfc8489_9_2_4_challenge_bare

extern const Check rfc8489_9_2_4_challenge_bare;
const Check rfc8489_9_2_4_challenge_bare{
    .id = "rfc8489/9.2.4/challenge-bare",
    .title = "Challenge without credentials",
    .level = Level::Should,
    .requirement =
        "The 401 to a request without credentials carries no USERNAME, USERHASH, MESSAGE-"
        "INTEGRITY or MESSAGE-INTEGRITY-SHA256.",
    .sends = "An Allocate request with a USERNAME and no MESSAGE-INTEGRITY.",
    .conformant = "Answers with error 401 and none of these.",
    .run = in_rfc8489_9_2_4_challenge_bare::run,
};

}  // namespace portolan::conformance
