#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_9_2_4_error_integrity {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    const Reply reply =
        co_await allocated.client->exchange(probe.allocate(), allocated.client->signature());
    if (reply.code() <= 0 || reply.code() == 401 || reply.code() == 438) {
        co_return undecided("A second Allocate got " + reply.said() + ".");
    }
    if (reply.integrity == stun::Check::Valid) {
        co_return meets("The integrity of " + reply.said() + " is right.");
    }
    co_return violates("The message integrity of " + reply.said() + " is " +
                       std::string(stun::to_string(reply.integrity)) + ".");
}

}  // namespace in_rfc8489_9_2_4_error_integrity

extern const Check rfc8489_9_2_4_error_integrity;
const Check rfc8489_9_2_4_error_integrity{
    .id = "rfc8489/9.2.4/error-integrity",
    .title = "Integrity of error responses",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "Every response to a request that was authenticated is protected, errors too.",
    .sends = "A signed Allocate request on a 5-tuple that has an allocation already.",
    .conformant = "Answers with an error whose integrity is right.",
    .run = in_rfc8489_9_2_4_error_integrity::run,
};

}  // namespace portolan::conformance
