#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_2_peer_missing {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await tcp_allocation(probe);
    Request request(Method::Connect);
    const Reply reply = co_await allocated.client->request(request);
    co_return judge_error(reply, 400);
}

}  // namespace in_rfc6062_5_2_peer_missing

extern const Check rfc6062_5_2_peer_missing;
const Check rfc6062_5_2_peer_missing{
    .id = "rfc6062/5.2/peer-missing",
    .title = "Connect to nobody",
    .level = Level::Must,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement = "Connect without XOR-PEER-ADDRESS is a bad request.",
    .sends = "A Connect request without XOR-PEER-ADDRESS.",
    .conformant = "Answers with error 400.",
    .run = in_rfc6062_5_2_peer_missing::run,
};

}  // namespace portolan::conformance
