#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/token.hpp"

namespace portolan::conformance {
namespace in_rfc7635_7_unexpected {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    if (client->challenge()->server_name) {
        co_return not_applicable("The server announces third-party authorization.");
    }
    Signature with = client->signature();
    with.access_token = probe.payload(64);
    const Reply reply = co_await client->exchange(probe.allocate(), with);
    co_return judge_unknown_attribute(reply,
                                      static_cast<std::uint16_t>(AttributeType::AccessToken));
}

}  // namespace in_rfc7635_7_unexpected

extern const Check rfc7635_7_unexpected;
const Check rfc7635_7_unexpected{
    .id = "rfc7635/7/unexpected",
    .title = "Token where none is asked for",
    .level = Level::Must,
    .needs = kCredentials | kPassword,
    .requirement =
        "A server that has not announced third-party authorization answers ACCESS-TOKEN with error "
        "420.",
    .sends = "An Allocate request of our user with ACCESS-TOKEN.",
    .conformant = "Answers with error 420 and names the attribute.",
    .run = in_rfc7635_7_unexpected::run,
};

}  // namespace portolan::conformance
