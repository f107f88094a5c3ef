#include "ice-tests/conformance/rest.hpp"
#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_rest_wrong {

static Task<Judgement> run(Probe& probe) {
    co_await need_accepted_secret(probe);
    const Reply wrong = co_await allocate_as(probe, rest_username(3600), "no password");
    if (wrong.code() != 401) co_return judge_error(wrong, 401);
    for (const char* username : {"soon:portolan", "-1:portolan", "portolan"}) {
        const Reply reply = co_await allocate_as(probe, username, std::nullopt);
        if (reply.code() == 401) continue;
        Judgement out = judge_error(reply, 401);
        out.came = "The username \"" + std::string(username) + "\": " + out.came;
        co_return out;
    }
    co_return meets("It answered with error 401.");
}

}  // namespace in_security_rest_wrong

extern const Check security_rest_wrong;
const Check security_rest_wrong{
    .id = "security/rest/wrong",
    .title = "Wrong time-limited credentials",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .needs = kSharedSecret,
    .document = "draft-uberti-behave-turn-rest-00",
    .section = "2.2",
    .requirement =
        "The password has to be made with the secret, and the time has to be a number in "
        "the future.",
    .sends =
        "Allocate requests with a wrong password, and with the right password of "
        "usernames whose time is no number or negative.",
    .conformant = "Answers with error 401.",
    .weakness = "CWE-287",
    .run = in_security_rest_wrong::run,
};

}  // namespace portolan::conformance
