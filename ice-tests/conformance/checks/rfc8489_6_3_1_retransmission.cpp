#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_6_3_1_retransmission {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const stun::TransactionId id = client->new_id();
    const auto message = turn::binding().build(id);
    const Reply first = co_await client->exchange(message, id);
    const Reply second = co_await client->exchange(message, id);
    if (!first.is_success()) co_return undecided("The first copy got " + first.said() + ".");
    if (!second.is_success()) co_return judge_success(second);
    if (first.address(AttributeType::XorMappedAddress) !=
        second.address(AttributeType::XorMappedAddress)) {
        co_return violates("The two answers have different mapped addresses.");
    }
    co_return meets("Both copies got the same answer.");
}

}  // namespace in_rfc8489_6_3_1_retransmission

extern const Check rfc8489_6_3_1_retransmission;
const Check rfc8489_6_3_1_retransmission{
    .id = "rfc8489/6.3.1/retransmission",
    .title = "Retransmitted Binding",
    .level = Level::Must,
    .transports = kDatagrams,
    .requirement =
        "A retransmission is answered so that it does not matter which response arrives.",
    .sends = "The same Binding request twice, octet by octet.",
    .conformant = "Answers both with success and the same XOR-MAPPED-ADDRESS.",
    .run = in_rfc8489_6_3_1_retransmission::run,
};

}  // namespace portolan::conformance
