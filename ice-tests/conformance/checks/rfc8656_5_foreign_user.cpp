#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8656_5_foreign_user {

static Task<Judgement> run(Probe& probe) {
    if (probe.target().is_open) co_return no_credentials_demanded();
    const Allocated allocated = co_await probe.allocation();
    allocated.client->set_credentials(&*probe.target().second_user);
    const Reply reply = co_await allocated.client->request(turn::refresh(600));
    allocated.client->set_credentials(&*probe.target().user);
    if (reply.code() == 401) {
        co_return undecided("The second user's own credentials are refused: " + reply.said() + ".");
    }
    co_return judge_error(reply, 441);
}

}  // namespace in_rfc8656_5_foreign_user

extern const Check rfc8656_5_foreign_user;
const Check rfc8656_5_foreign_user{
    .id = "rfc8656/5/foreign-user",
    .title = "Allocation of another user",
    .level = Level::Must,
    .needs = kCredentials | kSecondUser,
    .requirement =
        "Requests for an allocation have to be of the user that made it: any other is "
        "refused with error 441.",
    .sends = "A Refresh request of a second user on the 5-tuple of an allocation.",
    .conformant = "Answers with error 441.",
    .weakness = "CWE-639",
    .run = in_rfc8656_5_foreign_user::run,
};

}  // namespace portolan::conformance
