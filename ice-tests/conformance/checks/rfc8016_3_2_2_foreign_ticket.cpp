#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8016_3_2_2_foreign_ticket {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await mobile_allocation(probe);
    Client* thief = co_await probe.challenged_client();
    thief->set_credentials(&*probe.target().second_user);
    const Reply reply = co_await thief->request(move_with(ticket_of(allocated.reply)));
    co_return judge_error(reply, 441);
}

}  // namespace in_rfc8016_3_2_2_foreign_ticket

extern const Check rfc8016_3_2_2_foreign_ticket;
const Check rfc8016_3_2_2_foreign_ticket{
    .id = "rfc8016/3.2.2/foreign-ticket",
    .title = "Ticket of another user",
    .level = Level::Must,
    .needs = kCredentials | kSecondUser,
    .requirement = "Only the user who made an allocation can move it.",
    .sends = "A Refresh request with the ticket of one user, signed by another.",
    .conformant = "Answers with error 441.",
    .weakness = "CWE-639",
    .run = in_rfc8016_3_2_2_foreign_ticket::run,
};

}  // namespace portolan::conformance
