#include "ice-tests/conformance/rest.hpp"
#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_rest_ttl {

static Task<Judgement> run(Probe& probe) {
    co_await need_accepted_secret(probe);
    const Reply reply =
        co_await allocate_as(probe, rest_username(std::int64_t{3650} * 86400), std::nullopt);
    if (reply.is_success()) co_return violates("It took a credential that is good for ten years.");
    co_return judge_error(reply, 401);
}

}  // namespace in_security_rest_ttl

extern const Check security_rest_ttl;
const Check security_rest_ttl{
    .id = "security/rest/ttl",
    .title = "Credentials for ten years",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::Medium,
    .needs = kSharedSecret,
    .document = "draft-uberti-behave-turn-rest-00",
    .section = "2.2",
    .requirement =
        "A credential whose time is years away is a password for good: a server should "
        "have a limit.",
    .sends = "An Allocate request with a credential that is good for ten years.",
    .conformant = "Answers with error 401.",
    .weakness = "CWE-613",
    .run = in_security_rest_ttl::run,
};

}  // namespace portolan::conformance
