#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace portolan::nat {

using Time = std::chrono::microseconds;  ///< monotonic, from the caller

/// What the box does to IPv4 addresses.
enum class Translation {
    AddressAndPort,  ///< NAPT (RFC 2663): many inside hosts share the outside addresses
    OneToOne,        ///< static NAT: the n-th inside address is the n-th outside address
    None,            ///< a firewall that translates nothing
    Off,             ///< drops it: a network of IPv6 alone
};

/// What the box does to IPv6.
enum class Ipv6Mode {
    Off,       ///< drops it
    Firewall,  ///< stateful, untranslated (RFC 6092)
    Nptv6,     ///< prefix translation (RFC 6296), with a firewall beside it
    Nat64,     ///< to IPv4 servers (RFC 6146)
};

enum class MappingRule { EndpointIndependent, AddressDependent, AddressAndPortDependent };
enum class FilteringRule { EndpointIndependent, AddressDependent, AddressAndPortDependent };

enum class PortStrategy {
    Preserve,    ///< the inside port when it is free, else `on_conflict`
    Sequential,  ///< start, start + step, ...
    Random,
    Hash,   ///< a keyed function of inside and outside endpoint (RFC 6056 s3.3.3)
    Block,  ///< deterministic or dynamic blocks for each subscriber (RFC 7422)
};

/// RFC 7422 s2: which ports a subscriber's block has. The numbers are that section's.
enum class BlockAlgorithm {
    Sequential,     ///< 0: one block after the other
    Staggered,      ///< 1: the block moves on by one from address to address
    RoundRobin,     ///< 2: the same few ports on every outside address
    Interlaced,     ///< 3: every (C+D)-th port
    Cryptographic,  ///< 4: a keyed permutation of the ports (RFC 6431 s2.2)
};

enum class OnConflict {
    Random,
    Next,      ///< the next free port above
    Drop,      ///< no mapping
    Overload,  ///< the port all the same: two hosts on one port (against RFC 4787 REQ-3)
};

enum class Stickiness {
    Destination,  ///< each conflict is solved anew
    Source,  ///< as Linux: what one source port got once, it gets for all destinations if possible
};

/// What answers to an unsolicited packet leave through, where mapping depends on the endpoint and
/// filtering does not.
enum class ReplyBinding { SessionAware, MappingTable };

enum class Pooling { Paired, Soft, Arbitrary, DestinationHash };

enum class RefreshDirection { Out, In, Both };

enum class HairpinMode { Off, ExternalSource, InternalSource };

enum class Exhaustion { Silent, HostUnreachable, AdminProhibited, EvictLru };

/// Who sees packets to the box itself that belong to no session. `Accept`: the connection tracker
/// remembers them, so that the tuple is taken (Linux with an open INPUT chain).
enum class InboundFirst { Off, Accept };

/// What the sender of a packet to an outside address hears when nobody inside gets it.
enum class UdpAnswer {
    Silent,
    PortUnreachable,  ///< ICMP, as a host sends it for a closed port (RFC 1122 s4.1.3.1)
};
enum class TcpAnswer {
    Silent,
    PortUnreachable,  ///< ICMP
    Reset,            ///< an RST, as a host sends it for a closed port (RFC 9293 s3.10.7.1)
};

enum class IcmpMode {
    Translate,
    Drop,
    KillsMapping,  ///< translates, then forgets the session (against RFC 4787 REQ-12)
};

enum class FragmentMode {
    Reassemble,  ///< whole datagrams are translated, then fragmented again
    Track,       ///< the first fragment opens the way for the others, in order only
    Drop,
};

enum class Alg {
    Off,
    Sip,   ///< rewrites addresses in SIP over UDP port 5060
    Stun,  ///< rewrites MAPPED-ADDRESS in STUN responses: why XOR-MAPPED-ADDRESS exists
};

/// NAT-PMP (RFC 6886), PCP (RFC 6887).
enum class PortControl {
    Off,
    On,
    Lies,  ///< answers success with a port that is not mapped
};

enum class Realms {
    Separate,  ///< an outside address may equal an inside one (RFC 4787 REQ-7)
    Confused,  ///< whatever looks like the inside prefix is taken for inside
};

/// One member for each parameter; the table in parameter_table.hpp has their JSON names, units,
/// ranges and the requirements they come from. The defaults are what the RFCs ask for.
struct Parameters {
    struct Mapping {  // 1
        MappingRule udp = MappingRule::EndpointIndependent;
        MappingRule tcp = MappingRule::EndpointIndependent;
    } mapping;

    struct Filtering {  // 2
        FilteringRule udp = FilteringRule::AddressDependent;
        FilteringRule tcp = FilteringRule::AddressDependent;
        FilteringRule icmp = FilteringRule::AddressDependent;
    } filtering;

    struct PortAllocation {  // 3
        PortStrategy strategy = PortStrategy::Preserve;
        bool overlap = false;        ///< a port may serve several 5-tuples (RFC 7857 s3)
        bool parity = false;         ///< even stays even (RFC 4787 REQ-4)
        bool contiguity = false;     ///< port n+1 of a host follows port n (RFC 4787 s4.2.3)
        bool preserve_class = true;  ///< below 1024 stays below (RFC 4787 REQ-3a)
        std::uint16_t first = 1024;  ///< of the range that new ports come from
        std::uint16_t last = 65535;
        std::uint16_t start = 1024;          ///< of `Sequential`
        std::uint16_t step = 1;              ///< of `Sequential`
        std::uint16_t block_size_count = 0;  ///< ports a subscriber has; 0: derived from C + D
        BlockAlgorithm block_algorithm = BlockAlgorithm::Sequential;
        std::uint16_t block_compression_count = 16;  ///< C: inside addresses per outside address
        std::uint16_t block_dynamic_count = 0;       ///< D: the overflow pool's share
        std::uint16_t block_reserved_count = 1024;   ///< R: ports below this are nobody's
    } port_allocation;

    struct Conflict {  // 4
        OnConflict on_conflict = OnConflict::Random;
        Stickiness stickiness = Stickiness::Destination;
    } conflict;

    ReplyBinding reply_binding = ReplyBinding::SessionAware;  // 5
    Pooling pooling = Pooling::Paired;                        // 6

    struct Timers {  // 7
        Time udp_unreplied = std::chrono::minutes(5);
        Time udp_stream = std::chrono::minutes(5);
        Time udp_stream_after = Time{0};  ///< a session this young or younger is no stream yet
        Time udp_well_known = Time{0};    ///< for remote ports below 1024; 0: like the others
        Time tcp_opening = std::chrono::minutes(4);
        Time tcp_established = std::chrono::minutes(124);
        Time tcp_closing = std::chrono::minutes(4);
        Time tcp_reset = std::chrono::minutes(4);
        Time tcp_unsolicited_syn = std::chrono::seconds(6);
        Time icmp_query = std::chrono::seconds(60);
        Time other = std::chrono::minutes(10);  ///< of protocols without ports, through a firewall
        Time fragment = std::chrono::seconds(2);
    } timers;

    struct Refresh {  // 8
        RefreshDirection direction = RefreshDirection::Out;
        bool unsolicited = false;      ///< packets that only EIF or ADF let in refresh
        bool error_responses = false;  ///< outgoing RST and STUN errors refresh
    } refresh;

    HairpinMode hairpin = HairpinMode::ExternalSource;  // 9

    struct Capacity {  // 10
        std::uint32_t max_mappings_count = 65536;
        std::uint32_t max_sessions_count = 262144;
        std::uint32_t max_mappings_per_host_count = 0;  ///< 0: no limit
        std::uint32_t max_new_mappings_per_second = 0;  ///< for each host; 0: no limit
        Time quarantine = Time{0};                      ///< before a port is used again
    } capacity;

    Exhaustion exhaustion = Exhaustion::Silent;  // 11

    struct Unsolicited {  // 12
        InboundFirst inbound_first = InboundFirst::Off;
        Time timeout = std::chrono::seconds(30);
        UdpAnswer udp_answer = UdpAnswer::Silent;
        TcpAnswer tcp_answer = TcpAnswer::Silent;
    } unsolicited;

    bool protocol_coupling = false;                     // 13: UDP and TCP share mappings
    IcmpMode icmp = IcmpMode::Translate;                // 14
    FragmentMode fragments = FragmentMode::Reassemble;  // 15
    Alg alg = Alg::Off;                                 // 16

    struct Events {                           // 17
        std::vector<Time> reboot_at;          ///< all state is lost
        std::vector<Time> address_change_at;  ///< to the next spare address; all state is lost
        /// From this many mappings on, new ones follow `overload_mapping` (against RFC 4787
        /// REQ-11). 0: never.
        std::uint32_t overload_at_mappings_count = 0;
        MappingRule overload_mapping = MappingRule::AddressAndPortDependent;
    } events;

    PortControl port_control = PortControl::Off;  // 18

    struct Forwarding {  // 19
        bool decrement_ttl = true;
        bool honour_dont_fragment = true;  ///< else DF is cleared and the packet fragmented
        bool send_errors = true;           ///< Time Exceeded, Fragmentation Needed, Packet Too Big
        std::uint16_t mtu_inside_bytes = 1500;
        std::uint16_t mtu_outside_bytes = 1500;
    } forwarding;

    Realms realms = Realms::Separate;  // 20
    std::uint64_t seed = 0;            // 21: added to the seed that the box is given

    // What is no NAT parameter but belongs to boxes all the same.
    struct Kind {  // 22
        Translation ipv4 = Translation::AddressAndPort;
        Ipv6Mode ipv6 = Ipv6Mode::Off;
    } kind;

    struct Policy {             // 23
        bool udp = true;        ///< false: all UDP is dropped
        bool tcp_in = true;     ///< false: no connection from outside, whatever filtering says
        bool web_only = false;  ///< outgoing TCP to ports 80 and 443 only
        /// Without ports to translate: whatever comes in is let in. For `OneToOne`, `None`, the
        /// IPv6 firewall and NPTv6.
        bool open_inbound = false;
        /// What an inside host sends of a connection that is not known (the state is lost, say)
        /// makes it known again.
        bool tcp_pick_up = false;
    } policy;
};

}  // namespace portolan::nat
