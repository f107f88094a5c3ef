#include "nat-sim/scenario/topology.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "nat-sim/scenario/address_plan.hpp"
#include "nat-sim/scenario/check.hpp"
#include "nat-sim/scenario/ending.hpp"
#include "nat-sim/scenario/limits.hpp"
#include "nat-sim/scenario/ways.hpp"

namespace portolan::scenario {

namespace {

oracle::Mapping to_oracle(nat::MappingRule rule) {
    switch (rule) {
        case nat::MappingRule::EndpointIndependent:
            return oracle::Mapping::EndpointIndependent;
        case nat::MappingRule::AddressDependent:
            return oracle::Mapping::AddressDependent;
        case nat::MappingRule::AddressAndPortDependent:
            break;
    }
    return oracle::Mapping::AddressAndPortDependent;
}

oracle::Filtering to_oracle(nat::FilteringRule rule) {
    switch (rule) {
        case nat::FilteringRule::EndpointIndependent:
            return oracle::Filtering::EndpointIndependent;
        case nat::FilteringRule::AddressDependent:
            return oracle::Filtering::AddressDependent;
        case nat::FilteringRule::AddressAndPortDependent:
            break;
    }
    return oracle::Filtering::AddressAndPortDependent;
}

oracle::Hairpin to_oracle(nat::HairpinMode mode) {
    switch (mode) {
        case nat::HairpinMode::Off:
            return oracle::Hairpin::Off;
        case nat::HairpinMode::ExternalSource:
            return oracle::Hairpin::ExternalSource;
        case nat::HairpinMode::InternalSource:
            break;
    }
    return oracle::Hairpin::InternalSource;
}

/// A rule that depends on the destination, but in whose use one port serves all destinations as
/// long as nobody else wants it, as Linux does, looks endpoint-independent.
bool keeps_port_by_chance(const nat::Parameters& box) {
    return box.mapping.udp != nat::MappingRule::EndpointIndependent &&
           box.port_allocation.overlap &&
           (box.port_allocation.strategy == nat::PortStrategy::Preserve ||
            box.conflict.stickiness == nat::Stickiness::Source);
}

/// Whether a packet that comes in first takes the port of what would have gone out by it.
bool lets_ports_be_taken(const nat::Parameters& box) {
    return box.unsolicited.inbound_first == nat::InboundFirst::Accept && keeps_port_by_chance(box);
}

/// To a host that it does not translate.
bool lets_tcp_in(const nat::Parameters& box) {
    return box.policy.tcp_in && (box.policy.open_inbound ||
                                 box.filtering.tcp == nat::FilteringRule::EndpointIndependent);
}

oracle::NatBox ipv4_box(const nat::Parameters& box, bool is_port_taken) {
    oracle::NatBox out;
    const bool translates = box.kind.ipv4 == nat::Translation::AddressAndPort;
    out.carries = box.kind.ipv4 != nat::Translation::Off;
    out.udp = box.policy.udp;
    out.translates = box.kind.ipv4 != nat::Translation::None;
    out.tcp_open = !out.translates && lets_tcp_in(box);
    out.web_only = box.policy.web_only;
    out.port_is_taken = translates && is_port_taken;
    out.mapping = translates && (is_port_taken || !keeps_port_by_chance(box))
                      ? to_oracle(box.mapping.udp)
                      : oracle::Mapping::EndpointIndependent;
    out.filtering = !translates && box.policy.open_inbound ? oracle::Filtering::EndpointIndependent
                                                           : to_oracle(box.filtering.udp);
    out.reply = box.reply_binding == nat::ReplyBinding::SessionAware
                    ? oracle::ReplyBinding::SessionAware
                    : oracle::ReplyBinding::MappingTable;
    out.hairpin = to_oracle(box.hairpin);
    return out;
}

oracle::NatBox ipv6_box(const nat::Parameters& box) {
    oracle::NatBox out;
    out.family = oracle::Family::IPv6;
    out.carries = box.kind.ipv6 != nat::Ipv6Mode::Off && box.kind.ipv6 != nat::Ipv6Mode::Nat64;
    out.udp = box.policy.udp;
    out.web_only = box.policy.web_only;
    out.translates = box.kind.ipv6 == nat::Ipv6Mode::Nptv6;
    out.tcp_open = !out.translates && lets_tcp_in(box);
    // RFC 6296 s4.3: both addresses are translated.
    if (out.translates && box.hairpin != nat::HairpinMode::Off) {
        out.hairpin = oracle::Hairpin::ExternalSource;
    }
    out.filtering = box.policy.open_inbound ? oracle::Filtering::EndpointIndependent
                                            : to_oracle(box.filtering.udp);
    return out;
}

std::vector<oracle::TurnAccess> to_oracle(const std::vector<TurnTransport>& transports) {
    std::vector<oracle::TurnAccess> out;
    for (const TurnTransport transport : transports) {
        switch (transport) {
            case TurnTransport::Udp:
                out.push_back(oracle::TurnAccess::Udp);
                break;
            case TurnTransport::Tcp:
                out.push_back(oracle::TurnAccess::Tcp);
                break;
            case TurnTransport::Tcp443:
                out.push_back(oracle::TurnAccess::TcpOnWebPort);
                break;
        }
    }
    return out;
}

bool is_one_to_one(const nat::Parameters& box) {
    return box.kind.ipv4 == nat::Translation::OneToOne;
}

/// Of a NAT that numbers its inside hosts: how many of them it serves. RFC 7422 s2: C for each
/// outside address.
std::optional<std::uint64_t> shares_of(const nat::Parameters& box, const NetworkAddresses& its) {
    if (is_one_to_one(box)) return its.outside_v4.size();
    if (box.kind.ipv4 != nat::Translation::AddressAndPort ||
        box.port_allocation.strategy != nat::PortStrategy::Block) {
        return std::nullopt;
    }
    return box.port_allocation.block_compression_count * its.outside_v4.size();
}

/// From 0; none of an address outside the prefix.
std::optional<std::uint64_t> subscriber_number(const sim::Prefix& prefix, const IpAddress& ip) {
    if (!prefix.contains(ip)) return std::nullopt;
    const auto value = [](const IpAddress& address) {
        std::uint64_t out = 0;
        for (const std::uint8_t octet : address.octets())
            out = out << 8 | octet;
        return out;
    };
    // The prefix's own address is nobody's.
    return value(ip) - value(prefix.ip) - 1;
}

/// Whether IPv6 gets to a NAT64, and IPv4 from there to the Internet.
bool reaches_nat64(const Scenario& scenario, const Party& party) {
    bool is_behind_it = false;
    for (std::optional<std::size_t> at = party.network; at; at = scenario.networks[*at].behind) {
        const auto& box = scenario.networks[*at].box;
        if (!box) continue;
        const bool is_nat64 = box->kind.ipv6 == nat::Ipv6Mode::Nat64;
        if (is_behind_it && box->kind.ipv4 == nat::Translation::Off) return false;
        if (!is_behind_it && box->kind.ipv6 == nat::Ipv6Mode::Off) return false;
        is_behind_it |= is_nat64;
    }
    return is_behind_it;
}

/// Where a NAT numbers its inside hosts, each has its own ports or its own address: whose address
/// has none there. Empty when all have.
std::string without_share(const Scenario& scenario, const AddressPlan& plan) {
    for (std::size_t i = 0; i < scenario.parties.size(); ++i) {
        std::optional<IpAddress> source = plan.parties[i].v4;
        for (std::optional<std::size_t> at = scenario.parties[i].network; at && source;
             at = scenario.networks[*at].behind) {
            const Network& network = scenario.networks[*at];
            if (!network.box) continue;
            const auto share_count = shares_of(*network.box, plan.networks[*at]);
            if (share_count) {
                const auto number = subscriber_number(network.ipv4, *source);
                if (!number || *number >= *share_count) {
                    return "the NAT of \"" + network.name + "\" has no " +
                           (is_one_to_one(*network.box) ? "outside address" : "block of ports") +
                           " for " + source->to_string() + ", by which " +
                           scenario.parties[i].name +
                           "'s packets come to it: it gives one to each of the first " +
                           std::to_string(*share_count) + " addresses of " +
                           network.ipv4.to_string();
                }
            }
            if (translates_ipv4(network)) source = plan.networks[*at].outside_v4.front();
        }
    }
    return {};
}

/// Boxes of a scenario as the oracle knows them. Routers are left out.
class Translator {
  public:
    /// `late`: the party whose first check goes out when the other's has come in.
    Translator(const Scenario& scenario, std::optional<std::size_t> late) : scenario_(scenario) {
        const auto is_taken = [&](std::size_t network) {
            return late && lets_ports_be_taken(*scenario.networks[network].box) &&
                   is_behind(scenario, scenario.parties[*late], network) &&
                   !is_behind(scenario, scenario.parties[1 - *late], network);
        };
        for (std::size_t i = 0; i < scenario.networks.size(); ++i) {
            const Network& network = scenario.networks[i];
            const std::optional<int> outer4 = network.behind ? v4_[*network.behind] : std::nullopt;
            const std::optional<int> outer6 = network.behind ? v6_[*network.behind] : std::nullopt;
            v4_.push_back(network.box ? add(ipv4_box(*network.box, is_taken(i)), outer4) : outer4);
            v6_.push_back(network.box ? add(ipv6_box(*network.box), outer6) : outer6);
        }
        topology_.a = party(0);
        topology_.b = party(1);
    }

    oracle::Topology take() { return std::move(topology_); }

  private:
    int add(oracle::NatBox box, std::optional<int> behind) {
        box.behind = behind;
        topology_.nats.push_back(box);
        return static_cast<int>(topology_.nats.size()) - 1;
    }

    oracle::Party party(std::size_t index) const {
        const Party& from = scenario_.parties[index];
        oracle::Party out;
        out.name = from.name;
        out.ipv4 = from.ipv4;
        out.ipv6 = from.ipv6;
        out.turn = to_oracle(from.turn);
        out.ice_tcp = from.ice_tcp;
        out.relay_only = from.relay_only;
        if (from.network) {
            out.behind = v4_[*from.network];
            out.behind_ipv6 = v6_[*from.network];
        }
        for (std::optional<std::size_t> at = from.network; at;
             at = scenario_.networks[*at].behind) {
            const Network& network = scenario_.networks[*at];
            if (network.box && network.box->policy.web_only) {
                out.tcp_out = oracle::TcpOut::WebPortsOnly;
            }
        }
        out.nat64 = reaches_nat64(scenario_, from);
        return out;
    }

    const Scenario& scenario_;
    oracle::Topology topology_;
    std::vector<std::optional<int>> v4_;
    std::vector<std::optional<int>> v6_;
};

std::string beyond_the_rules(const Scenario& scenario, Duration settled) {
    for (const Event& event : scenario.events) {
        if (event.network && is_of_nobody(scenario, *event.network)) continue;
        if (event.at < settled) return "networks change while the call is set up";
    }
    const auto is_before = [&](nat::Time at) { return at < settled; };
    for (std::size_t i = 0; i < scenario.networks.size(); ++i) {
        const Network& network = scenario.networks[i];
        if (!network.box || is_of_nobody(scenario, i)) continue;
        const nat::Parameters& box = *network.box;
        const std::string its = "the NAT of \"" + network.name + "\" ";
        if (std::any_of(box.events.reboot_at.begin(), box.events.reboot_at.end(), is_before) ||
            std::any_of(box.events.address_change_at.begin(), box.events.address_change_at.end(),
                        is_before)) {
            return its + "changes while the call is set up";
        }
        if (box.alg == nat::Alg::Stun) return its + "rewrites what STUN says";
        if (box.icmp == nat::IcmpMode::KillsMapping) return its + "forgets on ICMP errors";
        if (box.realms == nat::Realms::Confused) return its + "confuses its realms";
        if (box.pooling != nat::Pooling::Paired && network.outside_address_count > 1) {
            return its + "draws outside addresses at random";
        }
        if (box.kind.ipv6 == nat::Ipv6Mode::Nat64 &&
            box.filtering.udp == nat::FilteringRule::EndpointIndependent) {
            return its + "lets IPv4 in to hosts that know no IPv4";
        }
        if (const std::string limit = limit_of(box); !limit.empty()) {
            return its + limit + ": its parameters limit it more than its rules";
        }
    }
    return {};
}

/// Whether the party's relay is reached over TCP: the first of its ways that leads there.
bool is_relay_by_tcp(const oracle::Topology& topology, const oracle::Party& party) {
    if (party.turn.empty() || !oracle::has_relay(topology, party)) return false;
    return party.turn.front() != oracle::TurnAccess::Udp || oracle::blocks_udp(topology, party);
}

Needs needs_of(const Scenario& scenario, const Forecast& forecast) {
    Needs out;
    for (const oracle::Expectation& each : forecast.outcomes) {
        out.relays |= each.reach == oracle::Reach::Relayed;
        out.direct_tcp |= each.reach == oracle::Reach::DirectTcp;
    }
    const oracle::Topology topology = Translator(scenario, {}).take();
    out.relay_by_tcp = {is_relay_by_tcp(topology, topology.a),
                        is_relay_by_tcp(topology, topology.b)};
    return out;
}

/// The answerer's last transmission of a check leaves 1.5 s after its first; the offerer's first
/// has to be there before, with what the way and queues add.
constexpr Duration kEnoughToGiveUp = std::chrono::seconds(1);

/// Of what comes out only because the answerer's checks were over when the offerer's began.
std::string why_given_up(const Scenario& scenario, const oracle::Expectation& expectation,
                         Duration head_start) {
    const std::string& a = scenario.parties[0].name;
    const std::string& b = scenario.parties[1].name;
    std::string out = b + " had checked in vain and given up when " + a + " began: " + a +
                      " had the answer " + seconds_of(head_start) + " after " + b +
                      " had the offer";
    if (expectation.reach != oracle::Reach::Relayed || expectation.legs.size() != 1) return out;
    const oracle::Legs legs = *expectation.legs.begin();
    if (legs.a_relay && legs.b_relay) return out + "; both relays carry the call";
    return out + "; " + (legs.a_relay ? a : b) + "'s relay carries the call";
}

}  // namespace

bool Forecast::allows(oracle::Reach reach, oracle::Legs legs) const {
    return std::any_of(outcomes.begin(), outcomes.end(), [&](const oracle::Expectation& each) {
        if (each.reach != reach) return false;
        return reach == oracle::Reach::Unreachable || each.legs.contains(legs);
    });
}

bool Forecast::allows_early(oracle::Reach reach, oracle::Legs legs) const {
    return reach == oracle::Reach::Relayed &&
           std::any_of(outcomes.begin(), outcomes.end(), [&](const oracle::Expectation& each) {
               return each.early_legs.contains(legs);
           });
}

bool Forecast::permits(oracle::Reach reach, oracle::Legs legs) const {
    return std::any_of(outcomes.begin(), outcomes.end(), [&](const oracle::Expectation& each) {
        if (reach == oracle::Reach::Relayed) return each.permitted_legs.contains(legs);
        return reach == oracle::Reach::DirectTcp && each.tcp_connects;
    });
}

bool Forecast::may_not_conclude() const {
    return std::any_of(outcomes.begin(), outcomes.end(),
                       [](const oracle::Expectation& each) { return each.may_not_conclude; });
}

std::string_view to_string(Accordance accordance) {
    constexpr std::array<std::string_view, 7> kNames{"no-forecast", "as-forecast",   "early",
                                                     "permitted",   "no-conclusion", "handicapped",
                                                     "differs"};
    return kNames[static_cast<std::size_t>(accordance)];
}

Result<Forecast> forecast(const Scenario& scenario, Duration settled, Duration head_start) {
    Forecast out;
    const auto plan = plan_addresses(scenario);
    if (!plan) return plan.error();
    out.silent_because = beyond_the_rules(scenario, settled);
    if (out.silent_because.empty()) out.silent_because = without_share(scenario, *plan);
    if (!out.silent_because.empty()) return out;
    const auto add = [&](oracle::FirstChecker first, std::optional<std::size_t> late = {}) {
        oracle::Expectation each = oracle::expect_call(Translator(scenario, late).take(), first);
        if (first == oracle::FirstChecker::BAlone) {
            if (!out.in_time.contains(each.reach))
                each.why = why_given_up(scenario, each, head_start);
        } else if (late) {
            out.late_checks.push_back({*late, each.reach, each.why});
        } else {
            out.in_time.insert(each.reach);
        }
        const auto same =
            std::find_if(out.outcomes.begin(), out.outcomes.end(),
                         [&](const auto& known) { return known.reach == each.reach; });
        if (same == out.outcomes.end()) {
            out.outcomes.push_back(std::move(each));
            return;
        }
        same->legs.merge(each.legs);
        same->families.merge(each.families);
        same->why_of_family.merge(each.why_of_family);
        same->permitted_legs.merge(each.permitted_legs);
        same->early_legs.merge(each.early_legs);
        same->tcp_connects |= each.tcp_connects;
        same->may_not_conclude |= each.may_not_conclude;
    };
    // The answerer has the offer's candidates before the offerer has the answer's, and usually
    // checks first; where the order decides, both may happen.
    add(oracle::FirstChecker::B);
    add(oracle::FirstChecker::A);
    for (const std::size_t late : {0, 1}) {
        const auto may_be_late = [&](const Network& network) {
            const auto index = static_cast<std::size_t>(&network - scenario.networks.data());
            return network.box && lets_ports_be_taken(*network.box) &&
                   is_behind(scenario, scenario.parties[late], index);
        };
        if (std::any_of(scenario.networks.begin(), scenario.networks.end(), may_be_late)) {
            add(late == 0 ? oracle::FirstChecker::B : oracle::FirstChecker::A, late);
        }
    }
    if (head_start > kEnoughToGiveUp) {
        add(oracle::FirstChecker::BAlone);
        // The offerer's checks are late then.
        const bool may_take_ports = std::any_of(
            scenario.networks.begin(), scenario.networks.end(), [](const Network& network) {
                return network.box && lets_ports_be_taken(*network.box);
            });
        if (may_take_ports) add(oracle::FirstChecker::BAlone, 0);
    }
    out.handicap = handicap_of(scenario, needs_of(scenario, out));
    return out;
}

}  // namespace portolan::scenario
