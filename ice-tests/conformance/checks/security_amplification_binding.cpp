#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_amplification_binding {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const Reply reply = co_await client->exchange(turn::binding());
    if (!reply.has_come()) co_return undecided("Binding got " + reply.said() + ".");
    const std::string came = "20 octets got " + std::to_string(reply.bytes.size()) + " octets.";
    co_return reply.bytes.size() > 200 ? violates(came) : meets(came);
}

}  // namespace in_security_amplification_binding

extern const Check security_amplification_binding;
const Check security_amplification_binding{
    .id = "security/amplification/binding",
    .title = "Amplification by Binding",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::Medium,
    .transports = kUdp,
    .document = "RFC 8489",
    .section = "16.1.2",
    .requirement = "What is sent to an unproven address is not much larger than what came from it.",
    .sends = "A Binding request of 20 octets.",
    .conformant = "Answers with at most ten times as much.",
    .weakness = "CWE-406",
    .run = in_security_amplification_binding::run,
};

}  // namespace portolan::conformance
