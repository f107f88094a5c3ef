#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_7_2_dont_fragment {

static Task<Judgement> run(Probe& probe) {
    Client* client = co_await probe.challenged_client();
    Request request = probe.allocate();
    request.flag(AttributeType::DontFragment);
    const Reply reply = co_await client->request(request);
    if (reply.code() == 420) co_return judge_unknown_attribute(reply, 0x001A);
    co_return judge_success(reply);
}

}  // namespace in_rfc8656_7_2_dont_fragment

extern const Check rfc8656_7_2_dont_fragment;
const Check rfc8656_7_2_dont_fragment{
    .id = "rfc8656/7.2/dont-fragment",
    .title = "DONT-FRAGMENT",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement =
        "A server that cannot set the DF bit treats DONT-FRAGMENT as an unknown required "
        "attribute: error 420 that lists it. Any other grants the request.",
    .sends = "An Allocate request with DONT-FRAGMENT.",
    .conformant = "Answers with success, or with error 420 and UNKNOWN-ATTRIBUTES 0x001A.",
    .run = in_rfc8656_7_2_dont_fragment::run,
};

}  // namespace portolan::conformance
