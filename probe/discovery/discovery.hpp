#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probe/discovery/inference.hpp"
#include "probe/discovery/mapping_pattern.hpp"
#include "probe/discovery/recording_machine.hpp"

namespace portolan::discovery {

struct ServerTarget {
    std::string name;          ///< as given by the user, for reports
    TransportAddress address;  ///< resolved
    /// Where TCP is tried in parallel, and TLS when UDP is slow to answer; absent: not tried.
    std::optional<TransportAddress> tcp;
    std::optional<TransportAddress> tls;
    std::string tls_name;
};

/// Of a longer list the rest is not asked: ten transactions a second have to do for all.
inline constexpr std::size_t kMostServers = 6;

struct Config {
    AddressFamily family = AddressFamily::IPv4;
    std::vector<ServerTarget> servers;  ///< of that family, distinct; the first is tried first
    std::optional<IpAddress> bind_ip;
    std::optional<IpAddress> route_local_ip;
    std::string route_note = {};  ///< for Ledger::route_note
    /// NAT64 prefixes found by RFC 7050 (RFC 6052 s2.2, /96 only): an IPv4 OTHER-ADDRESS is reached
    /// through it.
    std::optional<IpAddress> nat64_prefix;
    Duration budget = std::chrono::seconds(10);
    std::uint16_t mapping_port = 0;  ///< local port of the mapping socket; 0: random, RFC 5780 s4.1
    bool hairpin = false;            ///< also send a request to our own mapped address
    std::uint64_t seed = 1;
    RandomSource random;                      ///< null: drawn from the seed
    std::shared_ptr<TransactionPacer> pacer;  ///< own one when null
    Sabotage sabotage;
};

/// Classifies the NAT between this host and STUN servers for one address family and one local
/// address (RFC 5780 s4, with the separate sockets and controls that s4.5 leaves to the client).
class Discovery final : public RecordingMachine {
  public:
    explicit Discovery(Config config);

    void start(Time now) override;
    [[nodiscard]] std::optional<Time> next_wakeup() const override;
    [[nodiscard]] Outcome outcome() const { return infer(ledger_); }

  private:
    enum class ServerState { Unasked, Asked, Answered, Faulted, Silent };

    struct ServerWait {
        ServerState state = ServerState::Unasked;
        std::optional<Time> silent_at;  ///< Asked: when it is taken to be silent, by what is known
    };

    /// The copies still to send of one transaction.
    struct Flow {
        ProbeId probe = 0;
        Time next{};
        bool active = true;
    };

    /// One mapping socket.
    struct MapAttempt {
        SocketId socket = 0;
        bool points_sent = false;             ///< PA, AP, AA
        std::optional<Time> confirm_started;  ///< PP once more, to see whether the mapping moved
    };

    /// Two filtering sockets that contact nothing but the server's own address.
    struct FilterAttempt {
        SocketId ip_port = 0;
        SocketId port = 0;
        int server = 0;
        bool sent = false;
        bool heard = false;
        bool asked_again = false;  ///< both flags on the socket of the other question
    };

    /// Where a server that is silent over UDP may be asked besides.
    struct OtherPoint {
        int server = 0;
        TransportAddress to;
    };

    [[nodiscard]] bool is_second_filter_socket(SocketId id) const;
    [[nodiscard]] bool is_failed(SocketId id) const;
    bool take_places(int count, Time now);

    ProbeId begin(Role role, SocketId socket, int server, int attempt, const TransportAddress& to,
                  Time now, std::optional<std::uint16_t> response_port = std::nullopt);
    void send_copy(Flow& flow, Time now);
    [[nodiscard]] Duration spacing(const Probe& subject) const;
    [[nodiscard]] int copy_limit(const Probe& subject) const;
    Flow& flow_of(ProbeId id);
    void resume(ProbeId id, Time now);
    void stop(ProbeId id);
    void send_due(Time now);
    void send_if_due(Flow& flow, Time now);
    [[nodiscard]] bool answered(ProbeId id) const;
    [[nodiscard]] bool given_up(ProbeId id, Time now) const;

    [[nodiscard]] bool answers(const Probe& probe, SocketId socket,
                               const stun::MessageView& message) const override;
    void on_missing_socket(SocketId id, Time now) override;
    void advance(Time now) override;
    void try_stream(int server, bool tls, Time now);
    bool launch(Time now);
    [[nodiscard]] ServerWait wait_for(int server, Time now) const;
    [[nodiscard]] ServerState state_of(int server, Time now) const;
    bool unreachable(Time now);
    void decide_by(Time at);
    [[nodiscard]] bool may_be_inside(int server) const;
    void ask_other_servers(Time now);
    [[nodiscard]] std::vector<OtherPoint> other_points() const;
    void ask_other_points(Time now);
    bool points_settled(Time now);
    void choose_servers(Time now);
    void drop_useless(Time now);
    void abandon(int server);
    bool try_another_server(Time now);
    [[nodiscard]] bool may_answer_better(int server, const ServerAudit& audit, Time now) const;
    [[nodiscard]] bool is_disbelieved(int server) const;
    [[nodiscard]] bool went_silent(int server, Time now) const;
    [[nodiscard]] bool another_may_qualify(int server, Time now) const;
    void use_for_mapping(int server);
    void use_for_filtering(int server);
    [[nodiscard]] bool may_qualify(Time now) const;
    void stop_filtering();
    void advance_filtering(Time now);
    void hurry_filtering(Time now);
    [[nodiscard]] bool is_used_up(Time now) const;
    [[nodiscard]] bool has_deaf_socket(Time now) const;
    void advance_mapping(Time now);
    void send_points(MapAttempt& attempt, int index, Time now);
    void ask_all_again(MapAttempt& attempt, int index, Time now);
    [[nodiscard]] bool confirmed(const MapAttempt& attempt, ProbeId pp) const;
    void advance_change_controls(Time now);
    void ask_change_control(Role question, const MappingPattern& pattern, Time now);
    void renew_control_path(Role question, const MappingPattern& pattern, ProbeId control,
                            Time now);
    void advance_hairpin(Time now);
    void finish(Time now, bool cut_off) override;

    Config config_;
    std::vector<Flow> flows_;
    std::vector<MapAttempt> map_attempts_;
    std::vector<FilterAttempt> filter_attempts_;
    std::vector<OtherPoint> points_;  ///< still to ask
    std::vector<SocketId> failed_;
    std::vector<bool> unfit_;        ///< servers that cannot show filtering
    std::optional<Time> places_at_;  ///< when the pacer will have room again
    std::optional<Time> decide_at_;  ///< when silence could be decided
    int map_server_ = -1;            ///< the one whose four addresses show the mapping
    int first_map_attempt_ = 0;      ///< of map_server_
    int filter_server_ = -1;         ///< the one whose CHANGE-REQUEST shows the filtering
    ProbeId hairpin_control_ = -1;
    ProbeId hairpin_in_ = -1;
    ProbeId hairpin_out_ = -1;
    SocketId hairpin_socket_ = 0;
    bool launched_ = false;
    bool others_asked_ = false;
    bool points_asked_ = false;
    bool tls_tried_ = false;
    bool filtering_done_ = false;
    bool filtering_given_up_ = false;  ///< answered too seldom: what follows is asked slowly
    bool mapping_done_ = false;
    bool controls_done_ = false;
    bool hairpin_done_ = false;
};

}  // namespace portolan::discovery
