#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/token.hpp"

namespace portolan::conformance {
namespace in_rfc7635_6_2_malformed {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await invited_client(probe);
    const std::string name = *client->challenge()->server_name;
    turn::Credentials user = co_await token_for(probe, name);
    const Signature sound = signature_of(*client, user);
    const std::vector<std::byte> sealed = *sound.access_token;
    std::vector<std::vector<std::byte>> tokens(4);
    tokens[1].assign(sealed.begin(), sealed.begin() + 9);
    tokens[2] = sealed;
    tokens[2][0] = std::byte{0xFF};
    tokens[3] = sealed;
    tokens[3].resize(1000, std::byte{0x41});
    for (const std::vector<std::byte>& token : tokens) {
        Signature with = sound;
        with.access_token = token;
        const Reply reply = co_await allocate_signed(probe, client, std::move(with));
        if (!reply.has_come()) co_return unanswered(reply);
        if (reply.is_success()) co_return violates("It answered with a success response.");
    }
    co_return meets("It answered each with an error.");
}

}  // namespace in_rfc7635_6_2_malformed

extern const Check rfc7635_6_2_malformed;
const Check rfc7635_6_2_malformed{
    .id = "rfc7635/6.2/malformed",
    .title = "Token whose lengths lie",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::Medium,
    .needs = kThirdPartyKey,
    .requirement = "A token that is malformed is refused, and harms nobody.",
    .sends =
        "Allocate requests with tokens that are empty, cut short, say that their nonce is longer "
        "than they are, or are very long.",
    .conformant = "Answers each with an error, and goes on.",
    .weakness = "CWE-130",
    .run = in_rfc7635_6_2_malformed::run,
};

}  // namespace portolan::conformance
