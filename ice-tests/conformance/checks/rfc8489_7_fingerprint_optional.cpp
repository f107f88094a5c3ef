#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_7_fingerprint_optional {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    co_return judge_success(co_await client->exchange(turn::binding()));
}

}  // namespace in_rfc8489_7_fingerprint_optional

extern const Check rfc8489_7_fingerprint_optional;
const Check rfc8489_7_fingerprint_optional{
    .id = "rfc8489/7/fingerprint-optional",
    .title = "FINGERPRINT is optional",
    .level = Level::Must,
    .document = "RFC 8489",
    .section = "12",
    .requirement = "A server must not require FINGERPRINT.",
    .sends = "A Binding request without FINGERPRINT.",
    .conformant = "Answers with a success response.",
    .run = in_rfc8489_7_fingerprint_optional::run,
};

}  // namespace portolan::conformance
