#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"
#include "ice-tests/turn/credentials.hpp"

namespace portolan::conformance {
namespace in_rfc8489_9_2_4_realm_wrong {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    Signature signature = client->signature();
    signature.realm = *signature.realm + ".invalid";
    const auto& user = *probe.target().user;
    const auto key = stun::long_term_key(signature.algorithm.value_or(stun::PasswordAlgorithm::Md5),
                                         user.username, *signature.realm, user.password.reveal());
    if (!key) co_return undecided(key.error().message);
    signature.key = *key;
    const Reply reply = co_await client->exchange(probe.allocate(), signature);
    if (reply.is_success()) co_return violates("It took the wrong realm.");
    if (!reply.has_come()) co_return unanswered(reply);
    co_return meets("It answered with " + reply.said() + ".");
}

}  // namespace in_rfc8489_9_2_4_realm_wrong

extern const Check rfc8489_9_2_4_realm_wrong;
const Check rfc8489_9_2_4_realm_wrong{
    .id = "rfc8489/9.2.4/realm-wrong",
    .title = "Wrong REALM",
    .level = Level::Information,
    .needs = kCredentials | kPassword,
    .requirement =
        "A request for another realm than the server's own is not authenticated: the key "
        "is that of another realm.",
    .sends = "An Allocate request with another REALM, and signed with the key of that.",
    .conformant = "Answers with an error.",
    .run = in_rfc8489_9_2_4_realm_wrong::run,
};

}  // namespace portolan::conformance
