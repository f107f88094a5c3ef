#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8656_6_never_expires {

static Task<Judgement> run(Probe& probe) {
    const Held held = co_await hold_allocation(probe, 100);
    const Reply reply =
        co_await held.client->request(turn::create_permission(probe.peer().address()));
    const std::string after = "After " + std::to_string(held.waited.count()) + " s of " +
                              std::to_string(held.lifetime.count()) + " s granted ";
    if (reply.code() == 437) co_return meets(after + "the allocation had gone.");
    if (!reply.is_success()) {
        co_return undecided(after + "CreatePermission got " + reply.said() + ".");
    }
    co_return violates(after + "the allocation was still there, without any Refresh.");
}

}  // namespace in_rfc8656_6_never_expires

extern const Check rfc8656_6_never_expires;
const Check rfc8656_6_never_expires{
    .id = "rfc8656/6/never-expires",
    .title = "Allocations end with their lifetime",
    .level = Level::Should,
    .check_class = CheckClass::Long,
    .needs = kCredentials,
    .requirement =
        "An allocation that is not refreshed ends when the lifetime that the server granted is "
        "over.",
    .sends =
        "An Allocate request, and CreatePermission a little after the LIFETIME granted is over.",
    .conformant = "Answers with error 437.",
    .run = in_rfc8656_6_never_expires::run,
};

}  // namespace portolan::conformance
