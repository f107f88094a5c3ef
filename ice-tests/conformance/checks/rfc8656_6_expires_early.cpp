#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8656_6_expires_early {

static Task<Judgement> run(Probe& probe) {
    const Held held = co_await hold_allocation(probe, 90);
    // RFC 8656 s6: nothing but Refresh gives it more time.
    const Reply reply =
        co_await held.client->request(turn::create_permission(probe.peer().address()));
    if (reply.code() == 437) {
        co_return violates("Of the " + std::to_string(held.lifetime.count()) +
                           " s that it granted, the allocation had gone after " +
                           std::to_string(held.waited.count()) + " s: " + reply.said() + ".");
    }
    if (!reply.has_come()) co_return undecided("It said nothing then: " + reply.said() + ".");
    co_return meets("After " + std::to_string(held.waited.count()) + " s of " +
                    std::to_string(held.lifetime.count()) +
                    " s it still was there: " + reply.said() + ".");
}

}  // namespace in_rfc8656_6_expires_early

extern const Check rfc8656_6_expires_early;
const Check rfc8656_6_expires_early{
    .id = "rfc8656/6/expires-early",
    .title = "Allocations last for their lifetime",
    .level = Level::Must,
    .check_class = CheckClass::Long,
    .needs = kCredentials,
    .requirement = "An allocation lasts until the lifetime that the server granted is over.",
    .sends = "An Allocate request, and CreatePermission at nine tenths of the LIFETIME granted.",
    .conformant = "Answers as for an allocation that there is: not with error 437.",
    .run = in_rfc8656_6_expires_early::run,
};

}  // namespace portolan::conformance
