#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_additional_even_port {

static Task<Judgement> run(Probe& probe) {
    if (probe.target().has_ipv6_relays_only) {
        // RFC 8656 s7.2, step 7: 440 comes first.
        co_return not_applicable("The server has no IPv4 relays.");
    }
    Client* client = co_await probe.challenged_client();
    Request request = turn::allocate();
    request.even_port(true).family(AttributeType::AdditionalAddressFamily, 2);
    co_return judge_error(co_await client->request(request), 400);
}

constexpr Remedy kRemedies[] = {
    {"Coturn-4.6", "upgrade to coturn 4.16.0 or later"},
};

}  // namespace in_rfc8656_7_2_additional_even_port

extern const Check rfc8656_7_2_additional_even_port;
const Check rfc8656_7_2_additional_even_port{
    .id = "rfc8656/7.2/additional-even-port",
    .title = "Additional family with a reservation",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "ADDITIONAL-ADDRESS-FAMILY and EVEN-PORT with the R bit exclude each other: error"
        " 400.",
    .sends = "An Allocate request with ADDITIONAL-ADDRESS-FAMILY IPv6 and EVEN-PORT, R bit 1.",
    .conformant = "Answers with error 400.",
    .remedies = in_rfc8656_7_2_additional_even_port::kRemedies,
    .run = in_rfc8656_7_2_additional_even_port::run,
};

}  // namespace portolan::conformance
