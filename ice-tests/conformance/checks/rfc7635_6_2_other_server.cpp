#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/token.hpp"

namespace portolan::conformance {
namespace in_rfc7635_6_2_other_server {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await invited_client(probe);
    const std::string name = *client->challenge()->server_name;
    const std::string other = "not-" + name;
    turn::Credentials user = co_await token_for(probe, other);
    const Reply reply = co_await allocate_with(probe, client, std::move(user));
    co_return judge_error(reply, 401);
}

}  // namespace in_rfc7635_6_2_other_server

extern const Check rfc7635_6_2_other_server;
const Check rfc7635_6_2_other_server{
    .id = "rfc7635/6.2/other-server",
    .title = "Token of another server",
    .level = Level::Must,
    .needs = kThirdPartyKey,
    .requirement = "A token is for the server whose name it was made with, and for no other.",
    .sends = "An Allocate request with a token for another server name under the same key.",
    .conformant = "Answers with error 401.",
    .run = in_rfc7635_6_2_other_server::run,
};

}  // namespace portolan::conformance
