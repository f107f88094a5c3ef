#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_3_no_permission {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await tcp_allocation(probe);
    const auto stream = co_await probe.stream_to(allocated.relayed);
    const auto attempt = co_await allocated.client->next_incoming(probe.now() + probe.silence());
    if (attempt && attempt->kind == Incoming::Kind::ConnectionAttempt) {
        co_return violates("It sent a ConnectionAttempt.");
    }
    const bool has_ended = co_await ends(probe, *stream);
    co_return has_ended ? meets("The connection was closed, and the client told nothing.")
                        : nothing_came("The connection was left open.");
}

}  // namespace in_rfc6062_5_3_no_permission

extern const Check rfc6062_5_3_no_permission;
const Check rfc6062_5_3_no_permission{
    .id = "rfc6062/5.3/no-permission",
    .title = "Peer without a permission",
    .level = Level::Must,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement =
        "A connection to the relay from a peer that has no permission is closed, and the client is "
        "not told.",
    .sends = "A TCP connection to the relayed address, without a permission.",
    .conformant = "Closes it, and sends no ConnectionAttempt.",
    .run = in_rfc6062_5_3_no_permission::run,
};

}  // namespace portolan::conformance
