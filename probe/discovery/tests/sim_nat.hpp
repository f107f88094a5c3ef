#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "probe/discovery/actions.hpp"
#include "probe/discovery/tests/sim_random.hpp"
#include "probe/stun/transport_address.hpp"

/// A NAT as RFC 4787 describes one, written from that text alone: it is the truth that discovery is
/// judged against, so it shares nothing with discovery but addresses and time.
namespace portolan::discovery::sim {

bool contains(const std::vector<TransportAddress>& list, const TransportAddress& what);

/// RFC 4787 s4.1. PortDependent is outside its three; None forwards without translating (a
/// firewall).
enum class MappingRule {
    None,
    EndpointIndependent,
    AddressDependent,
    AddressAndPortDependent,
    PortDependent,
};

/// RFC 4787 s5. Open lets everything in, mapping or not (a host without firewall).
enum class FilteringRule { Open, EndpointIndependent, AddressDependent, AddressAndPortDependent };

inline constexpr auto kEim = MappingRule::EndpointIndependent;
inline constexpr auto kAdm = MappingRule::AddressDependent;
inline constexpr auto kApdm = MappingRule::AddressAndPortDependent;
inline constexpr auto kEif = FilteringRule::EndpointIndependent;
inline constexpr auto kAdf = FilteringRule::AddressDependent;
inline constexpr auto kApdf = FilteringRule::AddressAndPortDependent;

/// How the external port is chosen (RFC 4787 s4.2). A port that is taken is replaced by a random
/// one.
enum class PortRule { Preserving, Sequential, Random, Parity };

/// How the external address is chosen (RFC 4787 s4.1, REQ-2). ByDestination is multi-homing: each
/// destination address has its own way out.
enum class PoolRule { Paired, Arbitrary, ByDestination };

/// RFC 4787 s6, REQ-9. Hairpinned packets are not filtered here.
enum class HairpinRule { None, External, Internal, RouterAddress };

/// Whose outbound packets open the filter: the mapping's own, or any of the same inside host.
enum class FilterScope { Mapping, InsideHost };

/// A port that another inside host holds toward one destination.
struct ForeignMapping {
    std::uint16_t port = 0;
    TransportAddress destination;
};

struct NatRules {
    MappingRule mapping = MappingRule::EndpointIndependent;
    FilteringRule filtering = FilteringRule::AddressAndPortDependent;
    PortRule ports = PortRule::Random;
    int port_step = 1;                 ///< of PortRule::Sequential
    std::uint16_t first_port = 20000;  ///< of PortRule::Sequential
    /// Linux: an external port is unique per destination only, so that port preservation makes an
    /// address-and-port-dependent table look endpoint-independent until two hosts collide.
    bool ports_shared_between_destinations = false;
    /// Linux without an INPUT drop rule: a packet that is let in to the NAT itself leaves an entry
    /// that holds the tuple against a later outbound packet (netfilter-full-cone-nat #42).
    bool unsolicited_occupies_tuple = false;
    std::vector<IpAddress> public_ips;  ///< empty exactly for MappingRule::None
    PoolRule pool = PoolRule::Paired;
    FilterScope filter_scope = FilterScope::Mapping;
    HairpinRule hairpin = HairpinRule::None;
    bool rewrites_payload = false;  ///< a generic ALG: replaces its public IPv4 octets in payloads
    std::optional<int> only_ports;  ///< the whole pool: a socket beyond it gets nothing through
    /// Inside ports, first to last, to which everything that arrives is forwarded.
    std::optional<std::pair<std::uint16_t, std::uint16_t>> forwarded_ports;
    std::vector<ForeignMapping> held_by_others;
    std::optional<Time> drift_at;              ///< sessions keep their port, new ones get another
    std::optional<Time> reboot_at;             ///< all state is lost
    std::optional<Duration> binding_lifetime;  ///< RFC 4787 s4.3; refreshed by outbound packets
    bool inbound_refreshes = false;            ///< RFC 4787 REQ-6
    std::optional<IpAddress> nat64_prefix;     ///< inside IPv6, outside IPv4 (RFC 6146, /96)
};

struct Packet {
    TransportAddress from;
    TransportAddress to;
    std::vector<std::byte> bytes;
};

enum class NatVerdict { Forward, Hairpin, Drop };

class Nat {
  public:
    /// Forgets everything. `rules` must outlive the NAT; times in them are measured from `epoch`.
    void reset(const NatRules& rules, Time epoch, std::uint64_t seed);

    /// A packet from inside; rewrites it. Hairpin: it is for this NAT's own public side, `packet`
    /// has been translated both ways and continues inward.
    NatVerdict outbound(Packet& packet, Time now);

    /// A packet from outside; rewrites it or says Drop.
    NatVerdict inbound(Packet& packet, Time now);

    [[nodiscard]] bool owns(const IpAddress& ip) const;
    [[nodiscard]] std::size_t mapping_count() const { return mappings_.size(); }

  private:
    struct Entry {
        TransportAddress inside;
        TransportAddress outside;
        TransportAddress first_destination;  // the part of the key that mapping rules look at
        Time last_used{};
        int generation = 0;                     // of drift
        std::vector<TransportAddress> remotes;  // destinations of outbound packets
    };

    Entry* find_outbound(const TransportAddress& inside, const TransportAddress& to, Time now);
    Entry& create(const TransportAddress& inside, const TransportAddress& to, Time now);
    Entry* find_inbound(const TransportAddress& from, const TransportAddress& to);
    [[nodiscard]] bool admits(const Entry& entry, const TransportAddress& from) const;
    [[nodiscard]] bool same_key(const Entry& entry, const TransportAddress& to) const;
    [[nodiscard]] bool taken(const TransportAddress& outside, const TransportAddress& to) const;
    [[nodiscard]] int generation(Time now) const;
    IpAddress choose_ip(const TransportAddress& inside, const TransportAddress& to);
    std::uint16_t choose_port(const IpAddress& ip, const TransportAddress& inside,
                              const TransportAddress& to);
    void forget_old(Time now);
    void rewrite_payload(Packet& packet, const IpAddress& outside, const IpAddress& inside) const;

    const NatRules* rules_ = nullptr;
    Time epoch_{};
    Random random_;
    bool rebooted_ = false;
    int next_sequential_ = 0;
    std::vector<Entry> mappings_;
    std::vector<ForeignMapping> foreign_;
    std::vector<IpAddress> seen_destinations_;  // for PoolRule::ByDestination
};

}  // namespace portolan::discovery::sim
