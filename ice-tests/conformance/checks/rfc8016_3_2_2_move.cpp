#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8016_3_2_2_move {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await mobile_allocation(probe);
    const auto ticket = ticket_of(allocated.reply);
    Client* moved = co_await probe.challenged_client();
    const Reply reply = co_await moved->request(move_with(ticket));
    if (!reply.is_success()) co_return judge_success(reply);
    const auto next = ticket_of(reply);
    if (next.empty()) co_return violates("The response has no ticket.");
    if (next == ticket) co_return violates("The response has the same ticket again.");
    co_return meets("The allocation has moved, and there is a new ticket.");
}

}  // namespace in_rfc8016_3_2_2_move

extern const Check rfc8016_3_2_2_move;
const Check rfc8016_3_2_2_move{
    .id = "rfc8016/3.2.2/move",
    .title = "Allocation that moves",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A Refresh request with the ticket moves the allocation to the 5-tuple that it comes from; "
        "the response has another ticket.",
    .sends = "A Refresh request with the ticket from a new 5-tuple.",
    .conformant = "Answers with success and a new ticket.",
    .run = in_rfc8016_3_2_2_move::run,
};

}  // namespace portolan::conformance
