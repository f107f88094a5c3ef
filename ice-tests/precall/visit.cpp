#include "ice-tests/precall/visit.hpp"

#include <algorithm>
#include <utility>

#include "ice-tests/turn/redirections.hpp"
#include "probe/stun/printable.hpp"
#include "probe/transport/local_addresses.hpp"

namespace portolan::precall {
namespace {

using stun::AttributeType;
using transport::Duration;
using transport::Time;
using turn::Client;
using turn::Reply;
using turn::Surroundings;
using turn::Task;

// RFC 8656 s7.4: after a 437 the client tries another 5-tuple.
constexpr int kTuplesAtMost = 2;
constexpr Duration kForStun = std::chrono::milliseconds(600);

/// The clock of one step: from its making to done().
class StepClock {
  public:
    StepClock(const Surroundings& where, Visit& visit, Step step)
        : where_(where), visit_(visit), step_(step), begun_(where.now()) {
        visit.under_way = step;
    }
    void done() { done_after(where_.now() - begun_); }
    void done_after(Duration duration) {
        visit_.steps.push_back({step_, duration});
        visit_.under_way.reset();
    }
    [[nodiscard]] Duration elapsed() const { return where_.now() - begun_; }

  private:
    const Surroundings& where_;
    Visit& visit_;
    Step step_;
    Time begun_;
};

void fail(Visit& visit, Problem problem) {
    visit.under_way.reset();
    visit.problem = std::move(problem);
    visit.client.reset();
}

void note_software(Visit& visit, const Reply& reply) {
    if (!reply.has_come()) return;
    const auto software = reply.view().find(AttributeType::Software);
    if (!software) return;
    visit.software.clear();
    const std::string_view text(reinterpret_cast<const char*>(software->value.data()),
                                std::min<std::size_t>(software->value.size(), 80));
    stun::append_escaped(visit.software, text);
}

/// Of an answer to one of several copies nobody knows to which.
void note_round_trip(Visit& visit, const Reply& reply) {
    if (reply.has_come() && reply.copy_count == 1) visit.readings.push_back(reply.round_trip);
    visit.round_trip = visit.client->round_trip();
}

Task<bool> open(const Surroundings& where, Visit& visit) {
    const turn::Transport transport = visit.endpoint.transport;
    StepClock clock(where, visit,
                    transport == turn::Transport::Dtls ? Step::Handshake : Step::Connect);
    const auto opened = co_await visit.client->open();
    const auto& outcome = visit.client->wire().outcome();
    const auto connected_after = outcome ? outcome->tcp_connected_after : std::nullopt;
    if (transport == turn::Transport::Tls && connected_after) {
        const Duration whole = clock.elapsed();
        clock.done_after(*connected_after);
        if (opened) visit.steps.push_back({Step::Handshake, whole - *connected_after});
    } else if (opened && transport != turn::Transport::Udp) {
        clock.done();
    }
    if (!opened) {
        fail(visit, problem_of_opening(visit.client->wire(), opened.error()));
        co_return false;
    }
    visit.under_way.reset();
    visit.local = visit.client->wire().local_address();
    visit.tls = visit.client->wire().tls_facts();
    co_return true;
}

/// Of a server that is silent when it is asked for a relay: whether it answers a Binding request.
Task<bool> answers_stun(Visit& visit, Duration limit) {
    visit.client->limit_wait(limit);
    const turn::Request request = turn::binding();
    const Reply reply = co_await visit.client->exchange(request);
    if (!reply.is_success()) co_return false;
    visit.has_answered = true;
    visit.mapped = reply.address(AttributeType::XorMappedAddress);
    note_round_trip(visit, reply);
    note_software(visit, reply);
    co_return true;
}

/// The first exchange, which needs no credentials. The code of the reply where it leads elsewhere
/// (300), else 0.
Task<int> ask(const Surroundings& where, const VisitPlan& plan, Visit& visit, Reply& reply) {
    StepClock clock(where, visit, Step::Ask);
    Client& client = *visit.client;
    // What is left of the step is for a Binding request, should nothing answer.
    const Duration for_stun = std::min<Duration>(kForStun, plan.step_limit / 3);
    if (plan.wants_relay) {
        client.limit_wait(plan.step_limit - for_stun);
        reply = co_await client.learn();
    } else {
        const turn::Request request = turn::binding();
        reply = co_await client.exchange(request);
    }
    visit.copy_count = reply.copy_count;
    visit.has_answered = reply.has_come();
    note_software(visit, reply);
    const bool is_good = plan.wants_relay ? reply.code() == 401 && client.challenge().has_value()
                                          : reply.is_success();
    const bool is_open_server = plan.wants_relay && reply.is_success();
    note_round_trip(visit, reply);
    if (reply.code() == 300 && plan.wants_relay) co_return 300;
    if (!is_good && !is_open_server) {
        Problem problem = problem_of_reply(Step::Ask, client.wire(), reply, false);
        if (plan.wants_relay && problem.cause == Cause::Silent) {
            const bool has_stun = co_await answers_stun(visit, for_stun);
            if (has_stun) problem.cause = Cause::NoTurn;
        }
        fail(visit, std::move(problem));
        co_return 0;
    }
    client.limit_wait(plan.step_limit);
    clock.done();
    visit.mapped = reply.address(AttributeType::XorMappedAddress);
    visit.relayed = reply.address(AttributeType::XorRelayedAddress);
    visit.has_succeeded = !plan.wants_relay || (is_open_server && visit.relayed);
    co_return 0;
}

Problem refusal_of(const VisitPlan& plan, const turn::Wire& wire, const Reply& reply) {
    Problem out = problem_of_reply(Step::Allocate, wire, reply, true);
    if (out.cause != Cause::WrongCredentials || plan.credentials == nullptr) return out;
    const auto expiry = expiry_of(plan.credentials->username);
    if (expiry && std::chrono::seconds(*expiry) < plan.unix_time) {
        out.cause = Cause::ExpiredCredential;
        const auto ago = plan.unix_time.count() - *expiry;
        out.detail += ago < 120 ? ", " + std::to_string(ago) + " s ago"
                                : ", " + std::to_string(ago / 60) + " minutes ago";
    }
    return out;
}

/// The code of the reply, so that the caller can go elsewhere: 300 or 437; 0 where that is that.
Task<int> allocate(const Surroundings& where, const VisitPlan& plan, Visit& visit, Reply& reply) {
    StepClock clock(where, visit, Step::Allocate);
    Client& client = *visit.client;
    reply = co_await client.request(turn::allocate());
    visit.copy_count = reply.copy_count;
    note_round_trip(visit, reply);
    note_software(visit, reply);
    if (reply.code() == 300 || reply.code() == 437) co_return reply.code();
    if (!reply.is_success()) {
        fail(visit, refusal_of(plan, client.wire(), reply));
        co_return 0;
    }
    clock.done();
    visit.mapped = reply.address(AttributeType::XorMappedAddress);
    visit.relayed = reply.address(AttributeType::XorRelayedAddress);
    if (!visit.relayed) {
        fail(visit, {Step::Allocate, Cause::NoRelayedAddress, {}});
        co_return 0;
    }
    visit.has_succeeded = true;
    co_return 0;
}

}  // namespace

Task<bool> make_visit(Surroundings where, VisitPlan plan, std::string name, Visit& visit) {
    visit.endpoint = plan.endpoint;
    visit.endpoint.connect_timeout = plan.step_limit;
    const auto source =
        transport::source_address_for(visit.endpoint.server, visit.endpoint.interface);
    if (!source) {
        fail(visit, problem_of_route(source.error()));
        co_return false;
    }
    // Bound to it, a socket knows its own address, and there is or is no NAT in front of that.
    if (!visit.endpoint.bind_ip) visit.endpoint.bind_ip = *source;
    turn::Redirections redirections(visit.endpoint, where.now());
    int tuple_count = 1;
    while (true) {
        const auto path = std::make_shared<turn::PathEstimate>();
        visit.client =
            std::make_unique<Client>(where, visit.endpoint, visit.transcript, name, path);
        visit.client->set_credentials(plan.credentials);
        visit.client->limit_wait(plan.step_limit);
        if (!co_await open(where, visit)) co_return false;
        Reply reply;
        int code = co_await ask(where, plan, visit, reply);
        if (code == 0 && (visit.has_succeeded || visit.problem)) co_return visit.has_succeeded;
        if (code == 0) code = co_await allocate(where, plan, visit, reply);
        if (code == 0) co_return visit.has_succeeded;
        if (code == 437 && tuple_count++ < kTuplesAtMost) continue;
        if (code == 437) {
            fail(visit, refusal_of(plan, visit.client->wire(), reply));
            co_return false;
        }
        auto next = redirections.follow(reply.view(), where.now());
        if (!next) {
            fail(visit, {Step::Allocate, Cause::Redirected, next.error().message});
            co_return false;
        }
        visit.redirected_by = redirections.passed();
        visit.endpoint = std::move(*next);
        visit.steps.clear();
        visit.readings.clear();
    }
}

Task<bool> take_readings(Surroundings where, Visit& visit, int count, Duration limit) {
    if (!visit.client || !visit.has_succeeded) co_return false;
    const Time deadline = where.now() + limit;
    bool is_any_read = false;
    for (int i = 0; i < count && where.now() < deadline; ++i) {
        visit.client->limit_wait(deadline - where.now());
        const turn::Request request = turn::binding();
        const Reply reply = co_await visit.client->exchange(request);
        if (!reply.is_success()) break;
        if (reply.copy_count != 1) continue;
        visit.readings.push_back(reply.round_trip);
        is_any_read = true;
    }
    if (!is_any_read) co_return false;
    std::vector<Duration> sorted = visit.readings;
    std::ranges::sort(sorted);
    visit.round_trip = sorted[sorted.size() / 2];
    co_return true;
}

Task<bool> release(Visit& visit, Duration limit) {
    // Of a request that was cut off the server may have made an allocation all the same.
    const bool may_have_one = visit.relayed || visit.under_way == Step::Allocate;
    if (!visit.client || !may_have_one) co_return false;
    visit.client->limit_wait(limit);
    const Reply reply = co_await visit.client->request(turn::refresh(0));
    visit.client.reset();
    co_return reply.is_success();
}

}  // namespace portolan::precall
