#include <algorithm>
#include <cstdio>
#include <iterator>
#include <map>
#include <utility>

#include "nat-sim/behavior/parameter_words.hpp"
#include "nat-sim/scenario/ending.hpp"
#include "nat-sim/scenario/figures.hpp"

namespace portolan::scenario {
namespace {

using report::NodeKind;
using report::Topology;
using report::TopologyNode;

constexpr std::string_view kInternetId = "internet";

std::string host_id(std::size_t party) {
    return party == 0 ? "host-a" : "host-b";
}
std::string relay_id(std::size_t party) {
    return party == 0 ? "relay-a" : "relay-b";
}
std::string box_id(const Scenario& scenario, std::size_t network) {
    return "box-" + scenario.networks[network].name;
}

std::string short_number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

/// "10 ms, 1 % loss".
std::string label_of(const Link& link) {
    std::string out = short_number(static_cast<double>(link.delay.count()) / 1000.0) + " ms";
    if (link.loss_pct > 0) out += ", " + short_number(link.loss_pct) + " % loss";
    return out;
}

bool translates(const Network& network) {
    return network.box && network.box->kind.ipv4 == nat::Translation::AddressAndPort;
}

NodeKind kind_of(const Network& network) {
    if (!network.box) return NodeKind::Router;
    return network.box->kind.ipv4 == nat::Translation::None ? NodeKind::Firewall : NodeKind::Nat;
}

/// As RFC 4787 s4.1 and s5 abbreviate them.
std::string short_rule(std::string_view word) {
    if (word == "endpoint-independent") return "EI";
    if (word == "address-dependent") return "AD";
    return "APD";
}

std::vector<std::string> box_details(const Network& network, const NetworkAddresses& addresses) {
    std::vector<std::string> out;
    if (network.nat && !network.nat->preset.empty()) out.push_back(network.nat->preset);
    if (network.box) {
        const std::string mapping = short_rule(nat::to_string(network.box->mapping.udp));
        const std::string filtering = short_rule(nat::to_string(network.box->filtering.udp));
        out.push_back(translates(network) ? mapping + "M / " + filtering + "F" : filtering + "F");
    }
    if (!addresses.outside_v4.empty()) out.push_back(addresses.outside_v4.front().to_string());
    return out;
}

/// Which boxes of the other's side a packet enters by, from the outermost: those below the realm
/// that its destination belongs to.
struct Crossing {
    std::vector<std::size_t> up;    ///< of the sender's side, from its own outwards
    std::vector<std::size_t> down;  ///< of the receiver's side, from the outside
    bool is_over_internet = false;
};

Crossing crossing_of(const Scenario& scenario, const AddressPlan& plan, std::size_t from,
                     const IpAddress& destination) {
    const std::vector<std::size_t> mine = chain_of(scenario, scenario.parties[from]);
    const std::vector<std::size_t> theirs = chain_of(scenario, scenario.parties[1 - from]);
    // The outermost box of theirs that owns the destination, and the innermost network of both.
    std::optional<std::size_t> owner;
    for (std::size_t i = 0; i < theirs.size(); ++i) {
        if (std::ranges::count(plan.networks[theirs[i]].outside_v4, destination) > 0) owner = i;
    }
    std::optional<std::size_t> meeting;
    for (std::size_t i = theirs.size(); i-- > 0;) {
        if (std::ranges::count(mine, theirs[i]) > 0) meeting = i;
    }
    Crossing out;
    // Down from there on their side: all below the meeting, or, by a hairpin, from the owner on.
    const std::size_t below = owner && meeting && *owner >= *meeting ? *owner + 1
                              : meeting                              ? *meeting
                                                                     : theirs.size();
    for (std::size_t i = below; i-- > 0;)
        out.down.push_back(theirs[i]);
    // What the packet goes down through is not gone up to, but for the box that turns it around.
    for (const std::size_t network : mine) {
        if (below < theirs.size() && network == theirs[below]) break;
        out.up.push_back(network);
    }
    // A hairpin is one crossing of its box, not two.
    if (!out.up.empty() && !out.down.empty() && out.up.back() == out.down.front())
        out.down.erase(out.down.begin());
    out.is_over_internet = !meeting;
    return out;
}

class Drawing {
  public:
    Drawing(const CallResult& result, const Scenario& scenario)
        : result_(result), scenario_(scenario), plan_(result.plan), names_(box_names(scenario)) {}

    Topology topology() {
        add_nodes();
        add_links();
        for (const std::size_t party : {0, 1})
            add_path(party);
        return std::move(out_);
    }

  private:
    [[nodiscard]] bool has_relay(std::size_t party) const {
        return !scenario_.parties[party].turn.empty();
    }

    void add(TopologyNode node) { out_.nodes.push_back(std::move(node)); }

    void add_host(std::size_t party, std::size_t column, std::size_t row) {
        std::vector<std::string> details;
        const HostAddresses& its = plan_.parties[party];
        for (const auto& ip : {its.v4, its.v6}) {
            if (ip) details.push_back(ip->to_string());
        }
        add({.id = host_id(party),
             .name = scenario_.parties[party].name,
             .kind = NodeKind::Host,
             .details = std::move(details),
             .column = column,
             .row = row});
    }

    void add_box(std::size_t network, std::size_t column, std::size_t row) {
        if (!placed_.emplace(network, true).second) return;
        add({.id = box_id(scenario_, network),
             .name = names_[network],
             .kind = kind_of(scenario_.networks[network]),
             .details = box_details(scenario_.networks[network], plan_.networks[network]),
             .column = column,
             .row = row});
    }

    /// A on the left, B on the right, what is on the Internet between them. When both are behind
    /// one network, B is below A, and that network is to the right of both.
    void add_nodes() {
        auto a = chain_of(scenario_, scenario_.parties[0]);
        auto b = chain_of(scenario_, scenario_.parties[1]);
        std::vector<std::size_t> shared;
        std::ranges::copy_if(a, std::back_inserter(shared), [&](std::size_t network) {
            return std::ranges::count(b, network) > 0;
        });
        a.resize(a.size() - shared.size());
        b.resize(b.size() - shared.size());
        const bool are_below = !shared.empty();
        std::size_t relay_count = 0;
        for (const std::size_t party : {0, 1})
            relay_count += has_relay(party) ? 1U : 0U;
        const std::size_t row = relay_count;
        const std::size_t width = are_below ? std::max(a.size(), b.size()) : a.size();
        const auto add_chain = [&](const std::vector<std::size_t>& chain, std::size_t in_row) {
            for (std::size_t i = 0; i < chain.size(); ++i)
                add_box(chain[i], width - chain.size() + 1 + i, in_row);
        };
        add_host(0, 0, row);
        add_chain(a, row);
        std::size_t column = width + 1;
        for (const std::size_t network : shared)
            add_box(network, column++, row);
        add_internet(column++, row);
        if (are_below) {
            add_host(1, 0, row + 1);
            add_chain(b, row + 1);
            return;
        }
        for (std::size_t i = b.size(); i-- > 0;)
            add_box(b[i], column++, row);
        add_host(1, column, row);
    }

    void add_internet(std::size_t column, std::size_t row) {
        add({.id = std::string(kInternetId),
             .name = "Internet",
             .kind = NodeKind::Network,
             .details = {},
             .column = column,
             .row = row});
        std::size_t relay_row = 0;
        for (const std::size_t party : {0, 1}) {
            if (!has_relay(party)) continue;
            add({.id = relay_id(party),
                 .name = scenario_.parties[party].name + "'s relay",
                 .kind = NodeKind::Relay,
                 .details = {relay_address(party, AddressFamily::IPv4).to_string()},
                 .column = column,
                 .row = relay_row++});
        }
    }

    [[nodiscard]] std::string hub_id(std::optional<std::size_t> network) const {
        return network ? box_id(scenario_, *network) : std::string(kInternetId);
    }

    void add_links() {
        for (const std::size_t party : {0, 1}) {
            out_.links.push_back({.from = host_id(party),
                                  .to = hub_id(scenario_.parties[party].network),
                                  .label = label_of(scenario_.parties[party].link)});
        }
        for (std::size_t i = 0; i < scenario_.networks.size(); ++i) {
            // A network that nobody is behind is not drawn.
            if (!placed_.contains(i)) continue;
            out_.links.push_back({.from = box_id(scenario_, i),
                                  .to = hub_id(scenario_.networks[i].behind),
                                  .label = label_of(scenario_.networks[i].uplink)});
        }
    }

    void add_path(std::size_t party) {
        const PartyResult& its = result_.parties[party];
        if (!its.pair) return;
        const MediaFlow flow = claim_of(its, party, *its.pair);
        std::vector<std::size_t> relays;
        if (flow.sender == Sender::RelayA || flow.sender == Sender::RelayB) relays.push_back(party);
        for (const AddressFamily family : {AddressFamily::IPv4, AddressFamily::IPv6}) {
            const IpAddress relay = relay_address(1 - party, family);
            const bool is_theirs =
                flow.destination.ip == relay || (relay.family() == AddressFamily::IPv4 &&
                                                 flow.destination.ip == nat64_address(relay));
            if (is_theirs) relays.push_back(1 - party);
        }
        report::TopologyPath path{
            .name = scenario_.parties[party].name + " to " + scenario_.parties[1 - party].name,
            .nodes = {host_id(party)}};
        const auto pass = [&](std::size_t network) {
            path.nodes.push_back(box_id(scenario_, network));
        };
        if (relays.empty()) {
            const Crossing way = crossing_of(scenario_, plan_, party, flow.destination.ip);
            std::ranges::for_each(way.up, pass);
            if (way.is_over_internet) path.nodes.emplace_back(kInternetId);
            std::ranges::for_each(way.down, pass);
        } else {
            std::ranges::for_each(chain_of(scenario_, scenario_.parties[party]), pass);
            for (const std::size_t relay : relays)
                path.nodes.push_back(relay_id(relay));
            auto down = chain_of(scenario_, scenario_.parties[1 - party]);
            std::ranges::reverse(down);
            std::ranges::for_each(down, pass);
        }
        path.nodes.push_back(host_id(1 - party));
        out_.paths.push_back(std::move(path));
    }

    const CallResult& result_;
    const Scenario& scenario_;
    const AddressPlan& plan_;
    std::vector<std::string> names_;
    std::map<std::size_t, bool> placed_;
    Topology out_;
};

}  // namespace

std::vector<std::size_t> chain_of(const Scenario& scenario, const Party& party) {
    std::vector<std::size_t> out;
    for (auto at = party.network; at; at = scenario.networks[*at].behind)
        out.push_back(*at);
    return out;
}

std::vector<std::string> box_names(const Scenario& scenario) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < scenario.networks.size(); ++i) {
        const NodeKind kind = kind_of(scenario.networks[i]);
        out.push_back(
            name_of(scenario, i, kind == NodeKind::Nat ? "NAT" : std::string(to_string(kind))));
    }
    return out;
}

report::Figure topology_figure(const CallResult& result, const Scenario& scenario) {
    report::Figure out{.title = result.is_connected() ? "The way of the call" : "The networks",
                       .note =
                           "EI, AD and APD: endpoint-independent, address-dependent, address- "
                           "and port-dependent; M of the mapping, F of the filtering (RFC "
                           "4787). A link is that of the node outwards, with its delay.",
                       .body = Drawing(result, scenario).topology()};
    return out;
}

}  // namespace portolan::scenario
