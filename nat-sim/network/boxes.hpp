#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nat-sim/network/firewall_rules.hpp"
#include "nat-sim/network/node.hpp"
#include "nat-sim/network/packet_processor.hpp"

namespace portolan::sim {

/// Forwards by longest prefix.
class Router final : public Node {
  public:
    Router(Fabric& fabric, std::string name) : Node(fabric, std::move(name)) {}
    void receive(Interface& in, Packet packet) override;
};

/// A router that filters between its inside and outside interfaces.
class Firewall final : public Node {
  public:
    Firewall(Fabric& fabric, std::string name, const FirewallRules& rules);
    ~Firewall() override;

    void set_rules(const FirewallRules& rules);
    /// Forgets the flows it has let through.
    void reboot();
    void receive(Interface& in, Packet packet) override;

  private:
    std::unique_ptr<FirewallEngine> engine_;
};

/// Gives each packet to a PacketProcessor and routes what comes out. Knows nothing of NAT itself.
class NatBox final : public Node {
  public:
    NatBox(Fabric& fabric, std::string name, std::unique_ptr<PacketProcessor> processor);
    ~NatBox() override;

    [[nodiscard]] PacketProcessor& processor() { return *processor_; }
    /// Forgets everything; in the middle of traffic, as a power cut would.
    void reboot();
    void receive(Interface& in, Packet packet) override;

  private:
    class AskForDue;
    [[nodiscard]] RouteLimit limit_of_answers(const Interface& in) const override;
    /// `in` is where the original came from, when there is one.
    void send_out(Side side, Packet packet, Interface* in, std::span<const std::byte> original);

    void send_extra(PacketProcessor::Emission emission, Interface* in);
    void ask_for_due();

    std::unique_ptr<PacketProcessor> processor_;
    SimTime asks_until_{};
    bool is_asking_ = false;
};

}  // namespace portolan::sim
