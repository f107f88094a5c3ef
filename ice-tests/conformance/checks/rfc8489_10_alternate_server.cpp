#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8489_10_alternate_server {

// The server that was named: the checks are about the one that it leads to.
static const turn::Endpoint& named(const Probe& probe) {
    const Target& target = probe.target();
    return target.named ? *target.named : target.endpoint;
}

static std::optional<std::string> flaw(const Probe& probe, const Reply& reply) {
    const auto other = reply.address(AttributeType::AlternateServer);
    const TransportAddress& server = named(probe).server;
    if (!other) return "Error 300 has no ALTERNATE-SERVER.";
    if (other->family() != server.family()) {
        return "ALTERNATE-SERVER " + other->to_string() + " is of the other address family.";
    }
    if (*other == server) return "ALTERNATE-SERVER is the server itself.";
    const auto unusable = other->ip.address_class();
    if (other->port == 0 || other->ip.is_unspecified() || unusable == AddressClass::Multicast ||
        (unusable == AddressClass::Loopback &&
         server.ip.address_class() != AddressClass::Loopback)) {
        return "Nobody can be reached at ALTERNATE-SERVER " + other->to_string() + '.';
    }
    return std::nullopt;
}

static Task<Judgement> run(Probe& probe) {
    Client* client = &probe.add_client(named(probe));
    const auto opened = co_await client->open();
    if (!opened) co_return undecided(opened.error().message);
    const Reply bare = co_await client->learn();
    if (!bare.has_come()) co_return undecided("Allocate got " + bare.said() + ".");
    std::vector<Reply> replies = {bare};
    if (client->challenge()) {
        replies.push_back(co_await client->exchange(probe.allocate(), client->signature()));
    }
    bool redirects = false;
    for (const Reply& reply : replies) {
        if (reply.code() != 300) continue;
        redirects = true;
        if (auto wrong = flaw(probe, reply)) co_return violates(*wrong);
    }
    co_return meets(redirects ? "It redirects to another server." : "It does not redirect.");
}

}  // namespace in_rfc8489_10_alternate_server

extern const Check rfc8489_10_alternate_server;
const Check rfc8489_10_alternate_server{
    .id = "rfc8489/10/alternate-server",
    .title = "Redirection",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "ALTERNATE-SERVER of error 300 is of the family that the request came over, and "
        "is another server.",
    .sends = "An Allocate request without credentials, and one with them.",
    .conformant = "Answers with no error 300, or with one whose ALTERNATE-SERVER a client can use.",
    .run = in_rfc8489_10_alternate_server::run,
};

}  // namespace portolan::conformance
