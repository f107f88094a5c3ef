#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "probe/discovery/inference.hpp"
#include "probe/discovery/recording_machine.hpp"
#include "reports/model/finding.hpp"
namespace portolan::discovery {

/// What one transaction of a server check asks; Probe::attempt of its probe, which has Role::Audit.
/// P, A: primary and alternate, address before port.
enum class AuditStep {
    Primary,              ///< plain, to PP
    SecondSocket,         ///< plain, to PP, from another socket
    AlternatePort,        ///< plain, to PA
    AlternateAddress,     ///< plain, to AP
    Alternate,            ///< plain, to AA
    ResponsePort,         ///< answer to the second socket, please
    ResponsePortPadding,  ///< the two attributes that exclude each other
    ChangeNone,           ///< CHANGE-REQUEST with neither flag
    UnknownAttribute,     ///< one that no server can know and none may ignore
    Padding,
    Fingerprint,
    Classic,  ///< RFC 3489: no magic cookie
    ChangeIp,
    ChangePort,
    ChangeBoth,
};
inline constexpr int kAuditStepCount = static_cast<int>(AuditStep::ChangeBoth) + 1;

std::string_view to_string(AuditStep step);  // "primary", "second-socket", ...

struct ServerCheckConfig {
    AddressFamily family = AddressFamily::IPv4;
    std::string server_name;              ///< as given by the user, for reports
    TransportAddress server;              ///< resolved
    std::optional<TransportAddress> tcp;  ///< where TCP is tried; absent: not tried
    std::optional<IpAddress> bind_ip;
    std::uint64_t seed = 1;
    RandomSource random;                      ///< null: drawn from the seed
    std::shared_ptr<TransactionPacer> pacer;  ///< own one when null
    Duration budget = std::chrono::seconds(5);
};

/// Asks one STUN server everything that RFC 5780 s6 and RFC 8489 s6.3 promise, over UDP. Two
/// sockets to the server's own address; the CHANGE-REQUESTs come last, after the first socket has
/// sent to all four addresses, so that no filter of a NAT on the way holds their replies back.
class ServerCheck final : public RecordingMachine {
  public:
    explicit ServerCheck(ServerCheckConfig config);

    void start(Time now) override;
    [[nodiscard]] std::optional<Time> next_wakeup() const override;

  private:
    [[nodiscard]] bool answers(const Probe& probe, SocketId socket,
                               const stun::MessageView& message) const override;
    void advance(Time now) override;
    bool plan(Time now);
    bool plan_change_requests(Time now);
    bool ask(AuditStep step, SocketId socket, const TransportAddress& to, Time now,
             std::optional<std::uint16_t> response_port = std::nullopt);
    void repeat(Time now);
    void send_copy(ProbeId id, Time now);
    void send_controls(AuditStep step, Time now);
    [[nodiscard]] bool done(AuditStep step, Time now) const;
    [[nodiscard]] Duration spacing() const;
    [[nodiscard]] bool stream_pending(Time now) const;
    void wake(Time at);

    ServerCheckConfig config_;
    std::vector<Time> next_copy_;  ///< of each probe
    std::optional<Time> wakeup_;
    SocketId first_ = 0;
    SocketId second_ = 0;
};

/// One check of a server: what never changes about it.
struct AuditCheckInfo {
    std::string_view id;  ///< permanent: "audit/other-address-distinct"
    std::string_view title;
    report::Requirement requirement{};
    std::string_view document;  ///< "RFC 5780"
    std::string_view section;   ///< "6.1"; of the rule
    std::string_view explanation;
};

/// All checks in the order of the report; the last three sum up.
std::span<const AuditCheckInfo> audit_check_table();

struct AuditCheck {
    const AuditCheckInfo* info = nullptr;  ///< never null; into audit_check_table()
    VerdictKind verdict = VerdictKind::NotTested;
    std::string reason;                 ///< permanent code; empty exactly for Pass
    std::string sentence;               ///< for people; never empty
    std::vector<ProbeId> evidence;      ///< may be empty: then it rests on the run as a whole
    bool rests_on_run = false;          ///< also: on datagrams that belong to no request
    std::optional<double> error_bound;  ///< probability that silence was loss, where it counted
};

struct ServerCheckOutcome {
    std::vector<AuditCheck> checks;  ///< one for each row of audit_check_table(), in its order
    std::optional<TransportAddress> other_address;  ///< as the server's own address named it
    std::optional<TransportAddress> mapped;
    std::optional<Duration> rtt;

    /// The check of that id; the id must be in the table.
    [[nodiscard]] const AuditCheck& check(std::string_view id) const;
};

/// Judges the ledger of a ServerCheck, finished or not. Pure: the same ledger, the same outcome.
///
/// Silence is a fail only where neither loss nor a NAT on this side explains it: the path that the
/// reply had to take answered other requests at the same moments, often enough that the chance of
/// loss is below kSilenceErrorBound.
ServerCheckOutcome infer_server_check(const Ledger& ledger);

}  // namespace portolan::discovery
