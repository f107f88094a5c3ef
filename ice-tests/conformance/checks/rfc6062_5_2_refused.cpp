#include <sys/socket.h>

#include <optional>
#include <utility>

#include "ice-tests/conformance/tcp_steps.hpp"
#include "probe/transport/socket.hpp"

namespace portolan::conformance {
namespace in_rfc6062_5_2_refused {

/// Bound, and nobody listens: nobody else gets the port meanwhile, neither a peer of another check
/// nor a relay.
static std::optional<transport::FileDescriptor> held_port(const IpAddress& ip) {
    auto opened = transport::open_socket(ip.family(), SOCK_STREAM, {});
    if (!opened) return std::nullopt;
    if (transport::bind_socket(opened->get(), {ip, 0}, transport::scope_id(ip, {})) != 0)
        return std::nullopt;
    return std::move(*opened);
}

static Task<Judgement> run(Probe& probe) {
    const Allocated allocated = co_await tcp_allocation(probe);
    turn::StreamPeer* peer = co_await probe.stream_peer();
    const auto held = held_port(peer->address().ip);
    const auto bound = held ? transport::bound_address(held->get()) : std::nullopt;
    if (!bound) co_return undecided("This host has no port left.");
    const TransportAddress closed = *bound;
    if (closed.family() != allocated.relayed.family()) co_return no_relay_of_our_family();
    probe.close_stream_peers();
    const Reply reply = co_await allocated.client->connect(closed);
    if (reply.code() == 403) {
        co_return not_applicable("The server forbids " + closed.ip.to_string() +
                                 ", the only peer that this host has.");
    }
    co_return judge_error(reply, 447);
}

}  // namespace in_rfc6062_5_2_refused

extern const Check rfc6062_5_2_refused;
const Check rfc6062_5_2_refused{
    .id = "rfc6062/5.2/refused",
    .title = "Peer that refuses",
    .level = Level::Must,
    .transports = kStreams,
    .needs = kCredentials,
    .requirement = "A connection that cannot be made is error 447.",
    .sends = "A Connect request to a port of ours where nobody listens.",
    .conformant = "Answers with error 447.",
    .run = in_rfc6062_5_2_refused::run,
};

}  // namespace portolan::conformance
