#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_6_3_first_bits {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    std::vector<Unwanted> messages;
    for (const int first : {0xC0, 0x80}) {
        const stun::TransactionId id = client->new_id();
        messages.push_back({turn::binding().raw(id).overwrite(0, std::byte(first)).build(), id});
    }
    co_return judge_silence(co_await probe.response_to_any(*client, messages));
}

}  // namespace in_rfc8489_6_3_first_bits

extern const Check rfc8489_6_3_first_bits;
const Check rfc8489_6_3_first_bits{
    .id = "rfc8489/6.3/first-bits",
    .title = "First two bits",
    .level = Level::Should,
    .transports = kDatagrams,
    .requirement =
        "The first two bits of a STUN message are zero; what has others is none, and gets"
        " no STUN response.",
    .sends =
        "A Binding request with the first octet changed to 0xC0 and to 0x80, one after "
        "the other.",
    .conformant = "Does not answer.",
    .run = in_rfc8489_6_3_first_bits::run,
};

}  // namespace portolan::conformance
