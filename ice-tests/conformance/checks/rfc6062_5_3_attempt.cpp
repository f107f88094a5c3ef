#include "ice-tests/conformance/target.hpp"
#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_3_attempt {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await tcp_allocation(probe);
    const IpAddress own = own_address(probe, *allocated.client);
    co_await probe.permit(*allocated.client, {own, 9});
    const auto stream = co_await probe.stream_to(allocated.relayed);
    const auto attempt = co_await allocated.client->next_incoming(probe.now() + kPrompt);
    if (!attempt) co_return nothing_came("No ConnectionAttempt came.");
    if (attempt->kind != Incoming::Kind::ConnectionAttempt) {
        co_return violates("Something else than a ConnectionAttempt came.");
    }
    if (!attempt->connection_id) co_return violates("ConnectionAttempt has no CONNECTION-ID.");
    if (!attempt->peer) co_return violates("ConnectionAttempt has no XOR-PEER-ADDRESS.");
    const bool is_right =
        probe.target().mapped_ip ? attempt->peer->ip == own : attempt->peer == stream->address();
    if (!is_right) {
        co_return violates("XOR-PEER-ADDRESS says " + attempt->peer->to_string() + ".");
    }
    co_return meets("ConnectionAttempt names the peer.");
}

}  // namespace in_rfc6062_5_3_attempt

extern const Check rfc6062_5_3_attempt;
const Check rfc6062_5_3_attempt{
    .id = "rfc6062/5.3/attempt",
    .title = "Peer with a permission",
    .level = Level::Must,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement =
        "The client is told of each connection of a permitted peer, with the peer's address and a "
        "CONNECTION-ID.",
    .sends = "CreatePermission for our own address, then a TCP connection to the relayed address.",
    .conformant = "Sends a ConnectionAttempt indication with both.",
    .run = in_rfc6062_5_3_attempt::run,
};

}  // namespace portolan::conformance
