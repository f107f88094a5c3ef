#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8656_8_2_delete {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    const Reply deleted = co_await allocated.client->request(turn::refresh(0));
    if (!deleted.is_success()) co_return judge_success(deleted);
    // The server's own address would be refused for other reasons.
    const Reply after = co_await allocated.client->request(
        turn::create_permission({IpAddress::v4({192, 0, 2, 1}), 9}));
    if (after.code() == 437) co_return meets("The allocation was gone.");
    // RFC 7635 s9: this request has no token, and the key of the last one went with the allocation.
    const auto& user = probe.target().user;
    if (after.code() == 401 && user && user->grant) {
        co_return meets("The allocation was gone, and its mac_key with it.");
    }
    if (!after.has_come()) co_return unanswered(after);
    co_return violates("After its deletion CreatePermission got " + after.said() + ".");
}

constexpr Remedy kRemedies[] = {
    {"Coturn-",
     "coturn keeps the allocation for a second: a client that reuses its port at once gets 437 for "
     "Allocate"},
};

}  // namespace in_rfc8656_8_2_delete

extern const Check rfc8656_8_2_delete;
const Check rfc8656_8_2_delete{
    .id = "rfc8656/8.2/delete",
    .title = "Deletion of an allocation",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "A Refresh request with a LIFETIME of zero deletes the allocation at once.",
    .sends = "A Refresh request with LIFETIME 0, then a CreatePermission request.",
    .conformant = "Answers with success, then with error 437.",
    .remedies = in_rfc8656_8_2_delete::kRemedies,
    .run = in_rfc8656_8_2_delete::run,
};

}  // namespace portolan::conformance
