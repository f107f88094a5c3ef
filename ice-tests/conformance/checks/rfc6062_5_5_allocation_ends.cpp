#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_5_allocation_ends {

static Task<Judgement> run(Probe& probe) {
    const Connected pair = co_await bound(probe);
    const Reply reply = co_await pair.control->request(turn::refresh(0));
    if (!reply.is_success()) co_return undecided("Refresh got " + reply.said() + ".");
    const bool has_data_ended = co_await ends(probe, *pair.data);
    const bool has_peer_ended = co_await ends(probe, *pair.peer);
    if (has_data_ended && has_peer_ended) co_return meets("Both connections were closed.");
    co_return nothing_came(has_peer_ended   ? "The data connection was left open."
                           : has_data_ended ? "The connection with the peer was left open."
                                            : "Both connections were left open.");
}

}  // namespace in_rfc6062_5_5_allocation_ends

extern const Check rfc6062_5_5_allocation_ends;
const Check rfc6062_5_5_allocation_ends{
    .id = "rfc6062/5.5/allocation-ends",
    .title = "Allocation that ends",
    .level = Level::Must,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement = "Data connections are closed with their allocation.",
    .sends = "Refresh with LIFETIME 0 while a connection is bound.",
    .conformant = "Closes both connections.",
    .run = in_rfc6062_5_5_allocation_ends::run,
};

}  // namespace portolan::conformance
