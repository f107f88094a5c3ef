#include "ice-tests/agent/negotiation.hpp"

#include <algorithm>
#include <utility>

namespace portolan::agent {
namespace {

// Candidates that overtook their description; more than a peer can have is no peer.
constexpr std::size_t kMaxEarlyCount = kMaxDescriptionCandidateCount;

Error usage(const char* code, std::string message) {
    return {
        .culprit = Culprit::Usage, .code = code, .message = "offer/answer: " + std::move(message)};
}

}  // namespace

struct Negotiation::Session : std::enable_shared_from_this<Negotiation::Session> {
    using Kind = SignallingMessage::Kind;

    Session(Role its_role, bool trickles, Handlers its_handlers, Send its_send)
        : role(its_role),
          wants_trickle(trickles),
          handlers(std::move(its_handlers)),
          send(std::move(its_send)) {}

    Agent::Handlers agent_handlers();
    Result<void> offer();
    void receive(const SignallingMessage& message);
    void receive_offer(const SignallingMessage& message);
    void receive_answer(const SignallingMessage& message);
    void receive_candidate(const SignallingMessage& message);
    std::optional<Description> read(const SignallingMessage& message);
    bool accept(Description description);
    void describe(Kind kind);
    void send_description();
    void gathered();
    void report(const Error& error) const {
        if (handlers.on_error) handlers.on_error(error);
    }
    void check(const Result<void>& result) const {
        if (!result) report(result.error());
    }

    const Role role;
    const bool wants_trickle;
    const Handlers handlers;
    const Send send;
    std::unique_ptr<Agent> agent;
    std::optional<Description> remote;
    std::optional<Kind> unsent;  ///< a description that waits for gathering
    bool awaits_answer = false;
    bool may_trickle = false;  ///< the description of this generation is out
    bool has_started = false;
    std::string local_ufrag;
    std::vector<SignallingMessage> early;
};

// The session's own part comes first: a handler may drop the negotiation.
Agent::Handlers Negotiation::Session::agent_handlers() {
    Agent::Handlers result = handlers.agent;
    result.on_candidate = [this](const Candidate& candidate) {
        const auto alive = shared_from_this();
        if (may_trickle) {
            send({.kind = Kind::Candidate, .text = candidate.to_sdp(), .ufrag = local_ufrag});
        }
        if (handlers.agent.on_candidate) handlers.agent.on_candidate(candidate);
    };
    result.on_gathering_done = [this] {
        const auto alive = shared_from_this();
        gathered();
        if (handlers.agent.on_gathering_done) handlers.agent.on_gathering_done();
    };
    return result;
}

void Negotiation::Session::gathered() {
    if (unsent) return send_description();
    if (may_trickle) send({.kind = Kind::EndOfCandidates, .text = {}, .ufrag = local_ufrag});
}

Result<void> Negotiation::Session::offer() {
    awaits_answer = true;
    describe(Kind::Offer);
    if (has_started) return {};
    has_started = true;
    return agent->start_gathering();
}

// The description is fixed now, as createOffer() and createAnswer() do; gathering starts with
// setting it, and what that finds is trickled or waited for.
void Negotiation::Session::describe(Kind kind) {
    unsent = kind;
    may_trickle = false;
    const bool peer_trickles = kind == Kind::Offer || (remote && remote->trickle);
    if ((wants_trickle && peer_trickles) || agent->is_gathering_done()) send_description();
}

void Negotiation::Session::send_description() {
    const Kind kind = *std::exchange(unsent, std::nullopt);
    const Description local = agent->local_description();
    local_ufrag = local.ufrag;
    may_trickle = local.trickle && !local.end_of_candidates;
    send({.kind = kind, .text = local.to_sdp(), .ufrag = local.ufrag});
}

void Negotiation::Session::receive(const SignallingMessage& message) {
    const auto alive = shared_from_this();
    switch (message.kind) {
        case Kind::Offer:
            return receive_offer(message);
        case Kind::Answer:
            return receive_answer(message);
        case Kind::Candidate:
        case Kind::EndOfCandidates:
            return receive_candidate(message);
        case Kind::Bye:
            return agent->peer_closed();
    }
}

std::optional<Description> Negotiation::Session::read(const SignallingMessage& message) {
    auto description = Description::parse(message.text);
    if (description) return std::move(*description);
    report(description.error());
    return std::nullopt;
}

void Negotiation::Session::receive_offer(const SignallingMessage& message) {
    auto description = read(message);
    if (!description) return;
    if (awaits_answer && role == Role::Offerer) {
        // Both have offered: the first offerer's stands, and the other side gives up its own.
        return;
    }
    const bool gave_up_own = std::exchange(awaits_answer, false);
    // RFC 8839 s4.4.1.1.1: other credentials are a restart, which is answered by one.
    const bool is_restart = remote && (remote->ufrag != description->ufrag ||
                                       remote->password != description->password);
    if (is_restart && !gave_up_own) {
        if (auto restarted = agent->restart(); !restarted) return report(restarted.error());
    }
    if (!accept(std::move(*description))) return;
    describe(Kind::Answer);
    if (!std::exchange(has_started, true)) check(agent->start_gathering());
}

void Negotiation::Session::receive_answer(const SignallingMessage& message) {
    if (!awaits_answer) {
        return report(usage("negotiation.order", "an answer came that nobody had asked for"));
    }
    auto description = read(message);
    if (!description) return;
    awaits_answer = false;
    accept(std::move(*description));
}

bool Negotiation::Session::accept(Description description) {
    const auto set = agent->set_remote_description(description);
    check(set);
    if (!set) return false;
    remote = std::move(description);
    for (const SignallingMessage& message : std::exchange(early, {})) {
        if (message.ufrag == remote->ufrag) receive_candidate(message);
    }
    return true;
}

void Negotiation::Session::receive_candidate(const SignallingMessage& message) {
    if (!remote || message.ufrag != remote->ufrag) {
        // Of a generation whose description is on its way, or of one that is over.
        if (early.size() < kMaxEarlyCount) early.push_back(message);
        return;
    }
    if (message.kind == Kind::EndOfCandidates) return check(agent->end_of_remote_candidates());
    const auto candidate = Candidate::parse(message.text);
    if (!candidate) return report(candidate.error());
    check(agent->add_remote_candidate(*candidate));
}

Result<std::unique_ptr<Negotiation>> Negotiation::create(GMainContext* context, Role role,
                                                         const AgentOptions& options,
                                                         Handlers handlers, Send send) {
    auto session =
        std::make_shared<Session>(role, options.trickle, std::move(handlers), std::move(send));
    auto made = Agent::create(context, options, session->agent_handlers());
    if (!made) return std::move(made).error();
    session->agent = std::move(*made);
    return std::unique_ptr<Negotiation>(new Negotiation(std::move(session)));
}

Negotiation::Negotiation(std::shared_ptr<Session> session) : session_(std::move(session)) {}
Negotiation::~Negotiation() = default;

Result<void> Negotiation::start() {
    if (session_->role != Role::Offerer) {
        return usage("negotiation.role", "the answerer waits for the offer");
    }
    if (session_->has_started) return usage("negotiation.order", "started before");
    return session_->offer();
}

void Negotiation::receive(const SignallingMessage& message) {
    session_->receive(message);
}

Result<void> Negotiation::restart() {
    if (!session_->remote || session_->awaits_answer || session_->unsent) {
        return usage("negotiation.order", "a restart before the exchange under way is over");
    }
    if (auto restarted = session_->agent->restart(); !restarted) return restarted;
    return session_->offer();
}

void Negotiation::hang_up(std::function<void()> done) {
    const auto alive = session_;
    if (alive->agent->state() != State::Closed) {
        alive->send({.kind = SignallingMessage::Kind::Bye, .text = {}, .ufrag = {}});
    }
    alive->agent->close(std::move(done));
}

Agent& Negotiation::agent() {
    return *session_->agent;
}

const std::optional<Description>& Negotiation::remote_description() const {
    return session_->remote;
}

}  // namespace portolan::agent
