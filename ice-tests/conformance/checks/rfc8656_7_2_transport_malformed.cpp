#include <array>

#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_transport_malformed {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    Request request(Method::Allocate);
    request.bytes(AttributeType::RequestedTransport, std::array{std::byte{turn::kUdpProtocol}});
    co_return judge_error(co_await client->request(request), 400);
}

}  // namespace in_rfc8656_7_2_transport_malformed

extern const Check rfc8656_7_2_transport_malformed;
const Check rfc8656_7_2_transport_malformed{
    .id = "rfc8656/7.2/transport-malformed",
    .title = "Malformed REQUESTED-TRANSPORT",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "An Allocate request whose REQUESTED-TRANSPORT is malformed is refused with error"
        " 400.",
    .sends = "An Allocate request whose REQUESTED-TRANSPORT has one octet instead of four.",
    .conformant = "Answers with error 400.",
    .run = in_rfc8656_7_2_transport_malformed::run,
};

}  // namespace portolan::conformance
