#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_7_fingerprint_answered {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const stun::TransactionId id = client->new_id();
    const Reply reply =
        co_await client->exchange(turn::binding().raw(id).fingerprint().build(), id);
    if (!reply.is_success()) co_return judge_success(reply);
    const stun::Check fingerprint = stun::verify_fingerprint(reply.view());
    if (fingerprint == stun::Check::Valid) co_return meets("The answer has a right FINGERPRINT.");
    co_return violates("The FINGERPRINT of the answer is " +
                       std::string(stun::to_string(fingerprint)) + ".");
}

}  // namespace in_rfc8489_7_fingerprint_answered

extern const Check rfc8489_7_fingerprint_answered;
const Check rfc8489_7_fingerprint_answered{
    .id = "rfc8489/7/fingerprint-answered",
    .title = "FINGERPRINT in answers",
    .level = Level::Should,
    .requirement = "Who uses FINGERPRINT puts it, with the right value, into what it sends.",
    .sends = "A Binding request with a right FINGERPRINT.",
    .conformant = "Answers with a success response that has a right FINGERPRINT too.",
    .run = in_rfc8489_7_fingerprint_answered::run,
};

}  // namespace portolan::conformance
