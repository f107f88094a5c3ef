#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_2_refused {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await tcp_allocation(probe);
    turn::StreamPeer* peer = co_await probe.stream_peer();
    const TransportAddress closed = peer->address();
    if (closed.family() != allocated.relayed.family()) co_return no_relay_of_our_family();
    probe.close_stream_peers();
    const Reply reply = co_await allocated.client->connect(closed);
    if (reply.code() == 403) {
        co_return not_applicable("The server forbids " + closed.ip.to_string() +
                                 ", the only peer that this host has.");
    }
    co_return judge_error(reply, 447);
}

}  // namespace in_rfc6062_5_2_refused

extern const Check rfc6062_5_2_refused;
const Check rfc6062_5_2_refused{
    .id = "rfc6062/5.2/refused",
    .title = "Peer that refuses",
    .level = Level::Must,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement = "A connection that cannot be made is error 447.",
    .sends = "A Connect request to a port of ours where nobody listens.",
    .conformant = "Answers with error 447.",
    .run = in_rfc6062_5_2_refused::run,
};

}  // namespace portolan::conformance
