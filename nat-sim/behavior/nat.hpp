#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "nat-sim/behavior/addresses.hpp"
#include "nat-sim/behavior/parameters.hpp"
#include "nat-sim/behavior/reason.hpp"

// C++17-clean: the ns-3 adapter includes this header.

namespace portolan::nat {

class Engine;

enum class Side { Inside, Outside };

enum class Action {
    Forward,  ///< the packet was rewritten and leaves on `out`
    Drop,     ///< nothing leaves but `extra`
    Consume,  ///< for the box itself, or kept for reassembly
};

/// A packet that the box sends besides the one it was given: an ICMP error, a fragment, an answer.
struct Emission {
    Side out = Side::Inside;
    std::vector<std::byte> bytes;
};

struct Outcome {
    Action action = Action::Drop;
    Side out = Side::Outside;
    Reason reason = Reason::Malformed;
    bool mapping_created = false;
    bool hairpinned = false;
    std::uint64_t mapping = 0;    ///< id of the mapping used; 0: none
    std::vector<Emission> extra;  ///< almost always empty, and then costs nothing
};

enum class Protocol : std::uint8_t { Udp, Tcp, Icmp, Other };

/// A mapping as an observer sees it.
struct MappingView {
    std::uint64_t id = 0;
    Protocol protocol = Protocol::Udp;
    bool ipv6_inside = false;  ///< then `inside6` counts, else `inside4`
    Ipv4 inside4;
    Ipv6 inside6;
    std::uint16_t inside_port = 0;
    Ipv4 outside4;  ///< unset for IPv6 sessions, which are not translated
    std::uint16_t outside_port = 0;
    std::size_t sessions_count = 0;
    Time expires{};  ///< when the last of its sessions does, if nothing comes
};

struct Statistics {
    std::vector<std::uint64_t> packets_by_reason;  ///< indexed by Reason
    std::uint64_t mappings_created_count = 0;
    std::uint64_t mappings_expired_count = 0;
    std::size_t mappings_count = 0;
    std::size_t sessions_count = 0;
    std::size_t waiting_fragments_count = 0;
};

/// Deliberate defects, one for each parameter: what the parameter asks for is not done. For the
/// tests that prove that the suite would notice; no parameter document reaches them.
enum class Sabotage : std::uint8_t {
    None,
    Mapping,
    Filtering,
    PortAllocation,
    Conflict,
    ReplyBinding,
    Pooling,
    Timers,
    Refresh,
    Hairpin,
    Capacity,
    Exhaustion,
    InboundFirst,
    UnsolicitedAnswer,
    ProtocolCoupling,
    Icmp,
    Fragments,
    Alg,
    Events,
    PortControl,
    Forwarding,
    Realms,
    Seed,
    Kind,
    Policy,
    Checksum,  ///< of no parameter: the transport checksum is not updated
    kCount,
};

/// One NAT, firewall or translator: packets and time in, packets out. Reads no clock, keeps no
/// process-wide state; equal seeds and packets give equal results.
class Nat {
  public:
    /// The parameters have to be as check_parameters() wants them.
    Nat(const Parameters& parameters, const BoxAddresses& addresses, std::uint64_t seed);
    ~Nat();
    Nat(Nat&&) noexcept;
    Nat& operator=(Nat&&) noexcept;
    Nat(const Nat&) = delete;
    Nat& operator=(const Nat&) = delete;

    /// One raw IP datagram, header first, rewritten in place; translation between IPv4 and IPv6
    /// changes its size. Time never goes back. Constant time, whatever the number of mappings.
    Outcome process(Side from, std::vector<std::byte>& packet, Time now);

    /// Expires what is due and carries out the events of the parameters; process() does it first.
    void advance(Time now);
    /// What the passing of time has made due since the last call: ICMP for refused SYNs (RFC 5382
    /// REQ-4), Time Exceeded for fragments.
    std::vector<Emission> take_due(Time now);

    /// All state is lost.
    void reboot(Time now);
    /// The first outside address becomes this one; all state is lost.
    void change_outside_address(Ipv4 address, Time now);
    /// What an address_change_at event does: the first outside address goes back, the next spare
    /// one takes its place.
    void change_to_spare_address(Time now);
    /// Other behaviour from now on; state stays.
    void set_parameters(const Parameters& parameters, Time now);

    [[nodiscard]] std::vector<MappingView> mappings() const;
    [[nodiscard]] Statistics statistics() const;
    /// Of tables, indices and buffers.
    [[nodiscard]] std::size_t memory_bytes() const;
    /// Whether the tables are consistent with each other; slow, for tests.
    [[nodiscard]] bool invariants_hold() const;

    void set_sabotage(Sabotage sabotage);

  private:
    std::unique_ptr<Engine> engine_;
};

}  // namespace portolan::nat
