#include "nat-sim/behavior/engine.hpp"

#include <algorithm>
#include <numeric>

namespace portolan::nat {
namespace {

std::uint64_t seed_of(const Parameters& parameters, std::uint64_t seed) {
    return mix(seed, parameters.seed);
}

}  // namespace

Engine::Engine(const Parameters& parameters, const BoxAddresses& addresses, std::uint64_t seed)
    : parameters_(parameters),
      addresses_(addresses),
      seed_(seed),
      random_(seed_of(parameters, seed)),
      state_(mix(seed_of(parameters, seed), 1), {}, *this) {
    refresh_derived();
}

StateOptions Engine::state_options() const {
    const auto& f = parameters_.filtering;
    const auto none = FilteringRule::AddressAndPortDependent;
    const auto address = FilteringRule::AddressDependent;
    StateOptions options;
    const bool maps_by_tuple = parameters_.mapping.udp == MappingRule::AddressAndPortDependent &&
                               parameters_.mapping.tcp == MappingRule::AddressAndPortDependent;
    const bool tracks_local = parameters_.unsolicited.inbound_first == InboundFirst::Accept;
    options.by_outside = f.udp != none || f.tcp != none || f.icmp != none ||
                         (tracks_local && !maps_by_tuple) ||
                         parameters_.hairpin == HairpinMode::InternalSource ||
                         parameters_.port_control != PortControl::Off;
    options.by_remote_address = f.udp == address || f.tcp == address || f.icmp == address;
    options.by_source = parameters_.conflict.stickiness == Stickiness::Source ||
                        parameters_.port_allocation.contiguity;
    options.by_use = parameters_.exhaustion == Exhaustion::EvictLru;
    return options;
}

void Engine::refresh_derived() {
    state_.set_options(state_options());
    outside_own_.clear();
    for (const Ipv4 address : addresses_.outside_v4)
        outside_own_.insert(address.value);
    next_sequential_ = parameters_.port_allocation.start;
    if (parameters_.port_allocation.strategy == PortStrategy::Block) {
        blocks_ = BlockPlan(parameters_.port_allocation, addresses_.outside_v4.size(),
                            mix(seed_of(parameters_, seed_), 2));
    }
}

Outcome Engine::process(Side from, std::vector<std::byte>& packet, Time now) {
    advance(now);
    Outcome outcome;
    Passage passage{from, packet, outcome};
    if (!packet.empty() && get8(packet.data()) >> 4 == 4) {
        process_ipv4(passage);
    } else if (!packet.empty() && get8(packet.data()) >> 4 == 6) {
        process_ipv6(passage);
    } else {
        drop(passage, Reason::Malformed);
    }
    ++counts_[static_cast<std::size_t>(outcome.reason)];
    return outcome;
}

void Engine::finish(Passage& p, Action action, Reason reason, Side out) {
    p.outcome.action = action;
    p.outcome.reason = reason;
    p.outcome.out = out;
}

void Engine::forward(Passage& p, const Decision& decision, Side out) {
    finish(p, Action::Forward, decision.reason, out);
    p.outcome.mapping_created = p.outcome.mapping_created || decision.created;
    p.outcome.mapping = decision.serial;
}

void Engine::advance(Time now) {
    if (now.count() <= now_us_) return;
    now_us_ = now.count();
    run_events();
    if (!sabotaged(Sabotage::Timers)) state_.advance(now_us_);
    ports_.advance(now_us_);
    fragments_.advance(now_us_);
}

void Engine::run_events() {
    const auto& events = parameters_.events;
    if (sabotaged(Sabotage::Events)) return;
    while (next_reboot_ < events.reboot_at.size() &&
           events.reboot_at[next_reboot_].count() <= now_us_) {
        ++next_reboot_;
        forget_everything();
    }
    while (next_address_change_ < events.address_change_at.size() &&
           events.address_change_at[next_address_change_].count() <= now_us_) {
        ++next_address_change_;
        take_spare_address();
    }
}

void Engine::take_spare_address() {
    auto& spares = addresses_.spare_outside_v4;
    // Without a spare address the lease is renewed as it was; the state is gone all the same.
    if (!spares.empty() && !addresses_.outside_v4.empty()) {
        std::swap(addresses_.outside_v4[0], spares[spare_used_++ % spares.size()]);
        refresh_derived();
    }
    forget_everything();
}

void Engine::forget_everything() {
    state_.clear(now_us_);
    hosts_.clear();
    ports_.clear();
    fragments_.clear();
    held_syns_.clear();
    epoch_us_ = now_us_;
    next_sequential_ = parameters_.port_allocation.start;
}

void Engine::reboot(Time now) {
    advance(now);
    forget_everything();
}

void Engine::change_outside_address(Ipv4 address, Time now) {
    advance(now);
    if (addresses_.outside_v4.empty()) {
        addresses_.outside_v4.push_back(address);
    } else {
        addresses_.outside_v4[0] = address;
    }
    refresh_derived();
    forget_everything();
}

void Engine::change_to_spare_address(Time now) {
    advance(now);
    take_spare_address();
}

void Engine::set_parameters(const Parameters& parameters, Time now) {
    advance(now);
    // What was translated in one way cannot go on in another.
    if (parameters.kind.ipv4 != parameters_.kind.ipv4 ||
        parameters.kind.ipv6 != parameters_.kind.ipv6) {
        forget_everything();
    }
    parameters_ = parameters;
    // Events that are past stay past.
    const auto past = [&](const std::vector<Time>& times) {
        return static_cast<std::size_t>(std::count_if(
            times.begin(), times.end(), [&](Time time) { return time.count() <= now_us_; }));
    };
    next_reboot_ = past(parameters.events.reboot_at);
    next_address_change_ = past(parameters.events.address_change_at);
    refresh_derived();
}

void Engine::mapping_removed(const Mapping& mapping, std::int64_t at_us) {
    ++removed_count_;
    const int protocol = protocol_of(mapping.kind);
    if (is_translated(mapping.kind)) {
        ports_.release(protocol, mapping.outside_address, mapping.outside_port, at_us,
                       parameters_.capacity.quarantine.count());
    }
    const bool ipv6 = is_ipv6_inside(mapping.kind);
    Host* host = hosts_.find(mapping.inside_address, ipv6);
    if (host == nullptr) return;
    if (--host->mappings_count == 0) hosts_.remove(mapping.inside_address, ipv6);
}

std::vector<MappingView> Engine::mappings() const {
    std::vector<MappingView> views;
    for (const std::uint32_t entry : state_.all_mappings()) {
        const Mapping& m = state_.mapping(entry);
        MappingView view;
        view.id = m.serial;
        view.protocol = static_cast<Protocol>(protocol_of(m.kind));
        view.ipv6_inside = is_ipv6_inside(m.kind);
        if (view.ipv6_inside) {
            view.inside6 = state_.hosts()[m.inside_address];
        } else {
            view.inside4 = Ipv4{m.inside_address};
        }
        view.inside_port = m.inside_port;
        if (!is_ipv6_outside(m.kind)) view.outside4 = Ipv4{m.outside_address};
        view.outside_port = m.outside_port;
        for (std::uint32_t s = m.first_session; s != kNone; s = state_.session(s).sibling_next) {
            ++view.sessions_count;
            const Session& session = state_.session(s);
            if (session.confirmed) view.expires = std::max(view.expires, Time(session.deadline_us));
        }
        views.push_back(view);
    }
    std::sort(views.begin(), views.end(),
              [](const MappingView& a, const MappingView& b) { return a.id < b.id; });
    return views;
}

Statistics Engine::statistics() const {
    Statistics statistics;
    statistics.packets_by_reason.assign(counts_.begin(), counts_.end());
    statistics.mappings_created_count = created_count_;
    statistics.mappings_expired_count = removed_count_;
    statistics.mappings_count = state_.mappings_count();
    statistics.sessions_count = state_.sessions_count();
    statistics.waiting_fragments_count = fragments_.waiting_count();
    return statistics;
}

std::size_t Engine::memory_bytes() const {
    return sizeof(*this) + state_.memory_bytes() + hosts_.memory_bytes() + ports_.memory_bytes() +
           fragments_.memory_bytes() + held_syns_.memory_bytes();
}

void Engine::set_sabotage(Sabotage sabotage) {
    sabotage_ = sabotage;
    if (sabotage == Sabotage::Seed) random_ = Random(0);
    if (sabotage == Sabotage::Kind) {
        parameters_.kind.ipv4 = Translation::AddressAndPort;
        parameters_.kind.ipv6 = Ipv6Mode::Off;
    }
}

}  // namespace portolan::nat
