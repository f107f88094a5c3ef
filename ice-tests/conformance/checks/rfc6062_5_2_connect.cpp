#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_2_connect {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await tcp_allocation(probe);
    turn::StreamPeer* peer = co_await probe.stream_peer();
    if (peer->address().family() != allocated.relayed.family()) co_return no_relay_of_our_family();
    const Reply reply = co_await allocated.client->connect(peer->address());
    if (reply.code() == 403) {
        co_return not_applicable("The server forbids " + peer->address().ip.to_string() +
                                 ", the only peer that this host has.");
    }
    if (!reply.is_success()) co_return judge_success(reply);
    if (!reply.u32(AttributeType::ConnectionId)) {
        co_return violates("The success response has no CONNECTION-ID.");
    }
    const auto stream = co_await peer->accept(probe.now() + kPrompt);
    if (!stream) co_return nothing_came("It answered with success, and no connection came.");
    if (stream->relay() != allocated.relayed) {
        co_return violates("The connection came from " + stream->relay().to_string() +
                           ", not from the relay " + allocated.relayed.to_string() + ".");
    }
    co_return meets("The peer saw the connection come from the relay.");
}

}  // namespace in_rfc6062_5_2_connect

extern const Check rfc6062_5_2_connect;
const Check rfc6062_5_2_connect{
    .id = "rfc6062/5.2/connect",
    .title = "Connection to a peer",
    .level = Level::Must,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement =
        "Connect opens a connection from the relayed address to the peer and answers with its "
        "CONNECTION-ID.",
    .sends = "A Connect request to a TCP listener of ours.",
    .conformant = "Connects from the relayed address, and answers with CONNECTION-ID.",
    .run = in_rfc6062_5_2_connect::run,
};

}  // namespace portolan::conformance
