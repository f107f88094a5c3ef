#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_ipv4_by_default {

static Task<Judgement> run(Probe& probe) {
    if (probe.target().endpoint.server.family() == AddressFamily::IPv4) {
        co_return not_applicable("The server is reached over IPv4.");
    }
    Client* client = co_await probe.client();
    const Reply reply = co_await client->request(turn::allocate());
    if (reply.code() == 440) co_return meets("It has no IPv4 relays, and says so.");
    if (!reply.is_success()) co_return judge_success(reply);
    const auto relayed = reply.address(AttributeType::XorRelayedAddress);
    if (!relayed) co_return undecided("The response has no XOR-RELAYED-ADDRESS.");
    const std::string came = "It gave " + relayed->to_string() + ".";
    co_return relayed->family() == AddressFamily::IPv4 ? meets(came) : violates(came);
}

}  // namespace in_rfc8656_7_2_ipv4_by_default

extern const Check rfc8656_7_2_ipv4_by_default;
const Check rfc8656_7_2_ipv4_by_default{
    .id = "rfc8656/7.2/ipv4-by-default",
    .title = "IPv4 without being asked",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "Without REQUESTED-ADDRESS-FAMILY a server that has IPv4 relays gives one, "
        "whatever family the client comes over.",
    .sends = "An Allocate request over IPv6 without REQUESTED-ADDRESS-FAMILY.",
    .conformant = "Answers with an IPv4 relayed address, or with error 440.",
    .run = in_rfc8656_7_2_ipv4_by_default::run,
};

}  // namespace portolan::conformance
