#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/token.hpp"

namespace portolan::conformance {
namespace in_rfc7635_6_1_server_name {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    const auto& name = client->challenge()->server_name;
    if (!name) co_return violates("The challenge has no THIRD-PARTY-AUTHORIZATION.");
    if (name->empty()) co_return violates("THIRD-PARTY-AUTHORIZATION is empty.");
    co_return meets("It says that its name is " + *name + ".");
}

}  // namespace in_rfc7635_6_1_server_name

extern const Check rfc7635_6_1_server_name;
const Check rfc7635_6_1_server_name{
    .id = "rfc7635/6.1/server-name",
    .title = "Third-party authorization is announced",
    .level = Level::Must,
    .needs = kThirdPartyKey,
    .requirement =
        "A server that takes access tokens says so in its challenge, with "
        "THIRD-PARTY-AUTHORIZATION and its name.",
    .sends = "An Allocate request without credentials.",
    .conformant = "Answers with error 401 and THIRD-PARTY-AUTHORIZATION.",
    .run = in_rfc7635_6_1_server_name::run,
};

}  // namespace portolan::conformance
