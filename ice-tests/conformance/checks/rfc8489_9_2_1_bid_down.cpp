#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"
#include "ice-tests/turn/credentials.hpp"
#include "probe/stun/password_algorithms.hpp"

namespace portolan::conformance {
namespace in_rfc8489_9_2_1_bid_down {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    if (!client->challenge()->offers_sha256()) {
        co_return not_applicable("The server does not offer SHA-256.");
    }
    const stun::PasswordAlgorithmEntry md5[] = {{stun::PasswordAlgorithm::Md5, {}}};
    Signature signature = client->signature();
    signature.algorithms = stun::build_password_algorithms(md5);
    signature.algorithm = stun::PasswordAlgorithm::Md5;
    const auto& user = *probe.target().user;
    const auto key = stun::long_term_key(stun::PasswordAlgorithm::Md5, user.username,
                                         client->challenge()->realm, user.password.reveal());
    if (!key) co_return undecided(key.error().message);
    signature.key = *key;
    co_return judge_error(co_await client->exchange(probe.allocate(), signature), 400);
}

}  // namespace in_rfc8489_9_2_1_bid_down

extern const Check rfc8489_9_2_1_bid_down;
const Check rfc8489_9_2_1_bid_down{
    .id = "rfc8489/9.2.1/bid-down",
    .title = "Bid-down attack",
    .level = Level::Must,
    .needs = kCredentials | kPassword,
    .document = "RFC 8489",
    .section = "9.2.4",
    .requirement =
        "A request whose PASSWORD-ALGORITHMS is not what the server sent with the nonce "
        "is refused with error 400: somebody on the way has removed the better algorithm.",
    .sends =
        "An Allocate request with MD5 as the only entry of PASSWORD-ALGORITHMS, and "
        "otherwise right.",
    .conformant = "Answers with error 400.",
    .run = in_rfc8489_9_2_1_bid_down::run,
};

}  // namespace portolan::conformance
