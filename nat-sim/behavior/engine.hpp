#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_set>
#include <vector>

#include "nat-sim/behavior/fragment_store.hpp"
#include "nat-sim/behavior/host_table.hpp"
#include "nat-sim/behavior/nat.hpp"
#include "nat-sim/behavior/nat64.hpp"
#include "nat-sim/behavior/packet.hpp"
#include "nat-sim/behavior/port_allocator.hpp"
#include "nat-sim/behavior/port_table.hpp"
#include "nat-sim/behavior/random.hpp"
#include "nat-sim/behavior/state_table.hpp"
#include "nat-sim/behavior/syn_hold.hpp"

namespace portolan::nat {

/// What a lookup or an attempt to make state came to.
struct Decision {
    std::uint32_t session = kNone;
    std::uint32_t mapping = kNone;
    std::uint32_t serial = 0;  ///< of the mapping
    Kind kind = Kind::Udp44;   ///< of the session or mapping
    Endpoint inside;           ///< what the endpoints are translated to, when it passes
    Endpoint outside;
    Reason reason = Reason::NoMapping;
    bool pass = false;
    bool created = false;
};

/// A packet on its way through the box.
struct Passage {
    Side from = Side::Inside;
    std::vector<std::byte>& bytes;
    Outcome& outcome;
};

/// The inside of `Nat`. Its member functions are in engine*.cpp, by subject.
class Engine : private MappingListener {
  public:
    Engine(const Parameters& parameters, const BoxAddresses& addresses, std::uint64_t seed);

    Outcome process(Side from, std::vector<std::byte>& packet, Time now);
    void advance(Time now);
    std::vector<Emission> take_due(Time now);
    void reboot(Time now);
    void change_outside_address(Ipv4 address, Time now);
    void change_to_spare_address(Time now);
    void set_parameters(const Parameters& parameters, Time now);
    [[nodiscard]] std::vector<MappingView> mappings() const;
    [[nodiscard]] Statistics statistics() const;
    [[nodiscard]] std::size_t memory_bytes() const;
    [[nodiscard]] bool invariants_hold() const { return state_.invariants_hold(); }
    void set_sabotage(Sabotage sabotage);

  private:
    // engine.cpp: time and events
    void run_events();
    void forget_everything();
    void take_spare_address();
    void refresh_derived();
    [[nodiscard]] StateOptions state_options() const;
    void mapping_removed(const Mapping& mapping, std::int64_t at_us) override;
    [[nodiscard]] bool sabotaged(Sabotage what) const { return sabotage_ == what; }
    static void finish(Passage& p, Action action, Reason reason, Side out = Side::Outside);
    static void drop(Passage& p, Reason reason) { finish(p, Action::Drop, reason); }
    void forward(Passage& p, const Decision& decision, Side out);

    // engine_ipv4.cpp: the way of an IPv4 packet
    void process_ipv4(Passage& p);
    void ipv4_whole(Passage& p, const Ipv4Header& ip);
    void ipv4_from_inside(Passage& p, const Ipv4Header& ip, const Transport& t);
    void ipv4_from_outside(Passage& p, const Ipv4Header& ip, const Transport& t);
    void hairpin(Passage& p, const Ipv4Header& ip, const Transport& t);
    void hairpin_with_internal_source(Passage& p, const Ipv4Header& ip, const Transport& t);
    [[nodiscard]] bool policy_allows(Passage& p, const Transport& t) const;
    /// False, and the passage is finished, when it is too old or too big for `out`.
    bool may_leave(Passage& p, const Ipv4Header& ip, Side out);
    void ipv4_fragment(Passage& p, const Ipv4Header& ip);
    void track_fragment(Passage& p, const Ipv4Header& ip);
    void fragment_to_fit(Passage& p);
    void local(Passage& p, const Ipv4Header& ip, const Transport& t);

    // engine_unsolicited.cpp: what nobody inside gets
    void answer_unsolicited(Passage& p, const Ipv4Header& ip);
    bool holds_syn(Passage& p, const Ipv4Header& ip);
    [[nodiscard]] std::optional<Emission> refusal_of_tcp(const std::vector<std::byte>& packet);

    // port_control.cpp: NAT-PMP and PCP
    struct Lease {
        bool granted = false;
        Endpoint outside;
        std::uint32_t seconds = 0;
        Reason reason = Reason::PortControl;
    };
    bool answer_port_control(Passage& p, const Ipv4Header& ip, const Transport& t);
    std::vector<std::byte> answer_nat_pmp(Ipv4 client, const std::byte* request, std::size_t size);
    std::vector<std::byte> answer_pcp(Ipv4 client, const std::byte* request, std::size_t size);
    Lease lease(Kind kind, Endpoint inside, std::uint16_t suggested, std::uint32_t seconds);
    [[nodiscard]] PortControl port_control() const;

    [[nodiscard]] bool is_inside_own(Ipv4 address) const;
    [[nodiscard]] bool is_outside_own(Ipv4 address) const;

    // engine_ipv6.cpp
    void process_ipv6(Passage& p);
    void firewall(Passage& p, const Ipv6Header& ip);
    /// `ip` with the addresses that the inside host knows. The passage is finished; true: with
    /// Forward, and nothing of the packet is changed so far.
    bool passes_firewall(Passage& p, const Ipv6Header& ip);
    bool passes_firewall_as_error(Passage& p, const Ipv6Header& ip, Side out, std::size_t mtu);
    void nptv6(Passage& p, const Ipv6Header& ip);
    void translate_prefix_of_quoted(Passage& p, const Ipv6Header& ip, bool turns);
    bool may_leave_ipv6(Passage& p, const Ipv6Header& ip, std::size_t mtu);
    void count_hop_ipv6(std::vector<std::byte>& bytes) const;
    void send_icmpv6_error(Passage& p, std::uint8_t type, std::uint8_t code, std::uint32_t rest);
    void refuse_ipv6(Passage& p, const Decision& decision);

    // alg.cpp: payloads
    void apply_alg(Passage& p, bool outbound, Endpoint inside, Endpoint outside);

    // engine_rewrite.cpp: bytes
    void rewrite_ipv4(std::vector<std::byte>& bytes, const Ipv4Header& ip, const Endpoint* source,
                      const Endpoint* destination, const Transport& t, bool count_hop);

    // engine_sessions.cpp: state
    Decision outbound(Kind kind, Endpoint inside, Endpoint remote, const Transport& t,
                      bool error_response);
    Decision inbound(Kind kind, Endpoint outside, Endpoint remote, const Transport& t);
    Decision open_outbound(Kind kind, Endpoint inside, Endpoint remote, const Transport& t);
    Decision admit(Kind kind, Endpoint outside, Endpoint remote, const Transport& t);
    [[nodiscard]] bool is_stateless(Kind kind) const;
    [[nodiscard]] bool is_of_nat64(Kind kind, Endpoint outside, Endpoint remote) const;
    [[nodiscard]] bool may_connect_to(Kind kind, std::uint16_t port) const;
    [[nodiscard]] std::optional<Endpoint> static_inside(Kind kind, Endpoint outside) const;
    Decision make_mapping(Kind kind, Endpoint inside, Endpoint remote, Endpoint key,
                          std::optional<Endpoint> wanted = std::nullopt);
    Decision through(std::uint32_t mapping, std::uint32_t session, Reason reason) const;
    [[nodiscard]] bool is_known_outside(Kind kind, Endpoint outside, Endpoint remote) const;
    bool make_room(Reason shortage);
    void advance_tcp(Session& session, bool from_inside, std::uint8_t flags);
    Decision track_local(Kind kind, Endpoint outside, Endpoint remote, Reason refusal);
    std::uint32_t make_session(Kind kind, std::uint32_t mapping, Endpoint remote, bool from_inside,
                               const Transport& t);
    bool touch(std::uint32_t session, bool from_inside, const Transport& t, bool error_response);
    /// Is it of a connection in the middle, and does that do?
    [[nodiscard]] bool picks_up(std::uint8_t flags) const;
    [[nodiscard]] std::int64_t timeout_us(const Session& session) const;
    [[nodiscard]] MappingRule mapping_rule(Kind kind) const;
    [[nodiscard]] FilteringRule filtering_rule(Kind kind) const;
    [[nodiscard]] Kind mapping_kind(Kind kind) const;
    [[nodiscard]] static Endpoint mapping_key(MappingRule rule, Endpoint remote);
    [[nodiscard]] std::uint32_t live(std::uint32_t session);
    [[nodiscard]] bool is_translated(Kind kind) const;

    // engine_ports.cpp: outside endpoints for new mappings
    struct Choice {
        std::optional<Endpoint> outside;
        Reason reason = Reason::PortExhausted;
    };
    Choice choose_outside(Kind kind, Endpoint inside, Endpoint remote, Endpoint key);
    Choice choose_port(Kind kind, std::uint32_t address, Endpoint inside, Endpoint remote,
                       Endpoint key);
    Choice choose_in_block(Kind kind, Endpoint inside);
    [[nodiscard]] bool is_available(Kind kind, Endpoint outside, Endpoint remote) const;
    std::optional<std::uint16_t> search(Kind kind, std::uint32_t address, const PortRange& range,
                                        std::uint32_t start, Endpoint remote);
    [[nodiscard]] PortRange range_for(Kind kind, std::uint16_t inside_port) const;
    std::vector<std::uint32_t> candidate_addresses(Kind kind, Endpoint inside, Endpoint remote);
    [[nodiscard]] std::uint32_t subscriber_number(Kind kind, std::uint32_t address) const;

    // engine_icmp.cpp
    void icmp_error_from_outside(Passage& p, const Ipv4Header& ip);
    void icmp_error_from_inside(Passage& p, const Ipv4Header& ip);
    /// The packet that an ICMP error is about.
    struct QuotedPacket {
        Ipv4Header ip;
        Transport transport;
        std::size_t at = 0;  ///< in the whole packet
    };
    bool read_error(Passage& p, const Ipv4Header& ip, QuotedPacket& quoted);
    void translate_error(Passage& p, const Ipv4Header& ip, const QuotedPacket& quoted,
                         bool from_outside, Endpoint inside, Endpoint outside);
    void send_icmp_error(Passage& p, const Ipv4Header& ip, std::uint8_t type, std::uint8_t code,
                         std::uint32_t rest);
    [[nodiscard]] std::optional<Emission> icmp_error(Side to, const std::vector<std::byte>& about,
                                                     std::uint8_t type, std::uint8_t code,
                                                     std::uint32_t rest);
    void refuse(Passage& p, const Ipv4Header& ip, const Decision& decision);

    // engine_nat64.cpp
    void nat64_from_inside(Passage& p, const Ipv6Header& header);
    void nat64_hairpin(Passage& p, const Ipv6Header& ip, const Transport& t, const Decision& sender,
                       Endpoint target);
    void nat64_to_inside(Passage& p, const Ipv4Header& ip, const Transport& t, const Decision& d,
                         Endpoint remote, unsigned hops);
    void nat64_error_from_inside(Passage& p, const Ipv6Header& ip);
    void nat64_error_to_inside(Passage& p, const Ipv4Header& ip, const QuotedPacket& quoted,
                               const Decision& d);
    [[nodiscard]] Ipv4 extract_error_target(const Ipv6Header& ip, Ipv4 server) const;
    static bool read_quoted_ports(std::uint8_t protocol, const std::byte* at, Transport& t);
    std::vector<std::byte> icmp_packet(Ipv4 source, Ipv4 destination, const IcmpHead& head,
                                       const std::vector<std::byte>& quoted, unsigned ttl);
    bool reassemble_ipv6(Passage& p, const Ipv6Header& ip);
    void fragment_ipv6_to_fit(Passage& p, std::size_t mtu);

    Parameters parameters_;
    BoxAddresses addresses_;
    std::uint64_t seed_;
    Sabotage sabotage_ = Sabotage::None;
    Random random_;
    StateTable state_;
    HostTable hosts_;
    PortTable ports_;
    BlockPlan blocks_;
    FragmentStore fragments_;
    SynHold held_syns_;
    std::int64_t now_us_ = 0;
    std::int64_t epoch_us_ = 0;  ///< when the box started, or lost its state
    std::size_t next_reboot_ = 0;
    std::size_t next_address_change_ = 0;
    std::size_t spare_used_ = 0;
    std::uint16_t next_sequential_ = 0;
    std::uint16_t next_ipv4_id_ = 1;
    std::uint32_t next_ipv6_id_ = 1;
    std::unordered_set<std::uint32_t> outside_own_;
    std::array<std::uint64_t, kReasonCount> counts_{};
    std::uint64_t created_count_ = 0;
    std::uint64_t removed_count_ = 0;
};

}  // namespace portolan::nat
