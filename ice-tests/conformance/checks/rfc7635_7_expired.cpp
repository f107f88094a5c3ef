#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/token.hpp"

namespace portolan::conformance {
namespace in_rfc7635_7_expired {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await invited_client(probe);
    const std::string name = *client->challenge()->server_name;
    turn::Credentials user = co_await token_for(probe, name, seconds(7200));
    const Reply reply = co_await allocate_with(probe, client, std::move(user));
    co_return judge_error(reply, 401);
}

}  // namespace in_rfc7635_7_expired

extern const Check rfc7635_7_expired;
const Check rfc7635_7_expired{
    .id = "rfc7635/7/expired",
    .title = "Expired access token",
    .level = Level::Must,
    .needs = kThirdPartyKey,
    .requirement = "A token counts for its lifetime and a few seconds.",
    .sends = "An Allocate request with a token that was given out two hours ago for one hour.",
    .conformant = "Answers with error 401.",
    .weakness = "CWE-613",
    .run = in_rfc7635_7_expired::run,
};

}  // namespace portolan::conformance
