#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_family_requested {

static Task<Judgement> run(Probe& probe) {
    std::string given;
    for (const AddressFamily family : {AddressFamily::IPv4, AddressFamily::IPv6}) {
        Client* client = co_await probe.client();
        Request request = turn::allocate();
        request.family(AttributeType::RequestedAddressFamily, static_cast<std::uint8_t>(family));
        const Reply reply = co_await client->request(request);
        if (reply.code() == 440) continue;
        if (!reply.is_success()) co_return judge_success(reply);
        const std::string name(to_string(family));
        const auto relayed = addresses_of(reply, AttributeType::XorRelayedAddress);
        if (relayed.size() != 1 || relayed.front().family() != family) {
            co_return violates("Asked for " + name + " it gave " +
                               (relayed.empty() ? "no address" : relayed.front().to_string()) +
                               (relayed.size() > 1 ? " and another." : "."));
        }
        given += (given.empty() ? "" : ", ") + name + ": " + relayed.front().to_string();
    }
    if (given.empty()) co_return undecided("It has relays of neither family.");
    co_return meets("As asked for: " + given + ".");
}

}  // namespace in_rfc8656_7_2_family_requested

extern const Check rfc8656_7_2_family_requested;
const Check rfc8656_7_2_family_requested{
    .id = "rfc8656/7.2/family-requested",
    .title = "Family that was asked for",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A relayed address is of the family in REQUESTED-ADDRESS-FAMILY; a server that has none of "
        "that family answers with error 440.",
    .sends = "Allocate requests for IPv4 and for IPv6.",
    .conformant = "Gives one relayed address of that family, or answers with error 440.",
    .run = in_rfc8656_7_2_family_requested::run,
};

}  // namespace portolan::conformance
