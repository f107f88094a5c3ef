#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_dual_stack {

static Task<Judgement> run(Probe& probe) {
    if (probe.target().has_ipv6_relays_only) {
        // RFC 8656 s7.2, step 7: 440 comes first.
        co_return not_applicable("The server has no IPv4 relays.");
    }
    if (!co_await has_ipv6_relays(probe)) {
        co_return not_applicable("The server has no IPv6 relays.");
    }
    Client* client = co_await probe.client();
    Request request = turn::allocate();
    request.family(AttributeType::AdditionalAddressFamily, 2);
    const Reply reply = co_await client->request(request);
    if (!reply.is_success()) co_return judge_success(reply);
    const auto relayed = addresses_of(reply, AttributeType::XorRelayedAddress);
    if (relayed.size() == 2 && relayed[0].family() != relayed[1].family()) {
        co_return meets("It gave " + relayed[0].to_string() + " and " + relayed[1].to_string() +
                        ".");
    }
    if (relayed.size() == 1 && reply.has(AttributeType::AddressErrorCode)) {
        co_return undecided("It gave one, and says that there is none of the other now.");
    }
    co_return violates("The response has " + std::to_string(relayed.size()) +
                       " relayed addresses, not one of each family.");
}

}  // namespace in_rfc8656_7_2_dual_stack

extern const Check rfc8656_7_2_dual_stack;
const Check rfc8656_7_2_dual_stack{
    .id = "rfc8656/7.2/dual-stack",
    .title = "Both families",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A server with relays of both families gives one of each when asked with "
        "ADDITIONAL-ADDRESS-FAMILY.",
    .sends =
        "An Allocate request with ADDITIONAL-ADDRESS-FAMILY IPv6 to a server that has "
        "relays of both families.",
    .conformant = "Answers with success, an IPv4 and an IPv6 XOR-RELAYED-ADDRESS.",
    .run = in_rfc8656_7_2_dual_stack::run,
};

}  // namespace portolan::conformance
