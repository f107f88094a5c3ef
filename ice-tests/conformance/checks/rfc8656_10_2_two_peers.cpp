#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_10_2_two_peers {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    const TransportAddress peer = probe.peer().address();
    if (peer.family() != allocated.relayed.family()) co_return no_relay_of_our_family();
    Request request = turn::create_permission(bystander(peer));
    request.peer(peer);
    const Reply reply = co_await allocated.client->request(request);
    if (reply.code() == 403) co_return not_applicable("The server forbids one of the peers.");
    if (!reply.is_success()) co_return judge_success(reply);
    const auto data = probe.payload();
    const auto heard = co_await probe.heard_by(
        probe.peer(), [&] { allocated.client->send(turn::send_to(peer, data)); }, data);
    if (heard) co_return meets("The second peer was permitted too.");
    // The control: what a permission of its own changes, the first request had to change.
    co_await confirm_relaying(probe, allocated);
    co_return nothing_came(
        "The second peer was sent to after a CreatePermission request of its own only.");
}

}  // namespace in_rfc8656_10_2_two_peers

extern const Check rfc8656_10_2_two_peers;
const Check rfc8656_10_2_two_peers{
    .id = "rfc8656/10.2/two-peers",
    .title = "Two permissions at once",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "One CreatePermission request installs a permission for each of its peers.",
    .sends =
        "A CreatePermission request for our own address and, first, for one that nobody "
        "has; then a Send indication to our own.",
    .conformant = "Answers with success and relays.",
    .run = in_rfc8656_10_2_two_peers::run,
};

}  // namespace portolan::conformance
