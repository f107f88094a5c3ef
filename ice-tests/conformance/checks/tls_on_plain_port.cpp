#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_tls_on_plain_port {

static Task<Judgement> run(Probe& probe) {
    co_return co_await judge_transport(probe, Transport::Tls,
                                       "It speaks TLS on the plain port too.",
                                       "It does not speak TLS on the plain port.");
}

}  // namespace in_tls_on_plain_port

extern const Check tls_on_plain_port;
const Check tls_on_plain_port{
    .id = "tls/on-plain-port",
    .title = "TLS on the plain port",
    .level = Level::Information,
    .check_class = CheckClass::Wait,
    .transports = kTcp,
    .document = "RFC 8656",
    .section = "5",
    .requirement =
        "TLS belongs on a port of its own; a server that takes it on the plain one too is"
        " worth knowing.",
    .sends = "A TLS ClientHello to the TCP port.",
    .conformant = "Refuses it.",
    .run = in_tls_on_plain_port::run,
};

}  // namespace portolan::conformance
