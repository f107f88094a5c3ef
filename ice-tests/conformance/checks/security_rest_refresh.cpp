#include <glib.h>

#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_security_rest_refresh {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    constexpr int kGoodForS = 2;
    const turn::Credentials brief =
        turn::time_limited(*probe.target().shared_secret, "portolan",
                           seconds(g_get_real_time() / G_USEC_PER_SEC + kGoodForS));
    client->set_credentials(&brief);
    const Reply allocated = co_await client->request(probe.allocate());
    if (!allocated.is_success()) {
        co_return undecided("A credential that is good for 2 s got " + allocated.said() +
                            ": is it the server's secret, do the clocks agree?");
    }
    turn::Pause ageing(probe.where(), seconds(kGoodForS) + milliseconds(1500));
    co_await ageing;
    const Reply reply = co_await client->request(turn::refresh(600));
    client->set_credentials(&*probe.target().user);
    if (!reply.has_come()) co_return unanswered(reply);
    co_return reply.is_success() ? violates("It refreshed the allocation.")
                                 : meets("It answered with " + reply.said() + ".");
}

}  // namespace in_security_rest_refresh

extern const Check security_rest_refresh;
const Check security_rest_refresh{
    .id = "security/rest/refresh",
    .title = "Refresh after the credential's end",
    .level = Level::Should,
    .check_class = CheckClass::Wait,
    .axis = Axis::Security,
    .danger = Danger::Medium,
    .needs = kCredentials | kSharedSecret,
    .document = "draft-uberti-behave-turn-rest-00",
    .section = "2.2",
    .requirement =
        "What a time-limited credential was given for ends with it: a leaked one keeps no relay "
        "for ever.",
    .sends = "Refresh with a credential that expired a second ago, of an allocation made before.",
    .conformant = "Refuses it.",
    .weakness = "CWE-613",
    .run = in_security_rest_refresh::run,
};

}  // namespace portolan::conformance
