#include "nat-sim/scenario/call.hpp"

#include <algorithm>
#include <utility>

#include "nat-sim/scenario/check_steps.hpp"
#include "nat-sim/scenario/ending.hpp"
#include "nat-sim/scenario/nat_log.hpp"
#include "nat-sim/scenario/peer.hpp"
#include "nat-sim/scenario/servers.hpp"

namespace portolan::scenario {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// For what is on its way when media ends; longer than any delay that a scenario can be expected
/// to have.
constexpr Duration kDrain = seconds(1);
/// Two sides that both map anew toward every new port find new candidates with each check and
/// never come to an end of them, with a pair selected long before.
constexpr sim::SimDuration kSettle = seconds(5);
/// For agents to give back their TURN allocations, with retransmissions.
constexpr Duration kClose = seconds(10);

/// What libnice 0.1.21 may make of checks that came in before the answer, as the timeline shows it.
/// One that came while the offerer gathered is paired, and checked without credentials, which
/// fails. The answer brings a triggered check for it; but where another came later, that one's pair
/// is made in the same step, which prunes failed pairs (priv_limit_conn_check_list_size(),
/// conncheck.c), and the other side, which has its answer, does not ask again.
std::string forgotten_checks(const CallResult& result, const Scenario& scenario) {
    const PartyResult& offerer = result.parties[0];
    if (!offerer.gathered_after || !offerer.answer_received_at) return {};
    bool while_gathering = false;
    bool afterwards = false;
    for (const CallEvent& event : result.timeline) {
        const bool is_early = event.what == "peer-reflexive" &&
                              event.who == scenario.parties[0].name &&
                              event.at < *offerer.answer_received_at;
        if (!is_early) continue;
        // The offerer begins to gather when the call begins.
        (event.at <= *offerer.gathered_after ? while_gathering : afterwards) = true;
    }
    if (!while_gathering || !afterwards) return {};
    return scenario.parties[0].name +
           " was checked before it had the answer, while it gathered and "
           "afterwards, and of such checks libnice 0.1.21 forgets the first";
}

/// One call, from the building of its world to its end.
class Run {
  public:
    Run(const Scenario& scenario, AddressPlan plan, const CallOptions& options)
        : scenario_(scenario), options_(options), lab_(scenario, std::move(plan)), wire_(lab_) {
        if (options.capture) captures_ = start_captures(lab_);
        if (options.on_nat_event) log_nat_decisions(lab_, options.on_nat_event);
    }

    Result<Call> go() {
        // Components start inside an event: before, ns-3's nodes are not ready.
        lab_.world().schedule(sim::SimTime{0}, [this] { start(); });
        lab_.world().run_until([this] { return is_settled(); }, scenario_.time_limit);
        if (error_) return *error_;
        settled_at_ = std::chrono::duration_cast<Duration>(lab_.world().now());
        if (are_connected() && scenario_.media.duration.count() > 0 && !is_cancelled()) run_media();
        if (error_) return *error_;
        return finish();
    }

    ~Run() {
        for (auto& peer : peers_) {
            if (peer) peer->close();
        }
        const auto closed = [this] {
            return std::all_of(peers_.begin(), peers_.end(),
                               [](const auto& peer) { return !peer || peer->is_closed(); });
        };
        if (!closed()) lab_.world().run_until(closed, kClose);
    }

    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

  private:
    void start() {
        auto servers = Servers::start(lab_, scenario_);
        if (!servers) return fail(std::move(servers).error());
        servers_ = std::move(*servers);
        for (std::size_t i = 0; i < peers_.size(); ++i) {
            peers_[i] = std::make_unique<Peer>(lab_, scenario_, i, [this](CallEvent event) {
                timeline_.push_back(std::move(event));
            });
        }
        // The answerer first: an offer must find somebody.
        for (const std::size_t i : {1, 0}) {
            const auto started = peers_[i]->start(signalling_to(1 - i));
            if (!started) return fail(started.error());
        }
    }

    agent::Negotiation::Send signalling_to(std::size_t index) {
        return [this, index](const agent::SignallingMessage& message) {
            lab_.world().schedule_after(scenario_.signalling.delay, [this, index, message] {
                peers_[index]->receive(message);
            });
        };
    }

    void fail(Error error) {
        if (!error_) error_ = std::move(error);
        lab_.world().stop();
    }

    [[nodiscard]] bool are_ready() const {
        return peers_[0] && peers_[1] && peers_[0]->is_ready() && peers_[1]->is_ready();
    }

    [[nodiscard]] bool are_connected() const {
        return peers_[0] && peers_[1] && peers_[0]->is_connected() && peers_[1]->is_connected();
    }

    /// Both ready, or connected for long enough, or both given up: whoever fails alone may still be
    /// found by the other.
    [[nodiscard]] bool is_settled() {
        if (error_ || is_cancelled()) return true;
        if (!peers_[0] || !peers_[1]) return false;
        if (!are_connected()) {
            connected_since_.reset();
        } else if (!connected_since_) {
            connected_since_ = lab_.world().now();
        }
        const bool is_long_connected =
            connected_since_ && lab_.world().now() - *connected_since_ >= kSettle;
        return are_ready() || is_long_connected ||
               (peers_[0]->has_failed() && peers_[1]->has_failed());
    }

    [[nodiscard]] bool is_cancelled() {
        if (!was_cancelled_ && options_.is_cancelled) was_cancelled_ = options_.is_cancelled();
        return was_cancelled_;
    }

    void run_media() {
        wire_.count_media(true);
        for (auto& peer : peers_) {
            const auto started = peer->start_media();
            if (!started) return fail(started.error());
        }
        lab_.world().run_until([this] { return is_cancelled(); }, scenario_.media.duration);
        for (auto& peer : peers_)
            peer->stop_media();
        lab_.world().run(kDrain);
    }

    Result<Call> finish() {
        Call call;
        CallResult& result = call.result;
        result.plan = lab_.plan();
        result.is_cut_off = was_cancelled_;
        result.simulated = std::chrono::duration_cast<Duration>(lab_.world().now());
        result.event_count = lab_.world().event_count();
        for (std::size_t i = 0; i < peers_.size(); ++i) {
            result.parties[i] = peers_[i]->result(*peers_[1 - i]);
            if (const auto at = wire_.first_answer(i)) {
                result.parties[i].answered_at = std::chrono::duration_cast<Duration>(*at);
                result.parties[i].answered_count = wire_.answered_count(i);
            }
            if (const auto at = wire_.last_media(i)) {
                result.parties[i].last_sent_at = std::chrono::duration_cast<Duration>(*at);
            }
            if (const auto at = wire_.first_check(i)) {
                result.parties[i].first_check_at = std::chrono::duration_cast<Duration>(*at);
            }
        }
        result.timeline = std::move(timeline_);
        result.checks = check_steps(lab_, wire_.checks());
        result.unseen_checks_count = wire_.checks().left_out_count();
        result.media_flows = wire_.media();
        result.wire = compare_with_claims(result);
        const Duration selected_at = classify(result, next_change());
        auto expected = forecast(scenario_, std::max(settled_at_, selected_at), head_start(result));
        if (!expected) return std::move(expected).error();
        result.forecast = std::move(*expected);
        if (const std::string forgotten = forgotten_checks(result, scenario_); !forgotten.empty()) {
            std::string& handicap = result.forecast.handicap;
            handicap += (handicap.empty() ? "" : "; and ") + forgotten;
        }
        result.why = explain(result, scenario_);
        for (const auto& [name, capture] : captures_)
            call.captures.push_back({name, capture->bytes()});
        return call;
    }

    /// How long the answerer knew the offer when the offerer got the answer.
    static Duration head_start(const CallResult& result) {
        const auto& offered = result.parties[1].offer_received_at;
        const auto& answered = result.parties[0].answer_received_at;
        return offered && answered ? *answered - *offered : Duration{0};
    }

    /// What the network does after the agents had settled may lead to other pairs.
    [[nodiscard]] Duration next_change() const {
        for (const Happening& each : happenings_of(scenario_)) {
            if (each.at >= settled_at_) return each.at;
        }
        return Duration::max();
    }

    const Scenario& scenario_;
    const CallOptions& options_;
    Lab lab_;
    WireWatch wire_;
    std::unique_ptr<Servers> servers_;
    std::array<std::unique_ptr<Peer>, 2> peers_;
    std::vector<CallEvent> timeline_;
    Duration settled_at_{0};
    std::optional<sim::SimTime> connected_since_;
    std::vector<std::pair<std::string, sim::Capture*>> captures_;
    std::optional<Error> error_;
    bool was_cancelled_ = false;
};

}  // namespace

Result<Call> run_call(const Scenario& scenario, const CallOptions& options) {
    auto plan = plan_addresses(scenario);
    if (!plan) return std::move(plan).error();
    return Run(scenario, std::move(*plan), options).go();
}

}  // namespace portolan::scenario
