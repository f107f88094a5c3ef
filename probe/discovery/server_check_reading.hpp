#pragma once

#include <optional>
#include <vector>

#include "probe/discovery/server_check.hpp"

/// Questions about the ledger of a server check that the machine asks while it runs and the
/// judgement asks at the end: one answer for both.
namespace portolan::discovery {

/// Copies after which an unanswered request is given up where its silence could prove nothing,
inline constexpr int kAuditCopies = 8;
/// and where it can: enough for 5 % loss each way.
inline constexpr int kAuditMostCopies = 32;
/// A control sent this much earlier or later still belongs to the same moment.
inline constexpr Duration kControlGap = std::chrono::milliseconds(20);

/// -1 where it was not asked.
ProbeId probe_of(const Ledger& ledger, AuditStep step);

/// Success or error response that may be believed.
bool is_reply(const Arrival& arrival);
bool is_success(const Arrival& arrival);

/// OTHER-ADDRESS as the server's own address names it, in the first response that may be believed.
struct NamedAlternate {
    std::optional<TransportAddress> other_address;
    /// It differs in address and port, and is as public as the server's own.
    bool other_address_usable = false;
};
NamedAlternate named_alternate(const Ledger& ledger);

/// The first success from the address asked (any address for steps that ask for another one).
const Arrival* success_of(const Ledger& ledger, AuditStep step);

/// XOR-MAPPED-ADDRESS of the last success, or MAPPED-ADDRESS where that is all there is.
std::optional<TransportAddress> mapped_at(const Ledger& ledger, AuditStep step);

struct PathTimes {
    Duration rtt{};   ///< smallest
    Duration wait{};  ///< how long after a copy its reply may still come
};
PathTimes path_times(const Ledger& ledger);

/// The plain request whose replies take the path that a CHANGE-REQUEST's reply must take.
AuditStep change_target(AuditStep change);

/// Could nothing but loss or the server keep the reply back?
bool is_path_open(const Ledger& ledger, AuditStep step);

/// Plain requests whose answers, at the same moment, show that the path works.
std::vector<AuditStep> controls_of(AuditStep step);

enum class StepState {
    NotAsked,
    Pending,
    Answered,    ///< by a reply that decides what was asked
    Silent,      ///< no reply, and not by loss
    Unanswered,  ///< no reply that decides, and it proves nothing
};

struct StepReading {
    StepState state = StepState::NotAsked;
    ProbeId probe = -1;
    const Arrival* reply = nullptr;      ///< when Answered: the first that decides
    const Arrival* elsewhere = nullptr;  ///< the first from an address that was not asked
    const Arrival* unusable = nullptr;   ///< the first that must be discarded or is no response
    double error_bound = 1.0;
};
StepReading read_step(const Ledger& ledger, AuditStep step, Time now);

/// Did the server send to another port when asked to?
bool is_response_port_honoured(const Ledger& ledger);

}  // namespace portolan::discovery
