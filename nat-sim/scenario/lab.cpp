#include "nat-sim/scenario/lab.hpp"

#include <algorithm>
#include <utility>

#include "nat-sim/network/medium.hpp"
#include "nat-sim/scenario/prefix.hpp"

namespace portolan::scenario {

namespace {

constexpr const char* kPartyNames[] = {"host-a", "host-b"};

nat::Ipv4 to_nat_v4(const IpAddress& ip) {
    nat::Ipv4 out;
    for (const std::uint8_t octet : ip.octets())
        out.value = out.value << 8 | octet;
    return out;
}

nat::Ipv6 to_nat_v6(const IpAddress& ip) {
    nat::Ipv6 out;
    std::copy(ip.octets().begin(), ip.octets().end(), out.bytes.begin());
    return out;
}

nat::Ipv6Prefix to_nat_v6(const sim::Prefix& prefix) {
    return {to_nat_v6(prefix.ip), static_cast<std::uint8_t>(prefix.bits)};
}

unsigned host_bits(const IpAddress& ip) {
    return ip.family() == AddressFamily::IPv4 ? 32 : 128;
}

std::vector<sim::InterfaceAddress> single(const std::vector<IpAddress>& ips) {
    std::vector<sim::InterfaceAddress> out;
    out.reserve(ips.size());
    for (const IpAddress& ip : ips)
        out.push_back({ip, host_bits(ip)});
    return out;
}

void add_default_routes(sim::Node& node, sim::Interface& interface) {
    for (const AddressFamily family : {AddressFamily::IPv4, AddressFamily::IPv6}) {
        node.add_route({.prefix = sim::Prefix::any(family), .interface = &interface});
    }
}

sim::Interface& newest_interface(const sim::Node& node) {
    return *node.interfaces().back();
}

}  // namespace

sim::LinkOptions to_sim(const Link& link) {
    sim::LinkOptions options;
    options.delay = link.delay;
    options.jitter = link.jitter;
    options.loss = link.loss_pct / 100;
    if (link.burst_loss) {
        options.burst_loss = {.good_to_bad = link.burst_loss->enter_pct / 100,
                              .bad_to_good = link.burst_loss->leave_pct / 100,
                              .loss_in_good = 0,
                              .loss_in_bad = link.burst_loss->loss_pct / 100};
    }
    options.duplicate = link.duplicate_pct / 100;
    options.reorder = link.reorder_pct / 100;
    options.reorder_delay = link.reorder_delay;
    if (link.rate_bits_s != 0) {
        options.rate_bits_per_s = link.rate_bits_s;
        options.queue_packets = link.queue_packet_count;
    }
    options.mtu_bytes = link.mtu_bytes;
    return options;
}

nat::BoxAddresses box_addresses(const Scenario& scenario, const AddressPlan& plan,
                                std::size_t network) {
    const NetworkAddresses& its = plan.networks[network];
    const sim::Prefix& inside = scenario.networks[network].ipv4;
    nat::BoxAddresses out;
    out.inside_v4 = {to_nat_v4(its.inside_v4)};
    for (const IpAddress& ip : its.outside_v4)
        out.outside_v4.push_back(to_nat_v4(ip));
    if (its.spare_v4) out.spare_outside_v4 = {to_nat_v4(*its.spare_v4)};
    out.inside_prefix_v4 = {to_nat_v4(inside.ip), static_cast<std::uint8_t>(inside.bits)};
    out.inside_v6 = {to_nat_v6(its.inside_router_v6)};
    out.outside_v6 = {to_nat_v6(its.outside_v6)};
    out.inside_prefix_v6 = to_nat_v6(its.inside_v6);
    out.outside_prefix_v6 = to_nat_v6(its.outside_prefix_v6);
    return out;
}

Lab::Lab(const Scenario& scenario, AddressPlan plan) : scenario_(scenario), plan_(std::move(plan)) {
    sim::WorldOptions options;
    options.seed = scenario.seed;
    world_ = std::make_unique<sim::World>(options);
    internet_ = &world_->add_router("internet");
    internet_->set_error_sources(
        {internet_address(AddressFamily::IPv4), internet_address(AddressFamily::IPv6)});
    internet_->set_reports_no_route(false);
    const auto both = [](auto address) {
        return std::vector<IpAddress>{address(AddressFamily::IPv4), address(AddressFamily::IPv6)};
    };
    std::vector<IpAddress> stun;
    for (const AddressFamily family : {AddressFamily::IPv4, AddressFamily::IPv6}) {
        for (const IpAddress& ip : stun_addresses(family))
            stun.push_back(ip);
    }
    stun_host_ = &add_server("stun", stun);
    for (std::size_t party = 0; party < 2; ++party) {
        if (scenario.parties[party].turn.empty()) continue;
        std::vector<IpAddress> ips =
            both([&](AddressFamily family) { return turn_address(party, family); });
        for (const IpAddress& ip :
             both([&](AddressFamily family) { return relay_address(party, family); })) {
            ips.push_back(ip);
        }
        turn_hosts_[party] = &add_server(party == 0 ? "turn-a" : "turn-b", ips);
    }
    for (std::size_t i = 0; i < scenario.networks.size(); ++i)
        add_network(i);
    for (std::size_t i = 0; i < 2; ++i)
        add_party(i);
    for (const Event& event : scenario.events)
        schedule(event);
}

Lab::~Lab() = default;

sim::Node& Lab::hub_of(std::optional<std::size_t> network) {
    return network ? *hubs_[*network] : *internet_;
}

sim::Link& Lab::join(std::optional<std::size_t> network, sim::Node& node, const std::string& name,
                     const std::vector<IpAddress>& addresses, const Link& link) {
    sim::Node& hub = hub_of(network);
    sim::InterfaceOptions at_hub;
    const bool is_box = network && &hub == boxes_[*network].node;
    if (is_box) {
        const NetworkAddresses& its = plan_.networks[*network];
        at_hub.addresses = {{its.inside_v4, scenario_.networks[*network].ipv4.bits},
                            {its.inside_router_v6, 64}};
    }
    sim::InterfaceOptions at_node;
    at_node.side = sim::Side::Outside;
    at_node.addresses = single(addresses);
    sim::Link& made = world_->connect(hub, at_hub, node, at_node, to_sim(link), name);
    sim::Interface& hub_end = newest_interface(hub);
    if (is_box) boxes_[*network].inside = &hub_end;
    for (const IpAddress& ip : addresses)
        hub.add_route({.prefix = {ip, host_bits(ip)}, .interface = &hub_end});
    add_default_routes(node, newest_interface(node));
    return made;
}

sim::Host& Lab::add_server(const std::string& name, const std::vector<IpAddress>& addresses) {
    sim::Host& host = world_->add_host(name);
    join(std::nullopt, host, name + "-link", addresses, scenario_.server_link);
    return host;
}

void Lab::add_network(std::size_t index) {
    const Network& network = scenario_.networks[index];
    const NetworkAddresses& its = plan_.networks[index];
    Box box;
    box.name = network.name;
    const std::string name = "box-" + network.name;
    if (network.box) {
        auto processor =
            std::make_unique<NatProcessor>(*network.box, box_addresses(scenario_, plan_, index),
                                           world_->seed_for("nat-" + network.name));
        box.processor = processor.get();
        box.node = &world_->add_nat(name, std::move(processor));
    } else {
        box.node = &world_->add_router(name);
    }
    std::vector<IpAddress> outside = its.outside_v4;
    if (its.spare_v4) outside.push_back(*its.spare_v4);
    outside.push_back(its.outside_v6);
    box.uplink =
        &join(network.behind, *box.node, "uplink-" + network.name, outside, network.uplink);
    box.outside = &newest_interface(*box.node);

    // What is routed to it: every hub on the way has to know.
    std::vector<sim::Prefix> routed{its.outside_prefix_v6};
    if (!translates_ipv4(network)) routed.push_back(network.ipv4);
    sim::Interface* hub_end = &newest_interface(hub_of(network.behind));
    for (std::optional<std::size_t> at = network.behind;;) {
        sim::Node& hub = hub_of(at);
        for (const sim::Prefix& prefix : routed)
            hub.add_route({.prefix = prefix, .interface = hub_end});
        if (!at) break;
        const Box& outer = boxes_[*at];
        if (outer.node != &hub) {
            for (const sim::Prefix& prefix : routed)
                outer.node->add_route({.prefix = prefix, .interface = outer.inside});
        }
        const std::optional<std::size_t> next = scenario_.networks[*at].behind;
        for (const auto& interface : hub_of(next).interfaces()) {
            if (&interface->medium() == outer.uplink) hub_end = interface.get();
        }
        at = next;
    }

    boxes_.push_back(box);
    hubs_.push_back(box.node);
    std::size_t member_count = 0;
    for (const Network& other : scenario_.networks)
        member_count += other.behind == index;
    for (const Party& party : scenario_.parties)
        member_count += party.network == index;
    if (member_count < 2) return;
    // Neighbours reach each other through a switch, not through the box.
    sim::Router& fabric = world_->add_router("switch-" + network.name);
    // It stands for ports of the box: what does not fit the next link is reported as the box would.
    fabric.set_error_sources({its.inside_v4, its.inside_router_v6});
    fabric.set_reports_no_route(false);
    sim::InterfaceOptions at_box;
    at_box.addresses = {{its.inside_v4, network.ipv4.bits}, {its.inside_router_v6, 64}};
    world_->connect(*box.node, at_box, fabric, {}, sim::LinkOptions{}, "lan-" + network.name);
    boxes_[index].inside = &newest_interface(*box.node);
    add_default_routes(fabric, newest_interface(fabric));
    hubs_[index] = &fabric;
}

void Lab::add_party(std::size_t index) {
    const Party& party = scenario_.parties[index];
    std::vector<IpAddress> ips;
    for (const auto& ip : {plan_.parties[index].v4, plan_.parties[index].v6}) {
        if (ip) ips.push_back(*ip);
    }
    sim::Host& host = world_->add_host(kPartyNames[index]);
    join(party.network, host, std::string(kPartyNames[index]) + "-link", ips, party.link);
    parties_[index] = &host;
}

void Lab::schedule(const Event& event) {
    const auto at = [&](std::function<void()> what) {
        world_->schedule(sim::SimTime(event.at), std::move(what));
    };
    if (event.kind == EventKind::LinkDown || event.kind == EventKind::LinkUp) {
        const bool is_up = event.kind == EventKind::LinkUp;
        sim::Link* link = event.party
                              ? world_->link(std::string(kPartyNames[*event.party]) + "-link")
                              : boxes_[*event.network].uplink;
        return at([link, is_up] { link->set_up(is_up); });
    }
    NatProcessor* processor = boxes_[*event.network].processor;
    const auto now = [this] { return std::chrono::duration_cast<nat::Time>(world_->now()); };
    switch (event.kind) {
        case EventKind::NatReboot:
            return at([processor, now] { processor->engine().reboot(now()); });
        case EventKind::AddressChange:
            return at([processor, now] { processor->engine().change_to_spare_address(now()); });
        case EventKind::BehaviourChange:
            return at([processor, now, box = *event.box] {
                processor->engine().set_parameters(box, now());
            });
        case EventKind::LinkDown:
        case EventKind::LinkUp:
            break;
    }
}

}  // namespace portolan::scenario
