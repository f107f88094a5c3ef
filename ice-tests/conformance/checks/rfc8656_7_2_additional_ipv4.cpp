#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_additional_ipv4 {

static Task<Judgement> run(Probe& probe) {
    if (probe.target().has_ipv6_relays_only) {
        // RFC 8656 s7.2, step 7: 440 comes first.
        co_return not_applicable("The server has no IPv4 relays.");
    }
    Client* client = co_await probe.challenged_client();
    Request request = turn::allocate();
    request.family(AttributeType::AdditionalAddressFamily, 1);
    co_return judge_error(co_await client->request(request), 400);
}

constexpr Remedy kRemedies[] = {
    {"Coturn-4.6", "upgrade to coturn 4.16.0 or later"},
};

}  // namespace in_rfc8656_7_2_additional_ipv4

extern const Check rfc8656_7_2_additional_ipv4;
const Check rfc8656_7_2_additional_ipv4{
    .id = "rfc8656/7.2/additional-ipv4",
    .title = "IPv4 as additional family",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "ADDITIONAL-ADDRESS-FAMILY IPv4 is refused with error 400: IPv4 comes anyway.",
    .sends = "An Allocate request with ADDITIONAL-ADDRESS-FAMILY IPv4.",
    .conformant = "Answers with error 400.",
    .remedies = in_rfc8656_7_2_additional_ipv4::kRemedies,
    .run = in_rfc8656_7_2_additional_ipv4::run,
};

}  // namespace portolan::conformance
