#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/token.hpp"

namespace portolan::conformance {
namespace in_rfc7635_7_mac_key {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await invited_client(probe);
    const std::string name = *client->challenge()->server_name;
    turn::Credentials user = co_await token_for(probe, name);
    Signature with = signature_of(*client, user);
    const auto key = stun::LongTermKey::from_bytes(probe.payload(stun::kSha1Bytes));
    if (key) with.key = *key;
    const Reply reply = co_await allocate_signed(probe, client, std::move(with));
    co_return judge_error(reply, 401);
}

}  // namespace in_rfc7635_7_mac_key

extern const Check rfc7635_7_mac_key;
const Check rfc7635_7_mac_key{
    .id = "rfc7635/7/mac-key",
    .title = "Request without the mac_key",
    .level = Level::Must,
    .needs = kThirdPartyKey,
    .requirement = "Who has a token but not the mac_key in it, is refused.",
    .sends = "An Allocate request with a valid token, signed with another key.",
    .conformant = "Answers with error 401.",
    .weakness = "CWE-347",
    .run = in_rfc7635_7_mac_key::run,
};

}  // namespace portolan::conformance
