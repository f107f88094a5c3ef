#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_weak_credentials {

static Task<Judgement> run(Probe& probe) {
    constexpr std::pair<const char*, const char*> kPairs[] = {
        {"user", "pass"},           {"user", "password"}, {"username", "password"},
        {"test", "test"},           {"admin", "admin"},   {"guest", "guest"},
        {"turn", "turn"},           {"coturn", "coturn"}, {"turnuser", "turnpassword"},
        {"username1", "password1"}, {"user", "root"},     {"guest", "somepassword"}};
    Client* client = co_await probe.challenged_client();
    for (const auto& [username, password] : kPairs) {
        const turn::Challenge& challenge = *client->challenge();
        Signature signature;
        signature.username = username;
        signature.realm = challenge.realm;
        signature.nonce = challenge.nonce;
        const auto key =
            stun::long_term_key(stun::PasswordAlgorithm::Md5, username, challenge.realm, password);
        if (!key) co_return undecided(key.error().message);
        signature.key = *key;
        const Reply reply = co_await client->exchange(probe.allocate(), signature);
        if (reply.is_success()) {
            co_return violates("The user \"" + std::string(username) +
                               "\" has the password of an example.");
        }
        if (reply.code() == 438) {
            if (auto fresh = turn::Challenge::read(reply.view())) client->set_challenge(*fresh);
        }
    }
    co_return meets("None of them was taken.");
}

}  // namespace in_security_weak_credentials

extern const Check security_weak_credentials;
const Check security_weak_credentials{
    .id = "security/weak-credentials",
    .title = "Guessable credentials",
    .level = Level::Must,
    .check_class = CheckClass::Intrusive,
    .axis = Axis::Security,
    .danger = Danger::High,
    .document = "RFC 8656",
    .section = "21.1.1",
    .requirement = "There are no users whose passwords can be guessed.",
    .sends =
        "Allocate requests with a dozen pairs of username and password out of examples "
        "and tutorials.",
    .conformant = "Answers each with error 401.",
    .weakness = "CWE-1391",
    .run = in_security_weak_credentials::run,
};

}  // namespace portolan::conformance
