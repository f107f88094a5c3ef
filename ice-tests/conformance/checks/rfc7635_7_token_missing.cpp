#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/token.hpp"

namespace portolan::conformance {
namespace in_rfc7635_7_token_missing {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await invited_client(probe);
    const std::string name = *client->challenge()->server_name;
    turn::Credentials user = co_await token_for(probe, name);
    Signature with = signature_of(*client, user);
    with.access_token.reset();
    const Reply reply = co_await allocate_signed(probe, client, std::move(with));
    co_return judge_error(reply, 401);
}

}  // namespace in_rfc7635_7_token_missing

extern const Check rfc7635_7_token_missing;
const Check rfc7635_7_token_missing{
    .id = "rfc7635/7/token-missing",
    .title = "Kid without a token",
    .level = Level::Must,
    .needs = kThirdPartyKey,
    .requirement = "A kid alone proves nothing.",
    .sends =
        "An Allocate request with the kid as USERNAME, signed with a mac_key, and no ACCESS-TOKEN.",
    .conformant = "Answers with error 401.",
    .weakness = "CWE-287",
    .run = in_rfc7635_7_token_missing::run,
};

}  // namespace portolan::conformance
