#include "ice-tests/server/turn_allocation.hpp"

namespace portolan::server {

bool Allocation::permits(transport::Time now, const IpAddress& peer) const {
    const auto found = permissions_.find(peer);
    return found != permissions_.end() && now < found->second;
}

bool Allocation::permit(transport::Time now, const IpAddress& peer, transport::Time until,
                        std::size_t max_count) {
    const auto found = permissions_.find(peer);
    if (found != permissions_.end()) {
        found->second = until;
        return true;
    }
    if (permissions_.size() >= max_count) {
        std::erase_if(permissions_, [&](const auto& entry) { return entry.second <= now; });
    }
    if (permissions_.size() >= max_count) return false;
    permissions_.emplace(peer, until);
    return true;
}

const TransportAddress* Allocation::peer_of(transport::Time now, std::uint16_t channel) const {
    const auto found = channels_.find(channel);
    if (found == channels_.end() || found->second.expires_at <= now) return nullptr;
    return &found->second.peer;
}

std::optional<std::uint16_t> Allocation::channel_to(transport::Time now,
                                                    const TransportAddress& peer) const {
    const auto found = channel_numbers_.find(peer);
    if (found == channel_numbers_.end() || peer_of(now, found->second) == nullptr) {
        return std::nullopt;
    }
    return found->second;
}

bool Allocation::bind(transport::Time now, std::uint16_t channel, const TransportAddress& peer,
                      transport::Time until, std::size_t max_count) {
    if (const TransportAddress* bound = peer_of(now, channel); bound != nullptr && *bound == peer) {
        channels_.at(channel).expires_at = until;
        return true;
    }
    // Left over from a binding that has expired.
    unbind(channel);
    if (const auto old = channel_numbers_.find(peer); old != channel_numbers_.end()) {
        unbind(old->second);
    }
    if (channels_.size() >= max_count) drop_expired_channels(now);
    if (channels_.size() >= max_count) return false;
    channels_[channel] = {peer, until};
    channel_numbers_[peer] = channel;
    return true;
}

void Allocation::unbind(std::uint16_t channel) {
    const auto found = channels_.find(channel);
    if (found == channels_.end()) return;
    channel_numbers_.erase(found->second.peer);
    channels_.erase(found);
}

void Allocation::drop_expired_channels(transport::Time now) {
    std::erase_if(channel_numbers_,
                  [&](const auto& entry) { return peer_of(now, entry.second) == nullptr; });
    std::erase_if(channels_, [&](const auto& entry) { return entry.second.expires_at <= now; });
}

void Allocation::forget(AddressFamily family) {
    std::erase_if(permissions_, [&](const auto& entry) { return entry.first.family() == family; });
    std::erase_if(channels_,
                  [&](const auto& entry) { return entry.second.peer.family() == family; });
    std::erase_if(channel_numbers_,
                  [&](const auto& entry) { return entry.first.family() == family; });
}

}  // namespace portolan::server
