#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8489_9_2_4_success_integrity {

static Task<Judgement> run(Probe& probe) {
    if (probe.target().is_open) co_return no_credentials_demanded();
    const Allocated allocated = co_await probe.allocation();
    if (allocated.reply.integrity == stun::Check::Valid) co_return meets("It is right.");
    co_return violates("The message integrity of the response is " +
                       std::string(stun::to_string(allocated.reply.integrity)) + ".");
}

}  // namespace in_rfc8489_9_2_4_success_integrity

extern const Check rfc8489_9_2_4_success_integrity;
const Check rfc8489_9_2_4_success_integrity{
    .id = "rfc8489/9.2.4/success-integrity",
    .title = "Integrity of success responses",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "The response to an authenticated request is protected with the key of the "
        "request.",
    .sends = "A signed Allocate request.",
    .conformant = "Answers with a success response whose integrity is right.",
    .run = in_rfc8489_9_2_4_success_integrity::run,
};

}  // namespace portolan::conformance
