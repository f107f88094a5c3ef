#pragma once

#include "probe/discovery/ledger.hpp"

/// What the filtering questions of a ledger say, and whether their silence means anything.
namespace portolan::discovery {

/// How long a good reply is awaited behind one that is discarded.
inline constexpr Duration kBetterReplyWait = std::chrono::milliseconds(100);

enum class FilterAnswer {
    NotSent,
    Pending,
    Open,           ///< a reply came from the address and port asked for
    Silent,         ///< none did, and the controls say that it is not loss
    Contaminated,   ///< one did, but only after this host had contacted that address
    ServerIgnores,  ///< answered from where it was asked
    ServerRejects,  ///< 420
    ServerWrongAddress,
    ServerError,
    ServerFaulty,  ///< something came from there that is no usable answer: neither open nor silent
};

struct FilterReading {
    FilterAnswer answer = FilterAnswer::NotSent;
    double error_bound = 1.0;
    ProbeId change = -1;
    ProbeId control = -1;
    bool alternate_blocked = false;  ///< told apart from filtering by the inference
};

/// What the filtering question (Role::FilterIpPort or FilterPort) of one attempt says at `now`.
FilterReading read_filter(const Ledger& ledger, Role question, int attempt, Time now);

enum class ChangeControl { NotSent, Pending, Confirmed, Unanswered, NotPossible };

/// Copies after which an unanswered control is given up: a wrong give-up costs a verdict
/// (inconclusive), never its truth. 0.36^12 (20 % loss each way) is 5e-6.
inline constexpr int kControlCopies = 12;

/// Did the server answer, with an open path, the same CHANGE-REQUEST that `question` asked?
struct ChangeControlReading {
    ChangeControl state = ChangeControl::NotSent;
    ProbeId probe = -1;
    bool used_response_port = false;
    FilterAnswer answer = FilterAnswer::NotSent;  ///< what came instead, when Unanswered
};
ChangeControlReading read_change_control(const Ledger& ledger, Role question, int attempt,
                                         Time now);

/// Did the alternate address `point` answer again, after the change control had begun? Then its
/// reply had an open path, even behind a NAT that had lost its table in between.
bool is_path_renewed(const Ledger& ledger, const Probe& control, const Probe& point);

}  // namespace portolan::discovery
