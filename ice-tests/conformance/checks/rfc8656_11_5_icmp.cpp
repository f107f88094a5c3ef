#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_11_5_icmp {

constexpr int kCopies = 5;
// Linux sends a host one ICMP error a second, and a few more at first (icmp(7), icmp_ratelimit);
// other checks cause some as well. On the loopback interface it sends all.
constexpr int kSlowCopies = 5;
constexpr auto kOneIcmpError = milliseconds(1100);

static Task<Judgement> run(Probe& probe) {
    co_await probe.need_data();
    const Allocated allocated = co_await probe.allocation();
    co_await confirm_relaying(probe, allocated);
    const TransportAddress closed = probe.closed_port();
    const auto data = probe.payload();
    const bool is_limited = closed.ip.address_class() != AddressClass::Loopback;
    const int count = kCopies + (is_limited ? kSlowCopies : 0);
    for (int i = 0; i < count; ++i) {
        allocated.client->send(turn::send_to(closed, data));
        const transport::Time until =
            probe.now() + (i < kCopies ? probe.silence() : transport::Duration(kOneIcmpError));
        while (const auto incoming = co_await allocated.client->next_incoming(until)) {
            if (incoming->kind != Incoming::Kind::Icmp) continue;
            if (!incoming->peer || incoming->peer->ip != closed.ip) {
                co_return violates("The Data indication does not name the peer.");
            }
            co_return meets("It told of ICMP type " + std::to_string(incoming->icmp.type) +
                            ", code " + std::to_string(incoming->icmp.code) + ".");
        }
    }
    co_return nothing_came("It told nothing of the closed port.");
}

}  // namespace in_rfc8656_11_5_icmp

extern const Check rfc8656_11_5_icmp;
const Check rfc8656_11_5_icmp{
    .id = "rfc8656/11.5/icmp",
    .title = "ICMP errors",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "An ICMP error about what was relayed reaches the client in a Data indication "
        "with the ICMP attribute.",
    .sends = "Send indications to a port of our own where nobody listens.",
    .conformant = "Sends a Data indication with ICMP type 3 (IPv6: 1) and the peer's address.",
    .run = in_rfc8656_11_5_icmp::run,
};

}  // namespace portolan::conformance
