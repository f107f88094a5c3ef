#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nat-sim/network/interface.hpp"
#include "nat-sim/network/packet.hpp"
#include "nat-sim/network/packet_log.hpp"

namespace portolan::sim {

class Fabric;
struct IcmpMessage;
struct IpHeader;

struct Route {
    Prefix prefix;
    Interface* interface = nullptr;
    std::optional<IpAddress> gateway = {};  ///< the destination itself is the next hop when absent
    unsigned metric = 0;                    ///< the lower wins among equal prefix lengths
};

/// Which interfaces may be used.
struct RouteLimit {
    const Interface* interface = nullptr;  ///< this one only
    std::optional<Side> side = {};         ///< those of this side only
};

/// Anything with interfaces and a routing table.
class Node {
  public:
    virtual ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::vector<std::unique_ptr<Interface>>& interfaces() const {
        return interfaces_;
    }
    [[nodiscard]] Interface* interface(std::string_view name) const;
    [[nodiscard]] bool owns(const IpAddress& ip) const;

    void add_route(const Route& route) { routes_.push_back(route); }
    /// The interface is the one whose network contains the gateway, else the only one there is;
    /// false when neither exists.
    bool add_route(const Prefix& prefix, const IpAddress& gateway);
    bool add_default_route(const IpAddress& gateway);
    void remove_routes(const Prefix& prefix);
    /// Longest prefix, then metric, then order; networks of addresses first among equals. Routes
    /// through interfaces that are down do not count. `only` restricts to one interface.
    [[nodiscard]] std::optional<Route> route_to(const IpAddress& destination,
                                                const RouteLimit& limit = {}) const;
    /// The address that packets to the destination carry (RFC 6724 s5 rules 1, 2, 5, 8): the
    /// route's interface's, else any of this node's.
    [[nodiscard]] std::optional<IpAddress> source_for(const IpAddress& destination,
                                                      const RouteLimit& limit = {}) const;

    /// Whose address ICMP errors have where the interface that a packet came in by has none (RFC
    /// 1812 s4.3.2.4). Of a node without any address nothing is heard.
    void set_error_sources(std::vector<IpAddress> sources) { error_sources_ = std::move(sources); }
    /// Whether it answers packets to nowhere. Networks that keep private destinations in or out
    /// (RFC 1918 s3) drop them without a word.
    void set_reports_no_route(bool reports) { reports_no_route_ = reports; }

    /// A packet has arrived.
    virtual void receive(Interface& in, Packet packet) = 0;
    /// A packet of this node's could not be handed to its next hop on a LAN.
    virtual void no_neighbour(Interface& out, Packet packet);

  protected:
    Node(Fabric& fabric, std::string name);

    /// Hands to the link, in fragments if need be and allowed, else answers "too big". `in` is
    /// where it came from, nothing for the node's own.
    void transmit(Interface& out, const IpAddress& next_hop, Packet packet, Interface* in);
    /// Looks up the route and transmits; ICMP errors on failure.
    void forward(Interface& in, Packet packet);
    /// Reduces the TTL; false, and answered, when it has run out.
    bool reduce_ttl(Interface& in, Packet& packet);
    /// The error message about a packet, to its source, unless RFC 1122 s3.2.2 or RFC 4443 s2.4
    /// forbid one or the limit of errors is reached.
    void send_icmp_error(Interface& in, std::span<const std::byte> about,
                         const IcmpMessage& message);
    /// Routes and sends a packet made here.
    void originate(std::vector<std::byte> bytes, const RouteLimit& limit = {});
    /// Answers echo requests; anything else to the node itself is dropped.
    void answer_locally(Interface& in, const Packet& packet, const IpHeader& header);
    /// ICMP errors stay on the side where they were caused: a NAT box's realms may overlap.
    [[nodiscard]] virtual RouteLimit limit_of_answers(const Interface& /*in*/) const { return {}; }
    [[nodiscard]] virtual RouteLimit limit_of_no_neighbour(const Interface& /*out*/) const {
        return {};
    }

    Fabric& fabric_;

  private:
    friend class World;
    Interface& attach(Medium& medium, const InterfaceOptions& options);
    [[nodiscard]] bool may_send_error();

    std::string name_;
    std::vector<std::unique_ptr<Interface>> interfaces_;
    std::vector<Route> routes_;
    std::vector<IpAddress> error_sources_;
    bool reports_no_route_ = true;
    double error_tokens_;
    SimTime error_tokens_at_{};
};

}  // namespace portolan::sim
