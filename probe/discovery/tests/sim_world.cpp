#include "probe/discovery/tests/sim_world.hpp"

#include <algorithm>
#include <cstring>

namespace portolan::discovery::sim {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kMaxSteps = 50'000;
constexpr int kMaxIdleCalls = 32;     // on_time() at one instant before it counts as a busy loop
constexpr int kMaxActionRounds = 64;  // take_actions() in a row before it counts as endless
constexpr std::size_t kMaxViolations = 8;

bool later(Time a_at, std::uint32_t a_order, Time b_at, std::uint32_t b_order) {
    return a_at != b_at ? a_at > b_at : a_order > b_order;
}

}  // namespace

void World::reset(const WorldRules& rules, std::uint64_t seed) {
    rules_ = &rules;
    random_ = Random(seed ^ 0x5EED5EED5EED5EEDULL);
    now_ = kEpoch;
    next_order_ = 0;
    broken_ = false;
    icmp_sent_ = 0;
    nats_.resize(rules.nats.size());
    for (std::size_t i = 0; i < nats_.size(); ++i) {
        nats_[i].reset(rules.nats[i], kEpoch, random_.next());
    }
    servers_.resize(rules.servers.size());
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        servers_[i].reset(rules.servers[i], random_.next());
    }
    machines_.clear();
    events_.clear();
    free_slots_.clear();
    for (std::size_t i = slots_.size(); i > 0; --i) {
        free_slots_.push_back(static_cast<std::int32_t>(i - 1));
    }
    sockets_.clear();
    replies_seen_.assign(rules.stragglers.size(), 0);
    requests_seen_.assign(rules.swallowed.size(), 0);
    transactions_.clear();
    transaction_times_.clear();
    out_ = {};
    in_ = {};
    hostile_.reset(rules.hostility, random_.next());
    trace_ = {};
}

int World::add(Config config, Duration delay) {
    auto machine = std::make_unique<Discovery>(std::move(config));
    const Ledger& ledger = machine->ledger();
    return add(std::move(machine), ledger, delay);
}

int World::add(LifetimeConfig config, Duration delay) {
    auto machine = std::make_unique<LifetimeLadder>(std::move(config));
    const Ledger& ledger = machine->ledger();
    return add(std::move(machine), ledger, delay);
}

int World::add(std::unique_ptr<Machine> machine, const Ledger& ledger, Duration delay) {
    MachineState& state = machines_.emplace_back();
    state.machine = std::move(machine);
    state.ledger = &ledger;
    state.started = now_ + delay;
    Event event;
    event.at = state.started;
    event.kind = Kind::Start;
    event.machine = static_cast<std::int16_t>(machines_.size() - 1);
    schedule(event);
    return event.machine;
}

Duration World::elapsed(int index) const {
    const MachineState& state = machines_[static_cast<std::size_t>(index)];
    return state.ended.value_or(now_) - state.started;
}

void World::violation(std::string what) {
    if (trace_.violations.size() < kMaxViolations) trace_.violations.push_back(std::move(what));
}

bool World::all_finished() const {
    return std::all_of(machines_.begin(), machines_.end(),
                       [](const MachineState& state) { return state.ended.has_value(); });
}

void World::schedule(Event event) {
    event.order = next_order_++;
    events_.push_back(event);
    std::push_heap(events_.begin(), events_.end(), [](const Event& a, const Event& b) {
        return later(a.at, a.order, b.at, b.order);
    });
}

std::optional<Time> World::wakeup_of(MachineState& state) {
    if (!state.has_started || state.ended) return std::nullopt;
    const auto wanted = state.machine->next_wakeup();
    if (wanted != state.wakeup) {
        state.wakeup = wanted;
        state.slack = Duration(random_.between(0, rules_->timer_slack.count()));
    }
    if (!wanted) return std::nullopt;
    return *wanted + state.slack;
}

void World::run() {
    while (!all_finished() && !broken_) {
        if (++trace_.steps > kMaxSteps) {
            violation("not finished after " + std::to_string(kMaxSteps) + " steps");
            break;
        }
        std::optional<Time> wakeup;
        int sleeper = -1;
        for (std::size_t i = 0; i < machines_.size(); ++i) {
            const auto at = wakeup_of(machines_[i]);
            if (at && (!wakeup || *at < *wakeup)) {
                wakeup = at;
                sleeper = static_cast<int>(i);
            }
        }
        if (!events_.empty() && (!wakeup || events_.front().at <= *wakeup)) {
            std::pop_heap(events_.begin(), events_.end(), [](const Event& a, const Event& b) {
                return later(a.at, a.order, b.at, b.order);
            });
            const Event event = events_.back();
            events_.pop_back();
            now_ = std::max(now_, event.at);
            handle(event);
        } else if (wakeup) {
            MachineState& state = state_of(sleeper);
            // An instant that packets have already reached is progress too.
            const Time call_at = std::max(now_, *wakeup);
            state.idle_calls = call_at > state.last_call ? 0 : state.idle_calls + 1;
            state.last_call = call_at;
            if (state.idle_calls > kMaxIdleCalls) {
                violation("busy loop: next_wakeup() stays in the past");
                break;
            }
            now_ = std::max(now_, *wakeup);
            state.machine->on_time(now_);
            drain(sleeper);
        } else {
            violation("stuck: not finished, and no wakeup is asked for");
            break;
        }
    }
    // RFC 5780 s5: no more than ten new transactions a second.
    constexpr std::size_t kLimit = 10;
    std::size_t oldest = 0;
    for (std::size_t i = 0; i < transaction_times_.size(); ++i) {
        while (transaction_times_[i] - transaction_times_[oldest] >= seconds(1))
            ++oldest;
        trace_.most_transactions_in_a_second =
            std::max(trace_.most_transactions_in_a_second, static_cast<int>(i - oldest + 1));
    }
    if (trace_.most_transactions_in_a_second > static_cast<int>(kLimit)) {
        violation("more than ten new transactions in a second: " +
                  std::to_string(trace_.most_transactions_in_a_second));
    }
    check_after_finish();
}

void World::drain(int machine) {
    MachineState& state = state_of(machine);
    Machine& driven = *state.machine;
    for (int round = 0; round < kMaxActionRounds; ++round) {
        const std::vector<Action> actions = driven.take_actions();
        if (actions.empty()) {
            if (driven.finished() && !state.ended) {
                state.ended = now_;
                if (driven.next_wakeup()) violation("asks for a wakeup after finishing");
            }
            return;
        }
        const bool over = driven.finished();
        for (const Action& action : actions) {
            if (over && !std::holds_alternative<CloseSocket>(action)) {
                violation("acts after finishing");
                continue;
            }
            std::visit([&](const auto& what) { perform(machine, what); }, action);
        }
    }
    violation("endless actions");
    broken_ = true;
}

World::SocketState* World::socket(int machine, SocketId id) {
    for (SocketState& state : sockets_) {
        if (state.id == id && state.machine == machine) return &state;
    }
    return nullptr;
}

void World::check_after_finish() {
    for (MachineState& state : machines_) {
        if (!state.ended) continue;
        Machine& over = *state.machine;
        const auto arrivals = [&] {
            std::size_t count = 0;
            for (const Probe& probe : state.ledger->probes)
                count += probe.arrival_count;
            return count;
        };
        const std::size_t before = arrivals();
        for (const Probe& probe : state.ledger->probes) {
            if (probe.arrivals.empty()) continue;
            const Arrival& last = probe.arrivals.back();
            const std::vector<std::byte> bytes = last.bytes;
            const TransportAddress source = last.source;
            over.on_datagram(probe.socket, source, std::nullopt, bytes, now_);
            break;
        }
        over.on_time(now_ + seconds(5));
        if (!over.take_actions().empty()) violation("acts after finishing");
        if (!over.finished()) violation("unfinishes");
        if (arrivals() != before) violation("records evidence after finishing");
    }
    for (const SocketState& state : sockets_) {
        const bool ended = machines_[static_cast<std::size_t>(state.machine)].ended.has_value();
        if (state.open && ended) {
            violation("leaves a socket open");
            break;
        }
    }
}

const Link& World::link_to(const IpAddress& remote) const {
    for (const PathRules& path : rules_->paths) {
        if (path.remote == remote) return path.link;
    }
    return rules_->link;
}

Duration World::one_way(const Link& link) {
    const auto half_jitter = link.jitter.count() / 2;
    const auto delay = link.rtt.count() / 2 + random_.between(-half_jitter, half_jitter);
    return Duration(std::max<std::int64_t>(delay, 1));
}

bool World::loses(const Link& link, Direction& direction) {
    if (link.burst_start > 0.0) {
        const double change = direction.in_burst ? link.burst_end : link.burst_start;
        if (random_.chance(change)) direction.in_burst = !direction.in_burst;
        if (direction.in_burst) return true;
    }
    return random_.chance(link.loss);
}

bool World::in_outage(Time at) const {
    const Duration since = at - kEpoch;
    return std::any_of(rules_->outages.begin(), rules_->outages.end(), [&](const Outage& outage) {
        return since >= outage.from && since < outage.to;
    });
}

Duration World::straggling(const TransportAddress& source) {
    Duration extra{};
    for (std::size_t i = 0; i < rules_->stragglers.size(); ++i) {
        const Straggler& rule = rules_->stragglers[i];
        if (rule.source != source) continue;
        const int number = replies_seen_[i]++;
        if (number >= rule.first && number <= rule.last) extra += rule.extra;
    }
    return extra;
}

bool World::swallows(const TransportAddress& destination) {
    bool swallowed = false;
    for (std::size_t i = 0; i < rules_->swallowed.size(); ++i) {
        const Swallowed& rule = rules_->swallowed[i];
        if (rule.destination != destination) continue;
        const int number = requests_seen_[i]++;
        swallowed |= number >= rule.first && number <= rule.last;
    }
    return swallowed;
}

}  // namespace portolan::discovery::sim
