#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/token.hpp"

namespace portolan::conformance {
namespace in_rfc7635_7_no_lifetime {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await invited_client(probe);
    const std::string name = *client->challenge()->server_name;
    turn::Credentials user = co_await token_for(probe, name, seconds(7200), seconds(0));
    const Reply reply = co_await allocate_with(probe, client, std::move(user));
    co_return judge_error(reply, 401);
}

}  // namespace in_rfc7635_7_no_lifetime

extern const Check rfc7635_7_no_lifetime;
const Check rfc7635_7_no_lifetime{
    .id = "rfc7635/7/no-lifetime",
    .title = "Access token without a lifetime",
    .level = Level::Must,
    .needs = kThirdPartyKey,
    .requirement = "A token with a lifetime of zero counts for a few seconds, not for ever.",
    .sends = "An Allocate request with a token that was given out two hours ago for no time.",
    .conformant = "Answers with error 401.",
    .weakness = "CWE-613",
    .run = in_rfc7635_7_no_lifetime::run,
};

}  // namespace portolan::conformance
