#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"
#include "ice-tests/turn/credentials.hpp"
#include "probe/stun/password_algorithms.hpp"

namespace portolan::conformance {
namespace in_rfc8489_14_6_sha256 {

// The same request as of a client that knows no SHA-256 (RFC 8489 s9.2.4): whether it is that, or
// the credentials themselves.
static Task<Reply> without_sha256(Probe& probe, Client& client, const Reply& refused) {
    if (auto challenge = turn::Challenge::read(refused.view())) {
        client.set_challenge(std::move(*challenge));
    }
    const turn::Credentials& user = *probe.target().user;
    Signature signature = client.signature();
    signature.algorithms.clear();
    signature.algorithm.reset();
    signature.with_sha256 = false;
    const auto key = stun::long_term_key(stun::PasswordAlgorithm::Md5, user.username,
                                         client.challenge()->realm, user.password.reveal());
    if (key) signature.key = *key;
    co_return co_await client.exchange(probe.allocate(), signature);
}

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    if (!client->challenge()->offers_sha256()) {
        if (probe.target().demands_rfc8489) co_return violates("It does not offer SHA-256.");
        co_return not_applicable("The server does not offer SHA-256.");
    }
    const Reply reply = co_await client->exchange(probe.allocate(), client->signature());
    if (reply.code() == 401) {
        const Reply plain = co_await without_sha256(probe, *client, reply);
        if (!plain.is_success()) {
            co_return undecided("The user is refused with SHA-256 (" + reply.said() +
                                ") and without (" + plain.said() + ").");
        }
        co_return violates("With SHA-256 it answered with " + reply.said() +
                           ", and takes the same user without.");
    }
    if (!reply.is_success()) co_return judge_success(reply);
    if (reply.integrity == stun::Check::Valid) co_return meets("It takes and gives SHA-256.");
    co_return violates("The MESSAGE-INTEGRITY-SHA256 of the response is " +
                       std::string(stun::to_string(reply.integrity)) + ".");
}

}  // namespace in_rfc8489_14_6_sha256

extern const Check rfc8489_14_6_sha256;
const Check rfc8489_14_6_sha256{
    .id = "rfc8489/14.6/sha256",
    .title = "SHA-256",
    .level = Level::Must,
    .needs = kCredentials | kPassword,
    .requirement =
        "A server that offers SHA-256 takes requests whose MESSAGE-INTEGRITY-SHA256 is "
        "right, and protects its responses in the same way.",
    .sends =
        "An Allocate request with PASSWORD-ALGORITHM SHA-256 and MESSAGE-INTEGRITY-"
        "SHA256.",
    .conformant = "Answers with success and a right MESSAGE-INTEGRITY-SHA256.",
    .run = in_rfc8489_14_6_sha256::run,
};

}  // namespace portolan::conformance
