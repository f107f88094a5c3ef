#include "ice-tests/conformance/steps.hpp"

namespace portolan::conformance {
namespace in_rfc8656_10_2_peer_missing {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await probe.allocation();
    co_return judge_error(co_await allocated.client->request(Request(Method::CreatePermission)),
                          400);
}

}  // namespace in_rfc8656_10_2_peer_missing

extern const Check rfc8656_10_2_peer_missing;
const Check rfc8656_10_2_peer_missing{
    .id = "rfc8656/10.2/peer-missing",
    .title = "CreatePermission without a peer",
    .level = Level::Must,
    .needs = kCredentials,
    .requirement = "A CreatePermission request without XOR-PEER-ADDRESS is refused with error 400.",
    .sends = "A CreatePermission request without XOR-PEER-ADDRESS.",
    .conformant = "Answers with error 400.",
    .run = in_rfc8656_10_2_peer_missing::run,
};

}  // namespace portolan::conformance
