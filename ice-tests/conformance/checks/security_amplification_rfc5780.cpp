#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_security_amplification_rfc5780 {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const auto local = client->wire().local_address();
    if (!local) co_return undecided("The client's own address is not known.");
    Request request = turn::binding();
    request.u16(AttributeType::ResponsePort, local->port);
    const Reply reply = co_await client->exchange(request);
    if (reply.is_success()) co_return violates("It supports RESPONSE-PORT.");
    if (!reply.has_come()) co_return undecided("It answered nothing to RESPONSE-PORT.");
    co_return meets("It answered with " + reply.said() + ".");
}

constexpr Remedy kRemedies[] = {
    {"Coturn", "no-rfc5780"},
};

}  // namespace in_security_amplification_rfc5780

extern const Check security_amplification_rfc5780;
const Check security_amplification_rfc5780{
    .id = "security/amplification/rfc5780",
    .title = "NAT behaviour discovery on a public server",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::Medium,
    .transports = kUdp,
    .document = "RFC 5780",
    .section = "7.5",
    .requirement =
        "RESPONSE-PORT lets anybody have packets sent to a port that did not ask: a TURN "
        "server does without NAT behaviour discovery.",
    .sends = "A Binding request with a RESPONSE-PORT that is its own port.",
    .conformant = "Answers with error 420.",
    .weakness = "CWE-406",
    .remedies = in_security_amplification_rfc5780::kRemedies,
    .run = in_security_amplification_rfc5780::run,
};

}  // namespace portolan::conformance
