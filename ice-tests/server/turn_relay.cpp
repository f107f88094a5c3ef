#include <algorithm>
#include <cstring>

#include "ice-tests/server/turn_core.hpp"
#include "ice-tests/server/understood.hpp"
#include "probe/stun/framing.hpp"
#include "probe/stun/wire.hpp"

// The data of peers and clients (RFC 8656 s11 and s12.6): no memory is allocated here.
namespace portolan::server {
namespace {

using stun::AttributeType;
using F = ServerFault;
using M = mutants::Mutant;

constexpr AttributeType kUnderstood[] = {
    AttributeType::Username,
    AttributeType::MessageIntegrity,
    AttributeType::Realm,
    AttributeType::Nonce,
    AttributeType::MessageIntegritySha256,
    AttributeType::PasswordAlgorithm,
    AttributeType::Userhash,
    AttributeType::XorPeerAddress,
    AttributeType::Data,
    AttributeType::DontFragment,  // the last, for servers that do not
};

// What 16 bits of length leave for DATA beside an XOR-PEER-ADDRESS.
std::size_t max_data_bytes(AddressFamily family) {
    constexpr std::size_t kMaxLength = 0xFFFC;
    constexpr std::size_t kAttributeHeaderBytes = 4;
    return kMaxLength - (family == AddressFamily::IPv4 ? 12 : 24) - kAttributeHeaderBytes;
}

// RFC 8656 s11.5
bool is_relayed_icmp(AddressFamily family, std::uint8_t type) {
    if (family == AddressFamily::IPv4) return type == 3 || type == 11;
    return type >= 1 && type <= 3;
}

}  // namespace

void TurnCore::on_channel_data(transport::Time now, const FiveTuple& tuple, stun::Bytes bytes) {
    Allocation* allocation = allocations_.find(tuple);
    if (allocation == nullptr) return;
    if (allocation->next_tuple == tuple) allocations_.complete_move(*allocation);
    const auto channel_data = stun::ChannelData::parse(bytes, config_.max_channel);
    if (!channel_data) return on_overlong_channel_data(now, *allocation, bytes);
    if (channel_data->data.empty() && is(M::Rfc8656S12_6Empty)) return;
    const TransportAddress* peer = allocation->peer_of(now, channel_data->channel);
    if (peer == nullptr && is(M::Rfc8656S12_6Unbound) && !allocation->permitted_peers.empty()) {
        peer = &allocation->permitted_peers.back();
    }
    if (peer == nullptr) return;
    if (is(M::Rfc8656S12ChannelLifetime)) {
        (void)allocation->bind(now, channel_data->channel, TransportAddress(*peer),
                               now + config_.lifetimes.channel, config_.quotas.channel_count);
    }
    relay_to_peer(*allocation, *peer, channel_data->data, false);
}

void TurnCore::on_overlong_channel_data(transport::Time now, const Allocation& allocation,
                                        stun::Bytes bytes) {
    if (!is(M::Rfc8656S12_6Overlong) || bytes.size() < stun::kChannelHeaderBytes) return;
    constexpr std::size_t kMaxMadeBytes = 1400;
    const auto* peer = allocation.peer_of(now, stun::wire::load_u16(bytes.data()));
    if (peer == nullptr) return;
    const auto data = bytes.subspan(stun::kChannelHeaderBytes);
    std::vector<std::byte> made(data.begin(), data.end());
    made.resize(std::clamp<std::size_t>(stun::wire::load_u16(bytes.data() + 2), made.size(),
                                        std::max(made.size(), kMaxMadeBytes)));
    relay_to_peer(allocation, *peer, made, false);
}

void TurnCore::on_send(transport::Time now, const FiveTuple& tuple,
                       const stun::MessageView& message) {
    Allocation* allocation = allocations_.find(tuple);
    if (allocation == nullptr) return;
    if (allocation->next_tuple == tuple) allocations_.complete_move(*allocation);
    const std::span<const AttributeType> known(kUnderstood);
    if (!not_understood(message,
                        config_.can_set_dont_fragment ? known : known.first(known.size() - 1))
             .empty() &&
        !is(M::Rfc8656S11_2UnknownRequired)) {
        return;
    }
    auto peer = message.address(AttributeType::XorPeerAddress);
    if (is(M::Rfc8489S14FirstOccurrence)) {
        for (const stun::AttributeView attribute : message) {
            if (attribute.type != AttributeType::XorPeerAddress) continue;
            peer = stun::decode_address(attribute.type, attribute.value, message.transaction_id());
        }
    }
    const auto data = message.find(AttributeType::Data);
    if (!peer || (!data && !is(M::Rfc8656S11_2DataMissing)) || peer->port == 0) return;
    const bool is_open = has(F::TurnIgnoresPermissions) || is(M::Rfc8656S11_2NoPermission);
    if (!allocation->permits(now, peer->ip) && !is_open) return;
    if (data && data->value.empty() && is(M::Rfc8656S11_2EmptyData)) return;
    // Permissions are given to peers that the policy permits, and without one it must be asked.
    if (!config_.peers.permits(peer->ip)) return;
    if (is(M::Rfc8656S9PermissionLifetime)) {
        (void)allocation->permit(now, peer->ip, now + config_.lifetimes.permission,
                                 config_.quotas.permission_count);
    }
    relay_to_peer(*allocation, *peer, data ? data->value : stun::Bytes(),
                  message.has(AttributeType::DontFragment));
}

void TurnCore::relay_to_peer(const Allocation& allocation, const TransportAddress& peer,
                             stun::Bytes data, bool dont_fragment) {
    const Relay* relay = allocation.relay(peer.family());
    if (relay == nullptr || relay->kind != RelayKind::Udp) return;
    ++counts_.to_peers_count;
    counts_.to_peers_bytes += data.size();
    output_.send_to_peer(relay->id, peer, data, dont_fragment);
}

void TurnCore::on_peer(transport::Time now, RelayId relay_id, const TransportAddress& peer,
                       stun::Bytes data) {
    expire(now);
    const Relay* relay = allocations_.find_relay(relay_id);
    if (relay == nullptr || relay->owner == nullptr) return;
    const Allocation& allocation = *relay->owner;
    if (!may_come(now, allocation, peer)) return;
    if (data.size() > max_data_bytes(peer.family()) || has(F::TurnDropsData)) return;
    ++counts_.from_peers_count;
    counts_.from_peers_bytes += data.size();
    if (has(F::TurnTruncatesData)) data = data.first(data.size() / 2);
    if (has(F::TurnManglesData) && !data.empty()) {
        mangled_.assign(data.begin(), data.end());
        mangled_.back() ^= std::byte{0xFF};
        data = mangled_;
    }
    deliver(now, allocation, peer, data);
    if (has(F::TurnDuplicatesData)) deliver(now, allocation, peer, data);
}

bool TurnCore::may_come(transport::Time now, const Allocation& allocation,
                        const TransportAddress& peer) const {
    if (has(F::TurnIgnoresPermissions) || is(M::Rfc8656S11_3NoPermission)) return true;
    const auto& peers = allocation.permitted_peers;
    if (is(M::Rfc8656S9AddressOnly) && std::ranges::find(peers, peer) == peers.end()) return false;
    return allocation.permits(now, peer.ip);
}

void TurnCore::deliver(transport::Time now, const Allocation& allocation,
                       const TransportAddress& peer, stun::Bytes data) {
    auto channel = allocation.channel_to(now, peer);
    if (!channel || has(F::TurnIgnoresChannels) || is(M::Rfc8656S12_7ChannelData)) {
        auto writer = begin_data_indication(peer);
        writer.add_bytes(AttributeType::Data, data);
        return output_.send_data(allocation.tuple, writer.bytes());
    }
    if (has(F::TurnWrongChannel)) *channel ^= 1U;
    const bool is_padded = is_stream(allocation.tuple.transport) && !has(F::TurnNoStreamPadding);
    const stun::Bytes written = stun::write_channel_data(
        buffer_, *channel, data,
        is_padded ? stun::ChannelPadding::Stream : stun::ChannelPadding::Datagram);
    if (is_padded && is(M::Rfc8656S12_5StreamPadding)) {
        for (std::size_t i = stun::kChannelHeaderBytes + data.size(); i < written.size(); ++i)
            buffer_[i] = std::byte{0x02};
    }
    output_.send_data(allocation.tuple, written);
}

stun::MessageWriter TurnCore::begin_indication(stun::Method method) {
    std::array<std::byte, 12> id{};
    const std::uint64_t words[] = {random_(), random_()};
    std::memcpy(id.data(), words, id.size());
    return {buffer_, stun::MessageClass::Indication, method, stun::TransactionId::with_cookie(id)};
}

stun::MessageWriter TurnCore::begin_data_indication(const TransportAddress& peer) {
    auto writer = begin_indication(stun::Method::Data);
    TransportAddress stated = peer;
    if (has(F::TurnWrongPeerAddress) || is(M::Rfc8656S11_3DataIndication)) stated.port ^= 1U;
    writer.add_address(AttributeType::XorPeerAddress, stated);
    return writer;
}

void TurnCore::on_icmp(transport::Time now, RelayId relay_id, const TransportAddress& peer,
                       const stun::IcmpValue& icmp) {
    expire(now);
    const Relay* relay = allocations_.find_relay(relay_id);
    if (relay == nullptr || relay->owner == nullptr || is(M::Rfc8656S11_5Icmp)) return;
    const Allocation& allocation = *relay->owner;
    if (!is_relayed_icmp(peer.family(), icmp.type) || !allocation.permits(now, peer.ip)) return;
    auto writer = begin_data_indication(peer);
    if (stun::encode_value(writer, AttributeType::Icmp, icmp)) {
        output_.send_data(allocation.tuple, writer.bytes());
    }
}

}  // namespace portolan::server
