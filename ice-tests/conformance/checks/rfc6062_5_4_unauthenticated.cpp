#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_4_unauthenticated {

/// What the owner's ConnectionBind gets after that of a client without credentials.
static Task<Reply> owner_after_stranger(Probe& probe) {
    Connected pair = co_await connected(probe);
    Client* stranger = co_await probe.client();
    const Reply refused = co_await stranger->exchange(turn::connection_bind(pair.id));
    if (refused.is_success()) {
        co_await probe.end_with(violates("It let a client without credentials bind it."));
    }
    pair.data = co_await probe.client();
    co_return co_await pair.data->bind_connection(pair.id, *pair.control);
}

static Task<Judgement> run(Probe& probe) {
    const Reply reply = co_await owner_after_stranger(probe);
    if (reply.is_success()) co_return meets("Its owner could bind it afterwards.");
    // Connections end for other reasons as well, but not twice in a row just then.
    const Reply again = co_await owner_after_stranger(probe);
    if (again.is_success()) {
        co_return undecided("Its owner could not bind it afterwards (" + reply.said() +
                            "), and the second time could.");
    }
    co_return violates("Its owner could not bind it afterwards: " + again.said() + ".");
}

}  // namespace in_rfc6062_5_4_unauthenticated

extern const Check rfc6062_5_4_unauthenticated;
const Check rfc6062_5_4_unauthenticated{
    .id = "rfc6062/5.4/unauthenticated",
    .title = "ConnectionBind of a stranger",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .transports = kStreams,
    .needs = kCredentials,
    .document = "RFC 6062",
    .section = "5.4",
    .requirement =
        "A ConnectionBind without credentials takes nothing from the client whose connection it "
        "names.",
    .sends =
        "A ConnectionBind request without credentials for a pending connection, then the owner's.",
    .conformant = "Answers the first with 401, the second with success.",
    .weakness = "CWE-306",
    .run = in_rfc6062_5_4_unauthenticated::run,
};

}  // namespace portolan::conformance
