#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/token.hpp"

namespace portolan::conformance {
namespace in_rfc7635_7_token {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await invited_client(probe);
    const std::string name = *client->challenge()->server_name;
    turn::Credentials user = co_await token_for(probe, name);
    const Reply reply = co_await allocate_with(probe, client, std::move(user));
    if (!reply.is_success()) co_return judge_success(reply);
    if (reply.integrity != stun::Check::Valid) {
        co_return violates("The success response is not signed with the mac_key: integrity is " +
                           std::string(stun::to_string(reply.integrity)) + ".");
    }
    co_return meets("It answered with a success response that the mac_key proves.");
}

}  // namespace in_rfc7635_7_token

extern const Check rfc7635_7_token;
const Check rfc7635_7_token{
    .id = "rfc7635/7/token",
    .title = "Access token",
    .level = Level::Must,
    .needs = kThirdPartyKey,
    .requirement =
        "A request with a valid access token, signed with the mac_key in it, is granted, and the "
        "response is signed with that key.",
    .sends = "An Allocate request with USERNAME, ACCESS-TOKEN and MESSAGE-INTEGRITY.",
    .conformant = "Answers with success, and MESSAGE-INTEGRITY by the mac_key.",
    .run = in_rfc7635_7_token::run,
};

}  // namespace portolan::conformance
