#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8489_9_2_4_userhash {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    const auto& features = client->challenge()->features;
    if (!features || !features->username_anonymity()) {
        co_return not_applicable("The server does not announce username anonymity.");
    }
    Signature signature = client->signature();
    const auto hash = stun::userhash(*signature.username, *signature.realm);
    if (!hash) co_return undecided(hash.error().message);
    signature.userhash = std::vector<std::byte>(hash->begin(), hash->end());
    signature.username.reset();
    co_return judge_success(co_await client->exchange(probe.allocate(), signature));
}

}  // namespace in_rfc8489_9_2_4_userhash

extern const Check rfc8489_9_2_4_userhash;
const Check rfc8489_9_2_4_userhash{
    .id = "rfc8489/9.2.4/userhash",
    .title = "USERHASH",
    .level = Level::Must,
    .needs = kCredentials | kPassword,
    .requirement =
        "A server whose nonce cookie announces username anonymity takes USERHASH in place"
        " of USERNAME.",
    .sends = "An Allocate request with USERHASH.",
    .conformant = "Answers with success.",
    .run = in_rfc8489_9_2_4_userhash::run,
};

}  // namespace portolan::conformance
