#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/token.hpp"

namespace portolan::conformance {
namespace in_rfc7635_9_lifetime {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await invited_client(probe);
    const std::string name = *client->challenge()->server_name;
    turn::Credentials user = co_await token_for(probe, name, seconds(0), seconds(120));
    Signature with = signature_of(*client, user);
    Request request = probe.allocate();
    request.lifetime(600);
    const Reply reply = co_await client->exchange(request, with);
    if (!reply.is_success()) co_return judge_success(reply);
    const Reply released = co_await client->exchange(turn::refresh(0), with);
    (void)released;
    co_return judge_two_minutes(reply);
}

}  // namespace in_rfc7635_9_lifetime

extern const Check rfc7635_9_lifetime;
const Check rfc7635_9_lifetime{
    .id = "rfc7635/9/lifetime",
    .title = "Allocation and token",
    .level = Level::Must,
    .needs = kThirdPartyKey,
    .requirement = "An allocation lasts no longer than the token that it was made with.",
    .sends = "An Allocate request for 600 s with a token that is good for two minutes.",
    .conformant =
        "Answers with success and a LIFETIME of at most 125 s: the recommended slack is 5 s.",
    .run = in_rfc7635_9_lifetime::run,
};

}  // namespace portolan::conformance
