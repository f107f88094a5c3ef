#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_8_2_family_mismatch {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    const bool is_v4 = allocated.relayed.family() == AddressFamily::IPv4;
    Request request = turn::refresh(600);
    request.family(AttributeType::RequestedAddressFamily, is_v4 ? 2 : 1);
    co_return judge_error(co_await allocated.client->request(request), 443);
}

}  // namespace in_rfc8656_8_2_family_mismatch

extern const Check rfc8656_8_2_family_mismatch;
const Check rfc8656_8_2_family_mismatch{
    .id = "rfc8656/8.2/family-mismatch",
    .title = "Refresh of another family",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A Refresh request for an address family that the allocation has not is refused "
        "with error 443.",
    .sends =
        "A Refresh request with REQUESTED-ADDRESS-FAMILY of the family that the "
        "allocation has not.",
    .conformant = "Answers with error 443.",
    .run = in_rfc8656_8_2_family_mismatch::run,
};

}  // namespace portolan::conformance
