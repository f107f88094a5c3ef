#include "nat-sim/oracle/abstract_net.hpp"

#include <algorithm>

namespace portolan::oracle {

AbstractNet::AbstractNet(const std::vector<NatBox>& nats) {
    for (const NatBox& rules : nats) {
        Box& box = boxes_.emplace_back();
        box.rules = rules;
        box.outside_address = next_address_++;
        realm_of_[box.outside_address] = realm_behind(rules.behind, rules.family);
        family_of_[box.outside_address] = rules.family;
        nat_at_[box.outside_address] = static_cast<int>(boxes_.size()) - 1;
    }
}

int AbstractNet::add_host(std::optional<int> behind, Family family) {
    realm_of_[next_address_] = realm_behind(behind, family);
    family_of_[next_address_] = family;
    return next_address_++;
}

std::optional<Delivery> AbstractNet::send(Endpoint source, Endpoint destination) {
    return route(realm_of_.at(source.address), source, destination);
}

std::optional<Delivery> AbstractNet::route(int from_realm, Endpoint source, Endpoint destination) {
    const auto home = realm_of_.find(destination.address);
    if (home == realm_of_.end()) return std::nullopt;
    if (home->second == from_realm) {
        const auto nat = nat_at_.find(destination.address);
        if (nat == nat_at_.end()) return Delivery{source, destination};
        return arrive(nat->second, source, destination, std::nullopt);
    }
    // What boxes do not translate is known outside of them, and routed to them.
    if (const auto way_in = untranslated_way(from_realm, home->second)) {
        return arrive(*way_in, source, destination, std::nullopt);
    }
    if (from_realm < 0) return std::nullopt;  // a private address of somebody's
    Box& box = boxes_[static_cast<std::size_t>(from_realm)];
    if (!box.rules.carries || !box.rules.udp) return std::nullopt;
    if (destination.address == box.outside_address) {
        if (box.rules.hairpin == Hairpin::Off) return std::nullopt;
        const Endpoint outside = translate_out(box, source, destination);
        return arrive(from_realm, outside, destination, source);
    }
    const Endpoint outside = translate_out(box, source, destination);
    return route(realm_behind(box.rules.behind, box.rules.family), outside, destination);
}

std::optional<int> AbstractNet::untranslated_way(int from_realm, int home) const {
    while (home >= 0) {
        const NatBox& rules = boxes_[static_cast<std::size_t>(home)].rules;
        if (rules.translates) return std::nullopt;
        const int outer = realm_behind(rules.behind, rules.family);
        if (outer == from_realm) return home;
        home = outer;
    }
    return std::nullopt;
}

/// From outside, or back from inside (`inside_source`, hairpinning).
std::optional<Delivery> AbstractNet::arrive(int nat, Endpoint source, Endpoint destination,
                                            std::optional<Endpoint> inside_source) {
    Box& box = boxes_[static_cast<std::size_t>(nat)];
    if (!box.rules.carries || !box.rules.udp) return std::nullopt;
    const auto inside = translate_in(box, source, destination);
    if (!inside) return std::nullopt;
    const bool shows_inside = inside_source && box.rules.hairpin == Hairpin::InternalSource;
    return route(nat, shows_inside ? *inside_source : source, *inside);
}

Endpoint AbstractNet::translate_out(Box& box, Endpoint source, Endpoint destination) {
    const SessionKey session{source, destination};
    Endpoint outside;
    if (const auto known = box.sessions.find(session); known != box.sessions.end()) {
        outside = known->second;
    } else {
        MappingKey key{source, {}};
        if (box.rules.mapping != Mapping::EndpointIndependent) {
            key.toward.address = destination.address;
        }
        if (box.rules.mapping == Mapping::AddressAndPortDependent) {
            key.toward.port = destination.port;
        }
        const auto [entry, fresh] = box.mappings.try_emplace(key);
        if (fresh) {
            entry->second =
                box.rules.translates ? Endpoint{box.outside_address, box.next_port++} : source;
            box.inside_of[entry->second] = source;
        }
        outside = entry->second;
        box.sessions[session] = outside;
        ++changes_;
    }
    if (box.contacted[outside].insert(destination).second) ++changes_;
    return outside;
}

std::optional<Endpoint> AbstractNet::translate_in(Box& box, Endpoint source, Endpoint destination) {
    const auto inside = box.inside_of.find(destination);
    if (inside == box.inside_of.end()) return std::nullopt;
    const std::set<Endpoint>& contacted = box.contacted[destination];
    switch (box.rules.filtering) {
        case Filtering::EndpointIndependent:
            break;
        case Filtering::AddressDependent:
            if (std::none_of(contacted.begin(), contacted.end(), [&](const Endpoint& remote) {
                    return remote.address == source.address;
                })) {
                return std::nullopt;
            }
            break;
        case Filtering::AddressAndPortDependent:
            if (!contacted.contains(source)) return std::nullopt;
            break;
    }
    if (box.rules.reply == ReplyBinding::SessionAware) {
        // Only a session that is not there yet: the inside may have its own toward that remote.
        if (box.sessions.try_emplace({inside->second, source}, destination).second) ++changes_;
    }
    return inside->second;
}

}  // namespace portolan::oracle
