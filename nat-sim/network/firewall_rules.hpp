#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "nat-sim/network/events.hpp"
#include "nat-sim/network/packet_processor.hpp"
#include "probe/stun/transport_address.hpp"

namespace portolan::sim {

struct IpHeader;

enum class Refusal : std::uint8_t {
    Drop,              ///< silently
    RejectProhibited,  ///< ICMP 3/13, ICMPv6 1/1 (administratively prohibited)
    RejectPort,        ///< ICMP 3/3, ICMPv6 1/4; TCP gets a RST instead
};

/// A stateful firewall: what it lets through opens the way back. The defaults let everything out
/// and only answers in.
struct FirewallRules {
    bool outgoing_udp = true;
    bool outgoing_tcp = true;
    /// If set, TCP and UDP go out to these destination ports only.
    std::optional<std::vector<std::uint16_t>> outgoing_ports = {};
    bool incoming_udp = false;  ///< unsolicited
    bool incoming_tcp = false;
    Refusal refusal = Refusal::Drop;
    SimDuration udp_timeout = std::chrono::seconds(120);   ///< RFC 4787 s4.3 asks for at least this
    SimDuration tcp_timeout = std::chrono::seconds(7440);  ///< RFC 5382 REQ-5: 2 h 4 min

    static FirewallRules udp_blocked();
    /// UDP blocked both ways, and no TCP from outside.
    static FirewallRules udp_and_incoming_tcp_blocked();
    static FirewallRules http_only();  ///< TCP to ports 80 and 443, nothing else
    static FirewallRules open();       ///< everything, both ways
};

/// The state and decisions of a firewall, without a network.
class FirewallEngine {
  public:
    struct Decision {
        bool passes = false;
        std::string_view reason = {};  ///< "outgoing-udp", "unsolicited-tcp", ...
        Refusal refusal = Refusal::Drop;
    };

    explicit FirewallEngine(FirewallRules rules) : rules_(std::move(rules)) {}

    void set_rules(FirewallRules rules) { rules_ = std::move(rules); }
    void forget() {
        flows_.clear();
        fragments_.clear();
    }
    /// `packet` is a valid IP datagram or fragment.
    Decision decide(Side from, std::span<const std::byte> packet, SimTime now);
    [[nodiscard]] std::size_t flow_count() const { return flows_.size(); }

  private:
    struct FlowKey {
        std::uint8_t protocol = 0;
        TransportAddress inside;
        TransportAddress outside;
        friend auto operator<=>(const FlowKey&, const FlowKey&) = default;
    };
    struct FragmentKey {
        IpAddress source, destination;
        std::uint32_t id = 0;
        std::uint8_t protocol = 0;
        friend auto operator<=>(const FragmentKey&, const FragmentKey&) = default;
    };

    Decision decide_whole(Side from, std::span<const std::byte> packet, const IpHeader& header,
                          SimTime now);
    Decision decide_icmp(Side from, std::span<const std::byte> packet, const IpHeader& header,
                         SimTime now);
    /// Empty when the rules have nothing against it.
    [[nodiscard]] std::string_view reason_against(Side from, bool is_udp, std::uint16_t port) const;
    [[nodiscard]] Decision refuse(std::string_view reason) const;
    void remember(const FlowKey& key, SimTime now, SimDuration timeout);

    FirewallRules rules_;
    std::map<FlowKey, SimTime> flows_;  ///< until when
    std::map<FragmentKey, std::pair<SimTime, Decision>> fragments_;
};

}  // namespace portolan::sim
