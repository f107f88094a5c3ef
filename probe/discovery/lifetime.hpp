#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probe/discovery/inference.hpp"
#include "probe/discovery/recording_machine.hpp"

namespace portolan::discovery {

/// 15 s to 10 min; RFC 4787 REQ-5 asks for at least two minutes.
std::vector<Duration> default_lifetime_rungs();

struct LifetimeConfig {
    AddressFamily family = AddressFamily::IPv4;
    std::string server_name;
    TransportAddress server;  ///< must support RESPONSE-PORT (RFC 5780 s7.5)
    std::optional<IpAddress> bind_ip;
    std::vector<Duration> rungs = default_lifetime_rungs();  ///< ascending, at most 16
    std::uint64_t seed = 1;
    RandomSource random;
    std::shared_ptr<TransactionPacer> pacer;
};

/// How long a NAT remembers a binding that nobody uses (RFC 5780 s4.6), all durations at once: one
/// socket a rung falls silent at the start, and when its time has come another socket has the
/// server send it something. Two further sockets are kept busy, one by packets going out and one by
/// packets coming in, to see what refreshes a binding (RFC 4787 REQ-6). Ends with the first rung
/// found dead.
class LifetimeLadder final : public RecordingMachine {
  public:
    explicit LifetimeLadder(LifetimeConfig config);

    void start(Time now) override;
    [[nodiscard]] std::optional<Time> next_wakeup() const override;

  private:
    /// A transaction that is repeated until it is answered or its copies are used up.
    struct Flow {
        ProbeId probe = 0;
        Time next{};
    };
    struct Rung {
        Duration idle{};
        SocketId socket = 0;
        ProbeId bind = -1;
        ProbeId check = -1;
        bool decided = false;
    };

    ProbeId begin(Role role, SocketId socket, int rung, std::optional<std::uint16_t> response_port,
                  Time now);
    [[nodiscard]] bool answers(const Probe& probe, SocketId socket,
                               const stun::MessageView& message) const override;
    void advance(Time now) override;
    bool bind_all(Time now);
    void repeat(Time now);
    void check_rungs(Time now);
    void keep_busy(Time now);
    [[nodiscard]] std::optional<std::uint16_t> port_of(ProbeId bind) const;
    [[nodiscard]] bool bound(ProbeId bind) const { return bind >= 0 && port_of(bind).has_value(); }
    [[nodiscard]] bool used_up(const Probe& subject, Time now) const;
    void wake(Time at);

    LifetimeConfig config_;
    std::vector<Flow> flows_;
    std::vector<Rung> rungs_;
    SocketId asker_ = 0;                  ///< asks the server to send to the others
    std::optional<Duration> dead_after_;  ///< the shortest idle time that none survived
    bool is_step_survived_ = false;       ///< the pauses of the busy bindings kill none
    bool is_repeating_ = false;           ///< the last rung is that time once more
    SocketId outbound_ = 0;               ///< kept busy by what it sends
    SocketId inbound_ = 0;                ///< kept busy by what it is sent
    ProbeId asker_bind_ = -1;
    ProbeId outbound_bind_ = -1;
    ProbeId inbound_bind_ = -1;
    Duration busy_interval_{};
    std::optional<Time> busy_at_;
    std::optional<Time> wakeup_;
    int busy_round_ = 0;
};

struct Lifetime {
    Duration alive_for{};  ///< longest idle time survived
    std::optional<Duration>
        dead_after;  ///< shortest idle time not survived; absent: none was tried
    std::optional<bool> outbound_refreshes;
    std::optional<bool> inbound_refreshes;
};

/// Why no lifetime can be measured, where no server is left that could show it.
Judgement<Lifetime> lifetime_without_server(const Outcome& outcome);

/// Pass: at least two minutes (RFC 4787 REQ-5), or as long as was tried when that is less.
Judgement<Lifetime> infer_lifetime(const Ledger& ledger);

}  // namespace portolan::discovery
