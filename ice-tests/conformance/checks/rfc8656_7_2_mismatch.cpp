#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_mismatch {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    co_return judge_error(co_await allocated.client->request(probe.allocate()), 437);
}

}  // namespace in_rfc8656_7_2_mismatch

extern const Check rfc8656_7_2_mismatch;
const Check rfc8656_7_2_mismatch{
    .id = "rfc8656/7.2/mismatch",
    .title = "Second Allocate",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "A 5-tuple that has an allocation gets no second one: error 437.",
    .sends = "Two Allocate requests from one port, with different transaction ids.",
    .conformant = "Answers the second with error 437.",
    .run = in_rfc8656_7_2_mismatch::run,
};

}  // namespace portolan::conformance
