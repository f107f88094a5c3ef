#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_tls_server_name {

constexpr Remedy kRemedies[] = {
    {"",
     "Give what ends TLS before the TURN server, a proxy or balancer, this name's certificate "
     "as its default."}};

static Task<Judgement> run(Probe& probe) {
    turn::Endpoint endpoint = probe.target().endpoint;
    const std::string name = endpoint.server_name;
    if (IpAddress::parse(name)) {
        co_return not_applicable("The URI has an address, and server names are names.");
    }
    Client& naming = probe.add_client(turn::Endpoint(endpoint));
    if (const auto opened = co_await naming.open(); !opened) {
        co_return undecided("With the name: " + opened.error().message);
    }
    endpoint.tls.sends_server_name = false;
    Client& silent = probe.add_client(std::move(endpoint));
    const auto opened = co_await silent.open();
    if (opened)
        co_return meets("With the name and without, it shows a certificate for " + name + ".");
    if (opened.error().code == "turn.tls-certificate") {
        co_return violates(
            "Without the name it shows another certificate: " + opened.error().message + ".");
    }
    if (opened.error().code == "turn.tls-alert") {
        co_return violates("Without the name it refuses: " + opened.error().message + ".");
    }
    co_return undecided("Without the name: " + opened.error().message);
}

}  // namespace in_tls_server_name

extern const Check tls_server_name;
const Check tls_server_name{
    .id = "tls/server-name",
    .title = "Clients without SNI",
    .level = Level::Information,
    .transports = kSecure,
    .document = "RFC 6066",
    .section = "3",
    .requirement =
        "It is only recommended that clients name the server (SNI), and some do not: they get the "
        "certificate of the name in the URI as well.",
    .sends = "One handshake with the server's name and one without.",
    .conformant = "Shows a certificate for that name in both.",
    .remedies = in_tls_server_name::kRemedies,
    .run = in_tls_server_name::run,
};

}  // namespace portolan::conformance
