#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {

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
    .run = judge_binding,
};

}  // namespace portolan::conformance
