#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_9_2_4_unknown_user {

static std::string shape(const Reply& reply) {
    std::string out = reply.said();
    for (const stun::AttributeView attribute : reply.view())
        out += ' ' + std::to_string(static_cast<int>(attribute.type));
    return out;
}

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    const std::string nobody = "portolan-" + std::to_string(probe.random() % 1'000'000);
    const Reply unknown = co_await client->exchange(probe.allocate(), signed_as(*client, nobody));
    if (unknown.code() != 401) co_return judge_error(unknown, 401);
    // From another port: a server may remember who came first.
    Client* other = co_await probe.challenged_client();
    const Reply wrong = co_await other->exchange(probe.allocate(), signed_as(*other, std::nullopt));
    if (!wrong.has_come()) co_return undecided("A wrong password got " + wrong.said() + ".");
    if (shape(unknown) != shape(wrong)) {
        co_return violates("An unknown user got " + unknown.said() + ", a wrong password " +
                           wrong.said() + ", and the attributes differ.");
    }
    co_return meets("An unknown user and a wrong password get the same answer.");
}

}  // namespace in_rfc8489_9_2_4_unknown_user

extern const Check rfc8489_9_2_4_unknown_user;
const Check rfc8489_9_2_4_unknown_user{
    .id = "rfc8489/9.2.4/unknown-user",
    .title = "Unknown user",
    .level = Level::Must,
    .needs = kCredentials | kPassword,
    .requirement =
        "A user that does not exist is refused like a wrong password, with error 401, so "
        "that nobody can find out which users there are.",
    .sends =
        "An Allocate request of a user that does not exist, and one of our user with a "
        "wrong password.",
    .conformant = "Answers both with the same error and the same attributes.",
    .weakness = "CWE-204",
    .run = in_rfc8489_9_2_4_unknown_user::run,
};

}  // namespace portolan::conformance
