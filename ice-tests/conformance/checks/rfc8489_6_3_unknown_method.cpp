#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_6_3_unknown_method {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const stun::TransactionId id = client->new_id();
    co_return judge_silence(
        co_await probe.response_to(*client, Request(static_cast<Method>(0x07F)).build(id), id));
}

}  // namespace in_rfc8489_6_3_unknown_method

extern const Check rfc8489_6_3_unknown_method;
const Check rfc8489_6_3_unknown_method{
    .id = "rfc8489/6.3/unknown-method",
    .title = "Unknown method",
    .level = Level::Should,
    .requirement =
        "A request of a method that the server does not support is discarded: an answer "
        "would make it a reflector for anything that looks like STUN.",
    .sends = "A request of the method 0x07F, which nobody has defined.",
    .conformant = "Does not answer.",
    .run = in_rfc8489_6_3_unknown_method::run,
};

}  // namespace portolan::conformance
