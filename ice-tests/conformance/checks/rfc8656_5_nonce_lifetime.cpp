#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8656_5_nonce_lifetime {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    turn::Pause ageing(probe.where(), past(probe.target().lifetimes.nonce));
    co_await ageing;
    const Reply reply = co_await client->exchange(probe.allocate(), client->signature());
    if (!reply.has_come()) co_return unanswered(reply);
    co_return reply.is_success() ? violates("It still took the nonce.")
                                 : meets("It answered with " + reply.said() + ".");
}

}  // namespace in_rfc8656_5_nonce_lifetime

extern const Check rfc8656_5_nonce_lifetime;
const Check rfc8656_5_nonce_lifetime{
    .id = "rfc8656/5/nonce-lifetime",
    .title = "Lifetime of nonces",
    .level = Level::Should,
    .check_class = CheckClass::Long,
    .transports = kUdp,
    .needs = kCredentials,
    .requirement = "A nonce is good for an hour at most.",
    .sends = "An Allocate request with a nonce of more than an hour ago.",
    .conformant = "Answers with error 438.",
    .run = in_rfc8656_5_nonce_lifetime::run,
};

}  // namespace portolan::conformance
