#include "ice-tests/precall/candidates.hpp"

#include <utility>

namespace portolan::precall {
namespace {

using std::chrono::milliseconds;
using transport::Duration;
using transport::Time;
using turn::Surroundings;
using turn::Task;

// RFC 8445 s14.2: no less than 5 ms; a few requests are no load.
constexpr milliseconds kTa(5);
constexpr Duration kCloseLimit = milliseconds(500);
constexpr Duration kLookupLimit = milliseconds(50);

}  // namespace

SeenCandidate seen(const agent::Candidate& candidate, Duration after) {
    return {.type = std::string(to_string(candidate.type)),
            .transport = std::string(to_string(candidate.transport)),
            .address = candidate.address,
            .after = after};
}

Task<bool> gather(Surroundings where, GatheringPlan plan, Gathering& out) {
    out.was_begun = true;
    out.stun_server = plan.stun_server;
    const Time begun = where.now();
    const auto changed = std::make_shared<turn::Signal>(where);
    agent::AgentOptions options;
    options.controlling = true;
    options.ta = kTa;
    options.ipv4 = plan.wants_ipv4;
    options.ipv6 = plan.wants_ipv6;
    options.local_addresses = plan.local_addresses;
    options.stun_server = plan.stun_server;
    auto made = agent::Agent::create(
        where.context, options,
        {.on_candidate =
             [&out, begun, where](const agent::Candidate& candidate) {
                 out.candidates.push_back(seen(candidate, where.now() - begun));
             },
         .on_gathering_done =
             [&out, begun, where, changed] {
                 out.is_done = true;
                 out.took = where.now() - begun;
                 changed->notify_soon();
             },
         .on_failure = [changed](const agent::Failure&) { changed->notify_soon(); }});
    if (!made) {
        out.why_not = made.error().message;
        co_return false;
    }
    out.agent = std::move(*made);
    if (const auto started = out.agent->start_gathering(); !started) {
        out.why_not = started.error().message;
    } else {
        const Time deadline = begun + plan.limit;
        while (!out.is_done && !out.agent->failure() && where.now() < deadline)
            co_await changed->until(deadline);
        if (out.agent->failure()) {
            out.is_done = true;
            out.took = where.now() - begun;
        }
        out.description = out.agent->local_description().to_sdp();
    }
    const bool is_closed = co_await release(where, out, kCloseLimit);
    (void)is_closed;
    co_return out.is_done;
}

Task<bool> release(Surroundings where, Gathering& gathering, Duration limit) {
    if (!gathering.agent) co_return false;
    const Time deadline = where.now() + limit;
    // libnice 0.1.21 looks its STUN server up in a later iteration of the context, a numeric one
    // too, and crashes when it is closed before that.
    if (!gathering.is_done) co_await turn::Pause(where, kLookupLimit);
    const auto changed = std::make_shared<turn::Signal>(where);
    const auto is_closed = std::make_shared<bool>(false);
    gathering.agent->close([is_closed, changed] {
        *is_closed = true;
        changed->notify_soon();
    });
    while (!*is_closed && where.now() < deadline)
        co_await changed->until(deadline);
    gathering.agent.reset();
    co_return *is_closed;
}

}  // namespace portolan::precall
