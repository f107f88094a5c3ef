#include "ice-tests/precall/ice_trial.hpp"

#include <algorithm>
#include <utility>

#include "ice-tests/calls/ladder.hpp"

namespace portolan::precall {
namespace {

using calls::Call;
using calls::Side;
using std::chrono::milliseconds;
using std::chrono::seconds;
using transport::Duration;
using transport::Time;
using turn::Surroundings;
using turn::Task;

// RFC 8445 s14.2: no less than 5 ms. One call is no load that would need the default of 50 ms.
constexpr milliseconds kTa(5);
constexpr Duration kPayloadLimit = seconds(2);
// Also of agents that were connected at the last moment: the round trip through a slow relay.
constexpr Duration kPayloadAtLeast = seconds(1);
constexpr Duration kCloseLimit = seconds(1);
constexpr int kQuotaReached = 486;
constexpr int kInsufficientCapacity = 508;

calls::SidePlan side_of(const IceTrialPlan& plan, bool is_controlling) {
    calls::SidePlan out{.relay = &plan.endpoint, .user = plan.credentials, .options = {}};
    out.options.controlling = is_controlling;
    out.options.relay_only = true;
    out.options.ta = kTa;
    return out;
}

void note_side(IceTrial& out, const Side& side, const char* name, Time begun) {
    for (const agent::Candidate& candidate : side.candidates) {
        out.candidates.push_back(
            seen(candidate, side.gathered_at ? *side.gathered_at - begun : Duration(0)));
        out.lines.push_back(std::string(name) + " has " + candidate.to_sdp());
    }
    for (const agent::SignallingMessage& message : side.messages) {
        using Kind = agent::SignallingMessage::Kind;
        if (message.kind == Kind::Offer || message.kind == Kind::Answer) {
            out.descriptions.push_back(message.text);
        }
    }
    if (!side.bridge) return;
    for (const std::string& line : side.bridge->tap().lines())
        out.lines.push_back(std::string(name) + ": " + line);
    for (const calls::Answer& answer : side.bridge->tap().answers()) {
        out.was_out_of_room |= answer.code == kQuotaReached || answer.code == kInsufficientCapacity;
    }
    if (!side.bridge->security().empty()) out.security = side.bridge->security();
}

/// Enters what the call knows, also of one that was cut off; it is not asked again.
void note(IceTrial& out) {
    Call& call = *out.call;
    const Side& one = call.offerer();
    const Side& other = call.answerer();
    const Time begun = call.started_at();
    note_side(out, one, "offerer", begun);
    note_side(out, other, "answerer", begun);
    if (one.gathered_at && other.gathered_at) {
        out.gathered_after = std::max(*one.gathered_at, *other.gathered_at) - begun;
    }
    out.ladder = calls::ladder_of(call);
    out.connected_after = call.time_to_ready();
    out.is_connected = out.connected_after.has_value();
    if (!one.pairs.empty()) {
        const agent::CandidatePair& pair = one.pairs.back();
        out.pair = pair.local.address.to_string() + " to " + pair.remote.address.to_string();
    }
    if (!out.is_connected) out.why_not = call.why_not();
    if (out.is_connected && !out.has_carried && out.is_done) {
        out.why_not = "The two were connected, and payloads did not arrive as they were sent.";
    }
}

}  // namespace

Task<bool> try_ice(Surroundings where, IceTrialPlan plan, IceTrial& out) {
    out.was_begun = true;
    const Time deadline = where.now() + plan.limit;
    auto made = Call::make(where, side_of(plan, true), side_of(plan, false),
                           std::make_shared<turn::Transcript>());
    if (!made) {
        out.why_not = made.error().message + '.';
        out.is_done = true;
        co_return false;
    }
    out.call = std::move(*made);
    bool works = co_await out.call->connect(plan.limit);
    if (works) {
        const Duration left = deadline - where.now();
        works = co_await out.call->exchange_payloads(
            std::clamp<Duration>(left, kPayloadAtLeast, kPayloadLimit));
    }
    out.has_carried = works;
    out.is_done = true;
    const bool is_closed = co_await release(out, kCloseLimit);
    (void)is_closed;
    co_return works;
}

Task<bool> release(IceTrial& trial, Duration limit) {
    if (!trial.call) co_return false;
    note(trial);
    const bool is_closed = co_await trial.call->close(limit);
    trial.call.reset();
    co_return is_closed;
}

}  // namespace portolan::precall
