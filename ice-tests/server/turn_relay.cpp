#include <algorithm>
#include <cstring>

#include "ice-tests/server/turn_core.hpp"
#include "ice-tests/server/understood.hpp"
#include "probe/stun/framing.hpp"

// The data of peers and clients (RFC 8656 s11 and s12.6): no memory is allocated here.
namespace portolan::server {
namespace {

using stun::AttributeType;
using F = ServerFault;

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
    const Allocation* allocation = allocations_.find(tuple);
    if (allocation == nullptr) return;
    const auto channel_data = stun::ChannelData::parse(bytes, config_.max_channel);
    if (!channel_data) return;
    const TransportAddress* peer = allocation->peer_of(now, channel_data->channel);
    if (peer != nullptr) relay_to_peer(*allocation, *peer, channel_data->data, false);
}

void TurnCore::on_send(transport::Time now, const FiveTuple& tuple,
                       const stun::MessageView& message) {
    const Allocation* allocation = allocations_.find(tuple);
    if (allocation == nullptr) return;
    const std::span<const AttributeType> known(kUnderstood);
    if (!not_understood(message,
                        config_.can_set_dont_fragment ? known : known.first(known.size() - 1))
             .empty()) {
        return;
    }
    const auto peer = message.address(AttributeType::XorPeerAddress);
    const auto data = message.find(AttributeType::Data);
    if (!peer || !data || peer->port == 0) return;
    if (!allocation->permits(now, peer->ip) && !has(F::TurnIgnoresPermissions)) return;
    // Permissions are given to peers that the policy permits, and without one it must be asked.
    if (!config_.peers.permits(peer->ip)) return;
    relay_to_peer(*allocation, *peer, data->value, message.has(AttributeType::DontFragment));
}

void TurnCore::relay_to_peer(const Allocation& allocation, const TransportAddress& peer,
                             stun::Bytes data, bool dont_fragment) {
    const Relay* relay = allocation.relay(peer.family());
    if (relay == nullptr) return;
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
    if (!allocation.permits(now, peer.ip) && !has(F::TurnIgnoresPermissions)) return;
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

void TurnCore::deliver(transport::Time now, const Allocation& allocation,
                       const TransportAddress& peer, stun::Bytes data) {
    auto channel = allocation.channel_to(now, peer);
    if (!channel || has(F::TurnIgnoresChannels)) {
        auto writer = begin_data_indication(peer);
        writer.add_bytes(AttributeType::Data, data);
        return output_.send_data(allocation.tuple, writer.bytes());
    }
    if (has(F::TurnWrongChannel)) *channel ^= 1U;
    const bool is_padded =
        allocation.tuple.transport == Arrival::Tcp && !has(F::TurnNoStreamPadding);
    output_.send_data(allocation.tuple,
                      stun::write_channel_data(buffer_, *channel, data,
                                               is_padded ? stun::ChannelPadding::Stream
                                                         : stun::ChannelPadding::Datagram));
}

stun::MessageWriter TurnCore::begin_data_indication(const TransportAddress& peer) {
    std::array<std::byte, 12> id{};
    const std::uint64_t words[] = {random_(), random_()};
    std::memcpy(id.data(), words, id.size());
    stun::MessageWriter writer(buffer_, stun::MessageClass::Indication, stun::Method::Data,
                               stun::TransactionId::with_cookie(id));
    TransportAddress stated = peer;
    if (has(F::TurnWrongPeerAddress)) stated.port ^= 1U;
    writer.add_address(AttributeType::XorPeerAddress, stated);
    return writer;
}

void TurnCore::on_icmp(transport::Time now, RelayId relay_id, const TransportAddress& peer,
                       const stun::IcmpValue& icmp) {
    expire(now);
    const Relay* relay = allocations_.find_relay(relay_id);
    if (relay == nullptr || relay->owner == nullptr) return;
    const Allocation& allocation = *relay->owner;
    if (!is_relayed_icmp(peer.family(), icmp.type) || !allocation.permits(now, peer.ip)) return;
    auto writer = begin_data_indication(peer);
    if (stun::encode_value(writer, AttributeType::Icmp, icmp)) {
        output_.send_data(allocation.tuple, writer.bytes());
    }
}

}  // namespace portolan::server
