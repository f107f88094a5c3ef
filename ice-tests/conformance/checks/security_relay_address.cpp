#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_security_relay_address {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    const auto server = probe.target().endpoint.server.ip.address_class();
    const auto relayed = allocated.relayed.ip.address_class();
    const std::string came = "The server is reached at a " + std::string(to_string(server)) +
                             " address, and the relayed address " + allocated.relayed.to_string() +
                             " is " + std::string(to_string(relayed)) + ".";
    co_return relayed == server || relayed == AddressClass::Global ? meets(came) : violates(came);
}

constexpr Remedy kRemedies[] = {
    {"Coturn", "external-ip=PUBLIC/PRIVATE"},
};

}  // namespace in_security_relay_address

extern const Check security_relay_address;
const Check security_relay_address{
    .id = "security/relay-address",
    .title = "Relayed address",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .needs = kCredentials,
    .document = "RFC 8656",
    .section = "7.2",
    .requirement =
        "The relayed address is one that peers can reach: a server behind a NAT has to be"
        " told its outer address.",
    .sends = "An Allocate request.",
    .conformant =
        "Gives a relayed address of the same kind as the address that the server is "
        "reached at, or a global one.",
    .remedies = in_security_relay_address::kRemedies,
    .run = in_security_relay_address::run,
};

}  // namespace portolan::conformance
