// Which outside address and port a new mapping gets.

#include <algorithm>

#include "nat-sim/behavior/engine.hpp"

namespace portolan::nat {
namespace {

/// Linux nf_nat_core.c: so many ports are tried in a row, then half as many from elsewhere.
constexpr std::uint32_t kMaxAttempts = 128;
constexpr std::uint32_t kMinAttempts = 16;

}  // namespace

bool Engine::is_available(Kind kind, Endpoint outside, Endpoint remote) const {
    const int protocol = protocol_of(kind);
    if (ports_.is_resting(protocol, outside.address, outside.port)) return false;
    if (!parameters_.port_allocation.overlap &&
        ports_.is_used(protocol, outside.address, outside.port)) {
        return false;
    }
    return state_.find_outside(kind, outside, remote) == kNone;
}

PortRange Engine::range_for(Kind kind, std::uint16_t inside_port) const {
    const auto& ports = parameters_.port_allocation;
    PortRange range{ports.first, ports.last, 1};
    if (is_icmp(kind)) return {0, 65535, 1};  // any query id is as good as another
    const bool is_default = ports.first == 1024 && ports.last == 65535;
    if (is_default && ports.preserve_class && inside_port < 1024) {
        // RFC 4787 REQ-3a; the two halves and the gap are those of Linux (nf_nat_core.c).
        range = inside_port < 512 ? PortRange{1, 511, 1} : PortRange{600, 1023, 1};
    }
    if (ports.parity) {
        range.step = 2;
        if (range.first % 2 != inside_port % 2) ++range.first;
    }
    return range;
}

/// In the order in which they are tried.
std::vector<std::uint32_t> Engine::candidate_addresses(Kind kind, Endpoint inside,
                                                       Endpoint remote) {
    const auto& pool = addresses_.outside_v4;
    std::vector<std::uint32_t> all;
    if (pool.empty()) return all;
    const bool ipv6 = is_ipv6_inside(kind);
    const auto count = static_cast<std::uint32_t>(pool.size());
    const auto by_hash = [&](std::uint64_t value) {
        return static_cast<std::uint32_t>(mix(value, seed_ ^ parameters_.seed) % count);
    };
    Pooling pooling = parameters_.pooling;
    if (sabotaged(Sabotage::Pooling)) {
        pooling = pooling == Pooling::Arbitrary ? Pooling::Paired : Pooling::Arbitrary;
    }
    std::uint32_t first = 0;
    switch (pooling) {
        case Pooling::Paired:
        case Pooling::Soft:
            if (const Host* host = hosts_.find(inside.address, ipv6); host != nullptr) {
                // RFC 7857 s4: strictly paired means that other addresses are not for this host.
                if (pooling == Pooling::Paired) return {host->outside_address};
                all.push_back(host->outside_address);
            }
            first = by_hash(inside.address);
            break;
        case Pooling::Arbitrary:
            first = random_.below(count);
            break;
        case Pooling::DestinationHash:
            return {pool[by_hash(remote.address)].value};
    }
    for (std::uint32_t i = 0; i < count; ++i)
        all.push_back(pool[(first + i) % count].value);
    return all;
}

Engine::Choice Engine::choose_outside(Kind kind, Endpoint inside, Endpoint remote, Endpoint key) {
    const auto& pool = addresses_.outside_v4;
    if (!is_translated(kind)) {
        if (is_ipv6_outside(kind) || parameters_.kind.ipv4 == Translation::None) return {inside};
        const std::uint32_t number = subscriber_number(kind, inside.address);
        if (number >= pool.size()) return {};
        return {Endpoint{pool[number].value, inside.port}};
    }
    const bool block = (parameters_.port_allocation.strategy == PortStrategy::Block) &&
                       !sabotaged(Sabotage::PortAllocation);
    if (block) return choose_in_block(kind, inside);
    if (parameters_.conflict.stickiness == Stickiness::Source && !sabotaged(Sabotage::Conflict)) {
        // nf_nat_core.c, find_appropriate_src(): what this source has, if the 5-tuple is free.
        const std::uint32_t other = state_.any_mapping_of_source(kind, inside);
        if (other != kNone && is_available(kind, state_.mapping(other).outside(), remote)) {
            return {state_.mapping(other).outside()};
        }
    }
    Choice choice;
    for (const std::uint32_t address : candidate_addresses(kind, inside, remote)) {
        choice = choose_port(kind, address, inside, remote, key);
        if (choice.outside || choice.reason == Reason::Conflict) break;
    }
    return choice;
}

Engine::Choice Engine::choose_port(Kind kind, std::uint32_t address, Endpoint inside,
                                   Endpoint remote, Endpoint key) {
    const auto& ports = parameters_.port_allocation;
    const PortRange range = range_for(kind, inside.port);
    const std::uint32_t count = range.count();
    if (count == 0) return {};
    PortStrategy strategy = ports.strategy;
    if (sabotaged(Sabotage::PortAllocation)) {
        strategy = strategy == PortStrategy::Random ? PortStrategy::Preserve : PortStrategy::Random;
    }
    if (ports.contiguity && inside.port != 0) {
        const Endpoint before{inside.address, static_cast<std::uint16_t>(inside.port - 1)};
        const std::uint32_t other = state_.any_mapping_of_source(kind, before);
        if (other != kNone && state_.mapping(other).outside_address == address) {
            const Endpoint next{address,
                                static_cast<std::uint16_t>(state_.mapping(other).outside_port + 1)};
            if (next.port != 0 && is_available(kind, next, remote)) return {next};
        }
    }
    std::uint16_t wanted = 0;
    switch (strategy) {
        case PortStrategy::Preserve:
            wanted = inside.port;
            break;
        case PortStrategy::Sequential: {
            wanted = next_sequential_;
            if (!range.contains(wanted)) wanted = range.at(wanted % count);
            const std::uint32_t next = std::uint32_t{wanted} + ports.step;
            next_sequential_ = static_cast<std::uint16_t>(
                next > ports.last ? ports.first + (next - ports.last - 1) : next);
            break;
        }
        case PortStrategy::Hash: {
            const std::uint64_t from = std::uint64_t{inside.address} << 16 | inside.port;
            const std::uint64_t to = std::uint64_t{key.address} << 16 | key.port;
            wanted = range.at(
                static_cast<std::uint32_t>(mix(mix(from, seed_ ^ parameters_.seed), to) % count));
            break;
        }
        case PortStrategy::Random:
        case PortStrategy::Block: {
            const auto port = search(kind, address, range, random_.below(count), remote);
            if (port) return {Endpoint{address, *port}};
            break;
        }
    }
    const bool named = strategy != PortStrategy::Random && strategy != PortStrategy::Block;
    if (named && range.contains(wanted) && is_available(kind, {address, wanted}, remote)) {
        return {Endpoint{address, wanted}};
    }
    OnConflict reaction = parameters_.conflict.on_conflict;
    if (sabotaged(Sabotage::Conflict)) {
        reaction = reaction == OnConflict::Next ? OnConflict::Random : OnConflict::Next;
    }
    std::optional<std::uint16_t> port;
    if (named && reaction == OnConflict::Drop) return {std::nullopt, Reason::Conflict};
    if (named && reaction == OnConflict::Overload && range.contains(wanted)) {
        return {Endpoint{address, wanted}};
    }
    if (named && reaction == OnConflict::Next && range.contains(wanted)) {
        const auto n = static_cast<std::uint32_t>((wanted - range.first) / range.step);
        port = search(kind, address, range, (n + 1) % count, remote);
    } else if (named) {
        port = search(kind, address, range, random_.below(count), remote);
    }
    if (port) return {Endpoint{address, *port}};
    return {std::nullopt, ports_.resting_count() != 0 ? Reason::Quarantine : Reason::PortExhausted};
}

std::optional<std::uint16_t> Engine::search(Kind kind, std::uint32_t address,
                                            const PortRange& range, std::uint32_t start,
                                            Endpoint remote) {
    const std::uint32_t count = range.count();
    if (!parameters_.port_allocation.overlap) {
        // A port that no mapping uses may still be refused, when the box itself tracks the tuple.
        for (std::uint32_t i = 0; i < kMinAttempts; ++i) {
            const auto port = ports_.next_free(protocol_of(kind), address, range, start);
            if (!port || is_available(kind, {address, *port}, remote)) return port;
            start = static_cast<std::uint32_t>((*port - range.first) / range.step) + 1;
        }
        return std::nullopt;
    }
    for (std::uint32_t attempts = std::min(count, kMaxAttempts);;) {
        for (std::uint32_t i = 0; i < attempts; ++i) {
            const std::uint16_t port = range.at((start + i) % count);
            if (is_available(kind, {address, port}, remote)) return port;
        }
        if (attempts >= count || attempts < kMinAttempts) return std::nullopt;
        attempts /= 2;
        start = random_.below(count);
    }
}

std::uint32_t Engine::subscriber_number(Kind kind, std::uint32_t address) const {
    if (is_ipv6_inside(kind)) return address;
    const auto& prefix = addresses_.inside_prefix_v4;
    if (!prefix.contains(Ipv4{address})) return kNone;
    const std::uint32_t mask =
        prefix.length_bits == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix.length_bits);
    const std::uint32_t number = address & ~mask;
    // The first address of a network is nobody's; of a point-to-point link (RFC 3021) it is.
    return prefix.length_bits <= 30 ? number - 1 : number;
}

Engine::Choice Engine::choose_in_block(Kind kind, Endpoint inside) {
    const std::uint32_t subscriber = subscriber_number(kind, inside.address);
    if (subscriber >= blocks_.subscribers_count()) return {};
    const int protocol = protocol_of(kind);
    const auto free_at = [&](BlockPlan::Place place) -> std::optional<Endpoint> {
        const std::uint32_t address = addresses_.outside_v4[place.address].value;
        if (!ports_.is_free(protocol, address, place.port)) return std::nullopt;
        return Endpoint{address, place.port};
    };
    // RFC 7422 s2, step 3: at random inside the block.
    const std::uint32_t start = random_.below(blocks_.size_count());
    for (std::uint32_t i = 0; i < blocks_.size_count(); ++i) {
        const auto place = blocks_.place(subscriber, (start + i) % blocks_.size_count());
        if (const auto outside = free_at(place)) return {outside};
    }
    // Step 4: the dynamic pool.
    if (blocks_.dynamic_shares_count() != 0) {
        for (std::uint32_t i = 0; i < kMaxAttempts; ++i) {
            const std::uint32_t share = random_.below(blocks_.dynamic_shares_count());
            const auto place = blocks_.dynamic_place(share, random_.below(blocks_.size_count()));
            if (const auto outside = free_at(place)) return {outside};
        }
    }
    return {std::nullopt, ports_.resting_count() != 0 ? Reason::Quarantine : Reason::PortExhausted};
}

}  // namespace portolan::nat
