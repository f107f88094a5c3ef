#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_amplification_challenge {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const Reply reply = co_await client->exchange(Request(Method::Allocate));
    if (!reply.has_come()) co_return undecided("Allocate got " + reply.said() + ".");
    const std::string came = "20 octets got " + std::to_string(reply.bytes.size()) + " octets.";
    co_return reply.bytes.size() > 200 ? violates(came) : meets(came);
}

}  // namespace in_security_amplification_challenge

extern const Check security_amplification_challenge;
const Check security_amplification_challenge{
    .id = "security/amplification/challenge",
    .title = "Amplification by challenges",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::Medium,
    .transports = kUdp,
    .document = "RFC 8656",
    .section = "21.3.1",
    .requirement = "What is sent to an unproven address is not much larger than what came from it.",
    .sends = "An Allocate request of 20 octets.",
    .conformant = "Answers with at most ten times as much.",
    .weakness = "CWE-406",
    .run = in_security_amplification_challenge::run,
};

}  // namespace portolan::conformance
