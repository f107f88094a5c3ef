#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_10_2_family_mismatch {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    co_return judge_error(co_await allocated.client->request(
                              turn::create_permission(peer_of_other_family(allocated.relayed))),
                          443);
}

}  // namespace in_rfc8656_10_2_family_mismatch

extern const Check rfc8656_10_2_family_mismatch;
const Check rfc8656_10_2_family_mismatch{
    .id = "rfc8656/10.2/family-mismatch",
    .title = "Permission for another family",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A permission for a peer of a family that the allocation has no relay of is "
        "refused with error 443.",
    .sends = "A CreatePermission request for a peer of the other family.",
    .conformant = "Answers with error 443.",
    .run = in_rfc8656_10_2_family_mismatch::run,
};

}  // namespace portolan::conformance
