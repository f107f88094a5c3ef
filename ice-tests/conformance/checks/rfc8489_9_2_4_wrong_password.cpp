#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_9_2_4_wrong_password {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    const Reply reply =
        co_await client->exchange(probe.allocate(), signed_as(*client, std::nullopt));
    if (reply.code() != 401) co_return judge_error(reply, 401);
    if (!reply.has(AttributeType::Realm) || !reply.has(AttributeType::Nonce)) {
        co_return violates("The 401 has no REALM and NONCE.");
    }
    co_return meets("It answered with error 401, REALM and NONCE.");
}

}  // namespace in_rfc8489_9_2_4_wrong_password

extern const Check rfc8489_9_2_4_wrong_password;
const Check rfc8489_9_2_4_wrong_password{
    .id = "rfc8489/9.2.4/wrong-password",
    .title = "Wrong password",
    .level = Level::Must,
    .needs = kCredentials | kPassword,
    .requirement =
        "A request whose integrity does not match is refused with error 401, REALM and "
        "NONCE.",
    .sends = "An Allocate request signed with another password.",
    .conformant = "Answers with error 401, REALM and NONCE.",
    .run = in_rfc8489_9_2_4_wrong_password::run,
};

}  // namespace portolan::conformance
