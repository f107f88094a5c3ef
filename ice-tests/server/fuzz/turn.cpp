#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "ice-tests/server/turn_core.hpp"

// A script of packets against one TURN core. Each is led by four octets: who sends (a client over
// UDP or TCP, or a peer at a relay), the seconds that pass before it, and its length. Accepting
// wrong credentials lets hostile bytes past the integrity check that no fuzzer gets through.
// However it goes: no more relays than the quota, data only for clients that have an allocation,
// and everything gone in the end.
namespace {

using namespace portolan;
using namespace portolan::server;

constexpr std::size_t kMaxAllocations = 4;

class Output final : public TurnOutput {
  public:
    RelayOpening open_relay(RelayId id, const TransportAddress& address, RelayKind) override {
        if (open.size() >= 4 * kMaxAllocations) std::abort();
        open[id] = address;
        return address.port % 7 == 0 ? (open.erase(id), RelayOpening::PortTaken)
                                     : RelayOpening::Open;
    }
    void close_relay(RelayId id) override {
        if (open.erase(id) != 1) std::abort();
    }
    void send_response(const FiveTuple&, stun::Bytes message) override {
        if (!stun::MessageView::parse(message)) std::abort();
    }
    void send_data(const FiveTuple& to, stun::Bytes message) override {
        if (message.empty() || !core->has_allocation(to)) std::abort();
    }
    void send_to_peer(RelayId from, const TransportAddress& peer, stun::Bytes, bool) override {
        if (!open.contains(from) || peer.port == 0) std::abort();
    }

    void connect_peer(ConnectionId id, RelayId from, const TransportAddress& peer,
                      std::chrono::seconds) override {
        if (!open.contains(from) || peer.port == 0 || !connections.insert(id).second) std::abort();
        connecting.push_back(id);
    }
    void bind_connection(ConnectionId id, const FiveTuple& client) override {
        if (!connections.contains(id) || core->has_allocation(client)) std::abort();
    }
    void close_connection(ConnectionId id) override {
        if (connections.erase(id) != 1) std::abort();
    }

    const TurnCore* core = nullptr;
    std::set<ConnectionId> connections;
    std::vector<ConnectionId> connecting;
    std::map<RelayId, TransportAddress> open;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto layout = Layout::make({IpAddress::v4({192, 0, 2, 1})}, 3478, std::nullopt);
    if (!layout) std::abort();
    TurnCoreConfig config;
    config.binding.layout = std::move(*layout);
    config.binding.faults = {ServerFault::TurnAcceptsWrongCredentials};
    config.relays = {.ips = {IpAddress::v4({198, 51, 100, 1}), *IpAddress::parse("2001:db8::1")},
                     .port_min = 50000,
                     .port_max = 50063};
    config.quotas = {.allocation_count = kMaxAllocations,
                     .user_allocation_count = 3,
                     .permission_count = 3,
                     .channel_count = 3,
                     .connection_count = 3};
    transport::Random random(1);
    auto auth =
        TurnAuth::make({.realm = "example.org", .users = {}, .shared_secret = {}, .unix_time = {}},
                       config.lifetimes, config.binding.faults, random);
    if (!auth) std::abort();
    Output output;
    {
        TurnCore core(std::move(config), std::move(*auth), random, output);
        output.core = &core;
        transport::Time now{0};
        auto input = std::as_bytes(std::span(data, size));
        while (input.size() >= 4) {
            const auto octet = [&](std::size_t i) { return std::to_integer<unsigned>(input[i]); };
            const unsigned who = octet(0);
            now += std::chrono::seconds(octet(1));
            const std::size_t wanted = octet(2) << 8 | octet(3);
            input = input.subspan(4);
            const auto packet = input.first(std::min(wanted, input.size()));
            input = input.subspan(packet.size());
            const auto port = static_cast<std::uint16_t>(40000 + (who >> 2 & 7));
            const TransportAddress sender{IpAddress::v4({203, 0, 113, 5}), port};
            const FiveTuple tuple{.transport = (who & 1) != 0 ? Arrival::Tcp : Arrival::Udp,
                                  .client = sender,
                                  .server = {IpAddress::v4({192, 0, 2, 1}), 3478}};
            if ((who & 2) == 0) {
                core.on_client(now, tuple, packet);
            } else if (!output.connecting.empty()) {
                const ConnectionId id = output.connecting.back();
                output.connecting.pop_back();
                core.on_connect(now, id, (who & 1) == 0);
            } else if (!output.open.empty() && (who & 128) != 0) {
                const auto id = core.on_peer_connection(now, output.open.begin()->first, sender);
                if (id) output.connections.insert(*id);
            } else if (!output.connections.empty() && (who & 64) != 0) {
                core.on_connection_end(now, *output.connections.begin());
            } else if (!output.open.empty()) {
                core.on_peer(now, output.open.begin()->first, sender, packet);
            } else {
                core.on_client_gone(tuple);
            }
            if (core.allocations().count() > kMaxAllocations) std::abort();
        }
        core.expire(now + std::chrono::hours(2));
        if (core.allocations().count() != 0 || !output.open.empty() ||
            !output.connections.empty()) {
            std::abort();
        }
    }
    return 0;
}
