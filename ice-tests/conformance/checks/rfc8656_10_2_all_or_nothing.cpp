#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_10_2_all_or_nothing {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    const TransportAddress peer = probe.peer().address();
    if (peer.family() != allocated.relayed.family()) co_return no_relay_of_our_family();
    // First what nobody may relay to, alone: a server that allows it has nothing to show here.
    const Reply forbidden = co_await allocated.client->request(
        turn::create_permission({IpAddress::v4({0, 0, 0, 0}), 9}));
    if (forbidden.code() != 403) {
        co_return not_applicable(
            "The server does not answer 403 to the peer 0.0.0.0: " + forbidden.said() + ".");
    }
    Request request = turn::create_permission(peer);
    request.peer({IpAddress::v4({0, 0, 0, 0}), 9});
    const Reply reply = co_await allocated.client->request(request);
    if (reply.code() != 403) co_return judge_error(reply, 403);
    const auto data = probe.payload();
    const bool unheard = co_await probe.unheard_by(
        probe.peer(), [&] { allocated.client->send(turn::send_to(peer, data)); }, data);
    if (!unheard) co_return violates("It answered 403, and installed the other permission.");
    // Only a peer that can be permitted says something by its silence.
    co_await probe.permit(*allocated.client, peer);
    co_return meets("It answered 403 and installed nothing.");
}

}  // namespace in_rfc8656_10_2_all_or_nothing

extern const Check rfc8656_10_2_all_or_nothing;
const Check rfc8656_10_2_all_or_nothing{
    .id = "rfc8656/10.2/all-or-nothing",
    .title = "One forbidden peer of two",
    .level = Level::Should,
    .needs = kCredentials,
    .requirement =
        "A CreatePermission request with a peer that is not allowed is refused with error"
        " 403 as a whole.",
    .sends =
        "A CreatePermission request for our own address and for a multicast address; then"
        " a Send indication to our own.",
    .conformant = "Answers with error 403 and relays nothing.",
    .run = in_rfc8656_10_2_all_or_nothing::run,
};

}  // namespace portolan::conformance
