#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/token.hpp"

namespace portolan::conformance {
namespace in_rfc7635_9_refresh {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await invited_client(probe);
    const std::string name = *client->challenge()->server_name;
    turn::Credentials first = co_await token_for(probe, name);
    const Signature with_first = signature_of(*client, first);
    const Reply allocated = co_await client->exchange(probe.allocate(), with_first);
    if (!allocated.is_success()) co_return undecided("Allocate got " + allocated.said() + ".");
    turn::Credentials next = co_await token_for(probe, name, seconds(0), seconds(120));
    const Signature with_next = signature_of(*client, next);
    const Reply reply = co_await client->exchange(turn::refresh(600), with_next);
    const Reply released = co_await client->exchange(turn::refresh(0), with_next);
    if (!released.is_success()) {
        const Reply again = co_await client->exchange(turn::refresh(0), with_first);
        (void)again;
    }
    co_return judge_two_minutes(reply);
}

}  // namespace in_rfc7635_9_refresh

extern const Check rfc7635_9_refresh;
const Check rfc7635_9_refresh{
    .id = "rfc7635/9/refresh",
    .title = "Refresh with the next token",
    .level = Level::Must,
    .needs = kThirdPartyKey,
    .requirement =
        "A new token refreshes an allocation that an older one made, for no longer than the new "
        "one lasts.",
    .sends =
        "An Allocate request with a token for an hour, then a Refresh request for 600 s with "
        "another one that is good for two minutes.",
    .conformant =
        "Answers both with success, the second with a LIFETIME of at most 125 s: the recommended "
        "slack is 5 s.",
    .run = in_rfc7635_9_refresh::run,
};

}  // namespace portolan::conformance
