#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_4_early_data {

static Task<Judgement> run(Probe& probe) {
    Connected pair = co_await connected(probe);
    const auto early = probe.payload(100);
    (void)pair.peer->send(early);
    // So that it has arrived.
    turn::Pause arriving(probe.where(), probe.silence() / 5);
    co_await arriving;
    pair.data = co_await probe.client();
    const Reply reply = co_await pair.data->bind_connection(pair.id, *pair.control);
    if (!reply.is_success()) co_return undecided("ConnectionBind got " + reply.said() + ".");
    const auto got = co_await pair.data->receive_bytes(early.size(), probe.now() + kPrompt);
    if (got.empty()) co_return nothing_came("What the peer had sent before did not arrive.");
    co_return got == early ? meets("What the peer had sent before arrived.")
                           : violates("What the peer had sent before did not arrive as it was.");
}

}  // namespace in_rfc6062_5_4_early_data

extern const Check rfc6062_5_4_early_data;
const Check rfc6062_5_4_early_data{
    .id = "rfc6062/5.4/early-data",
    .title = "Data before ConnectionBind",
    .level = Level::Must,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement = "What the peer sends before the ConnectionBind is kept for the client.",
    .sends = "Data from the peer, and then ConnectionBind.",
    .conformant = "Passes it on after ConnectionBind.",
    .run = in_rfc6062_5_4_early_data::run,
};

}  // namespace portolan::conformance
