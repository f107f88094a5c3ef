#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/token.hpp"

namespace portolan::conformance {
namespace in_rfc7635_7_unknown_kid {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await invited_client(probe);
    const std::string name = *client->challenge()->server_name;
    turn::Credentials user = co_await token_for(probe, name);
    Signature with = signature_of(*client, user);
    with.username = "no-" + *with.username;
    const Reply reply = co_await allocate_signed(probe, client, std::move(with));
    co_return judge_error(reply, 401);
}

}  // namespace in_rfc7635_7_unknown_kid

extern const Check rfc7635_7_unknown_kid;
const Check rfc7635_7_unknown_kid{
    .id = "rfc7635/7/unknown-kid",
    .title = "Unknown kid",
    .level = Level::Must,
    .needs = kThirdPartyKey,
    .requirement =
        "The server chooses the key by the kid in USERNAME; without one for it the request is "
        "refused.",
    .sends = "An Allocate request with a valid token and another kid.",
    .conformant = "Answers with error 401.",
    .run = in_rfc7635_7_unknown_kid::run,
};

}  // namespace portolan::conformance
