#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_even_port {

static Task<Judgement> run(Probe& probe) {
    Request request = probe.allocate();
    request.even_port(false);
    for (int i = 0; i < 4; ++i) {
        Client* client = co_await probe.client();
        const Reply reply = co_await client->request(request);
        if (reply.code() == 508) co_return undecided("There is no capacity: " + reply.said() + ".");
        if (!reply.is_success()) co_return judge_success(reply);
        const auto relayed = reply.address(AttributeType::XorRelayedAddress);
        if (!relayed) co_return undecided("The response has no XOR-RELAYED-ADDRESS.");
        if (relayed->port % 2 != 0) {
            co_return violates("It gave the odd port " + std::to_string(relayed->port) + ".");
        }
        if (reply.has(AttributeType::ReservationToken)) {
            co_return violates("It reserved a port that nobody asked for.");
        }
    }
    co_return meets("Four ports were even, without a reservation.");
}

}  // namespace in_rfc8656_7_2_even_port

extern const Check rfc8656_7_2_even_port;
const Check rfc8656_7_2_even_port{
    .id = "rfc8656/7.2/even-port",
    .title = "EVEN-PORT",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A request with EVEN-PORT gets an even port; without the R bit it gets no "
        "reservation.",
    .sends = "Four Allocate requests with EVEN-PORT, R bit 0.",
    .conformant = "Answers with even ports and without RESERVATION-TOKEN, or with error 508.",
    .run = in_rfc8656_7_2_even_port::run,
};

}  // namespace portolan::conformance
