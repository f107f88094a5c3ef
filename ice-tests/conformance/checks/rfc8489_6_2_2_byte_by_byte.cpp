#include "ice-tests/conformance/steps.hpp"
#include "ice-tests/turn/surroundings.hpp"

namespace portolan::conformance {
namespace in_rfc8489_6_2_2_byte_by_byte {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const stun::TransactionId id = client->new_id();
    const auto message = turn::binding().build(id);
    for (std::size_t i = 0; i + 1 < message.size(); ++i) {
        (void)client->wire().send(std::span(message).subspan(i, 1));
        co_await turn::Pause(probe.where(), milliseconds(3));
    }
    const std::vector<std::byte> last(message.end() - 1, message.end());
    co_return judge_success(co_await client->exchange(last, id));
}

}  // namespace in_rfc8489_6_2_2_byte_by_byte

extern const Check rfc8489_6_2_2_byte_by_byte;
const Check rfc8489_6_2_2_byte_by_byte{
    .id = "rfc8489/6.2.2/byte-by-byte",
    .title = "Message in pieces",
    .level = Level::Must,
    .transports = kStreams,
    .requirement =
        "A stream has no message boundaries: a message may arrive in any number of "
        "pieces.",
    .sends = "A Binding request, one octet at a time.",
    .conformant = "Answers with a success response.",
    .run = in_rfc8489_6_2_2_byte_by_byte::run,
};

}  // namespace portolan::conformance
