#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/token.hpp"

namespace portolan::conformance {
namespace in_rfc7635_7_token {

constexpr Remedy kRemedies[] = {
    {"Coturn",
     "Version 4.6.1 keys the HMAC with the first 16 octets of the mac_key: have the authorization "
     "server give out keys of 20 octets whose last four are zero, which are the same to every "
     "server."},
};

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await invited_client(probe);
    const std::string name = *client->challenge()->server_name;
    turn::Credentials user =
        co_await token_for(probe, name, seconds(0), seconds(3600), turn::MacKey::Full);
    const Reply reply = co_await allocate_with(probe, client, std::move(user));
    if (reply.code() == 401) {
        turn::Credentials short_one = co_await token_for(probe, name);
        const Reply other = co_await allocate_with(probe, client, std::move(short_one));
        if (other.is_success()) {
            co_return violates(
                "It answered with error 401, and with success when the mac_key ends in four zero "
                "octets: it uses the first 16 of 20.");
        }
    }
    if (!reply.is_success()) co_return judge_success(reply);
    if (reply.integrity != stun::Check::Valid) {
        co_return violates("The success response is not signed with the mac_key: integrity is " +
                           std::string(stun::to_string(reply.integrity)) + ".");
    }
    co_return meets("It answered with a success response that the mac_key proves.");
}

}  // namespace in_rfc7635_7_token

extern const Check rfc7635_7_token;
const Check rfc7635_7_token{
    .id = "rfc7635/7/token",
    .title = "Access token",
    .level = Level::Must,
    .needs = kThirdPartyKey,
    .requirement =
        "A request with a valid access token, signed with the mac_key in it, is granted, and the "
        "response is signed with that key.",
    .sends = "An Allocate request with USERNAME, ACCESS-TOKEN and MESSAGE-INTEGRITY.",
    .conformant = "Answers with success, and MESSAGE-INTEGRITY by the mac_key.",
    .remedies = in_rfc7635_7_token::kRemedies,
    .run = in_rfc7635_7_token::run,
};

}  // namespace portolan::conformance
