#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_6_3_2_binding_indication {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const stun::TransactionId id = client->new_id();
    co_return judge_silence(co_await probe.response_to(
        *client, Request(Method::Binding, MessageClass::Indication).build(id), id));
}

}  // namespace in_rfc8489_6_3_2_binding_indication

extern const Check rfc8489_6_3_2_binding_indication;
const Check rfc8489_6_3_2_binding_indication{
    .id = "rfc8489/6.3.2/binding-indication",
    .title = "Binding indication",
    .level = Level::Should,
    .requirement = "No response is made to an indication.",
    .sends = "A Binding indication.",
    .conformant = "Does not answer.",
    .run = in_rfc8489_6_3_2_binding_indication::run,
};

}  // namespace portolan::conformance
