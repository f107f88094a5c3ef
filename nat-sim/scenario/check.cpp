#include "nat-sim/scenario/check.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "nat-sim/scenario/address_plan.hpp"
#include "nat-sim/scenario/nat_choice.hpp"
#include "nat-sim/scenario/prefix.hpp"

namespace portolan::scenario {

namespace {

Error wrong(const std::string& pointer, const std::string& problem) {
    return {.culprit = Culprit::Usage,
            .code = "scenario.contradiction",
            .message = pointer + ": " + problem};
}

Error at_pointer(const std::string& pointer, Error error) {
    error.message = pointer + ": " + error.message;
    return error;
}

std::string pointer_of(const Network& network) {
    return "/networks/" + std::to_string(network.given_index);
}

bool is_behind(const Scenario& scenario, std::size_t inner, std::size_t outer) {
    for (std::optional<std::size_t> at = scenario.networks[inner].behind; at;
         at = scenario.networks[*at].behind) {
        if (*at == outer) return true;
    }
    return false;
}

/// Which boxes each network has; of a chain, all but the innermost become networks before it.
std::optional<Error> expand_boxes(Scenario& scenario) {
    std::vector<Network> networks;
    std::vector<std::size_t> moved_to;  ///< of each network as given: where it is now
    for (std::size_t i = 0; i < scenario.networks.size(); ++i) {
        Network network = std::move(scenario.networks[i]);
        if (network.behind) network.behind = moved_to[*network.behind];
        if (network.nat && !network.box) {
            const auto boxes = resolve_nat(*network.nat);
            if (!boxes) return at_pointer(pointer_of(network) + "/nat", boxes.error());
            for (std::size_t layer = boxes->size() - 1; layer > 0; --layer) {
                Network outer;
                outer.given_index = network.given_index;
                outer.name = network.name + "-" + std::to_string(layer + 1);
                outer.behind = network.behind;
                outer.box = (*boxes)[layer];
                outer.outside_address_count = network.outside_address_count;
                outer.uplink = network.uplink;
                network.outside_address_count = 1;
                // The delay is the chain's; where in it matters to nobody.
                network.uplink = Link{.delay = Duration{0}};
                network.behind = networks.size();
                networks.push_back(std::move(outer));
            }
            network.box = boxes->front();
        }
        moved_to.push_back(networks.size());
        networks.push_back(std::move(network));
    }
    scenario.networks = std::move(networks);
    for (Party& party : scenario.parties) {
        if (party.network) party.network = moved_to[*party.network];
    }
    for (std::size_t i = 0; i < scenario.events.size(); ++i) {
        Event& event = scenario.events[i];
        if (event.network) event.network = moved_to[*event.network];
        if (event.kind != EventKind::BehaviourChange || event.box) continue;
        const auto boxes = resolve_nat(event.nat);
        const std::string pointer = "/events/" + std::to_string(event.given_index) + "/nat";
        if (!boxes) return at_pointer(pointer, boxes.error());
        if (boxes->size() != 1) {
            return wrong(pointer, "a box cannot become \"" + event.nat.preset +
                                      "\", which is a chain of boxes");
        }
        event.box = boxes->front();
    }
    return std::nullopt;
}

/// One to one, the n-th inside address is the n-th outside address.
void count_one_to_one(Scenario& scenario) {
    for (std::size_t i = 0; i < scenario.networks.size(); ++i) {
        Network& network = scenario.networks[i];
        if (!network.box || network.box->kind.ipv4 != nat::Translation::OneToOne) continue;
        std::uint32_t needed = 1;  // its router's
        for (const Network& other : scenario.networks) {
            if (other.behind == i) needed += other.outside_address_count;
        }
        for (const Party& party : scenario.parties) {
            if (party.network != i) continue;
            ++needed;
            if (!party.address || !network.ipv4.contains(*party.address)) continue;
            const auto octets = party.address->octets();
            const auto base = network.ipv4.ip.octets();
            needed = std::max(needed, static_cast<std::uint32_t>((octets[2] - base[2]) * 256 +
                                                                 octets[3] - base[3]));
        }
        network.outside_address_count = std::max(network.outside_address_count, needed);
    }
}

/// What a network may have that was given no addresses, the usual first. Of networks without a NAT
/// those of TEST-NET-3 (RFC 5737) that the plan of the Internet leaves free.
std::vector<sim::Prefix> prefixes_for(const Network& network, bool is_carrier) {
    std::vector<sim::Prefix> out;
    if (!translates_ipv4(network)) {
        for (std::uint64_t i = 0; i < 16; ++i) {
            out.push_back({address_at({IpAddress::v4({203, 0, 113, 128}), 25}, 8 * i), 29});
        }
        return out;
    }
    if (is_carrier) out.push_back({IpAddress::v4({100, 64, 0, 0}), 24});  // RFC 6598
    for (std::uint8_t i = 1; i != 0; ++i)
        out.push_back({IpAddress::v4({192, 168, i, 0}), 24});
    return out;
}

/// Gives addresses to networks that were given none, so that no network has those of one that it
/// is behind. Two that are beside each other usually have the same ones, as homes do.
void choose_prefixes(Scenario& scenario) {
    for (std::size_t i = 0; i < scenario.networks.size(); ++i) {
        Network& network = scenario.networks[i];
        if (network.ipv4.bits != 0) continue;
        bool has_networks = false;
        for (const Network& other : scenario.networks)
            has_networks |= other.behind == i;
        const auto is_free = [&](const sim::Prefix& prefix) {
            for (std::size_t j = 0; j < scenario.networks.size(); ++j) {
                const Network& other = scenario.networks[j];
                if (j == i || other.ipv4.bits == 0 || !overlap(prefix, other.ipv4)) continue;
                const bool are_routed = !translates_ipv4(network) && !translates_ipv4(other);
                if (are_routed || is_behind(scenario, i, j) || is_behind(scenario, j, i)) {
                    return false;
                }
            }
            return true;
        };
        const auto usual = prefixes_for(network, has_networks && !network.behind);
        const auto chosen = std::find_if(usual.begin(), usual.end(), is_free);
        // When all are taken, the check that follows says by whom.
        network.ipv4 = chosen != usual.end() ? *chosen : usual.front();
    }
}

/// Why no network can have these addresses, whatever is in front of it. Both ends are looked at: a
/// prefix may begin below a range and reach into it.
std::optional<std::string> unusable(const sim::Prefix& prefix) {
    struct Range {
        sim::Prefix prefix;
        std::string what;
    };
    const Range ranges[] = {
        {{IpAddress::v4({0, 0, 0, 0}), 8}, "which are no addresses of hosts (RFC 6890)"},
        {{IpAddress::v4({127, 0, 0, 0}), 8}, "which every host has for itself"},
        {{IpAddress::v4({224, 0, 0, 0}), 3}, "which are multicast or reserved addresses"},
        {server_prefix_v4(), "where the servers are"},
    };
    for (const Range& range : ranges) {
        if (overlap(prefix, range.prefix)) {
            return prefix.to_string() + " overlaps " + range.prefix.to_string() + ", " + range.what;
        }
    }
    for (const sim::Prefix& outside : internet_prefixes_v4()) {
        if (overlap(prefix, outside)) {
            return prefix.to_string() + " overlaps " + outside.to_string() +
                   ", which the simulated Internet gives out to its hosts and NATs";
        }
    }
    return std::nullopt;
}

std::optional<Error> check_networks(const Scenario& scenario) {
    for (std::size_t i = 0; i < scenario.networks.size(); ++i) {
        const Network& network = scenario.networks[i];
        if (const auto why = unusable(network.ipv4)) {
            return wrong(pointer_of(network) + "/ipv4", *why);
        }
        for (std::size_t j = 0; j < i; ++j) {
            const Network& other = scenario.networks[j];
            if (!overlap(network.ipv4, other.ipv4)) continue;
            // Two private networks may well have the same addresses; a host must still be able to
            // tell what is inside its own from what is beyond its router.
            if (is_behind(scenario, i, j)) {
                return wrong(pointer_of(network) + "/ipv4",
                             network.ipv4.to_string() + " overlaps " + other.ipv4.to_string() +
                                 " of \"" + other.name + "\", which it is behind");
            }
            if (!translates_ipv4(network) && !translates_ipv4(other)) {
                return wrong(pointer_of(network) + "/ipv4",
                             network.ipv4.to_string() + " overlaps " + other.ipv4.to_string() +
                                 " of \"" + other.name + "\", and neither is behind a NAT");
            }
        }
    }
    return std::nullopt;
}

std::optional<Error> check_parties(const Scenario& scenario) {
    for (std::size_t i = 0; i < scenario.parties.size(); ++i) {
        const Party& party = scenario.parties[i];
        const std::string pointer = std::string("/parties/") + (i == 0 ? "a" : "b");
        if (party.relay_only && party.turn.empty()) {
            return wrong(pointer + "/relay_only",
                         "needs \"turn\": without a relay it could not "
                         "have a single candidate");
        }
        if (!party.address) continue;
        if (!party.ipv4) {
            return wrong(pointer + "/ipv4", "contradicts \"families\", which is without ipv4");
        }
        if (!party.network) {
            return wrong(pointer + "/ipv4",
                         "needs \"network\": on the Internet itself the "
                         "addresses are given out");
        }
        const sim::Prefix& prefix = scenario.networks[*party.network].ipv4;
        if (!prefix.contains(*party.address)) {
            return wrong(pointer + "/ipv4", party.address->to_string() + " is not in " +
                                                prefix.to_string() + " of \"" +
                                                scenario.networks[*party.network].name + "\"");
        }
        if (*party.address == prefix.ip || *party.address == address_at(prefix, 1) ||
            *party.address == address_at(prefix, size_of(prefix) - 1)) {
            return wrong(pointer + "/ipv4",
                         party.address->to_string() + " belongs to the network or to its router");
        }
    }
    const Party& a = scenario.parties[0];
    const Party& b = scenario.parties[1];
    if (a.network == b.network && a.address && a.address == b.address) {
        return wrong("/parties/b/ipv4", a.address->to_string() + " is A's on the same network");
    }
    if (a.name == b.name) return wrong("/parties/b/name", "is A's name too");
    return std::nullopt;
}

/// RFC 8200 s5: "IPv6 requires that every link in the Internet have an MTU of 1280 octets or
/// greater."
constexpr std::uint32_t kLeastIpv6Mtu = 1280;

Error too_small_for_ipv6(const std::string& pointer, const Link& link, const std::string& who) {
    return wrong(
        pointer + "/mtu_bytes",
        std::to_string(link.mtu_bytes) + " is too small for the IPv6 of " + who +
            ": a link must take 1280 bytes (RFC 8200 s5); give more, or leave \"ipv6\" out "
            "of \"families\"");
}

/// The links that a party's IPv6 packets pass: its own, and the uplinks of boxes that let them out.
std::optional<Error> check_ipv6_links(const Scenario& scenario) {
    for (std::size_t i = 0; i < scenario.parties.size(); ++i) {
        const Party& party = scenario.parties[i];
        if (!party.ipv6) continue;
        const std::string who = party.name;
        if (party.link.mtu_bytes < kLeastIpv6Mtu) {
            const std::string pointer = std::string("/parties/") + (i == 0 ? "a" : "b") + "/link";
            return too_small_for_ipv6(pointer, party.link, who);
        }
        bool gets_out = true;
        for (std::optional<std::size_t> at = party.network; at && gets_out;
             at = scenario.networks[*at].behind) {
            const Network& network = scenario.networks[*at];
            gets_out = has_ipv6(network) &&
                       (!network.box || network.box->kind.ipv6 != nat::Ipv6Mode::Nat64);
            if (gets_out && network.uplink.mtu_bytes < kLeastIpv6Mtu) {
                return too_small_for_ipv6(pointer_of(network) + "/uplink", network.uplink, who);
            }
        }
        if (gets_out && scenario.server_link.mtu_bytes < kLeastIpv6Mtu) {
            return too_small_for_ipv6("/servers/link", scenario.server_link, who);
        }
    }
    return std::nullopt;
}

}  // namespace

Result<Scenario> complete(Scenario scenario) {
    if (auto error = expand_boxes(scenario)) return *std::move(error);
    count_one_to_one(scenario);
    choose_prefixes(scenario);
    if (auto error = check_networks(scenario)) return *std::move(error);
    if (auto error = check_parties(scenario)) return *std::move(error);
    if (auto error = check_ipv6_links(scenario)) return *std::move(error);
    return scenario;
}

bool is_behind(const Scenario& scenario, const Party& party, std::size_t network) {
    return party.network &&
           (*party.network == network || is_behind(scenario, *party.network, network));
}

bool translates_ipv4(const Network& network) {
    return network.box && network.box->kind.ipv4 != nat::Translation::None;
}

bool has_ipv6(const Network& network) {
    return !network.box || network.box->kind.ipv6 != nat::Ipv6Mode::Off;
}

}  // namespace portolan::scenario
