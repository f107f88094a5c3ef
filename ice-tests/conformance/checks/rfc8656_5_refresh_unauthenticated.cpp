#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8656_5_refresh_unauthenticated {

static Task<Judgement> run(Probe& probe) {
    if (probe.target().is_open) co_return no_credentials_demanded();
    const Allocated allocated = co_await probe.allocation();
    co_return judge_error(co_await allocated.client->exchange(turn::refresh(0)), 401);
}

}  // namespace in_rfc8656_5_refresh_unauthenticated

extern const Check rfc8656_5_refresh_unauthenticated;
const Check rfc8656_5_refresh_unauthenticated{
    .id = "rfc8656/5/refresh-unauthenticated",
    .title = "Refresh without credentials",
    .level = Level::Must,
    .needs = kCredentials,
    .document = "RFC 8489",
    .section = "9.2.4",
    .requirement =
        "A Refresh request without credentials is refused with error 401, and does "
        "nothing.",
    .sends =
        "A Refresh request with LIFETIME 0 and without credentials on the 5-tuple of an "
        "allocation.",
    .conformant = "Answers with error 401.",
    .weakness = "CWE-306",
    .run = in_rfc8656_5_refresh_unauthenticated::run,
};

}  // namespace portolan::conformance
