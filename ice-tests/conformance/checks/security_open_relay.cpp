#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_open_relay {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const Reply reply = co_await client->exchange(probe.allocate());
    if (reply.is_success()) co_return violates("It gave a relay to somebody without credentials.");
    if (!reply.has_come()) co_return unanswered(reply);
    co_return meets("It answered with " + reply.said() + ".");
}

}  // namespace in_security_open_relay

extern const Check security_open_relay;
const Check security_open_relay{
    .id = "security/open-relay",
    .title = "Allocation without credentials",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .document = "RFC 8656",
    .section = "7.2",
    .requirement =
        "A server that is not meant for anybody in its network asks for credentials "
        "before it relays.",
    .sends = "An Allocate request without credentials.",
    .conformant = "Answers with error 401.",
    .weakness = "CWE-306",
    .run = in_security_open_relay::run,
};

}  // namespace portolan::conformance
