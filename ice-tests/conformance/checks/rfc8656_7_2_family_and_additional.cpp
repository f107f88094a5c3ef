#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_family_and_additional {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    Request request = turn::allocate();
    request.family(AttributeType::RequestedAddressFamily, 1)
        .family(AttributeType::AdditionalAddressFamily, 2);
    co_return judge_error(co_await client->request(request), 400);
}

constexpr Remedy kRemedies[] = {
    {"Coturn-4.6", "upgrade to coturn 4.16.0 or later"},
};

}  // namespace in_rfc8656_7_2_family_and_additional

extern const Check rfc8656_7_2_family_and_additional;
const Check rfc8656_7_2_family_and_additional{
    .id = "rfc8656/7.2/family-and-additional",
    .title = "Two kinds of family wishes",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "REQUESTED-ADDRESS-FAMILY and ADDITIONAL-ADDRESS-FAMILY exclude each other: error"
        " 400.",
    .sends =
        "An Allocate request with REQUESTED-ADDRESS-FAMILY IPv4 and ADDITIONAL-ADDRESS-"
        "FAMILY IPv6.",
    .conformant = "Answers with error 400.",
    .remedies = in_rfc8656_7_2_family_and_additional::kRemedies,
    .run = in_rfc8656_7_2_family_and_additional::run,
};

}  // namespace portolan::conformance
