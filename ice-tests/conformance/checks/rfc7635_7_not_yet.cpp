#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/token.hpp"

namespace portolan::conformance {
namespace in_rfc7635_7_not_yet {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await invited_client(probe);
    const std::string name = *client->challenge()->server_name;
    turn::Credentials user = co_await token_for(probe, name, seconds(-7200));
    const Reply reply = co_await allocate_with(probe, client, std::move(user));
    co_return judge_error(reply, 401);
}

}  // namespace in_rfc7635_7_not_yet

extern const Check rfc7635_7_not_yet;
const Check rfc7635_7_not_yet{
    .id = "rfc7635/7/not-yet",
    .title = "Access token of the future",
    .level = Level::Must,
    .needs = kThirdPartyKey,
    .requirement = "A token counts near the time that it was given out, on either side.",
    .sends = "An Allocate request with a token that will be given out in two hours, for one hour.",
    .conformant = "Answers with error 401.",
    .weakness = "CWE-613",
    .run = in_rfc7635_7_not_yet::run,
};

}  // namespace portolan::conformance
