#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/turn/surroundings.hpp"

namespace portolan::conformance {
namespace in_rfc8489_6_2_2_stays_open {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const Reply first = co_await client->exchange(turn::binding());
    if (!first.is_success()) co_return undecided("The first request got " + first.said() + ".");
    co_await turn::Pause(probe.where(), milliseconds(300));
    const Reply second = co_await client->exchange(turn::binding());
    if (second.is_success()) co_return meets("Both were answered on one connection.");
    co_return violates("After the first answer: " + second.said() + ".");
}

}  // namespace in_rfc8489_6_2_2_stays_open

extern const Check rfc8489_6_2_2_stays_open;
const Check rfc8489_6_2_2_stays_open{
    .id = "rfc8489/6.2.2/stays-open",
    .title = "Connection stays open",
    .level = Level::Should,
    .transports = kStreams,
    .requirement =
        "The server keeps a connection open, so that the client can send more on it, and "
        "lets the client close it.",
    .sends =
        "A Binding request, and 300 ms after the answer another one on the same "
        "connection.",
    .conformant = "Answers both.",
    .run = in_rfc8489_6_2_2_stays_open::run,
};

}  // namespace portolan::conformance
