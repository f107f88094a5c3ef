#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_3_unbound {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await tcp_allocation(probe);
    const IpAddress own = own_address(probe, *allocated.client);
    co_await probe.permit(*allocated.client, {own, 9});
    const auto stream = co_await probe.stream_to(allocated.relayed);
    const auto attempt = co_await allocated.client->next_incoming(probe.now() + kPrompt);
    if (!attempt || attempt->kind != Incoming::Kind::ConnectionAttempt) {
        co_return undecided("No ConnectionAttempt came.");
    }
    const Judgement out = co_await judge_unbound(probe, *stream);
    co_return out;
}

}  // namespace in_rfc6062_5_3_unbound

extern const Check rfc6062_5_3_unbound;
const Check rfc6062_5_3_unbound{
    .id = "rfc6062/5.3/unbound",
    .title = "Peer that nobody comes for",
    .level = Level::Must,
    .check_class = CheckClass::Long,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement =
        "A connection that a peer has opened is closed when no ConnectionBind comes in 30 s.",
    .sends =
        "CreatePermission for our own address, a TCP connection to the relayed address, and then "
        "nothing.",
    .conformant = "Closes the connection after 30 s.",
    .run = in_rfc6062_5_3_unbound::run,
};

}  // namespace portolan::conformance
