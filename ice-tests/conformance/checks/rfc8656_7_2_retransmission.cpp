#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_retransmission {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    const stun::TransactionId id = client->new_id();
    const auto message = client->signature().build(probe.allocate(), id);
    const Reply first = co_await client->exchange(message, id);
    if (!first.is_success()) co_return undecided("The first copy got " + first.said() + ".");
    const Reply second = co_await client->exchange(message, id);
    if (!second.is_success()) co_return judge_success(second);
    if (first.address(AttributeType::XorRelayedAddress) !=
        second.address(AttributeType::XorRelayedAddress)) {
        co_return violates("The two responses have different relayed addresses.");
    }
    co_return meets("Both copies got the same relayed address.");
}

}  // namespace in_rfc8656_7_2_retransmission

extern const Check rfc8656_7_2_retransmission;
const Check rfc8656_7_2_retransmission{
    .id = "rfc8656/7.2/retransmission",
    .title = "Retransmitted Allocate",
    .level = Level::Must,
    .transports = kDatagrams,
    .needs = kCredentials,
    .document = "RFC 8489",
    .section = "6.3.1",
    .requirement =
        "A retransmitted request leaves client and server in the same state whichever "
        "response arrives: one allocation, and success both times.",
    .sends = "The same Allocate request twice, octet by octet.",
    .conformant = "Answers both with success and the same relayed address.",
    .run = in_rfc8656_7_2_retransmission::run,
};

}  // namespace portolan::conformance
