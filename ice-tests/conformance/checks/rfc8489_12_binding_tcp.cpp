#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {

extern const Check rfc8489_12_binding_tcp;
const Check rfc8489_12_binding_tcp{
    .id = "rfc8489/12/binding-tcp",
    .title = "Binding over TCP",
    .level = Level::Must,
    .transports = kStreams,
    .requirement =
        "A STUN server answers Binding requests over TCP (and over TLS, where it has "
        "that) with the address that they came from.",
    .sends = "A Binding request on a new connection.",
    .conformant =
        "Answers with a success response whose XOR-MAPPED-ADDRESS is the client's end of "
        "the connection.",
    .run = judge_binding,
};

}  // namespace portolan::conformance
