#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_4_nonce {

static Task<Judgement> run(Probe& probe) {
    Connected pair = co_await connected(probe);
    pair.data = co_await probe.client();
    pair.data->wire().stop_framing_after(Method::ConnectionBind);
    const Reply asked = co_await pair.data->exchange(turn::connection_bind(pair.id));
    if (!asked.has_come()) co_return unanswered(asked);
    auto challenge = turn::Challenge::read(asked.view());
    if (!challenge)
        co_return violates("It answered with " + asked.said() + ", which has no nonce.");
    pair.data->set_challenge(std::move(*challenge));
    const Reply reply =
        co_await pair.data->exchange(turn::connection_bind(pair.id), pair.data->signature());
    if (reply.is_success()) co_return meets("It takes the nonce that it gave there.");
    co_return violates("It answered the nonce that it gave there with " + reply.said() + ".");
}

}  // namespace in_rfc6062_5_4_nonce

extern const Check rfc6062_5_4_nonce;
const Check rfc6062_5_4_nonce{
    .id = "rfc6062/5.4/nonce",
    .title = "Nonce of a data connection",
    .level = Level::Information,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement =
        "A data connection can be authenticated like any other: with the nonce that it is "
        "challenged with.",
    .sends =
        "A ConnectionBind request without credentials on a new connection, and one with the nonce "
        "that came back.",
    .conformant = "Answers with 401, then with success.",
    .run = in_rfc6062_5_4_nonce::run,
};

}  // namespace portolan::conformance
