#include "ice-tests/conformance/runner.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "ice-tests/conformance/left_behind.hpp"
#include "ice-tests/conformance/opening.hpp"
#include "ice-tests/conformance/probe.hpp"

namespace portolan::conformance {
namespace {

using turn::Signal;
using turn::Surroundings;
using turn::Transcript;

using Ports = std::shared_ptr<turn::PortSequence>;

unsigned bit_of(Transport transport) {
    switch (transport) {
        case Transport::Udp:
            return kUdp;
        case Transport::Tcp:
            return kTcp;
        case Transport::Tls:
            return kTls;
        case Transport::Dtls:
            return kDtls;
    }
    return kUdp;
}

/// One check under way.
struct Job {
    Job(const Surroundings& where, const Target& target, Ports ports, const Check& check,
        Signal& done)
        : result{.check = &check,
                 .judgement = {},
                 .transcript = std::make_shared<Transcript>(),
                 .begun = where.now()},
          probe(where, target, std::move(ports), result.transcript,
                [this, &done](Judgement judgement) {
                    early = std::move(judgement);
                    done.notify_soon();
                }),
          task(check.run(probe)) {
        task->start([&done] { done.notify_soon(); });
    }
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;
    ~Job() = default;

    [[nodiscard]] bool is_over() const { return early || task->is_done(); }
    Judgement judgement() { return early ? std::move(*early) : task->take(); }

    CheckResult result;
    std::optional<Judgement> early;
    Probe probe;
    // After the probe: what it still waits for goes first.
    std::optional<Task<Judgement>> task;
};

// A server that has died in the meantime answers nothing, which says nothing about this check.
Task<bool> is_alive(Surroundings where, const Target& target) {
    const auto transcript = std::make_shared<Transcript>();
    for (int tries = 1;; ++tries) {
        Client client(where, target.endpoint, transcript, "control", target.path);
        const auto opened = co_await client.open();
        if (!opened && is_worth_another(opened.error(), target.endpoint.transport, tries)) continue;
        if (!opened) co_return false;
        const Reply reply = co_await client.exchange(turn::binding());
        co_return reply.has_come();
    }
}

/// The verdict may be about what somebody left on a 5-tuple which this check was given: another
/// client, or a run before.
bool may_be_of_another(const CheckResult& result) {
    if (lacks_relay(*result.transcript)) return true;
    if (result.judgement.status == Status::Meets) return false;
    // An allocation is no reason to say nothing.
    const bool may_be_taken =
        (result.check->needs & kFreshTuple) != 0 && !result.judgement.by_silence;
    return may_be_taken || is_mismatch(*result.transcript);
}

/// Ports that have nothing to do with those that the target's clients begin with.
Ports elsewhere(const Surroundings& where, const Target& target) {
    const Ports& ports = target.endpoint.ports;
    return ports ? ports->elsewhere(*where.random) : nullptr;
}

Task<CheckResult> run_once(Surroundings where, const Target& target, Ports ports,
                           const Check& check, transport::Duration limit) {
    Signal done(where);
    Job job(where, target, std::move(ports), check, done);
    const transport::Time deadline = where.now() + limit;
    while (!job.is_over() && where.now() < deadline)
        co_await done.until(deadline);
    CheckResult result = job.result;
    result.judgement =
        job.is_over() ? job.judgement() : undecided("It took too long and was given up.");
    if (result.judgement.status != Status::Meets && !job.probe.mangling().empty()) {
        result.judgement.came += " It arrived mangled: " + job.probe.mangling() + ".";
    }
    // It may stand in the middle of an exchange.
    job.task.reset();
    const bool is_clean = co_await job.probe.clean_up();
    (void)is_clean;
    co_return result;
}

/// Whether an ordinary allocation is to be had now.
Task<bool> has_room(Surroundings where, const Target& target, Ports ports) {
    turn::Endpoint endpoint = target.endpoint;
    endpoint.ports = std::move(ports);
    Client client(where, std::move(endpoint), std::make_shared<Transcript>(), "control",
                  target.path);
    if (target.user) client.set_credentials(&*target.user);
    if (target.is_open) client.set_open();
    const auto opened = co_await client.open();
    if (!opened) co_return false;
    Request request = turn::allocate();
    if (target.has_ipv6_relays_only) request.family(AttributeType::RequestedAddressFamily, 2);
    const Reply reply = co_await client.request(request);
    if (!reply.is_success()) co_return false;
    const Reply released = co_await client.request(turn::refresh(0));
    co_return released.is_success();
}

/// Whether ordinary requests from as many ports get one each.
Task<bool> has_room_everywhere(Surroundings where, const Target& target) {
    for (int i = 0; i < kAddresses; ++i) {
        const bool has_one = co_await has_room(where, target, elsewhere(where, target));
        if (!has_one) co_return false;
    }
    co_return true;
}

/// Again with nothing beside it, between two ordinary requests that find room.
Task<CheckResult> run_with_room(Surroundings where, const Target& target, CheckResult first,
                                transport::Duration limit) {
    const Ports& ports = target.endpoint.ports;
    const bool before = co_await has_room(where, target, ports);
    if (before) {
        CheckResult again = co_await run_once(where, target, ports, *first.check, limit);
        again.repeat_count = first.repeat_count;
        again.begun = first.begun;
        again.duration = where.now() - first.begun;
        first = std::move(again);
    }
    if (first.judgement.status != Status::Violates || !first.judgement.by_no_room) {
        co_return first;
    }
    const bool after = co_await has_room(where, target, ports);
    if (!before || !after) {
        first.judgement = undecided(first.judgement.came +
                                    " An ordinary request gets no allocation either: the quota or "
                                    "the relays are used up.");
    }
    co_return first;
}

Task<CheckResult> run_one(Surroundings where, const Target& target, const Check& check,
                          transport::Duration limit) {
    const transport::Time begun = where.now();
    const Ports& ports = target.endpoint.ports;
    CheckResult result = co_await run_once(where, target, ports, check, limit);
    int repeat_count = 0;
    while (repeat_count + 1 < kAddresses && may_be_of_another(result)) {
        result = co_await run_once(where, target, elsewhere(where, target), check, limit);
        ++repeat_count;
    }
    if (result.judgement.status == Status::Violates && was_taken(*result.transcript)) {
        const bool has_room = co_await has_room_everywhere(where, target);
        if (!has_room) {
            result.judgement =
                undecided("Each of " + std::to_string(kAddresses) +
                          " ports got error 437, and an ordinary request does not always get an "
                          "allocation either: others may have left some there.");
        }
    }
    result.repeat_count = repeat_count;
    if (result.judgement.status == Status::Violates && result.judgement.by_lost_data) {
        const std::string first = result.judgement.came;
        CheckResult again = co_await run_once(where, target, ports, check, limit);
        if (again.judgement.status != Status::Violates) {
            again.judgement = undecided("It was not the same twice. First: " + first +
                                        " Then: " + again.judgement.came);
        }
        again.repeat_count = repeat_count;
        result = std::move(again);
    }
    result.begun = begun;
    if (result.judgement.status == Status::Violates && result.judgement.by_silence) {
        const bool alive = co_await is_alive(where, target);
        if (!alive) {
            result.judgement =
                undecided("The server does not answer anything any more: " + result.judgement.came);
        }
    }
    result.duration = where.now() - result.begun;
    co_return result;
}

// A check that sees a lifetime end takes as long as that lasts.
transport::Duration limit_for(const Check& check, const Target& target, const RunOptions& options) {
    if (check.check_class != CheckClass::Long) return options.check_limit;
    const Lifetimes& lifetimes = target.lifetimes;
    return options.check_limit +
           2 * std::max({lifetimes.allocation, lifetimes.permission, lifetimes.channel,
                         lifetimes.nonce, lifetimes.unbound, lifetimes.idle});
}

bool is_without_room(const CheckResult& result) {
    return result.judgement.status == Status::Violates && result.judgement.by_no_room;
}

bool runs_alone(const Check& check) {
    return (check.needs & kAlone) != 0;
}

}  // namespace

bool is_about(const Check& check, const Target& target) {
    return (check.transports & bit_of(target.endpoint.transport)) != 0;
}

std::optional<std::string> missing_for(const Check& check, const Target& target) {
    if ((check.needs & kCredentials) != 0 && !target.user) {
        return "It needs the username and credential of a user.";
    }
    if ((check.needs & kPassword) != 0 && target.user && target.user->grant) {
        return "It needs a user with a password, and this one has an access token.";
    }
    if ((check.needs & kThirdPartyKey) != 0 && !target.third_party) {
        return "It needs the key that the server shares with its authorization server: "
               "--oauth-key.";
    }
    if ((check.needs & kSecondUser) != 0 && !target.second_user) {
        return "It needs a second user: name the server twice in the iceServers file.";
    }
    if ((check.needs & kSharedSecret) != 0 && !target.shared_secret) {
        return "It needs the shared secret: --turn-secret-file.";
    }
    return std::nullopt;
}

Task<std::vector<CheckResult>> run_checks(Surroundings where, const Target& target,
                                          std::vector<const Check*> checks, RunOptions options) {
    std::vector<std::optional<CheckResult>> results(checks.size());
    std::vector<std::optional<Task<CheckResult>>> running(checks.size());
    std::size_t running_count = 0;
    Signal signal(where);
    const auto collect = [&] {
        for (std::size_t i = 0; i < checks.size(); ++i) {
            if (!running[i] || !running[i]->is_done()) continue;
            results[i] = running[i]->take();
            running[i].reset();
            --running_count;
            if (is_without_room(*results[i])) continue;  // judged again when the rest is done
            if (options.on_result) options.on_result(*results[i]);
        }
    };
    // The long waits first, so that they overlap with everything else; the alone ones last.
    std::vector<std::size_t> order(checks.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    const auto rank = [&](std::size_t i) {
        if (runs_alone(*checks[i])) return 2;
        return checks[i]->check_class == CheckClass::Fast ? 1 : 0;
    };
    std::ranges::stable_sort(order, {}, rank);
    for (const std::size_t i : order) {
        const std::size_t limit = runs_alone(*checks[i]) ? 1 : options.job_count;
        while (running_count >= limit) {
            co_await signal.until(transport::Time::max());
            collect();
        }
        running[i].emplace(
            run_one(where, target, *checks[i], limit_for(*checks[i], target, options)));
        ++running_count;
        running[i]->start([&signal] { signal.notify_soon(); });
    }
    while (running_count > 0) {
        co_await signal.until(transport::Time::max());
        collect();
    }
    for (auto& result : results) {
        if (!is_without_room(*result)) continue;
        const auto limit = limit_for(*result->check, target, options);
        CheckResult first = std::move(*result);
        result = co_await run_with_room(where, target, std::move(first), limit);
        if (options.on_result) options.on_result(*result);
    }
    std::vector<CheckResult> out;
    out.reserve(results.size());
    for (auto& result : results)
        out.push_back(std::move(*result));
    co_return out;
}

}  // namespace portolan::conformance
