#include "ice-tests/conformance/rest.hpp"
#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_rest_expired {

static Task<Judgement> run(Probe& probe) {
    co_await need_accepted_secret(probe);
    for (const std::int64_t age_s : {3600, 365 * 86400}) {
        const Reply reply = co_await allocate_as(probe, rest_username(-age_s), std::nullopt);
        if (reply.code() != 401) co_return judge_error(reply, 401);
    }
    co_return meets("It answered with error 401.");
}

}  // namespace in_security_rest_expired

extern const Check security_rest_expired;
const Check security_rest_expired{
    .id = "security/rest/expired",
    .title = "Expired credentials",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .needs = kSharedSecret,
    .document = "draft-uberti-behave-turn-rest-00",
    .section = "2.2",
    .requirement = "A time-limited credential is worth nothing after its time.",
    .sends = "Allocate requests with credentials that expired an hour ago and a year ago.",
    .conformant = "Answers with error 401.",
    .weakness = "CWE-613",
    .run = in_security_rest_expired::run,
};

}  // namespace portolan::conformance
