#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nat-sim/network/interface.hpp"
#include "nat-sim/network/link_options.hpp"
#include "nat-sim/network/packet.hpp"

namespace portolan::sim {

class Egress;
class Fabric;

/// What interfaces are attached to.
class Medium {
  public:
    virtual ~Medium();
    Medium(const Medium&) = delete;
    Medium& operator=(const Medium&) = delete;

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] bool is_up() const { return is_up_; }
    /// Down: what is sent is lost, and what is on its way as well.
    void set_up(bool is_up);
    [[nodiscard]] std::uint64_t outage_count() const { return outage_count_; }
    [[nodiscard]] virtual std::size_t mtu_bytes(const Interface& from) const = 0;

    virtual void transmit(Interface& from, const IpAddress& next_hop, Packet packet) = 0;

  protected:
    Medium(Fabric& fabric, std::string name);

    Fabric& fabric_;

  private:
    friend class World;
    virtual void join(Interface& interface) = 0;

    std::string name_;
    bool is_up_ = true;
    std::uint64_t outage_count_ = 0;
};

/// Two ends; whatever one sends reaches the other.
class Link final : public Medium {
  public:
    Link(Fabric& fabric, std::string name, const LinkOptions& a_to_b, const LinkOptions& b_to_a);
    ~Link() override;

    /// From now on; packets on their way keep what they were sent with.
    void set_options(const LinkOptions& both);
    void set_options_from(const Node& sender, const LinkOptions& options);
    [[nodiscard]] const LinkOptions& options_from(const Interface& from) const;

    [[nodiscard]] std::size_t mtu_bytes(const Interface& from) const override;
    void transmit(Interface& from, const IpAddress& next_hop, Packet packet) override;

  private:
    void join(Interface& interface) override;
    [[nodiscard]] Egress& egress_of(const Interface& from) const;

    std::vector<Interface*> ends_;
    std::vector<std::unique_ptr<Egress>> directions_;
};

/// Many members; a packet goes to the one that has the next hop's address.
class Lan final : public Medium {
  public:
    Lan(Fabric& fabric, std::string name, const LinkOptions& options);
    ~Lan() override;

    void set_options(const LinkOptions& options);

    [[nodiscard]] std::size_t mtu_bytes(const Interface& from) const override;
    void transmit(Interface& from, const IpAddress& next_hop, Packet packet) override;

  private:
    class Search;
    void join(Interface& interface) override;
    void try_transmit(Interface& from, const IpAddress& next_hop, Packet packet, int tries_left);

    LinkOptions options_;
    std::vector<Interface*> members_;
    std::vector<std::unique_ptr<Egress>> egresses_;
};

}  // namespace portolan::sim
