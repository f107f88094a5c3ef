#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8016_3_2_2_old_tuple {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await mobile_allocation(probe);
    const TransportAddress peer = probe.peer().address();
    co_await confirm_delivery(probe, allocated);
    Client* moved = co_await probe.challenged_client();
    const Reply reply = co_await moved->request(move_with(ticket_of(allocated.reply)));
    if (!reply.is_success()) co_return undecided("The move got " + reply.said() + ".");
    const auto before = probe.payload();
    const auto heard = co_await probe.heard_by(
        *allocated.client, [&] { probe.peer().send(allocated.relayed, before); }, before);
    if (!heard) {
        co_return nothing_came(
            "Before anything was sent from the new 5-tuple, what the peer sent "
            "no longer came to the old one.");
    }
    const auto there = probe.payload();
    const auto sent = co_await probe.heard_by(
        probe.peer(), [&] { moved->send(turn::send_to(peer, there)); }, there);
    if (!sent) co_return nothing_came("What was sent from the new 5-tuple did not get there.");
    const auto after = probe.payload();
    const auto back = co_await probe.heard_by(
        *moved, [&] { probe.peer().send(allocated.relayed, after); }, after);
    if (!back)
        co_return nothing_came("After that, what the peer sent did not come to the new one.");
    co_return meets("Data came to the old 5-tuple until the new one was used, and then there.");
}

}  // namespace in_rfc8016_3_2_2_old_tuple

extern const Check rfc8016_3_2_2_old_tuple;
const Check rfc8016_3_2_2_old_tuple{
    .id = "rfc8016/3.2.2/old-tuple",
    .title = "Old 5-tuple of a moved allocation",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "After a move the old 5-tuple works on until the client has sent data from the new one.",
    .sends =
        "A Refresh request with the ticket from a new 5-tuple; data from a peer; a Send indication "
        "from the new 5-tuple; data from the peer again.",
    .conformant = "Passes the first to the old 5-tuple and the second to the new one.",
    .run = in_rfc8016_3_2_2_old_tuple::run,
};

}  // namespace portolan::conformance
