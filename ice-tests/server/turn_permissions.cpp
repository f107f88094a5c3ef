#include <vector>

#include "ice-tests/server/turn_core.hpp"
#include "ice-tests/server/turn_request.hpp"
#include "probe/stun/framing.hpp"

// CreatePermission (RFC 8656 s10.2) and ChannelBind (s12.2).
namespace portolan::server {
namespace {

using stun::AttributeType;
using F = ServerFault;

// Every XOR-PEER-ADDRESS that the integrity covers; nothing when one of them is malformed.
std::optional<std::vector<TransportAddress>> peers_of(const stun::MessageView& message) {
    std::vector<TransportAddress> out;
    for (const stun::AttributeView attribute : message) {
        if (attribute.type == AttributeType::MessageIntegrity ||
            attribute.type == AttributeType::MessageIntegritySha256) {
            break;
        }
        if (attribute.type != AttributeType::XorPeerAddress) continue;
        const auto peer =
            stun::decode_address(attribute.type, attribute.value, message.transaction_id());
        if (!peer) return std::nullopt;
        out.push_back(*peer);
    }
    return out;
}

}  // namespace

std::optional<int> TurnCore::check_peer(const Allocation& allocation,
                                        const TransportAddress& peer) const {
    if (allocation.relay(peer.family()) == nullptr) return 443;
    if (has(F::TurnForbidsPeers) || !config_.peers.permits(peer.ip)) return 403;
    return std::nullopt;
}

void TurnCore::create_permission(const Request& request, Allocation& allocation) {
    const auto peers = peers_of(request.message);
    if (!peers || peers->empty()) return refuse(request, 400);
    for (const TransportAddress& peer : *peers) {
        if (const auto code = check_peer(allocation, peer)) return refuse(request, *code);
    }
    if (has(F::TurnForgetsPermissions)) return succeed(request);
    for (const TransportAddress& peer : *peers) {
        if (!allocation.permit(request.now, peer.ip, request.now + config_.lifetimes.permission,
                               config_.quotas.permission_count)) {
            return refuse(request, 508);
        }
    }
    succeed(request);
}

void TurnCore::bind_channel(const Request& request, Allocation& allocation) {
    const auto channel = request.message.u16(AttributeType::ChannelNumber);
    const auto peer = request.message.address(AttributeType::XorPeerAddress);
    // Nothing can be sent to port 0, so no peer has it.
    if (!channel || !stun::is_channel_number(*channel, config_.max_channel) || !peer ||
        peer->port == 0) {
        return refuse(request, 400);
    }
    const TransportAddress* bound = allocation.peer_of(request.now, *channel);
    const auto other = allocation.channel_to(request.now, *peer);
    if ((bound != nullptr && *bound != *peer) || (other && *other != *channel)) {
        return refuse(request, 400);
    }
    if (const auto code = check_peer(allocation, *peer)) return refuse(request, *code);
    if (has(F::TurnRefusesChannels)) return refuse(request, 508);
    const TurnLifetimes& lifetimes = config_.lifetimes;
    const bool is_done =
        allocation.permit(request.now, peer->ip, request.now + lifetimes.permission,
                          config_.quotas.permission_count) &&
        allocation.bind(request.now, *channel, *peer, request.now + lifetimes.channel,
                        config_.quotas.channel_count);
    return is_done ? succeed(request) : refuse(request, 508);
}

}  // namespace portolan::server
