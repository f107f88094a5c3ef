#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_12_2_family_mismatch {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    co_return judge_error(co_await allocated.client->request(
                              turn::channel_bind(0x4005, peer_of_other_family(allocated.relayed))),
                          443);
}

}  // namespace in_rfc8656_12_2_family_mismatch

extern const Check rfc8656_12_2_family_mismatch;
const Check rfc8656_12_2_family_mismatch{
    .id = "rfc8656/12.2/family-mismatch",
    .title = "Channel to another family",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A channel to a peer of a family that the allocation has no relay of is refused "
        "with error 443.",
    .sends = "A ChannelBind request for a peer of the other family.",
    .conformant = "Answers with error 443.",
    .run = in_rfc8656_12_2_family_mismatch::run,
};

}  // namespace portolan::conformance
