#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc7983_7_first_byte {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    std::vector<Unwanted> messages;
    for (const int first : {0x04, 0x50, 0x7F, 0xC0, 0xFF}) {
        const stun::TransactionId id = client->new_id();
        std::vector<std::byte> message = {std::byte(first)};
        const auto request = turn::binding().build(id);
        message.insert(message.end(), request.begin(), request.end());
        messages.push_back({message, id});
    }
    co_return judge_silence(co_await probe.response_to_any(*client, messages));
}

}  // namespace in_rfc7983_7_first_byte

extern const Check rfc7983_7_first_byte;
const Check rfc7983_7_first_byte{
    .id = "rfc7983/7/first-byte",
    .title = "Telling protocols apart",
    .level = Level::Should,
    .transports = kDatagrams,
    .requirement =
        "The first octet tells protocols apart: 0 to 3 is STUN, 64 to 79 a TURN channel; "
        "what belongs to no protocol of the server is dropped.",
    .sends = "A Binding request behind one octet of 4, 0x50, 0x7F, 0xC0 and 0xFF.",
    .conformant = "Does not answer.",
    .run = in_rfc7983_7_first_byte::run,
};

}  // namespace portolan::conformance
