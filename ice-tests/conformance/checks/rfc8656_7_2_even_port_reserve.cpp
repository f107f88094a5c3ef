#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_even_port_reserve {

// A request that was sent again, because its response was lost, is answered once more, and coturn
// 4.6.1 leaves the token out then. What this check is about shows in a first answer alone.
constexpr int kTries = 5;

static Task<Reply> answered_at_once(Probe& probe, Request request) {
    Reply out;
    for (int i = 0; i < kTries; ++i) {
        Client* client = co_await probe.client();
        out = co_await client->request(request);
        if (out.copy_count <= 1) break;
    }
    co_return out;
}

static Task<Judgement> run(Probe& probe) {
    Request first = probe.allocate();
    first.even_port(true);
    const Reply reply = co_await answered_at_once(probe, first);
    if (reply.copy_count > 1) {
        co_return undecided("On " + std::to_string(kTries) +
                            " ports the request had to be sent more than once.");
    }
    if (reply.code() == 508) co_return undecided("There is no capacity: " + reply.said() + ".");
    if (!reply.is_success()) co_return judge_success(reply);
    const auto relayed = reply.address(AttributeType::XorRelayedAddress);
    const auto token = reply.view().u64(AttributeType::ReservationToken);
    if (!relayed) co_return undecided("The response has no XOR-RELAYED-ADDRESS.");
    if (relayed->port % 2 != 0) {
        co_return violates("It gave the odd port " + std::to_string(relayed->port) + ".");
    }
    if (!token) co_return violates("The response has no RESERVATION-TOKEN of eight octets.");
    Request second = turn::allocate();
    second.u64(AttributeType::ReservationToken, *token);
    Client* other = co_await probe.client();
    const Reply next = co_await other->request(second);
    if (!next.is_success()) co_return violates("The token got " + next.said() + ".");
    const auto reserved = next.address(AttributeType::XorRelayedAddress);
    if (!reserved || reserved->port != relayed->port + 1) {
        co_return violates("After port " + std::to_string(relayed->port) + " the token got " +
                           (reserved ? reserved->to_string() : "no address") + ".");
    }
    co_return meets("Port " + std::to_string(relayed->port) + ", and the token got the next.");
}

}  // namespace in_rfc8656_7_2_even_port_reserve

extern const Check rfc8656_7_2_even_port_reserve;
const Check rfc8656_7_2_even_port_reserve{
    .id = "rfc8656/7.2/even-port-reserve",
    .title = "Reservation of the next port",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A request with EVEN-PORT and the R bit gets an even port N and a token; the "
        "token gets port N+1 from any 5-tuple.",
    .sends =
        "An Allocate request with EVEN-PORT, R bit 1, and one with the token from another"
        " port.",
    .conformant = "Answers with an even port and a token of eight octets, then with the next port.",
    .run = in_rfc8656_7_2_even_port_reserve::run,
};

}  // namespace portolan::conformance
