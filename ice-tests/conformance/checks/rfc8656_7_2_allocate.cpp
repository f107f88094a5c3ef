#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_allocate {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const Reply reply = co_await client->request(probe.allocate());
    if (!reply.is_success()) co_return judge_success(reply);
    const auto relayed = reply.address(AttributeType::XorRelayedAddress);
    if (!relayed) co_return violates("The response has no XOR-RELAYED-ADDRESS.");
    if (relayed->port == 0 || relayed->ip.is_unspecified()) {
        co_return violates("The relayed address is " + relayed->to_string() + '.');
    }
    if (!reply.u32(AttributeType::Lifetime)) co_return violates("The response has no LIFETIME.");
    co_return judge_mapped(*client, reply);
}

}  // namespace in_rfc8656_7_2_allocate

extern const Check rfc8656_7_2_allocate;
const Check rfc8656_7_2_allocate{
    .id = "rfc8656/7.2/allocate",
    .title = "Allocate",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "An Allocate success response has the relayed address, the client's own address "
        "and the lifetime.",
    .sends = "An Allocate request for UDP.",
    .conformant =
        "Answers with XOR-RELAYED-ADDRESS, LIFETIME, and the client's address and port in"
        " XOR-MAPPED-ADDRESS.",
    .run = in_rfc8656_7_2_allocate::run,
};

}  // namespace portolan::conformance
