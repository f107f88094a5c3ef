#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nat-sim/network/packet.hpp"
#include "nat-sim/network/packet_processor.hpp"
#include "probe/stun/transport_address.hpp"

namespace portolan::sim {

class Capture;
class Medium;
class Node;

/// A network: "192.0.2.0/24".
struct Prefix {
    IpAddress ip;
    unsigned bits = 0;

    static std::optional<Prefix> parse(std::string_view text);
    static Prefix any(AddressFamily family) { return {IpAddress::any(family), 0}; }
    [[nodiscard]] bool contains(const IpAddress& address) const;
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const Prefix&, const Prefix&) = default;
};

/// An address of an interface with the length of its network's prefix.
struct InterfaceAddress {
    IpAddress ip;
    unsigned prefix_bits = 0;

    /// "192.0.2.1/24"; without a length it is 32 or 128.
    static std::optional<InterfaceAddress> parse(std::string_view text);
    [[nodiscard]] Prefix network() const;
};

struct InterfaceOptions {
    std::string name = {};  ///< "eth0", "eth1", ... in the order of attachment when empty
    std::vector<InterfaceAddress> addresses = {};
    Side side = Side::Inside;  ///< matters for NAT boxes and firewalls only
};

/// Where a node meets a link or LAN.
class Interface {
  public:
    [[nodiscard]] Node& node() const { return node_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    /// From 2 on, as in Linux, where 1 is the loopback interface.
    [[nodiscard]] unsigned index() const { return index_; }
    [[nodiscard]] Side side() const { return side_; }
    [[nodiscard]] std::size_t mtu_bytes() const;
    [[nodiscard]] const std::vector<InterfaceAddress>& addresses() const { return addresses_; }
    [[nodiscard]] bool owns(const IpAddress& ip) const;
    [[nodiscard]] bool is_up() const { return is_up_; }
    [[nodiscard]] Medium& medium() const { return medium_; }
    [[nodiscard]] Capture* capture() const { return capture_; }

    /// Down: nothing goes in or out, and its routes do not count.
    void set_up(bool is_up) { is_up_ = is_up; }
    void add_address(const InterfaceAddress& address);
    /// False when it did not have it.
    bool remove_address(const IpAddress& ip);

  private:
    friend class Node;
    friend class World;
    Interface(Node& node, Medium& medium, unsigned index, const InterfaceOptions& options);

    Node& node_;
    Medium& medium_;
    std::string name_;
    unsigned index_;
    Side side_;
    std::vector<InterfaceAddress> addresses_;
    bool is_up_ = true;
    Capture* capture_ = nullptr;
};

}  // namespace portolan::sim
