#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_12_binding_udp {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const Reply reply = co_await client->exchange(turn::binding());
    if (!reply.is_success()) co_return judge_success(reply);
    co_return judge_mapped(*client, reply);
}

}  // namespace in_rfc8489_12_binding_udp

extern const Check rfc8489_12_binding_udp;
const Check rfc8489_12_binding_udp{
    .id = "rfc8489/12/binding-udp",
    .title = "Binding over UDP",
    .level = Level::Must,
    .transports = kDatagrams,
    .requirement =
        "A STUN server answers Binding requests over UDP with the address that they came "
        "from, in XOR-MAPPED-ADDRESS.",
    .sends = "A Binding request.",
    .conformant =
        "Answers with a success response whose XOR-MAPPED-ADDRESS is the client's own "
        "address and port.",
    .run = in_rfc8489_12_binding_udp::run,
};

}  // namespace portolan::conformance
