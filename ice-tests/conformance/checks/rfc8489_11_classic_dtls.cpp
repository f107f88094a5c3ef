#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_11_classic_dtls {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    // RFC 3489: where the magic cookie is now, the transaction id begins.
    stun::TransactionId id = client->new_id();
    id.octets.front() ^= std::byte{0xFF};
    co_return judge_error(co_await client->exchange(turn::binding().build(id), id), 500);
}

}  // namespace in_rfc8489_11_classic_dtls

extern const Check rfc8489_11_classic_dtls;
const Check rfc8489_11_classic_dtls{
    .id = "rfc8489/11/classic-dtls",
    .title = "Classic STUN over DTLS",
    .level = Level::Must,
    .transports = kDtls,
    .requirement = "Over DTLS a request without the magic cookie is invalid, and gets error 500.",
    .sends = "A Binding request without the magic cookie.",
    .conformant = "Answers with error 500.",
    .run = in_rfc8489_11_classic_dtls::run,
};

}  // namespace portolan::conformance
