#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8016_3_1_ticket {

static Task<Judgement> run(Probe& probe) {
    // RFC 8016 s3.1.2: with the guidance for fragmentation, so that it fits into any path.
    constexpr std::size_t kMaxTicketBytes = 548;
    const Allocated allocated = co_await mobile_allocation(probe);
    const std::size_t size_bytes = ticket_of(allocated.reply).size();
    if (size_bytes == 0) co_return violates("The ticket is empty.");
    const std::string came = "The ticket has " + std::to_string(size_bytes) + " octets.";
    co_return size_bytes > kMaxTicketBytes ? violates(came) : meets(came);
}

}  // namespace in_rfc8016_3_1_ticket

extern const Check rfc8016_3_1_ticket;
const Check rfc8016_3_1_ticket{
    .id = "rfc8016/3.1/ticket",
    .title = "Mobility ticket",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A server that lets allocations move answers an empty MOBILITY-TICKET with a ticket, short "
        "enough for any path; one that does not ignores it, or answers with error 405.",
    .sends = "An Allocate request with an empty MOBILITY-TICKET.",
    .conformant = "Answers with success and a ticket of at most 548 octets.",
    .run = in_rfc8016_3_1_ticket::run,
};

}  // namespace portolan::conformance
