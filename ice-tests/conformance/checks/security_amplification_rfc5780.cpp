#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_security_amplification_rfc5780 {

// Whether the other socket has got the answer to that request.
static Task<bool> has_answer(Peer& other, transport::Time until, stun::TransactionId id) {
    while (const auto datagram = co_await other.receive(until)) {
        const auto message = stun::MessageView::parse(datagram->bytes);
        if (message && message->transaction_id() == id) co_return true;
    }
    co_return false;
}

// Its own port would say nothing: who ignores the attribute answers there too.
static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    Peer& other = probe.peer();
    Request request = turn::binding();
    request.u16(AttributeType::ResponsePort, other.address().port);
    const stun::TransactionId id = client->new_id();
    const auto response = co_await probe.response_to(*client, request.build(id), id);
    const bool is_obeyed = co_await has_answer(other, probe.now(), id);
    if (is_obeyed) co_return violates("It supports RESPONSE-PORT: it answered to that port.");
    if (!response) co_return undecided("It answered nothing to RESPONSE-PORT.");
    co_return meets("It answered with " + said(*response) + " to the port that asked.");
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
    .sends = "A Binding request with a RESPONSE-PORT that is the port of another socket of ours.",
    .conformant = "Sends nothing there: answers the port that asked, best with error 420.",
    .weakness = "CWE-406",
    .remedies = in_security_amplification_rfc5780::kRemedies,
    .run = in_security_amplification_rfc5780::run,
};

}  // namespace portolan::conformance
