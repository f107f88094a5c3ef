#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_6_3_fingerprint_wrong {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const stun::TransactionId id = client->new_id();
    co_return judge_silence(co_await probe.response_to(
        *client, turn::binding().raw(id).fingerprint(stun::RawMessage::Fault::FlippedBit).build(),
        id));
}

}  // namespace in_rfc8489_6_3_fingerprint_wrong

extern const Check rfc8489_6_3_fingerprint_wrong;
const Check rfc8489_6_3_fingerprint_wrong{
    .id = "rfc8489/6.3/fingerprint-wrong",
    .title = "Wrong FINGERPRINT",
    .level = Level::Should,
    .requirement = "A message whose FINGERPRINT is wrong is discarded without an answer.",
    .sends = "A Binding request whose FINGERPRINT is wrong in one bit.",
    .conformant = "Does not answer.",
    .run = in_rfc8489_6_3_fingerprint_wrong::run,
};

}  // namespace portolan::conformance
