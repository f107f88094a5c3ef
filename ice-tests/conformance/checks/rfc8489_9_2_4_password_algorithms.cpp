#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"
#include "probe/stun/password_algorithms.hpp"

namespace portolan::conformance {
namespace in_rfc8489_9_2_4_password_algorithms {

static std::optional<std::string> flaw(const Reply& reply) {
    const auto nonce = reply.view().text(AttributeType::Nonce);
    const auto features = stun::parse_nonce_cookie(nonce.value_or(""));
    const bool announced = features && features->password_algorithms();
    const auto listed = reply.view().find(AttributeType::PasswordAlgorithms);
    const std::string which = "The " + std::to_string(reply.code());
    if (announced && !listed) return which + " has no PASSWORD-ALGORITHMS.";
    if (!announced && listed) return which + " lists algorithms that its nonce does not announce.";
    if (listed && !stun::is_password_algorithms(listed->value)) {
        return which + " has a malformed PASSWORD-ALGORITHMS.";
    }
    return std::nullopt;
}

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const Reply first = co_await client->learn();
    if (!client->challenge()) co_return undecided("No challenge: " + first.said() + ".");
    if (auto wrong = flaw(first)) co_return violates(*wrong);
    if (!first.has(AttributeType::PasswordAlgorithms)) {
        if (probe.target().demands_rfc8489) {
            co_return violates("The server offers no password algorithms.");
        }
        co_return not_applicable("The server offers no password algorithms.");
    }
    Signature signature = client->signature();
    signature.nonce = invented_nonce(probe, *signature.nonce);
    const Reply second = co_await client->exchange(probe.allocate(), signature);
    if (second.code() != 438) co_return undecided("An invented nonce got " + second.said() + ".");
    if (auto wrong = flaw(second)) co_return violates(*wrong);
    co_return meets("401 and 438 list the password algorithms.");
}

}  // namespace in_rfc8489_9_2_4_password_algorithms

extern const Check rfc8489_9_2_4_password_algorithms;
const Check rfc8489_9_2_4_password_algorithms{
    .id = "rfc8489/9.2.4/password-algorithms",
    .title = "PASSWORD-ALGORITHMS",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A server whose nonce cookie announces password algorithms lists them in "
        "PASSWORD-ALGORITHMS, in 401 and in 438, and one that lists them announces them.",
    .sends =
        "An Allocate request without credentials, and one with a nonce that the server "
        "has not given.",
    .conformant =
        "Answers 401 and 438 both with a well-formed PASSWORD-ALGORITHMS, or with none "
        "and no such bit.",
    .run = in_rfc8489_9_2_4_password_algorithms::run,
};

}  // namespace portolan::conformance
