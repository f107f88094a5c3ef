#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_2_unbound {

static Task<Judgement> run(Probe& probe) {
    const Connected made = co_await connected(probe);
    const Judgement out = co_await judge_unbound(probe, *made.peer);
    co_return out;
}

}  // namespace in_rfc6062_5_2_unbound

extern const Check rfc6062_5_2_unbound;
const Check rfc6062_5_2_unbound{
    .id = "rfc6062/5.2/unbound",
    .title = "Connection that nobody comes for",
    .level = Level::Must,
    .check_class = CheckClass::Long,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement =
        "A connection that Connect has opened is closed when no ConnectionBind comes in 30 s.",
    .sends = "A Connect request, and then nothing.",
    .conformant = "Closes the connection with the peer after 30 s.",
    .run = in_rfc6062_5_2_unbound::run,
};

}  // namespace portolan::conformance
