#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_1_allocate {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await tcp_allocation(probe);
    if (allocated.reply.has(AttributeType::ReservationToken)) {
        co_return violates("The success response has a RESERVATION-TOKEN.");
    }
    if (!allocated.reply.u32(AttributeType::Lifetime)) {
        co_return violates("The success response has no LIFETIME.");
    }
    co_return meets("It gave the relay " + allocated.relayed.to_string() + ".");
}

}  // namespace in_rfc6062_5_1_allocate

extern const Check rfc6062_5_1_allocate;
const Check rfc6062_5_1_allocate{
    .id = "rfc6062/5.1/allocate",
    .title = "TCP allocation",
    .level = Level::Must,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement =
        "A TCP allocation is answered like one for UDP, and never with a RESERVATION-TOKEN.",
    .sends = "An Allocate request for TCP.",
    .conformant = "Answers with a relayed address and LIFETIME; without TCP allocations with 442.",
    .run = in_rfc6062_5_1_allocate::run,
};

}  // namespace portolan::conformance
