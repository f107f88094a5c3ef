#include "ice-tests/calls/call.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace portolan::calls {
namespace {

using agent::Negotiation;
using std::chrono::milliseconds;
using turn::Task;

constexpr transport::Duration kPayloadInterval = milliseconds(100);
constexpr std::size_t kPayloadBytes = 160;
constexpr transport::Duration kLookInterval = milliseconds(20);

std::vector<std::byte> random_bytes(transport::Random& random, std::size_t size_bytes) {
    std::vector<std::byte> out(size_bytes);
    // RFC 7983 s7: the first octet says that this is RTP, and no STUN.
    for (std::byte& octet : out)
        octet = std::byte(random() & 0xFF);
    out.front() = std::byte{0x80};
    return out;
}

}  // namespace

Call::Call(const turn::Surroundings& where, std::shared_ptr<turn::Transcript> transcript,
           transport::Duration signalling_delay)
    : where_(where),
      transcript_(std::move(transcript)),
      changed_(where),
      link_(where.context, signalling_delay) {}

// The way to its server is there until an agent has given its allocation back.
Call::~Call() {
    link_.disconnect();
    for (Side* side : {&offerer_, &answerer_}) {
        if (!side->bridge || !side->negotiation) continue;
        agent::Agent& agent = side->negotiation->agent();
        if (agent.state() == agent::State::Closed) continue;
        agent.close([way = std::shared_ptr<Bridge>(std::move(side->bridge))] {});
    }
}

Result<void> Call::make_side(Side& side, Negotiation::Role role, SidePlan plan,
                             Negotiation::Send send) {
    const char* name = role == Negotiation::Role::Offerer ? "offerer" : "answerer";
    side.is_relay_only = plan.options.relay_only;
    if (plan.relay != nullptr && plan.user != nullptr) {
        auto bridge = Bridge::open(where_, *plan.relay, transcript_, name);
        if (!bridge) return std::move(bridge).error();
        side.bridge = std::move(*bridge);
        // libnice ties a socket to the interface of its address (IP_UNICAST_IF), and from another
        // than loopback nothing reaches the bridge. Who has only a relay needs no other.
        if (plan.options.relay_only) plan.options.local_addresses = {side.bridge->address().ip};
        plan.options.turn_servers.push_back({.address = side.bridge->address(),
                                             .transport = side.bridge->transport(),
                                             .username = plan.user->username,
                                             .password = plan.user->password.clone()});
    }
    agent::Agent::Handlers handlers{
        .on_candidate =
            [&side](const agent::Candidate& found) { side.candidates.push_back(found); },
        .on_gathering_done =
            [this, &side] {
                side.gathered_at = where_.now();
                changed_.notify_soon();
            },
        .on_remote_candidate =
            [&side](const agent::Candidate& found) { side.remote_candidates.push_back(found); },
        .on_state =
            [this, &side](agent::State state) {
                if (state == agent::State::Connected || state == agent::State::Ready) {
                    if (!side.connected_at) side.connected_at = where_.now();
                }
                changed_.notify_soon();
            },
        .on_selected_pair =
            [this, &side](const agent::CandidatePair& pair) {
                side.pairs.push_back(pair);
                side.selected_at = where_.now();
                changed_.notify_soon();
            },
        .on_failure =
            [this, &side](const agent::Failure& failure) {
                side.failure = failure;
                changed_.notify_soon();
            },
        .on_receive =
            [this, &side](transport::Bytes bytes) {
                if (side.on_receive) side.on_receive(bytes);
                changed_.notify_soon();
            }};
    auto made = Negotiation::create(
        where_.context, role, plan.options,
        {.agent = std::move(handlers),
         .on_error = [&side](const Error& error) { side.errors.push_back(error); }},
        [&side, onward = std::move(send)](const agent::SignallingMessage& message) {
            side.messages.push_back(message);
            onward(message);
        });
    if (!made) return std::move(made).error();
    side.negotiation = std::move(*made);
    return {};
}

Result<std::unique_ptr<Call>> Call::make(const turn::Surroundings& where, SidePlan offerer,
                                         SidePlan answerer,
                                         const std::shared_ptr<turn::Transcript>& transcript,
                                         transport::Duration signalling_delay) {
    std::unique_ptr<Call> out(new Call(where, transcript, signalling_delay));
    if (auto made = out->make_side(out->offerer_, Negotiation::Role::Offerer, std::move(offerer),
                                   out->link_.toward_answerer());
        !made) {
        return std::move(made).error();
    }
    if (auto made = out->make_side(out->answerer_, Negotiation::Role::Answerer, std::move(answerer),
                                   out->link_.toward_offerer());
        !made) {
        return std::move(made).error();
    }
    out->link_.connect(*out->offerer_.negotiation, *out->answerer_.negotiation);
    return out;
}

Task<bool> Call::connect(transport::Duration limit) {
    started_at_ = where_.now();
    if (auto started = offerer_.negotiation->start(); !started) {
        offerer_.errors.push_back(started.error());
        co_return false;
    }
    const auto is_over = [this] {
        return is_forbidden() || (offerer_.is_connected() && answerer_.is_connected());
    };
    // What passes a bridge tells nobody here: a look from time to time.
    const transport::Time deadline = where_.now() + limit;
    while (!is_over() && !offerer_.failure && !answerer_.failure && where_.now() < deadline)
        co_await changed_.until(std::min(deadline, where_.now() + kLookInterval));
    co_return offerer_.is_connected() && answerer_.is_connected();
}

bool Call::is_forbidden() const {
    const auto refuses = [](const Side& side, const Side& other) {
        if (!side.is_relay_only || !side.bridge || !other.gathered_at || other.candidates.empty()) {
            return false;
        }
        const auto& answers = side.bridge->tap().answers();
        return std::ranges::all_of(other.candidates, [&](const agent::Candidate& candidate) {
            const auto is_about = [&](const Answer& answer) {
                return answer.method == stun::Method::CreatePermission && answer.peer &&
                       answer.peer->ip == candidate.address.ip;
            };
            const auto last = std::find_if(answers.rbegin(), answers.rend(), is_about);
            return last != answers.rend() && last->code == 403;
        });
    };
    return refuses(offerer_, answerer_) || refuses(answerer_, offerer_);
}

Task<bool> Call::until(std::function<bool()> done, transport::Duration limit) {
    const transport::Time deadline = where_.now() + limit;
    while (!done() && !offerer_.failure && !answerer_.failure && where_.now() < deadline)
        co_await changed_.until(deadline);
    co_return done();
}

Task<bool> Call::until_even_if_failed(std::function<bool()> done, transport::Duration limit) {
    const transport::Time deadline = where_.now() + limit;
    while (!done() && where_.now() < deadline)
        co_await changed_.until(deadline);
    co_return done();
}

Task<bool> Call::exchange_payloads(transport::Duration limit) {
    const auto from_offerer = random_bytes(*where_.random, kPayloadBytes);
    const auto from_answerer = random_bytes(*where_.random, kPayloadBytes);
    openings_.insert(openings_.end(), {from_offerer, from_answerer});
    bool at_answerer = false;
    bool at_offerer = false;
    answerer_.on_receive = [&](transport::Bytes bytes) {
        at_answerer = at_answerer || std::ranges::equal(bytes, from_offerer);
    };
    offerer_.on_receive = [&](transport::Bytes bytes) {
        at_offerer = at_offerer || std::ranges::equal(bytes, from_answerer);
    };
    const transport::Time deadline = where_.now() + limit;
    while (!(at_answerer && at_offerer) && where_.now() < deadline && !offerer_.failure &&
           !answerer_.failure) {
        (void)offerer_.negotiation->agent().send(from_offerer);
        (void)answerer_.negotiation->agent().send(from_answerer);
        const transport::Time next = std::min(deadline, where_.now() + kPayloadInterval);
        while (!(at_answerer && at_offerer) && where_.now() < next)
            co_await changed_.until(next);
    }
    answerer_.on_receive = {};
    offerer_.on_receive = {};
    co_return at_answerer&& at_offerer;
}

bool Call::is_opening(transport::Bytes bytes) const {
    return std::ranges::any_of(
        openings_, [&](const auto& opening) { return std::ranges::equal(opening, bytes); });
}

Task<bool> Call::close(transport::Duration limit) {
    link_.disconnect();
    auto closed_count = std::make_shared<int>(0);
    for (Side* side : {&offerer_, &answerer_}) {
        side->negotiation->agent().close([closed_count] { ++*closed_count; });
    }
    // The closing itself tells nobody here: a look from time to time.
    const transport::Time deadline = where_.now() + limit;
    while (*closed_count < 2 && where_.now() < deadline)
        co_await turn::Pause(where_, milliseconds(2));
    co_return *closed_count == 2;
}

std::optional<transport::Duration> Call::time_to_ready() const {
    if (!offerer_.is_connected() || !answerer_.is_connected()) return std::nullopt;
    return std::max(*offerer_.connected_at, *answerer_.connected_at) - started_at_;
}

std::string Call::why_not() const {
    std::string out;
    const auto add = [&out](const std::string& sentence) {
        if (!sentence.empty()) out += (out.empty() ? "" : " ") + sentence;
    };
    for (const auto& [name, side] :
         {std::pair("The offerer", &offerer_), std::pair("The answerer", &answerer_)}) {
        if (side->failure) add(std::string(name) + ": " + side->failure->message);
        for (const Error& error : side->errors)
            add(std::string(name) + ": " + error.message + '.');
        if (!side->bridge) continue;
        if (const auto& error = side->bridge->error()) {
            add(std::string(name) + "'s way to the server: " + error->message + '.');
        }
        for (const std::string& refusal : side->bridge->tap().refusals())
            add(std::string(name) + "'s " + refusal + '.');
        for (const auto& [method, copies] : side->bridge->tap().unanswered()) {
            add(std::string(name) + "'s " + method + " got no answer to " + std::to_string(copies) +
                " copies.");
        }
    }
    if (out.empty()) out = "The checks between the two came to no end in time.";
    return out;
}

}  // namespace portolan::calls
