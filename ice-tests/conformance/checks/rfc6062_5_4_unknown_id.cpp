#include "ice-tests/conformance/tcp_steps.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_4_unknown_id {

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await tcp_allocation(probe);
    Client* client = co_await probe.client();
    const auto id = static_cast<std::uint32_t>(probe.random());
    const Reply reply = co_await client->bind_connection(id, *allocated.client);
    co_return judge_error(reply, 400);
}

}  // namespace in_rfc6062_5_4_unknown_id

extern const Check rfc6062_5_4_unknown_id;
const Check rfc6062_5_4_unknown_id{
    .id = "rfc6062/5.4/unknown-id",
    .title = "Unknown CONNECTION-ID",
    .level = Level::Must,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement = "A CONNECTION-ID that names no pending connection is a bad request.",
    .sends = "A ConnectionBind request with an invented CONNECTION-ID, on a new connection.",
    .conformant = "Answers with error 400.",
    .run = in_rfc6062_5_4_unknown_id::run,
};

}  // namespace portolan::conformance
