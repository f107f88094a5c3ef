#include "ice-tests/agent/agent_core.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace portolan::agent {
namespace {

constexpr guint kComponent = 1;
constexpr std::chrono::milliseconds kDefaultTa{50};  // RFC 8445 s14.2

Error order(std::string message) {
    return {.culprit = Culprit::Usage,
            .code = "agent.order",
            .message = "ICE agent: " + std::move(message)};
}

// FNV-1a, 63 bits: RFC 8866 s5.2 wants a number that differs from session to session, and the
// username fragment is random already.
std::uint64_t session_id_from(std::string_view ufrag) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const char c : ufrag)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    return hash >> 1U;
}

std::string count_of(std::size_t count, const char* what) {
    return std::to_string(count) + " " + what + " candidate" + (count == 1 ? "" : "s");
}

}  // namespace

Result<void> Agent::Core::refuse_when_closed() const {
    if (is_closing_) return order("it was closed");
    return {};
}

Result<void> Agent::Core::start_gathering() {
    if (auto open = refuse_when_closed(); !open) return open;
    if (has_started_gathering) return order("gathering was started before");
    has_started_gathering = true;
    gathering_since_us_ = g_get_monotonic_time();
    if (nice_agent_gather_candidates(nice.get(), stream) == FALSE) {
        return Error{.culprit = Culprit::Environment,
                     .code = "agent.gathering",
                     .message = "ICE agent: no socket could be opened on the local addresses",
                     .hint = "Check that the addresses are those of this host."};
    }
    return {};
}

Description Agent::Core::local_description() const {
    gchar* ufrag = nullptr;
    gchar* password = nullptr;
    if (nice) nice_agent_get_local_credentials(nice.get(), stream, &ufrag, &password);
    const TextPtr owned_ufrag(ufrag);
    const TextPtr owned_password(password);
    return {.ufrag = ufrag != nullptr ? ufrag : "",
            .password = password != nullptr ? password : "",
            .candidates = local_candidates(),
            .trickle = is_trickling,
            .end_of_candidates = is_gathering_done,
            .ice2 = has_regular_nomination,
            .pacing = ta,
            .session_id =
                session_id_ != 0 ? session_id_ : session_id_from(ufrag != nullptr ? ufrag : ""),
            .session_version = session_version_};
}

Result<void> Agent::Core::set_remote_description(const Description& remote) {
    if (auto open = refuse_when_closed(); !open) return open;
    if (!is_ice_ufrag(remote.ufrag) || !is_ice_password(remote.password)) {
        return Error{.culprit = Culprit::Usage,
                     .code = "agent.credentials",
                     .message =
                         "ICE agent: the remote user name fragment or password is not of "
                         "the form of RFC 8839"};
    }
    // RFC 8445 s14.2 (MUST): the higher of the proposed values, with the default for a side that
    // proposes none.
    const auto agreed_ta = std::max(ta, remote.pacing.value_or(kDefaultTa));
    g_object_set(nice.get(), "stun-pacing-timer", static_cast<guint>(agreed_ta.count()), nullptr);
    knows_remote_ = true;
    if (auto added = add_remote_candidates(remote.candidates); !added) return added;
    // After the candidates. With the credentials libnice 0.1.21 queues the triggered checks (RFC
    // 8445 s7.3.1.4) for what came in before them; but pairs that it had begun to check without
    // credentials count as failed, a failed pair is pruned when the next candidate is added
    // (priv_limit_conn_check_list_size() in conncheck.c), triggered check or not, and is never
    // made again for a candidate that is known (priv_add_remote_candidate() in agent.c).
    if (nice_agent_set_remote_credentials(nice.get(), stream, remote.ufrag.c_str(),
                                          remote.password.c_str()) == FALSE) {
        return Error{.code = "agent.libnice",
                     .message = "ICE agent: libnice refused the remote credentials"};
    }
    // For the same reason trickled candidates wait until the triggered checks have been sent, one
    // each Ta: then their pairs count as failed no longer.
    if (const std::size_t count = std::exchange(early_count_, 0); count > 0) {
        withholding_ =
            glib::call_after(context.get(), (count + 1) * agreed_ta, [this] { give_withheld(); });
    }
    if (!remote.trickle || remote.end_of_candidates) return end_of_remote_candidates();
    return {};
}

Result<void> Agent::Core::add_remote_candidates(const std::vector<Candidate>& candidates) {
    if (auto open = refuse_when_closed(); !open) return open;
    if (!knows_remote_) return order("a remote candidate before the remote description");
    if (withholding_) {
        withheld_.insert(withheld_.end(), candidates.begin(), candidates.end());
        return {};
    }
    return give(candidates);
}

Result<void> Agent::Core::give(const std::vector<Candidate>& candidates) {
    std::vector<NiceCandidatePtr> usable;
    GSList* list = nullptr;
    for (const Candidate& candidate : candidates) {
        const bool is_allowed =
            candidate.address.family() == AddressFamily::IPv4 ? is_ipv4_allowed : is_ipv6_allowed;
        if (!is_allowed || candidate.component != kComponent) continue;
        usable.push_back(to_nice(candidate, stream));
        given_remote_.push_back(candidate);
        list = g_slist_append(list, usable.back().get());
    }
    if (list == nullptr) return {};
    const int added = nice_agent_set_remote_candidates(nice.get(), stream, kComponent, list);
    g_slist_free(list);
    if (added < 0) {
        return Error{.code = "agent.libnice",
                     .message = "ICE agent: libnice refused the remote candidates"};
    }
    return {};
}

Result<void> Agent::Core::end_of_remote_candidates() {
    if (auto open = refuse_when_closed(); !open) return open;
    if (!knows_remote_) return order("the end of candidates before the remote description");
    if (withholding_) {
        is_end_withheld_ = true;
        return {};
    }
    return give_end();
}

Result<void> Agent::Core::give_end() {
    remote_is_complete_ = true;
    nice_agent_peer_candidate_gathering_done(nice.get(), stream);
    fail_if_hopeless();
    return {};
}

void Agent::Core::give_withheld() {
    const auto alive = shared_from_this();
    const auto finished = std::move(withholding_);
    if (is_closing_) return;
    Result<void> given = give(std::exchange(withheld_, {}));
    if (given && std::exchange(is_end_withheld_, false)) given = give_end();
    if (!given) fail(FailureCause::ChecksFailed, given.error().message);
}

/// Only peer-reflexive ones. Before the description and while gathering goes on, libnice pairs them
/// with each local candidate that is found, and begins to check without credentials.
void Agent::Core::on_nice_remote(const NiceCandidate& candidate) {
    if (!knows_remote_ && !is_gathering_done) ++early_count_;
    post([found = from_nice(candidate)](const Handlers& to) {
        if (to.on_remote_candidate) to.on_remote_candidate(found);
    });
}

Result<void> Agent::Core::restart() {
    if (auto open = refuse_when_closed(); !open) return open;
    session_id_ = local_description().session_id;
    ++session_version_;
    failure.reset();
    knows_remote_ = false;
    remote_is_complete_ = false;
    was_connected_ = false;
    given_remote_.clear();
    early_count_ = 0;
    withheld_.clear();
    is_end_withheld_ = false;
    withholding_.reset();
    if (nice_agent_restart_stream(nice.get(), stream) == FALSE) {
        return Error{.code = "agent.libnice", .message = "ICE agent: libnice refused to restart"};
    }
    return {};
}

std::vector<Candidate> Agent::Core::local_candidates() const {
    if (!nice) return {};
    const NiceCandidateListPtr list(
        nice_agent_get_local_candidates(nice.get(), stream, kComponent));
    return from_nice(list.get());
}

std::vector<Candidate> Agent::Core::remote_candidates() const {
    if (!nice) return {};
    const NiceCandidateListPtr list(
        nice_agent_get_remote_candidates(nice.get(), stream, kComponent));
    return from_nice(list.get());
}

Result<void> Agent::Core::revoke_consent() {
    if (auto open = refuse_when_closed(); !open) return open;
    if (!has_consent_freshness || !was_connected_) {
        return order("consent can be revoked only with consent_freshness, once connected");
    }
    if (nice_agent_consent_lost(nice.get(), stream, kComponent) == FALSE) {
        return Error{.code = "agent.libnice",
                     .message = "ICE agent: libnice refused to revoke consent"};
    }
    return {};
}

Result<void> Agent::Core::send(transport::Bytes bytes) {
    if (auto open = refuse_when_closed(); !open) return open;
    if (!selected) {
        return Error{.culprit = Culprit::Environment,
                     .code = "agent.not-connected",
                     .message = "ICE agent: no candidate pair is selected yet"};
    }
    const gint sent =
        nice_agent_send(nice.get(), stream, kComponent, static_cast<guint>(bytes.size()),
                        reinterpret_cast<const gchar*>(bytes.data()));
    if (sent != static_cast<gint>(bytes.size())) {
        return Error{.culprit = Culprit::Environment,
                     .code = "agent.send",
                     .message = "ICE agent: the selected pair did not take " +
                                std::to_string(bytes.size()) + " bytes"};
    }
    return {};
}

void Agent::Core::peer_closed() {
    if (is_closing_ || failure) return;
    state = State::Failed;
    post([](const Handlers& to) {
        if (to.on_state) to.on_state(State::Failed);
    });
    fail(FailureCause::PeerClosed, "The other side has ended the call.");
}

void Agent::Core::on_nice_state(State now) {
    if (is_closing_ || now == state) return;
    state = now;
    if (now == State::Connected || now == State::Ready) {
        // libnice may fail before the other side's candidates are there, and go on when they come.
        if (!was_connected_) failure.reset();
        was_connected_ = true;
    }
    post([now](const Handlers& to) {
        if (to.on_state) to.on_state(now);
    });
    if (now == State::Failed) fail_as_libnice_says();
}

void Agent::Core::on_nice_pair(const NiceCandidate& local, const NiceCandidate& remote) {
    if (is_closing_) return;
    selected = CandidatePair{from_nice(local), from_nice(remote)};
    post([pair = *selected](const Handlers& to) {
        if (to.on_selected_pair) to.on_selected_pair(pair);
    });
}

void Agent::Core::fail(FailureCause cause, std::string message) {
    if (failure) return;
    failure = Failure{cause, std::move(message)};
    post([what = *failure](const Handlers& to) {
        if (to.on_failure) to.on_failure(what);
    });
}

void Agent::Core::fail_as_libnice_says() {
    if (was_connected_ && selected) {
        if (selected->local.transport != CandidateTransport::Udp) {
            return fail(FailureCause::ConnectionClosed,
                        "The TCP connection to " + selected->remote.address.to_string() +
                            " is closed, or the other side stopped answering over it.");
        }
        return fail(FailureCause::ConsentLost,
                    "The other side, at " + selected->remote.address.to_string() +
                        ", has stopped answering checks or has revoked its consent.");
    }
    if (auto found = dead_end()) return fail(found->cause, std::move(found->message));
    fail(FailureCause::ChecksFailed,
         "No pair of the " + count_of(local_candidates().size(), "local") + " and " +
             count_of(remote_candidates().size(), "remote") + " passed its checks.");
}

/// " after 2.0 s", with libnice's clock; empty when it took no time.
std::string Agent::Core::after_gathering() const {
    const auto tenths = (g_get_monotonic_time() - gathering_since_us_ + 50'000) / 100'000;
    if (tenths == 0) return {};
    return " after " + std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::optional<Failure> Agent::Core::dead_end() const {
    const auto local = local_candidates();
    if (is_gathering_done && local.empty()) {
        return Failure{FailureCause::NoLocalCandidates,
                       is_relay_only
                           ? "No TURN server had given an allocation when gathering ended" +
                                 after_gathering() +
                                 ": it is unreachable, slower than that, refuses the credentials, "
                                 "or has none left."
                           : "Gathering brought no candidate."};
    }
    if (!remote_is_complete_) return std::nullopt;
    // Those that libnice does not keep, because their transport is off, count here too.
    std::vector<Candidate> remote = remote_candidates();
    remote.insert(remote.end(), given_remote_.begin(), given_remote_.end());
    if (remote.empty()) {
        return Failure{FailureCause::NoRemoteCandidates,
                       "The other side has no candidate that this one can use."};
    }
    if (!is_gathering_done) return std::nullopt;
    const bool any_pair = std::any_of(local.begin(), local.end(), [&](const Candidate& ours) {
        return std::any_of(remote.begin(), remote.end(),
                           [&](const Candidate& theirs) { return can_pair(ours, theirs); });
    });
    if (any_pair) return std::nullopt;
    return Failure{FailureCause::NoCompatiblePair,
                   "None of the " + count_of(local.size(), "local") + " fits one of the " +
                       count_of(remote.size(), "remote") + ": other families or transports."};
}

// Without a pair libnice starts no checks, and thus never says that they have failed.
void Agent::Core::fail_if_hopeless() {
    if (is_closing_ || failure || was_connected_) return;
    auto found = dead_end();
    if (!found) return;
    on_nice_state(State::Failed);
    fail(found->cause, std::move(found->message));
}

void Agent::Core::post(std::function<void(const Handlers&)> event) {
    events_.push_back(std::move(event));
    if (!delivery_) delivery_ = glib::call_soon(context.get(), [this] { deliver(); });
}

void Agent::Core::deliver() {
    const auto alive = shared_from_this();
    delivery_.reset();
    while (handlers_ && !events_.empty()) {
        // The handler may drop the agent, and thereby the handlers.
        const auto to = handlers_;
        const auto event = std::move(events_.front());
        events_.pop_front();
        event(*to);
    }
}

void Agent::Core::receive(transport::Bytes bytes) {
    const auto alive = shared_from_this();
    // What the other side sent because of an event comes after that event.
    if (!events_.empty()) deliver();
    if (const auto to = handlers_; to && to->on_receive && !is_closing_) to->on_receive(bytes);
}

void Agent::Core::abandon() {
    handlers_.reset();
    events_.clear();
    delivery_.reset();
    close({});
}

}  // namespace portolan::agent
