#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8489_9_2_4_nonce_stale {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    const std::string old = client->challenge()->nonce;
    turn::Pause ageing(probe.where(), past(probe.target().lifetimes.nonce));
    co_await ageing;
    const Reply reply = co_await client->exchange(probe.allocate(), client->signature());
    if (reply.is_success()) co_return not_applicable("It still took the nonce.");
    if (reply.code() != 438) co_return judge_error(reply, 438);
    auto fresh = turn::Challenge::read(reply.view());
    if (!fresh) co_return violates("The 438 has no REALM and NONCE.");
    if (fresh->nonce == old) co_return violates("The 438 has the old nonce.");
    client->set_challenge(std::move(*fresh));
    const Reply again = co_await client->exchange(probe.allocate(), client->signature());
    if (again.is_success()) co_return meets("It answered with 438 and a nonce that it takes.");
    co_return violates("It answered the nonce of its 438 with " + again.said() + ".");
}

}  // namespace in_rfc8489_9_2_4_nonce_stale

extern const Check rfc8489_9_2_4_nonce_stale;
const Check rfc8489_9_2_4_nonce_stale{
    .id = "rfc8489/9.2.4/nonce-stale",
    .title = "Nonce whose time is over",
    .level = Level::Must,
    .check_class = CheckClass::Long,
    .transports = kUdp,
    .needs = kCredentials,
    .requirement = "A request with a nonce that is no longer good gets error 438 and a good one.",
    .sends =
        "An Allocate request with a nonce of long ago, and one with the nonce that comes back.",
    .conformant = "Answers with 438, REALM and a new NONCE, then with success.",
    .run = in_rfc8489_9_2_4_nonce_stale::run,
};

}  // namespace portolan::conformance
