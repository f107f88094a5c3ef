#include "nat-sim/scenario/address_plan.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "nat-sim/scenario/prefix.hpp"

namespace portolan::scenario {

namespace {

/// 2001:db8:0:1::/64 has the servers, 2001:db8:0:2::/64 whatever else is on the Internet.
IpAddress documentation_v6(std::uint16_t third, std::uint16_t subnet, std::uint16_t host) {
    std::array<std::uint8_t, 16> octets{0x20, 0x01, 0x0d, 0xb8};
    octets[4] = static_cast<std::uint8_t>(third >> 8);
    octets[5] = static_cast<std::uint8_t>(third);
    octets[6] = static_cast<std::uint8_t>(subnet >> 8);
    octets[7] = static_cast<std::uint8_t>(subnet);
    octets[14] = static_cast<std::uint8_t>(host >> 8);
    octets[15] = static_cast<std::uint8_t>(host);
    return IpAddress::v6(octets);
}

/// RFC 4193, for networks whose prefix is translated.
IpAddress unique_local_v6(std::uint16_t third, std::uint16_t subnet) {
    std::array<std::uint8_t, 16> octets{0xfd};
    octets[4] = static_cast<std::uint8_t>(third >> 8);
    octets[5] = static_cast<std::uint8_t>(third);
    octets[6] = static_cast<std::uint8_t>(subnet >> 8);
    octets[7] = static_cast<std::uint8_t>(subnet);
    return IpAddress::v6(octets);
}

bool translates_prefix(const Network& network) {
    return network.box && network.box->kind.ipv6 == nat::Ipv6Mode::Nptv6;
}

/// The innermost network around it whose prefix is translated.
std::optional<std::size_t> translated_around(const Scenario& scenario, std::size_t network) {
    std::optional<std::size_t> at = scenario.networks[network].behind;
    while (at && !translates_prefix(scenario.networks[*at]))
        at = scenario.networks[*at].behind;
    return at;
}

/// A prefix of the network's own in each realm: /48 of the Internet or, behind prefix translation,
/// a part of what is translated, longer by an octet for each. Its first /64 is the network itself,
/// the others are for networks behind it.
constexpr unsigned kLongestPrefix = 64;
constexpr unsigned kPrefixStep = 8;

IpAddress server_address(std::uint8_t number, AddressFamily family) {
    return family == AddressFamily::IPv4 ? IpAddress::v4({198, 51, 100, number})
                                         : documentation_v6(0, 1, number);
}

/// Gives out the free addresses of one network, lowest first.
class Pool {
  public:
    explicit Pool(std::vector<sim::Prefix> prefixes) : prefixes_(std::move(prefixes)) {}

    void take(const IpAddress& ip) { taken_.insert(ip); }

    std::optional<IpAddress> next() {
        while (at_ < prefixes_.size()) {
            // Neither the network's own address nor its broadcast address.
            if (number_ + 1 >= size_of(prefixes_[at_])) {
                ++at_;
                number_ = 1;
                continue;
            }
            const IpAddress ip = address_at(prefixes_[at_], number_++);
            if (taken_.insert(ip).second) return ip;
        }
        return std::nullopt;
    }

  private:
    std::vector<sim::Prefix> prefixes_;
    std::set<IpAddress> taken_;
    std::size_t at_ = 0;
    std::uint64_t number_ = 1;
};

Error exhausted(const std::string& pointer, const std::string& where) {
    return {.culprit = Culprit::Usage,
            .code = "scenario.addresses",
            .message = pointer + ": " + where + " has no address left for it"};
}

Error too_deep(const Network& network) {
    return {.culprit = Culprit::Usage,
            .code = "scenario.addresses",
            .message = "/networks/" + std::to_string(network.given_index) +
                       ": behind three networks whose IPv6 prefix is translated no prefix is left "
                       "for it"};
}

}  // namespace

sim::Prefix server_prefix_v4() {
    return {server_address(0, AddressFamily::IPv4), 24};
}

std::vector<sim::Prefix> internet_prefixes_v4() {
    return {{IpAddress::v4({203, 0, 113, 0}), 25}, {IpAddress::v4({192, 0, 2, 0}), 24}};
}

std::array<IpAddress, 2> stun_addresses(AddressFamily family) {
    return {server_address(10, family), server_address(11, family)};
}

IpAddress turn_address(std::size_t party, AddressFamily family) {
    return server_address(static_cast<std::uint8_t>(20 + 10 * party), family);
}

IpAddress relay_address(std::size_t party, AddressFamily family) {
    return server_address(static_cast<std::uint8_t>(21 + 10 * party), family);
}

IpAddress internet_address(AddressFamily family) {
    return server_address(1, family);
}

IpAddress nat64_address(const IpAddress& v4) {
    std::array<std::uint8_t, 16> octets{0x00, 0x64, 0xff, 0x9b};
    const auto last = v4.octets();
    std::copy_n(last.begin(), 4, octets.begin() + 12);
    return IpAddress::v6(octets);
}

IpAddress way_to_server(const Scenario& scenario, const Party& party, const IpAddress& v4,
                        const IpAddress& v6) {
    bool has_v4 = party.ipv4;
    bool has_nat64 = false;
    for (std::optional<std::size_t> at = party.network; at; at = scenario.networks[*at].behind) {
        const auto& box = scenario.networks[*at].box;
        if (!box) continue;
        has_v4 &= box->kind.ipv4 != nat::Translation::Off;
        has_nat64 |= box->kind.ipv6 == nat::Ipv6Mode::Nat64;
    }
    if (has_v4 || !party.ipv6) return v4;
    return has_nat64 ? nat64_address(v4) : v6;
}

Result<AddressPlan> plan_addresses(const Scenario& scenario) {
    AddressPlan plan;
    Pool internet(internet_prefixes_v4());
    std::vector<Pool> pools;
    for (const Network& network : scenario.networks) {
        Pool& pool = pools.emplace_back(std::vector<sim::Prefix>{network.ipv4});
        pool.take(address_at(network.ipv4, 1));
    }
    for (const Party& party : scenario.parties) {
        if (party.address) pools[*party.network].take(*party.address);
    }
    const auto name_of = [&](std::optional<std::size_t> network) {
        return network ? "\"" + scenario.networks[*network].name + "\"" : "the Internet";
    };

    for (std::size_t i = 0; i < scenario.networks.size(); ++i) {
        const Network& network = scenario.networks[i];
        Pool& outside = network.behind ? pools[*network.behind] : internet;
        NetworkAddresses& its = plan.networks.emplace_back();
        its.inside_v4 = address_at(network.ipv4, 1);
        for (std::uint32_t n = 0; n < network.outside_address_count; ++n) {
            const auto ip = outside.next();
            if (!ip) {
                return exhausted("/networks/" + std::to_string(network.given_index),
                                 name_of(network.behind));
            }
            its.outside_v4.push_back(*ip);
        }
        const auto number = static_cast<std::uint16_t>(i + 1);
        its.outside_prefix_v6 = {documentation_v6(number, 0, 0), 48};
        if (const auto outer = translated_around(scenario, i)) {
            const unsigned bits = plan.networks[*outer].inside_v6.bits + kPrefixStep;
            if (bits > kLongestPrefix) return too_deep(network);
            const auto subnet = static_cast<std::uint16_t>(number << (kLongestPrefix - bits));
            its.outside_prefix_v6 = {
                unique_local_v6(static_cast<std::uint16_t>(*outer + 1), subnet), bits};
        }
        its.inside_v6 = its.outside_prefix_v6;
        if (translates_prefix(network)) {
            its.inside_v6 = {unique_local_v6(number, 0), its.outside_prefix_v6.bits};
        }
        its.inside_router_v6 = address_at(its.inside_v6, 1);
        its.outside_v6 = documentation_v6(0, 2, number);
    }
    for (std::size_t i = 0; i < scenario.parties.size(); ++i) {
        const Party& party = scenario.parties[i];
        HostAddresses& its = plan.parties[i];
        if (party.ipv4) {
            its.v4 = party.address;
            if (!its.v4) its.v4 = (party.network ? pools[*party.network] : internet).next();
            if (!its.v4) {
                return exhausted(std::string("/parties/") + (i == 0 ? "a" : "b"),
                                 name_of(party.network));
            }
        }
        if (party.ipv6) {
            const auto host = static_cast<std::uint16_t>(0x100 + i);
            its.v6 = party.network ? address_at(plan.networks[*party.network].inside_v6, host)
                                   : documentation_v6(0, 2, host);
        }
    }
    // After all others, so that a change of address takes none away.
    const auto reserve = [&](std::size_t index) {
        const Network& network = scenario.networks[index];
        NetworkAddresses& its = plan.networks[index];
        if (!its.spare_v4) {
            its.spare_v4 = (network.behind ? pools[*network.behind] : internet).next();
        }
        return its.spare_v4.has_value();
    };
    const auto changes = [](const std::optional<nat::Parameters>& box) {
        return box && !box->events.address_change_at.empty();
    };
    for (std::size_t i = 0; i < scenario.networks.size(); ++i) {
        const Network& network = scenario.networks[i];
        if (!changes(network.box) || reserve(i)) continue;
        return exhausted("/networks/" + std::to_string(network.given_index) +
                             "/nat/parameters/events/address_change_at_ms",
                         name_of(network.behind));
    }
    for (const Event& event : scenario.events) {
        if (event.kind != EventKind::AddressChange && !changes(event.box)) continue;
        if (reserve(*event.network)) continue;
        return exhausted("/events/" + std::to_string(event.given_index),
                         name_of(scenario.networks[*event.network].behind));
    }
    return plan;
}

}  // namespace portolan::scenario
