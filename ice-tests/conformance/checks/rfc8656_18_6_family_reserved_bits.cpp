#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_18_6_family_reserved_bits {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    Request request = turn::allocate();
    request.u32(AttributeType::RequestedAddressFamily, 0x01FFFFFF);
    const Reply reply = co_await client->request(request);
    if (reply.code() == 440) co_return not_applicable("The server has no IPv4 relays.");
    co_return judge_success(reply);
}

}  // namespace in_rfc8656_18_6_family_reserved_bits

extern const Check rfc8656_18_6_family_reserved_bits;
const Check rfc8656_18_6_family_reserved_bits{
    .id = "rfc8656/18.6/family-reserved-bits",
    .title = "Reserved bits of the address family",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "The 24 bits behind the family in REQUESTED-ADDRESS-FAMILY are ignored.",
    .sends = "An Allocate request with REQUESTED-ADDRESS-FAMILY IPv4 and these bits set.",
    .conformant = "Answers with success.",
    .run = in_rfc8656_18_6_family_reserved_bits::run,
};

}  // namespace portolan::conformance
