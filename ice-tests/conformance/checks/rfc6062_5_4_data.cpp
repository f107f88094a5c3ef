#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_4_data {

static Task<Judgement> run(Probe& probe) {
    const Connected pair = co_await bound(probe);
    const auto to_client = probe.payload(1000);
    // It looks like ChannelData, which it is not.
    auto to_peer = probe.payload(1001);
    to_peer.front() = std::byte{0x40};
    (void)pair.peer->send(to_client);
    const auto got = co_await pair.data->receive_bytes(to_client.size(), probe.now() + kPrompt);
    if (got.empty()) co_return nothing_came("Nothing of what the peer sent arrived.");
    if (got != to_client) co_return violates("What the peer sent did not arrive as it was.");
    (void)pair.data->send_bytes(to_peer);
    const auto heard = co_await pair.peer->receive(to_peer.size(), probe.now() + kPrompt);
    if (heard.empty()) co_return nothing_came("Nothing of what the client sent arrived.");
    co_return heard == to_peer ? meets("Both directions carry what is sent as it is.")
                               : violates("What the client sent did not arrive as it was.");
}

}  // namespace in_rfc6062_5_4_data

extern const Check rfc6062_5_4_data;
const Check rfc6062_5_4_data{
    .id = "rfc6062/5.4/data",
    .title = "Data as it is",
    .level = Level::Must,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement = "After ConnectionBind, bytes go both ways as they are.",
    .sends = "A thousand octets each way over a bound connection.",
    .conformant = "Passes them on as they are.",
    .run = in_rfc6062_5_4_data::run,
};

}  // namespace portolan::conformance
