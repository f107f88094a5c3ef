#include "ice-tests/conformance/tcp_steps.hpp"

#include <utility>

#include "ice-tests/conformance/target.hpp"

namespace portolan::conformance {

Request tcp_request(const Probe& probe) {
    Request out = turn::allocate_tcp();
    const bool is_v6 = probe.target().endpoint.server.family() == AddressFamily::IPv6;
    if (is_v6 || probe.target().has_ipv6_relays_only) {
        out.family(AttributeType::RequestedAddressFamily, 2);
    }
    return out;
}

Task<Allocated> tcp_allocation(Probe& probe) {
    Allocated out;
    out.client = co_await probe.client();
    out.reply = co_await out.client->request(tcp_request(probe));
    const int code = out.reply.code();
    if (code == 442) co_await probe.end_with(not_applicable("It has no TCP allocations: 442."));
    if (code == 440) {
        co_await probe.end_with(not_applicable("It has no TCP relays of our address family: 440."));
    }
    const auto relayed = out.reply.address(AttributeType::XorRelayedAddress);
    if (!out.reply.is_success() || !relayed) {
        co_await probe.end_with(
            undecided("No TCP allocation to work with: " + out.reply.said() + "."));
    }
    out.relayed = *relayed;
    co_return out;
}

IpAddress own_address(const Probe& probe, Client& client) {
    if (probe.target().mapped_ip) return *probe.target().mapped_ip;
    return client.wire().local_address().value_or(TransportAddress{}).ip;
}

Task<Connected> connected(Probe& probe) {
    const Allocated allocated = co_await tcp_allocation(probe);
    turn::StreamPeer* peer = co_await probe.stream_peer();
    const Reply reply = co_await allocated.client->connect(peer->address());
    if (reply.code() == 403) {
        co_await probe.end_with(not_applicable("The server forbids " +
                                               peer->address().ip.to_string() +
                                               ", the only peer that this host has."));
    }
    const auto id = reply.u32(AttributeType::ConnectionId);
    if (!reply.is_success() || !id) {
        co_await probe.end_with(undecided("Connect got " + reply.said() +
                                          (reply.is_success() ? " without CONNECTION-ID." : ".")));
    }
    Connected out;
    out.control = allocated.client;
    out.relayed = allocated.relayed;
    out.id = *id;
    out.peer = co_await peer->accept(probe.now() + kPrompt);
    if (!out.peer) {
        co_await probe.end_with(undecided("Connect succeeded, and no connection came."));
    }
    co_return out;
}

Task<Connected> bound(Probe& probe) {
    Connected out = co_await connected(probe);
    out.data = co_await probe.client();
    const Reply reply = co_await out.data->bind_connection(out.id, *out.control);
    if (!reply.is_success()) {
        co_await probe.end_with(undecided("ConnectionBind got " + reply.said() + "."));
    }
    co_return out;
}

Task<bool> ends(Probe& probe, turn::PeerStream& stream) {
    const bool has_ended = co_await stream.ends_before(probe.now() + kPrompt);
    if (has_ended) co_return true;
    (void)stream.send(probe.payload());
    co_return co_await stream.ends_before(probe.now() + kPrompt);
}

Task<bool> ends(Probe& probe, Client& client) {
    const bool has_ended = co_await client.ends_before(probe.now() + kPrompt);
    if (has_ended) co_return true;
    (void)client.send_bytes(probe.payload());
    co_return co_await client.ends_before(probe.now() + kPrompt);
}

Task<Judgement> judge_unbound(Probe& probe, turn::PeerStream& peer) {
    const auto lasts = probe.target().lifetimes.unbound;
    const transport::Time begun = probe.now();
    const bool has_ended = co_await peer.ends_before(begun + lasts + lasts / 4 + seconds(2));
    const auto after =
        std::chrono::duration_cast<milliseconds>(probe.now() - begun + milliseconds(50));
    const std::string text = std::to_string(after.count() / 100 / 10) + '.' +
                             std::to_string(after.count() / 100 % 10) + " s";
    if (!has_ended) co_return violates("It was still there after " + text + ".");
    if (after < lasts - lasts / 10) co_return violates("It was closed after only " + text + ".");
    co_return meets("It was closed after " + text + ".");
}

}  // namespace portolan::conformance
