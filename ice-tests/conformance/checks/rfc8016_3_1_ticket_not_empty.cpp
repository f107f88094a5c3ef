#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8016_3_1_ticket_not_empty {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await mobile_allocation(probe);
    Client* other = co_await probe.client();
    Request request = probe.allocate();
    request.bytes(AttributeType::MobilityTicket, ticket_of(allocated.reply));
    co_return judge_error(co_await other->request(request), 400);
}

}  // namespace in_rfc8016_3_1_ticket_not_empty

extern const Check rfc8016_3_1_ticket_not_empty;
const Check rfc8016_3_1_ticket_not_empty{
    .id = "rfc8016/3.1/ticket-not-empty",
    .title = "Allocate with a ticket",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "An Allocate request asks for a ticket with an empty one; it cannot bring one.",
    .sends = "An Allocate request with the ticket of another allocation.",
    .conformant = "Answers with error 400.",
    .run = in_rfc8016_3_1_ticket_not_empty::run,
};

}  // namespace portolan::conformance
