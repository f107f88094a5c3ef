#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_5_client_closes {

static Task<Judgement> run(Probe& probe) {
    const Connected pair = co_await bound(probe);
    pair.data->wire().close();
    const bool has_ended = co_await ends(probe, *pair.peer);
    co_return has_ended ? meets("The connection with the peer was closed.")
                        : nothing_came("The connection with the peer was left open.");
}

}  // namespace in_rfc6062_5_5_client_closes

extern const Check rfc6062_5_5_client_closes;
const Check rfc6062_5_5_client_closes{
    .id = "rfc6062/5.5/client-closes",
    .title = "Client that closes",
    .level = Level::Must,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement =
        "When a client closes a data connection, the connection with the peer is closed.",
    .sends = "The end of the client's side of a bound connection.",
    .conformant = "Closes the connection with the peer.",
    .run = in_rfc6062_5_5_client_closes::run,
};

}  // namespace portolan::conformance
