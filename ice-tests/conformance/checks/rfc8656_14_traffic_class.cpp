#include <array>

#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {
namespace in_rfc8656_14_traffic_class {

// RFC 2474 s3: the upper six bits; RFC 3168 s5: the lower two.
constexpr unsigned kEcnMask = 3;
constexpr unsigned kNotEct = 0, kEct0 = 2, kCe = 3;
// RFC 3246 s2.7: what voice has.
constexpr unsigned kExpedited = 46;
// The last tells whether equal packets are marked alike.
constexpr std::array<unsigned, 4> kSent = {0, kExpedited << 2, kExpedited << 2 | kEct0,
                                           kExpedited << 2};

static std::string text(unsigned traffic_class) {
    constexpr const char* kEcn[] = {"Not-ECT", "ECT(1)", "ECT(0)", "CE"};
    return "DSCP " + std::to_string(traffic_class >> 2) + " and " + kEcn[traffic_class & kEcnMask];
}

/// Preferred: as it came, or CE from a queue. Alternate: Not-ECT.
static bool is_ecn_kept(unsigned sent, unsigned arrived) {
    const unsigned before = sent & kEcnMask;
    const unsigned after = arrived & kEcnMask;
    return after == before || after == kNotEct || (before == kEct0 && after == kCe);
}

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    const TransportAddress peer = probe.peer().address();
    co_await probe.permit(*allocated.client, peer);
    std::array<unsigned, kSent.size()> arrived{};
    for (std::size_t i = 0; i < kSent.size(); ++i) {
        if (!allocated.client->wire().set_traffic_class(static_cast<std::uint8_t>(kSent[i]))) {
            co_return undecided("This system does not let a program set DSCP and ECN.");
        }
        const auto payload = probe.payload();
        const auto heard = co_await probe.heard_by(
            probe.peer(), [&] { allocated.client->send(turn::send_to(peer, payload)); }, payload);
        if (!heard && i == 0) co_return undecided("Nothing was relayed to a permitted peer.");
        if (!heard) {
            co_return nothing_came("Sent with " + text(kSent[i]) + ", it did not reach the peer.");
        }
        if (!heard->traffic_class) {
            co_return undecided("This system does not say with which DSCP and ECN packets come.");
        }
        arrived[i] = *heard->traffic_class;
        if (!is_ecn_kept(kSent[i], arrived[i])) {
            co_return violates("Sent with " + text(kSent[i]) + ", it arrived with " +
                               text(arrived[i]) + ".");
        }
    }
    const auto dscp = [&](std::size_t i) { return arrived[i] >> 2; };
    const std::string seen = "Sent with " + text(kSent[0]) + ", it arrived with " +
                             text(arrived[0]) + "; with " + text(kSent[2]) + ", with " +
                             text(arrived[2]) + '.';
    const bool is_copied = dscp(0) == 0 && dscp(1) == kExpedited && dscp(3) == kExpedited;
    const bool is_fixed = dscp(0) == dscp(1) && dscp(1) == dscp(3);
    if (is_copied || is_fixed) co_return meets(seen);
    // Whoever marks packets on the way may set any DSCP, and on one host nobody does.
    const bool is_one_host = probe.target().endpoint.server.ip == peer.ip;
    co_return is_one_host ? violates(seen) : undecided(seen);
}

}  // namespace in_rfc8656_14_traffic_class

extern const Check rfc8656_14_traffic_class;
const Check rfc8656_14_traffic_class{
    .id = "rfc8656/14/traffic-class",
    .title = "DSCP and ECN",
    .level = Level::Should,
    .transports = kUdp,
    .needs = kCredentials,
    .requirement =
        "From UDP to UDP a server copies DSCP and ECN, or sets DSCP to a fixed value and ECN to "
        "Not-ECT: packets that cannot tell of congestion must not claim that they can.",
    .sends = "Send indications without DSCP, as voice (46), and as voice with ECT(0).",
    .conformant = "Relays them with the same DSCP and ECN, or with one DSCP and Not-ECT.",
    .run = in_rfc8656_14_traffic_class::run,
};

}  // namespace portolan::conformance
