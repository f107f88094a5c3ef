#include "probe/discovery/tests/sim_nat.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace portolan::discovery::sim {

namespace {

constexpr std::uint16_t kLowestPort = 1024;  // RFC 4787 REQ-3b: well-known ports stay out of it

/// RFC 6052 s2.2, /96: the last 32 bits are the IPv4 address.
std::optional<IpAddress> strip_prefix(const IpAddress& ip, const IpAddress& prefix) {
    if (ip.family() != AddressFamily::IPv6) return std::nullopt;
    const auto octets = ip.octets();
    const auto wanted = prefix.octets();
    if (!std::equal(octets.begin(), octets.begin() + 12, wanted.begin())) return std::nullopt;
    return IpAddress::v4({octets[12], octets[13], octets[14], octets[15]});
}

IpAddress add_prefix(const IpAddress& ip, const IpAddress& prefix) {
    std::array<std::uint8_t, 16> octets{};
    std::copy_n(prefix.octets().begin(), 12, octets.begin());
    std::copy_n(ip.octets().begin(), 4, octets.begin() + 12);
    return IpAddress::v6(octets);
}

}  // namespace

bool contains(const std::vector<TransportAddress>& list, const TransportAddress& what) {
    return std::find(list.begin(), list.end(), what) != list.end();
}

void Nat::reset(const NatRules& rules, Time epoch, std::uint64_t seed) {
    rules_ = &rules;
    epoch_ = epoch;
    random_ = Random(seed);
    rebooted_ = false;
    next_sequential_ = rules.first_port;
    mappings_.clear();
    foreign_ = rules.held_by_others;
    seen_destinations_.clear();
}

bool Nat::owns(const IpAddress& ip) const {
    const auto& ips = rules_->public_ips;
    return std::find(ips.begin(), ips.end(), ip) != ips.end();
}

int Nat::generation(Time now) const {
    return rules_->drift_at && now - epoch_ >= *rules_->drift_at ? 1 : 0;
}

bool Nat::same_key(const Entry& entry, const TransportAddress& to) const {
    switch (rules_->mapping) {
        case MappingRule::None:
        case MappingRule::EndpointIndependent:
            return true;
        case MappingRule::AddressDependent:
            return entry.first_destination.ip == to.ip;
        case MappingRule::AddressAndPortDependent:
            return entry.first_destination == to;
        case MappingRule::PortDependent:
            return entry.first_destination.port == to.port;
    }
    return false;
}

void Nat::forget_old(Time now) {
    if (rules_->reboot_at && !rebooted_ && now - epoch_ >= *rules_->reboot_at) {
        rebooted_ = true;
        mappings_.clear();
    }
    if (!rules_->binding_lifetime) return;
    std::erase_if(mappings_, [&](const Entry& entry) {
        return now - entry.last_used > *rules_->binding_lifetime;
    });
}

Nat::Entry* Nat::find_outbound(const TransportAddress& inside, const TransportAddress& to,
                               Time now) {
    const bool by_destination = rules_->pool == PoolRule::ByDestination;
    const int current = generation(now);
    Entry* found = nullptr;
    for (Entry& entry : mappings_) {
        if (entry.inside != inside || !same_key(entry, to)) continue;
        if (by_destination && entry.outside.ip != choose_ip(inside, to)) continue;
        if (!rules_->drift_at) return &entry;
        // A session that exists keeps its mapping; everything else gets the newest one.
        if (contains(entry.remotes, to)) return &entry;
        if (entry.generation == current) found = &entry;
    }
    return found;
}

IpAddress Nat::choose_ip(const TransportAddress& inside, const TransportAddress& to) {
    const auto& ips = rules_->public_ips;
    switch (rules_->pool) {
        case PoolRule::Paired:
            for (const Entry& entry : mappings_) {
                if (entry.inside.ip == inside.ip) return entry.outside.ip;
            }
            return ips[inside.ip.octets().back() % ips.size()];
        case PoolRule::Arbitrary:
            return ips[random_.below(static_cast<std::uint32_t>(ips.size()))];
        case PoolRule::ByDestination: {
            auto at = std::find(seen_destinations_.begin(), seen_destinations_.end(), to.ip);
            if (at == seen_destinations_.end()) {
                at = seen_destinations_.insert(seen_destinations_.end(), to.ip);
            }
            return ips[static_cast<std::size_t>(at - seen_destinations_.begin()) % ips.size()];
        }
    }
    return ips.front();
}

bool Nat::taken(const TransportAddress& outside, const TransportAddress& to) const {
    const bool shared = rules_->ports_shared_between_destinations;
    for (const Entry& entry : mappings_) {
        if (entry.outside == outside && (!shared || entry.first_destination == to)) return true;
    }
    for (const ForeignMapping& other : foreign_) {
        if (other.port == outside.port && (!shared || other.destination == to)) return true;
    }
    return false;
}

std::uint16_t Nat::choose_port(const IpAddress& ip, const TransportAddress& inside,
                               const TransportAddress& to) {
    const auto random_port = [&] {
        return static_cast<std::uint16_t>(kLowestPort + random_.below(65536U - kLowestPort));
    };
    std::uint16_t port = inside.port;
    switch (rules_->ports) {
        case PortRule::Preserving:
            break;
        case PortRule::Sequential:
            port = static_cast<std::uint16_t>(next_sequential_);
            next_sequential_ += rules_->port_step;
            break;
        case PortRule::Random:
            port = random_port();
            break;
        case PortRule::Parity:
            port = static_cast<std::uint16_t>((random_port() & 0xFFFEU) | (inside.port & 1U));
            break;
    }
    while (taken({ip, port}, to)) {
        switch (rules_->ports) {
            case PortRule::Sequential:
                port = static_cast<std::uint16_t>(next_sequential_);
                next_sequential_ += rules_->port_step;
                break;
            case PortRule::Parity:
                port = static_cast<std::uint16_t>((random_port() & 0xFFFEU) | (inside.port & 1U));
                break;
            case PortRule::Preserving:
            case PortRule::Random:
                port = random_port();
                break;
        }
    }
    return port;
}

Nat::Entry& Nat::create(const TransportAddress& inside, const TransportAddress& to, Time now) {
    Entry entry;
    entry.inside = inside;
    entry.first_destination = to;
    entry.generation = generation(now);
    if (rules_->mapping == MappingRule::None) {
        entry.outside = inside;
    } else {
        entry.outside.ip = choose_ip(inside, to);
        entry.outside.port = choose_port(entry.outside.ip, inside, to);
    }
    entry.remotes.reserve(4);
    mappings_.push_back(std::move(entry));
    return mappings_.back();
}

NatVerdict Nat::outbound(Packet& packet, Time now) {
    forget_old(now);
    if (rules_->nat64_prefix) {
        const auto v4 = strip_prefix(packet.to.ip, *rules_->nat64_prefix);
        if (!v4) return NatVerdict::Drop;
        packet.to.ip = *v4;
    }
    const bool turns = rules_->mapping != MappingRule::None && owns(packet.to.ip);
    if (turns && rules_->hairpin == HairpinRule::None) return NatVerdict::Drop;

    const TransportAddress inside = packet.from;
    Entry* entry = find_outbound(inside, packet.to, now);
    if (entry == nullptr && rules_->only_ports &&
        mappings_.size() >= static_cast<std::size_t>(*rules_->only_ports)) {
        return NatVerdict::Drop;
    }
    if (entry == nullptr) entry = &create(inside, packet.to, now);
    entry->last_used = now;
    if (!contains(entry->remotes, packet.to)) entry->remotes.push_back(packet.to);
    packet.from = entry->outside;
    if (!turns) return NatVerdict::Forward;

    for (const Entry& target : mappings_) {
        if (target.outside != packet.to) continue;
        packet.to = target.inside;
        if (rules_->hairpin == HairpinRule::Internal) packet.from = inside;
        // Masqueraded on the way back in, as by the router's inside interface.
        if (rules_->hairpin == HairpinRule::RouterAddress) {
            packet.from.ip = IpAddress::v4({192, 168, 1, 1});
        }
        return NatVerdict::Hairpin;
    }
    return NatVerdict::Drop;
}

bool Nat::admits(const Entry& entry, const TransportAddress& from) const {
    const auto& forwarded = rules_->forwarded_ports;
    if (forwarded && entry.inside.port >= forwarded->first &&
        entry.inside.port <= forwarded->second) {
        return true;
    }
    const auto opened_by = [&](const Entry& opener) {
        if (rules_->filtering == FilteringRule::AddressAndPortDependent) {
            return contains(opener.remotes, from);
        }
        return std::any_of(opener.remotes.begin(), opener.remotes.end(),
                           [&](const TransportAddress& remote) { return remote.ip == from.ip; });
    };
    if (rules_->filtering == FilteringRule::Open ||
        rules_->filtering == FilteringRule::EndpointIndependent || opened_by(entry)) {
        return true;
    }
    if (rules_->filter_scope == FilterScope::Mapping) return false;
    return std::any_of(mappings_.begin(), mappings_.end(), [&](const Entry& other) {
        return other.inside.ip == entry.inside.ip && opened_by(other);
    });
}

Nat::Entry* Nat::find_inbound(const TransportAddress& from, const TransportAddress& to) {
    // Several mappings share an outside address only where ports are shared between destinations;
    // the one that admits the packet is the one meant.
    for (Entry& entry : mappings_) {
        if (entry.outside == to && admits(entry, from)) return &entry;
    }
    return nullptr;
}

void Nat::rewrite_payload(Packet& packet, const IpAddress& outside, const IpAddress& inside) const {
    const auto from = outside.octets();
    const auto to = inside.octets();
    if (from.size() != 4 || to.size() != 4) return;
    for (std::size_t at = 0; at + 4 <= packet.bytes.size(); ++at) {
        if (std::memcmp(packet.bytes.data() + at, from.data(), 4) == 0) {
            std::memcpy(packet.bytes.data() + at, to.data(), 4);
        }
    }
}

NatVerdict Nat::inbound(Packet& packet, Time now) {
    forget_old(now);
    Entry* entry = find_inbound(packet.from, packet.to);
    if (entry == nullptr) {
        if (rules_->filtering == FilteringRule::Open && rules_->mapping == MappingRule::None) {
            return NatVerdict::Forward;
        }
        if (rules_->unsolicited_occupies_tuple) {
            foreign_.push_back({packet.to.port, packet.from});
        }
        return NatVerdict::Drop;
    }
    if (rules_->inbound_refreshes) entry->last_used = now;
    if (rules_->rewrites_payload) rewrite_payload(packet, packet.to.ip, entry->inside.ip);
    packet.to = entry->inside;
    if (rules_->nat64_prefix) packet.from.ip = add_prefix(packet.from.ip, *rules_->nat64_prefix);
    return NatVerdict::Forward;
}

}  // namespace portolan::discovery::sim
