#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_1_udp_client {

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

}  // namespace in_rfc6062_5_1_udp_client

extern const Check rfc6062_5_1_udp_client;
const Check rfc6062_5_1_udp_client{
    .id = "rfc6062/5.1/udp-client",
    .title = "TCP allocation over UDP",
    .level = Level::Must,
    .transports = kUdp,
    .needs = kCredentials,
    .requirement = "A TCP allocation cannot be had over UDP.",
    .sends = "An Allocate request for TCP, over UDP.",
    .conformant = "Answers with error 400; without TCP allocations with 442.",
    .run = in_rfc6062_5_1_udp_client::run,
};

}  // namespace portolan::conformance
