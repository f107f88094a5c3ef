#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc7350_4_6_tcp_allocation {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    Request request(Method::Allocate);
    request.requested_transport(turn::kTcpProtocol);
    const Reply reply = co_await client->request(request);
    if (reply.code() == 400) co_return meets("It answered with error 400.");
    if (reply.code() == 442) co_return meets("It has no TCP allocations: error 442.");
    if (!reply.has_come()) co_return unanswered(reply);
    co_return violates("It answered with " + reply.said() + ".");
}

}  // namespace in_rfc7350_4_6_tcp_allocation

extern const Check rfc7350_4_6_tcp_allocation;
const Check rfc7350_4_6_tcp_allocation{
    .id = "rfc7350/4.6/tcp-allocation",
    .title = "TCP allocation over DTLS",
    .level = Level::Must,
    .transports = kDtls,
    .needs = kCredentials,
    .requirement = "DTLS uses UDP, so a TCP allocation cannot be had over DTLS.",
    .sends = "An Allocate request for TCP, over DTLS.",
    .conformant = "Answers with error 400; without TCP allocations with 442.",
    .run = in_rfc7350_4_6_tcp_allocation::run,
};

}  // namespace portolan::conformance
