#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_security_random_datagrams {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const Reply before = co_await client->exchange(turn::binding());
    if (!before.is_success()) co_return undecided("Before that it got " + before.said() + ".");
    for (int i = 0; i < 300; ++i) {
        auto datagram = probe.payload(1 + probe.random() % 200);
        // Not by chance a STUN message or a TURN channel.
        datagram.front() |= std::byte{0x80};
        (void)client->wire().send(datagram);
    }
    const Reply reply = co_await client->exchange(turn::binding());
    if (!reply.has_come()) {
        co_return violates(
            "After 300 random datagrams it answered nothing any more: " + reply.said() + ".");
    }
    co_return meets("It lives after 300 random datagrams.");
}

}  // namespace in_security_random_datagrams

extern const Check security_random_datagrams;
const Check security_random_datagrams{
    .id = "security/random-datagrams",
    .title = "Random datagrams",
    .level = Level::Must,
    .axis = Axis::Security,
    .danger = Danger::High,
    .transports = kDatagrams,
    .document = "RFC 8489",
    .section = "6.3",
    .requirement = "Whatever comes, the server lives on.",
    .sends = "300 random datagrams of up to 200 octets, then a Binding request.",
    .conformant = "Answers the last one.",
    .weakness = "CWE-20",
    .run = in_security_random_datagrams::run,
};

}  // namespace portolan::conformance
