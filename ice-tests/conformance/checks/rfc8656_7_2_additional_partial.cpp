#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_additional_partial {

static Task<Judgement> run(Probe& probe) {
    if (probe.target().has_ipv6_relays_only) {
        // RFC 8656 s7.2, step 7: 440 comes first.
        co_return not_applicable("The server has no IPv4 relays.");
    }
    if (co_await has_ipv6_relays(probe)) {
        co_return not_applicable("The server has relays of both families.");
    }
    Client* client = co_await probe.client();
    Request request = turn::allocate();
    request.family(AttributeType::AdditionalAddressFamily, 2);
    const Reply reply = co_await client->request(request);
    if (!reply.is_success()) co_return judge_success(reply);
    const auto relayed = addresses_of(reply, AttributeType::XorRelayedAddress);
    if (relayed.size() != 1 || relayed.front().ip.is_unspecified()) {
        co_return violates("The response has " + std::to_string(relayed.size()) +
                           " relayed addresses, the last of which is " +
                           (relayed.empty() ? "none" : relayed.back().to_string()) + ".");
    }
    if (!reply.has(AttributeType::AddressErrorCode)) {
        co_return violates("The response does not say why there is one relayed address only.");
    }
    co_return meets("One relayed address, and ADDRESS-ERROR-CODE for the other.");
}

}  // namespace in_rfc8656_7_2_additional_partial

extern const Check rfc8656_7_2_additional_partial;
const Check rfc8656_7_2_additional_partial{
    .id = "rfc8656/7.2/additional-partial",
    .title = "One family of two",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A server that can give one of the two families only says why in ADDRESS-ERROR-"
        "CODE, and gives one relayed address.",
    .sends =
        "An Allocate request with ADDITIONAL-ADDRESS-FAMILY IPv6 to a server that has no "
        "IPv6 relays.",
    .conformant = "Answers with success, one XOR-RELAYED-ADDRESS and ADDRESS-ERROR-CODE.",
    .run = in_rfc8656_7_2_additional_partial::run,
};

}  // namespace portolan::conformance
