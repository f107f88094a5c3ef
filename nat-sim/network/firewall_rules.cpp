#include "nat-sim/network/firewall_rules.hpp"

#include <algorithm>

#include "nat-sim/network/ip.hpp"

namespace portolan::sim {
namespace {

// As long as reassembly may take (RFC 8200 s4.5).
constexpr SimDuration kFragmentLife = std::chrono::seconds(60);

struct Ports {
    std::uint16_t source = 0;
    std::uint16_t destination = 0;
};

std::optional<Ports> ports_of(ByteSpan packet, const IpHeader& header) {
    if (header.header_bytes + 4 > packet.size()) return std::nullopt;
    return Ports{read_u16(packet, header.header_bytes), read_u16(packet, header.header_bytes + 2)};
}

}  // namespace

FirewallRules FirewallRules::udp_blocked() {
    FirewallRules rules;
    rules.outgoing_udp = false;
    return rules;
}

FirewallRules FirewallRules::udp_and_incoming_tcp_blocked() {
    FirewallRules rules = udp_blocked();
    rules.incoming_tcp = false;
    return rules;
}

FirewallRules FirewallRules::http_only() {
    FirewallRules rules = udp_blocked();
    rules.outgoing_ports = {80, 443};
    return rules;
}

FirewallRules FirewallRules::open() {
    FirewallRules rules;
    rules.incoming_udp = true;
    rules.incoming_tcp = true;
    return rules;
}

FirewallEngine::Decision FirewallEngine::decide(Side from, std::span<const std::byte> packet,
                                                SimTime now) {
    const auto header = parse_ip(packet);
    if (!header) return {.reason = "malformed"};
    const FragmentKey key{header->source, header->destination, header->identification,
                          header->protocol};
    std::erase_if(fragments_, [&](const auto& item) { return item.second.first <= now; });
    if (header->fragment_offset_bytes != 0) {
        const auto first = fragments_.find(key);
        if (first == fragments_.end()) return {.reason = "fragment-without-first"};
        return first->second.second;
    }
    const Decision decision = decide_whole(from, packet, *header, now);
    if (header->more_fragments) fragments_[key] = {now + kFragmentLife, decision};
    return decision;
}

FirewallEngine::Decision FirewallEngine::decide_whole(Side from, std::span<const std::byte> packet,
                                                      const IpHeader& header, SimTime now) {
    if (header.protocol == kProtocolIcmp || header.protocol == kProtocolIcmpV6) {
        return decide_icmp(from, packet, header, now);
    }
    const bool is_udp = header.protocol == kProtocolUdp;
    if (!is_udp && header.protocol != kProtocolTcp) {
        return refuse(from == Side::Inside ? "outgoing-protocol" : "unsolicited-protocol");
    }
    const auto ports = ports_of(packet, header);
    if (!ports) return {.reason = "malformed"};
    const TransportAddress source{header.source, ports->source};
    const TransportAddress destination{header.destination, ports->destination};
    const bool is_out = from == Side::Inside;
    const FlowKey key{header.protocol, is_out ? source : destination,
                      is_out ? destination : source};
    const SimDuration timeout = is_udp ? rules_.udp_timeout : rules_.tcp_timeout;
    if (const auto flow = flows_.find(key); flow != flows_.end() && flow->second > now) {
        flow->second = now + timeout;
        return {.passes = true, .reason = "established"};
    }
    const std::string_view refused = reason_against(from, is_udp, destination.port);
    if (!refused.empty()) return refuse(refused);
    remember(key, now, timeout);
    return {.passes = true, .reason = is_out ? "outgoing" : "incoming"};
}

std::string_view FirewallEngine::reason_against(Side from, bool is_udp, std::uint16_t port) const {
    if (from == Side::Outside) {
        if (is_udp) return rules_.incoming_udp ? "" : "unsolicited-udp";
        return rules_.incoming_tcp ? "" : "unsolicited-tcp";
    }
    if (is_udp && !rules_.outgoing_udp) return "outgoing-udp";
    if (!is_udp && !rules_.outgoing_tcp) return "outgoing-tcp";
    const auto& ports = rules_.outgoing_ports;
    if (ports && std::ranges::find(*ports, port) == ports->end()) return "outgoing-port";
    return "";
}

FirewallEngine::Decision FirewallEngine::decide_icmp(Side from, std::span<const std::byte> packet,
                                                     const IpHeader& header, SimTime now) {
    const ByteSpan icmp = packet.subspan(header.header_bytes);
    if (is_icmp_error(header.protocol, icmp) && icmp.size() > 8) {
        // RFC 4890 s4.3.1, RFC 5927: an error passes when it is about a flow that is known.
        const auto about = parse_quoted_ip(icmp.subspan(8));
        const auto ports = about ? ports_of(icmp.subspan(8), *about) : std::nullopt;
        if (about && ports) {
            const TransportAddress source{about->source, ports->source};
            const TransportAddress destination{about->destination, ports->destination};
            const bool is_inside_source = from == Side::Outside;
            const FlowKey key{about->protocol, is_inside_source ? source : destination,
                              is_inside_source ? destination : source};
            const auto flow = flows_.find(key);
            if (flow != flows_.end() && flow->second > now) {
                return {.passes = true, .reason = "related"};
            }
        }
        return {.reason = "unrelated-icmp"};
    }
    // Echo: a flow without ports.
    const bool is_out = from == Side::Inside;
    const FlowKey key{header.protocol,
                      {is_out ? header.source : header.destination, 0},
                      {is_out ? header.destination : header.source, 0}};
    const auto flow = flows_.find(key);
    const bool is_open = rules_.incoming_udp && rules_.incoming_tcp;
    if (is_out || is_open || (flow != flows_.end() && flow->second > now)) {
        remember(key, now, kFragmentLife);
        return {.passes = true, .reason = "echo"};
    }
    return {.reason = "unsolicited-icmp"};
}

FirewallEngine::Decision FirewallEngine::refuse(std::string_view reason) const {
    return {.reason = reason, .refusal = rules_.refusal};
}

void FirewallEngine::remember(const FlowKey& key, SimTime now, SimDuration timeout) {
    constexpr std::size_t kMaxFlows = 65536;
    if (flows_.size() >= kMaxFlows) {
        std::erase_if(flows_, [&](const auto& item) { return item.second <= now; });
        if (flows_.size() >= kMaxFlows) flows_.erase(flows_.begin());
    }
    flows_[key] = now + timeout;
}

}  // namespace portolan::sim
