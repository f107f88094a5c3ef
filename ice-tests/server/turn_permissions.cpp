#include <vector>

#include "ice-tests/server/turn_core.hpp"
#include "ice-tests/server/turn_request.hpp"
#include "probe/stun/framing.hpp"

// CreatePermission (RFC 8656 s10.2) and ChannelBind (s12.2).
namespace portolan::server {
namespace {

using stun::AttributeType;
using F = ServerFault;
using M = mutants::Mutant;

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
    if (has(F::TurnForbidsPeers) || is(M::SecurityPeerNobody)) return 403;
    if (!config_.peers.permits(peer.ip)) return 403;
    return std::nullopt;
}

void TurnCore::create_permission(const Request& request, Allocation& allocation) {
    auto peers = peers_of(request.message);
    if (peers && peers->empty() && is(M::Rfc8656S10_2PeerMissing)) return succeed(request);
    if (!peers || peers->empty()) return refuse(request, 400);
    for (const TransportAddress& peer : *peers) {
        const auto code = check_peer(allocation, peer);
        if (code == 443 && is(M::Rfc8656S10_2FamilyMismatch)) return succeed(request);
        if (code) return refuse(request, *code);
        if (is(M::Rfc8656S10_2AllOrNothing)) {
            (void)allocation.permit(request.now, peer.ip,
                                    request.now + config_.lifetimes.permission,
                                    config_.quotas.permission_count);
        }
    }
    if (is(M::Rfc8656S10_2TwoPeers)) peers->resize(1);
    if (has(F::TurnForgetsPermissions)) return succeed(request);
    for (const TransportAddress& peer : *peers) {
        if (!allocation.permit(request.now, peer.ip, request.now + config_.lifetimes.permission,
                               config_.quotas.permission_count)) {
            return refuse(request, 508);
        }
        remember(allocation, peer);
    }
    succeed(request);
}

void TurnCore::remember(Allocation& allocation, const TransportAddress& peer) const {
    if (is(M::Rfc8656S9AddressOnly) || is(M::Rfc8656S12_6Unbound)) {
        allocation.permitted_peers.push_back(peer);
    }
}

void TurnCore::bind_channel(const Request& request, Allocation& allocation) {
    const auto channel = request.message.u16(AttributeType::ChannelNumber);
    const auto peer = request.message.address(AttributeType::XorPeerAddress);
    const bool is_taken_as_done =
        (!request.message.has(AttributeType::ChannelNumber) && is(M::Rfc8656S12_2NumberMissing)) ||
        (!request.message.has(AttributeType::XorPeerAddress) && is(M::Rfc8656S12_2PeerMissing));
    if (is_taken_as_done) return succeed(request);
    // RFC 6062 s3: no data goes over a control connection.
    if (allocation.is_tcp()) return refuse(request, 400);
    // Nothing can be sent to port 0, so no peer has it.
    if (!channel || !stun::is_channel_number(*channel, config_.max_channel) || !peer ||
        peer->port == 0) {
        return refuse(request, 400);
    }
    const TransportAddress* bound = allocation.peer_of(request.now, *channel);
    const auto other = allocation.channel_to(request.now, *peer);
    const bool is_number_taken = bound != nullptr && *bound != *peer;
    const bool is_peer_taken = other && *other != *channel;
    if ((is_number_taken && !is(M::Rfc8656S12_2NumberTaken)) ||
        (is_peer_taken && !is(M::Rfc8656S12_2PeerTaken)) ||
        (bound != nullptr && !is_number_taken && is(M::Rfc8656S12_2Rebind))) {
        return refuse(request, 400);
    }
    if (const auto code = check_peer(allocation, *peer)) {
        return refuse(request, code == 443 && is(M::Rfc8656S12_2FamilyMismatch) ? 400 : *code);
    }
    if (is_number_taken) allocation.unbind(*channel);
    if (is_peer_taken) allocation.unbind(*other);
    if (has(F::TurnRefusesChannels)) return refuse(request, 508);
    const TurnLifetimes& lifetimes = config_.lifetimes;
    const bool is_done =
        (is(M::Rfc8656S12_2Permission) ||
         allocation.permit(request.now, peer->ip, request.now + lifetimes.permission,
                           config_.quotas.permission_count)) &&
        allocation.bind(request.now, *channel, *peer, request.now + lifetimes.channel,
                        config_.quotas.channel_count);
    if (!is_done) return refuse(request, 508);
    remember(allocation, *peer);
    succeed(request);
}

}  // namespace portolan::server
