#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "nat-sim/network/world.hpp"
#include "nat-sim/scenario/address_plan.hpp"
#include "nat-sim/scenario/nat_processor.hpp"
#include "nat-sim/scenario/scenario.hpp"

namespace portolan::scenario {

/// One box of the world: a NAT or firewall, or a plain router.
struct Box {
    std::string name;
    sim::Node* node = nullptr;
    NatProcessor* processor = nullptr;  ///< none of a router
    sim::Interface* inside = nullptr;
    sim::Interface* outside = nullptr;
    sim::Link* uplink = nullptr;
};

/// A scenario's network, built: the Internet as one router, the servers' hosts beside it, each
/// network as a box with its hosts behind. Its timed events are scheduled.
class Lab {
  public:
    Lab(const Scenario& scenario, AddressPlan plan);
    ~Lab();
    Lab(const Lab&) = delete;
    Lab& operator=(const Lab&) = delete;

    [[nodiscard]] sim::World& world() { return *world_; }
    [[nodiscard]] const AddressPlan& plan() const { return plan_; }
    [[nodiscard]] const std::vector<Box>& boxes() const { return boxes_; }  ///< as the networks
    [[nodiscard]] sim::Host& party(std::size_t index) { return *parties_[index]; }
    [[nodiscard]] sim::Host& stun_host() { return *stun_host_; }
    [[nodiscard]] bool has_turn(std::size_t party) const { return turn_hosts_[party] != nullptr; }
    [[nodiscard]] sim::Host& turn_host(std::size_t party) { return *turn_hosts_[party]; }

  private:
    struct Member;
    sim::Node& hub_of(std::optional<std::size_t> network);
    sim::Link& join(std::optional<std::size_t> network, sim::Node& node, const std::string& name,
                    const std::vector<IpAddress>& addresses, const Link& link);
    sim::Host& add_server(const std::string& name, const std::vector<IpAddress>& addresses);
    void add_network(std::size_t index);
    void add_party(std::size_t index);
    void schedule(const Event& event);

    const Scenario& scenario_;
    AddressPlan plan_;
    std::unique_ptr<sim::World> world_;
    sim::Router* internet_ = nullptr;
    std::vector<Box> boxes_;
    std::vector<sim::Node*> hubs_;  ///< of each network: its switch, or the box itself
    std::array<sim::Host*, 2> parties_{};
    std::array<sim::Host*, 2> turn_hosts_{};
    sim::Host* stun_host_ = nullptr;
};

sim::LinkOptions to_sim(const Link& link);
nat::BoxAddresses box_addresses(const Scenario& scenario, const AddressPlan& plan,
                                std::size_t network);

}  // namespace portolan::scenario
