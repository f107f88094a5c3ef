#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8489_11_classic_stun {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.client();
    const stun::TransactionId id = client->new_id();
    auto message = turn::binding().raw(id).cookie(0x01020304).build();
    const auto response = co_await probe.response_to(*client, std::move(message), id);
    if (!response) co_return meets("It does not answer requests without the magic cookie.");
    const auto view = stun::MessageView::parse(*response);
    if (!view) co_return violates("The answer is malformed.");
    if (view->message_class() == MessageClass::ErrorResponse) {
        co_return meets("It refuses requests without the magic cookie with " + said(*response) +
                        ".");
    }
    const auto mapped = view->address(AttributeType::MappedAddress);
    if (!mapped) co_return violates("The answer has no MAPPED-ADDRESS.");
    co_return judge_mapped_address(*client, *mapped);
}

}  // namespace in_rfc8489_11_classic_stun

extern const Check rfc8489_11_classic_stun;
const Check rfc8489_11_classic_stun{
    .id = "rfc8489/11/classic-stun",
    .title = "Classic STUN",
    .level = Level::Information,
    .transports = kUdp,
    .requirement =
        "A stand-alone STUN server should answer the requests of RFC 3489, which have no "
        "magic cookie; a TURN server need not. If it does, MAPPED-ADDRESS is the client's"
        " address.",
    .sends = "A Binding request whose magic cookie is another number.",
    .conformant =
        "Either does not answer, or answers with a MAPPED-ADDRESS that is the client's "
        "own address and port.",
    .run = in_rfc8489_11_classic_stun::run,
};

}  // namespace portolan::conformance
