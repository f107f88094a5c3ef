#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probe/discovery/discovery.hpp"
#include "probe/discovery/lifetime.hpp"
#include "probe/discovery/tests/sim_hostility.hpp"
#include "probe/discovery/tests/sim_nat.hpp"
#include "probe/discovery/tests/sim_random.hpp"
#include "probe/discovery/tests/sim_server.hpp"

/// One inside host, NATs, a lossy network and STUN servers in virtual time, driving one or several
/// discovery machines as a real driver would, and watching their manners while it does.
namespace portolan::discovery::sim {

/// A path and back. Loss, delay and duplication are drawn for each direction and packet on its own.
struct Link {
    Duration rtt = std::chrono::milliseconds(40);
    Duration jitter{};  ///< a round trip takes rtt +- jitter; packets overtake each other
    double loss = 0.0;  ///< of one direction
    double duplication = 0.0;
    /// Gilbert-Elliott: per packet, the chance to enter a state that loses everything and to leave
    /// it.
    double burst_start = 0.0;
    double burst_end = 1.0;
};

struct PathRules {
    IpAddress remote;
    Link link;
};

/// Nothing passes in either direction.
struct Outage {
    Duration from{};
    Duration to{};
};

/// Holds back the replies number `first` to `last` (from 0) that leave `source`.
struct Straggler {
    TransportAddress source;
    int first = 0;
    int last = 0;
    Duration extra{};
};

/// Loses the requests number `first` to `last` (from 0) to `destination` before they reach the NAT.
struct Swallowed {
    TransportAddress destination;
    int first = 0;
    int last = 0;
};

enum class UdpPolicy {
    Allowed,
    Dropped,       ///< silently, by a router outside
    Prohibited,    ///< by a router outside, with ICMP 3/13
    HostFirewall,  ///< sendto() fails with EPERM
    NoRoute,       ///< sendto() fails with ENETUNREACH
};

struct WorldRules {
    std::vector<IpAddress> host_ips;  ///< the first of a family is used by wildcard sockets
    /// Destinations that wildcard sockets reach from another of the host's addresses.
    std::vector<std::pair<IpAddress, IpAddress>> source_for;
    std::vector<NatRules> nats;  ///< from the host outward
    std::vector<ServerRules> servers;
    Link link;
    std::vector<PathRules> paths;  ///< exceptions to link
    std::vector<Outage> outages;
    std::vector<Straggler> stragglers;
    std::vector<Swallowed> swallowed;
    std::vector<IpAddress> unrouted;  ///< of host_ips: nothing comes back to them
    UdpPolicy udp = UdpPolicy::Allowed;
    std::vector<std::uint16_t> udp_ports_exempt;       ///< from `udp`
    std::vector<IpAddress> udp_ips_exempt;             ///< likewise
    std::optional<int> icmp_limit;                     ///< so many messages of it, and no more
    std::optional<IpAddress> icmp_from;                ///< of UdpPolicy::Prohibited
    NetworkFault icmp = NetworkFault::IcmpProhibited;  ///< what UdpPolicy::Prohibited says
    StreamOutcome tcp = StreamOutcome::Connected;
    StreamOutcome tls = StreamOutcome::Connected;
    std::optional<NetworkFault> socket_fault;  ///< open fails with it,
    int sockets_that_open = 0;                 ///< after that many
    bool driver_knows_local_ip = true;         ///< IP_PKTINFO
    Duration timer_slack{};  ///< on_time() comes up to that much after next_wakeup()
    Hostility hostility;
};

struct Trace {
    int packets_sent = 0;
    int packets_delivered = 0;
    int steps = 0;
    int most_transactions_in_a_second = 0;
    std::vector<TransportAddress> destinations;  ///< of datagrams, each once
    std::vector<std::string> violations;         ///< of the rules every machine has to keep
};

class World {
  public:
    /// Not zero, so that a machine that takes times for durations is found out.
    static constexpr Time kEpoch = std::chrono::hours(7);

    /// Empties the world. `rules` must outlive it.
    void reset(const WorldRules& rules, std::uint64_t seed);
    /// A machine that starts `delay` after the beginning. Returns its index.
    int add(Config config, Duration delay = {});
    int add(LifetimeConfig config, Duration delay = {});
    /// Any machine; `ledger` is its own.
    int add(std::unique_ptr<Machine> machine, const Ledger& ledger, Duration delay);
    /// Until every machine has finished, or a violation that cannot be survived.
    void run();

    /// Of a machine added with a Config.
    [[nodiscard]] Outcome outcome(int index = 0) const { return infer(ledger(index)); }
    [[nodiscard]] const Ledger& ledger(int index = 0) const {
        return *machines_[static_cast<std::size_t>(index)].ledger;
    }
    /// From its start to finished().
    [[nodiscard]] Duration elapsed(int index = 0) const;
    [[nodiscard]] const Trace& trace() const { return trace_; }

  private:
    enum class Kind : std::uint8_t { Start, AtServer, AtEdge, Fault, Stream, StreamReply, Hostile };

    struct Event {
        Time at{};
        std::uint32_t order = 0;
        Kind kind{};
        std::int16_t machine = 0;
        std::int32_t slot = -1;  // packet, or -1
        std::int32_t id = 0;     // stream, or NATs to pass on the way in
        NetworkFault fault{};
        StreamOutcome outcome{};
    };
    struct Slot {
        Packet packet;
        TransportAddress asked;  // the destination as the host wrote it
        std::int16_t machine = 0;
        SocketId socket = 0;
    };
    struct SocketState {
        SocketId id = 0;
        std::int16_t machine = 0;
        TransportAddress inside;
        bool open = false;
    };
    struct MachineState {
        std::unique_ptr<Machine> machine;
        const Ledger* ledger = nullptr;  // the machine's
        Time started{};
        std::optional<Time> ended;
        std::optional<Time> wakeup;  // as asked for
        Duration slack{};
        bool has_started = false;
        int idle_calls = 0;
        Time last_call{};
    };
    struct Direction {
        bool in_burst = false;
    };

    MachineState& state_of(int machine) { return machines_[static_cast<std::size_t>(machine)]; }
    void drain(int machine);
    void perform(int machine, const OpenSocket& action);
    void perform(int machine, const SendDatagram& action);
    void perform(int machine, const CloseSocket& action);
    void perform(int machine, const TryStream& action);
    void note_transaction(const std::vector<std::byte>& bytes);
    void turn_around(std::int32_t slot, std::size_t nats_left);
    void travel_in(std::int32_t slot, std::size_t nats_left);
    void serve(std::int32_t slot);
    void deliver(std::int32_t slot);
    void ask_over_stream(const Event& connected);
    void deliver_stream_reply(const Event& event);
    void handle(const Event& event);
    void hostile_moment(int machine);
    void deliver_hostile(const Event& event);
    void check_after_finish();
    void report_fault(int machine, SocketId socket, const TransportAddress& to, NetworkFault fault);

    void schedule(Event event);
    [[nodiscard]] const Link& link_to(const IpAddress& remote) const;
    Duration one_way(const Link& link);
    bool loses(const Link& link, Direction& direction);
    [[nodiscard]] bool in_outage(Time at) const;
    Duration straggling(const TransportAddress& source);
    bool swallows(const TransportAddress& destination);
    std::int32_t take_slot();
    void free_slot(std::int32_t slot);
    SocketState* socket(int machine, SocketId id);
    std::optional<Time> wakeup_of(MachineState& state);
    void violation(std::string what);
    [[nodiscard]] bool all_finished() const;

    const WorldRules* rules_ = nullptr;
    Random random_;
    Time now_{};
    std::uint32_t next_order_ = 0;
    bool broken_ = false;
    int icmp_sent_ = 0;
    std::vector<Nat> nats_;
    std::vector<Server> servers_;
    std::vector<MachineState> machines_;
    std::vector<Event> events_;  // a heap
    std::deque<Slot> slots_;     // a deque: references survive growth
    std::vector<std::int32_t> free_slots_;
    std::vector<SocketState> sockets_;
    std::vector<int> replies_seen_;   // one per straggler rule
    std::vector<int> requests_seen_;  // one per swallowed rule
    std::vector<stun::TransactionId> transactions_;
    std::vector<Time> transaction_times_;
    Direction out_;
    Direction in_;
    HostileSource hostile_;
    Trace trace_;
};

}  // namespace portolan::discovery::sim
