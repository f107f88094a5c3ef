#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_transport_unknown {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    Request request(Method::Allocate);
    request.requested_transport(99);
    co_return judge_error(co_await client->request(request), 442);
}

constexpr Remedy kRemedies[] = {
    {"Coturn-4.",
     "coturn answers 400 up to 4.17.1: clients cannot tell an unsupported transport from a "
     "malformed request"},
};

}  // namespace in_rfc8656_7_2_transport_unknown

extern const Check rfc8656_7_2_transport_unknown;
const Check rfc8656_7_2_transport_unknown{
    .id = "rfc8656/7.2/transport-unknown",
    .title = "Unknown transport protocol",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "An Allocate request for a protocol that the server does not relay is refused "
        "with error 442.",
    .sends = "An Allocate request for protocol 99.",
    .conformant = "Answers with error 442.",
    .remedies = in_rfc8656_7_2_transport_unknown::kRemedies,
    .run = in_rfc8656_7_2_transport_unknown::run,
};

}  // namespace portolan::conformance
